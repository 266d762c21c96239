"""Making the forecast: for each queue a mean, a distribution and joint draws for every interval of the horizon."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.calibration import Spread, calibrated_quantiles, join_spreads
from omnistaff.forecast.choice import choose_models
from omnistaff.forecast.days import BoolArray, Days, FloatArray, local_date, locate, make_days
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.events import Lifted, treat_events
from omnistaff.forecast.handling import forecast_handling
from omnistaff.forecast.leads import bucket_of
from omnistaff.forecast.models import get_model
from omnistaff.forecast.paths import correlated_normals, draw_paths
from omnistaff.forecast.rolling import FLOOR, choose_origins, roll
from omnistaff.plan import Plan, Queue
from omnistaff.tables import (
    Demand,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Scores,
    check,
    empty,
)

VERIFIED_ORIGINS = 14
VERIFIED_STEPS = 28


@dataclass(frozen=True)
class Outlook:
    """One queue's future, lead days × slots: means, what surrounds them, the model used each day.

    ``lifts`` are draws × days of what events multiply the mean by. They are not in the other figures yet.
    """

    mean: FloatArray
    spread: Spread
    models: list[str]
    memory: float
    lifts: FloatArray

    def lifted(self) -> tuple[FloatArray, FloatArray]:
        """Return (means, relative variance of the day factor) with the events in."""
        mean = self.lifts.mean(axis=0)
        own = self.lifts.var(axis=0) / mean**2
        return self.mean * mean[:, None], self.spread.day + own + self.spread.day * own


def forecast_demand(
    demand: DataFrame[Demand], plan: Plan, *, scores: DataFrame[Scores] | None = None
) -> DemandForecast:
    """Return the demand to come of each queue: means, quantiles at the plan's levels, joint paths.

    The horizon starts on the plan's date, or on the first Monday after the data, and has ``horizon_days`` days. Data
    from its first day on are not looked at. With *scores* each queue and lead takes the model that did best there.
    ConfigError names queues without any past and queues without a handle time.
    """
    start = forecast_start(demand, plan)
    _refuse_silent_queues(demand, start, plan)
    parts = [_forecast_queue(demand, queue, start, scores, plan) for queue in plan.queues]
    tables, levels, paths = zip(*parts, strict=True)
    drawn = [path for path in paths if path is not None]
    return DemandForecast(
        check(Forecast, pd.concat(tables, ignore_index=True)),
        check(ForecastQuantiles, pd.concat(levels, ignore_index=True)),
        check(ForecastPaths, pd.concat(drawn, ignore_index=True)) if drawn else empty(ForecastPaths),
    )


def forecast_start(demand: DataFrame[Demand], plan: Plan) -> dt.date:
    """Return the first day to forecast: the plan's, or the first Monday after the last day in *demand*."""
    if plan.forecast.start != "auto":
        return plan.forecast.start
    if demand.empty:
        raise ConfigError("forecast: there is no demand to learn from, check ingest and the queues' contacts filters")
    last = local_date(demand["interval_start"].max(), plan.time_zone)
    return last + dt.timedelta(days=7 - last.weekday())


def _refuse_silent_queues(demand: DataFrame[Demand], start: dt.date, plan: Plan) -> None:
    begin = timegrid.day_start(start, plan.time_zone)
    known = set(demand.loc[demand["interval_start"] < begin, "queue"])
    problems = [
        f"queues.{queue.name}: nothing before {start} to learn from: check its contacts filter or remove it"
        for queue in plan.queues
        if queue.name not in known
    ]
    if problems:
        raise ConfigError("some queues cannot be forecast", problems)


def _forecast_queue(
    demand: DataFrame[Demand], queue: Queue, start: dt.date, scores: DataFrame[Scores] | None, plan: Plan
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    last = start + dt.timedelta(days=plan.forecast.horizon_days - 1)
    begin = timegrid.day_start(start, plan.zone_of(queue))
    rows = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
    days = make_days(rows, queue, plan, last)
    rng = np.random.default_rng([plan.seed, zlib.crc32(queue.name.encode())])
    lifted = treat_events(days, queue, plan, volumes=_volumes(demand, begin), rng=rng)
    outlook = look_ahead(lifted, choose_models(queue.name, plan, scores))
    skip = days.row(start) - days.history
    grid = timegrid.interval_grid(start, plan.forecast.horizon_days, plan.zone_of(queue), plan.interval_minutes)
    day, slot, wanted = _cells(grid, start, skip, days, queue, plan)
    grid, day, slot = grid[wanted], day[wanted], slot[wanted]
    means, common = outlook.lifted()
    mean = means[day, slot]
    excess = common[day] + outlook.spread.interval[day, slot]
    handle, handle_sd = forecast_handling(rows, grid, queue, plan)
    key = {"queue": queue.name, "interval_start": grid}
    table = pd.DataFrame(
        {
            **key,
            "model": np.array(outlook.models)[day],
            "mean": mean,
            "variance": mean + excess * mean**2,
            "handle_s": handle,
            "handle_sd_s": handle_sd,
        }
    ).astype({"queue": "str", "model": "str"})
    return (
        table,
        _quantile_rows(table, excess, outlook.spread.interval_reach[day], plan),
        _path_rows(outlook, skip, (grid, day, slot), (queue.name, plan.forecast.paths), rng),
    )


def _volumes(demand: pd.DataFrame, begin: pd.Timestamp) -> dict[str, float]:
    """Return the contacts of each queue in the eight weeks before *begin*."""
    recent = demand[demand["interval_start"].between(begin - pd.Timedelta(days=56), begin, inclusive="left")]
    totals = recent.groupby("queue")["offered"].sum()
    return dict(zip(totals.index.astype(str), totals.tolist(), strict=True))


def look_ahead(lifted: Lifted, models: list[str]) -> Outlook:
    """Return the queue's outlook from the end of its history to the last row of its days, events apart.

    *models* names one model for each lead bucket. Ranges come from forecasts that each of them made at up to 14 past
    origins and that were verified since.
    """
    days = lifted.days
    origin = days.history
    steps = len(days.dates) - origin
    bucket = bucket_of(np.arange(steps))
    names = np.array(models)[bucket]
    special = days.calendar.specialness[origin:]
    mean = np.zeros((steps, days.counts.shape[1]))
    memory, parts = 0.0, []
    for name in dict.fromkeys(models):
        mine = names == name
        model = get_model(name)
        past = roll(model, days, choose_origins(origin, VERIFIED_ORIGINS), min(VERIFIED_STEPS, max(steps, 1)))
        dispersion = learn_dispersion(past)
        memory = max(memory, dispersion.memory)
        mean[mine] = np.maximum(model.forecast(days, origin, steps), FLOOR)[mine]
        parts.append((mine, dispersion.spread(np.arange(steps), special)))
    return Outlook(mean, join_spreads(parts), names.tolist(), memory, lifted.factors)


def _cells(
    grid: pd.DatetimeIndex, start: dt.date, skip: int, days: Days, queue: Queue, plan: Plan
) -> tuple[np.ndarray, np.ndarray, BoolArray]:
    """Return (lead day, column, wanted) of each interval of the horizon's *grid*."""
    day, slot = locate(grid, start, plan.zone_of(queue), plan.interval_minutes)
    column = np.searchsorted(days.slot_minutes, slot * plan.interval_minutes)
    column = np.minimum(column, len(days.slot_minutes) - 1)
    present = days.slot_minutes[column] == slot * plan.interval_minutes
    wanted = present & days.wanted[days.history + skip + day, column]
    return day + skip, column, wanted


def _quantile_rows(table: pd.DataFrame, excess: FloatArray, reach: FloatArray, plan: Plan) -> pd.DataFrame:
    levels = np.unique(plan.forecast.levels)
    arrivals = calibrated_quantiles(table["mean"].to_numpy(), excess, reach, levels)
    cells = np.repeat(np.arange(len(table)), len(levels))
    rows = table[["queue", "interval_start"]].iloc[cells].reset_index(drop=True)
    return rows.assign(quantile=np.tile(levels, len(table)), arrivals=arrivals.ravel())


def _path_rows(
    outlook: Outlook,
    skip: int,
    cells: tuple[pd.DatetimeIndex, np.ndarray, np.ndarray],
    name_and_number: tuple[str, int],
    rng: np.random.Generator,
) -> pd.DataFrame | None:
    name, paths = name_and_number
    if not paths:
        return None
    horizon = slice(skip, len(outlook.mean))
    mean = outlook.mean[horizon]
    normal = correlated_normals(paths, len(mean), outlook.memory, rng)
    lift = outlook.lifts[rng.integers(len(outlook.lifts), size=paths)][:, horizon]
    drawn = draw_paths(mean, outlook.spread.rows(horizon), normal=normal, rng=rng, lift=lift)
    grid, day, slot = cells
    values = drawn[:, day - skip, slot]
    return pd.DataFrame(
        {
            "path": np.repeat(np.arange(paths, dtype=np.int64), len(grid)),
            "queue": pd.Series(name, index=range(paths * len(grid)), dtype="str"),
            "interval_start": grid.take(np.tile(np.arange(len(grid)), paths)),
            "arrivals": values.ravel(),
        }
    )
