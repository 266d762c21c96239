"""An outlook written out as rows of the forecast's three tables."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.forecast.calibration import calibrated_quantiles
from omnistaff.forecast.days import Days, FloatArray, IntArray, locate
from omnistaff.forecast.handling import forecast_handling
from omnistaff.forecast.lifts import DRAWS
from omnistaff.forecast.outlook import Outlook, rng_of
from omnistaff.forecast.paths import correlated_normals, draw_paths, drawn_excess
from omnistaff.plan import Plan, Queue

#: Equally likely sizes of a lift, and levels of what comes at each, that the ranges of a lifted day are made of.
LIFTS, WITHIN = 40, (np.arange(100) + 0.5) / 100


class Rows(NamedTuple):
    """Rows of one queue: forecast, quantiles, paths (None when the plan wants none)."""

    table: pd.DataFrame
    quantiles: pd.DataFrame
    paths: pd.DataFrame | None


class Cells(NamedTuple):
    """The wanted intervals of the horizon: start, lead day and column in the matrix of days."""

    grid: pd.DatetimeIndex
    day: IntArray
    slot: IntArray


def write_rows(outlook: Outlook, history: pd.DataFrame, queue: Queue, start: dt.date, plan: Plan) -> Rows:
    """Return the rows of a queue's horizon from *start* on; *history* is its demand before, for handle times."""
    cells = _cells(outlook.days, queue, start, plan)
    means, lift = outlook.lifted()
    mean = means[cells.day, cells.slot]
    drawn = drawn_excess(outlook.spread, lift)[cells.day, cells.slot]
    handle = forecast_handling(history, cells.grid, queue, plan)
    table = forecast_rows(queue.name, cells.grid, np.array(outlook.models)[cells.day], (mean, drawn))
    table = table.assign(handle_s=handle.mean, handle_sd_s=handle.sd, handle_error_s=handle.error)
    quantiles = _laid_out(table, _arrivals(outlook, cells, mean, plan), plan)
    return Rows(table, quantiles, _path_rows(outlook, cells, queue, start, plan))


def forecast_rows(
    queue: str, grid: pd.DatetimeIndex, models: np.ndarray, moments: tuple[FloatArray, FloatArray]
) -> pd.DataFrame:
    """Return rows of the forecast table without handle times; *moments* are means and relative variances."""
    mean, excess = moments
    frame = pd.DataFrame({"queue": queue, "interval_start": grid, "model": models, "mean": mean})
    return frame.assign(variance=mean + excess * mean**2).astype({"queue": "str", "model": "str"})


def quantile_rows(table: pd.DataFrame, excess: FloatArray, reach: FloatArray, plan: Plan) -> pd.DataFrame:
    """Return the quantiles of each row of the forecast *table* at the plan's levels."""
    levels = np.unique(plan.forecast.levels)
    return _laid_out(table, calibrated_quantiles(table["mean"].to_numpy(), excess, reach, levels), plan)


def _laid_out(table: pd.DataFrame, arrivals: FloatArray, plan: Plan) -> pd.DataFrame:
    """Return rows of the quantiles table from *arrivals*, rows of the forecast *table* × the plan's levels."""
    levels = np.unique(plan.forecast.levels)
    cells = np.repeat(np.arange(len(table)), len(levels))
    rows = table[["queue", "interval_start"]].iloc[cells].reset_index(drop=True)
    return rows.assign(quantile=np.tile(levels, len(table)), arrivals=arrivals.ravel())


def _arrivals(outlook: Outlook, cells: Cells, mean: FloatArray, plan: Plan) -> FloatArray:
    """Return the counts of *cells* at the plan's levels; those of lifted days are of all sizes of the lift mixed.

    A lift is far from symmetric and adds only: as one more variance of the day it would move the low levels below
    what comes without it.
    """
    levels, spread = np.unique(plan.forecast.levels), outlook.spread
    excess = spread.day[cells.day] + spread.interval[cells.day, cells.slot]
    reach = spread.interval_reach[cells.day]
    arrivals = calibrated_quantiles(mean, excess, reach, levels)
    for day in np.unique(cells.day[(outlook.lifts.var(axis=0) > 0)[cells.day]]):
        mine = np.flatnonzero(cells.day == day)
        sizes = np.array([part.mean() for part in np.array_split(np.sort(outlook.lifts[:, day]), LIFTS)])
        means = sizes[:, None] * outlook.mean[day, cells.slot[mine]]
        alike = np.broadcast_to(reach[mine], (*means.shape, 2))
        drawn = np.moveaxis(calibrated_quantiles(means, excess[mine], alike, WITHIN), 0, 1).reshape(len(mine), -1)
        arrivals[mine] = np.quantile(drawn, levels, axis=1, method="inverted_cdf").T
    return arrivals


def path_rows(queue: str, grid: pd.DatetimeIndex, values: FloatArray) -> pd.DataFrame:
    """Return rows of the paths table from *values*, paths × intervals of *grid*."""
    paths = len(values)
    return pd.DataFrame(
        {
            "path": np.repeat(np.arange(paths, dtype=np.int64), len(grid)),
            "queue": pd.Series(queue, index=range(paths * len(grid)), dtype="str"),
            "interval_start": grid.take(np.tile(np.arange(len(grid)), paths)),
            "arrivals": values.ravel(),
        }
    )


def _cells(days: Days, queue: Queue, start: dt.date, plan: Plan) -> Cells:
    """Return the cells of the horizon in which demand is wanted."""
    zone = plan.zone_of(queue)
    grid = timegrid.interval_grid(start, plan.forecast.horizon_days, zone, plan.interval_minutes)
    day, slot = locate(grid, start, zone, plan.interval_minutes)
    day = day + days.row(start) - days.history
    column = np.searchsorted(days.slot_minutes, slot * plan.interval_minutes)
    column = np.minimum(column, len(days.slot_minutes) - 1)
    present = days.slot_minutes[column] == slot * plan.interval_minutes
    wanted = present & days.wanted[days.history + day, column]
    return Cells(grid[wanted], day[wanted], column[wanted])


def _path_rows(outlook: Outlook, cells: Cells, queue: Queue, start: dt.date, plan: Plan) -> pd.DataFrame | None:
    paths = plan.forecast.paths
    if not paths:
        return None
    rng = rng_of(queue.name, plan)
    skip = outlook.days.row(start) - outlook.days.history
    horizon = slice(skip, len(outlook.mean))
    mean = outlook.mean[horizon]
    normal = correlated_normals(paths, len(mean), outlook.memory, rng)
    picked = np.random.default_rng(plan.seed).integers(DRAWS, size=paths)  # the same draws of an event in all queues
    lift = outlook.lifts[picked % len(outlook.lifts)][:, horizon]
    drawn = draw_paths(mean, outlook.spread.rows(horizon), normal=normal, rng=rng, lift=lift)
    return path_rows(queue.name, cells.grid, drawn[:, cells.day - skip, cells.slot])
