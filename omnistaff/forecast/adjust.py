"""A planner's corrections of a forecast: more or fewer contacts, longer or shorter ones."""

from __future__ import annotations

import datetime as dt
import zlib

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.plan import Adjustment, Plan
from omnistaff.tables import DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check

SHORTEST_S = 1.0  # no contact is handled faster
SMALLEST = 1e-9  # mean or variance


def adjust_forecast(forecast: DemandForecast, plan: Plan) -> DemandForecast:
    """Return the forecast with the plan's ``forecast.adjustments`` applied one after another.

    A factor on arrivals moves mean, quantiles and paths alike; of the variance the Poisson part moves with the
    factor and the rest with its square, and paths stay whole contacts that vary so. Handle times move by seconds and
    never fall below one. An adjustment's days are those of each queue's own zone.
    """
    table: pd.DataFrame = forecast.table
    quantiles: pd.DataFrame = forecast.quantiles
    paths: pd.DataFrame = forecast.paths
    for number, adjustment in enumerate(plan.forecast.adjustments):
        factor = adjustment.factor
        paths = _moved_paths(paths, table, number, plan)
        hit = _is_hit(table, adjustment, plan)
        mean = table["mean"].to_numpy()
        spread = np.maximum(table["variance"].to_numpy() - mean, 0)
        handle = np.maximum(table["handle_s"].to_numpy() + adjustment.handle_change_s, SHORTEST_S)
        table = table.assign(
            mean=np.where(hit, factor * mean, mean),
            variance=np.where(hit, factor * mean + factor**2 * spread, table["variance"]),
            handle_s=np.where(hit, handle, table["handle_s"]),
        )
        told = quantiles["arrivals"].to_numpy()
        quantiles = quantiles.assign(arrivals=np.where(_is_hit(quantiles, adjustment, plan), factor * told, told))
    return DemandForecast(check(Forecast, table), check(ForecastQuantiles, quantiles), check(ForecastPaths, paths))


def _moved_paths(paths: pd.DataFrame, table: pd.DataFrame, number: int, plan: Plan) -> pd.DataFrame:
    """Return *paths* with the plan's adjustment *number* applied; *table* is the forecast before it.

    Fewer contacts are each kept by chance. More are drawn at what the interval's rate may have been on the path.
    """
    adjustment = plan.forecast.adjustments[number]
    factor = adjustment.factor
    if factor == 1:
        return paths
    moved = paths["arrivals"].to_numpy(copy=True)
    rows = np.flatnonzero(_is_hit(paths, adjustment, plan))
    hit = paths.iloc[rows].assign(row=rows).sort_values(["queue", "path", "interval_start"])
    before = table[_is_hit(table, adjustment, plan)].sort_values(["queue", "interval_start"])
    for queue, mine in hit.groupby("queue"):
        rng = np.random.default_rng([plan.seed, zlib.crc32(str(queue).encode()), number])
        own = before[before["queue"] == queue]
        drawn = mine["arrivals"].to_numpy().reshape(-1, len(own))
        if factor < 1:
            drawn = rng.binomial(np.rint(drawn).astype(np.int64), factor)
        else:
            dates = timegrid.local_dates(own["interval_start"], plan.zone_of(plan.queue(str(queue))))
            drawn = drawn + rng.poisson((factor - 1) * _rates(drawn, own, pd.factorize(dates)[0], rng))
        moved[mine["row"].to_numpy()] = drawn.ravel()
    return paths.assign(arrivals=moved)


def _rates(drawn: FloatArray, table: pd.DataFrame, day: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return what rates the counts *drawn* (paths × intervals, rows of *table*) may have come from.

    Counts are Poisson around mean × a gamma factor of the *day* × a gamma factor of the interval, whose laws given a
    count are gamma again (Gelman et al. 2013, section 2.6). The day's is told by the day's total on the path, its
    variance d by that of all paths' totals: M + d M² + Σ (e - d) m², e being what the forecast tells of intervals.
    """
    mean = table["mean"].to_numpy()
    excess = np.maximum(table["variance"].to_numpy() - mean, 0) / np.maximum(mean, SMALLEST) ** 2
    on_day = (day[:, None] == np.arange(day.max() + 1)).astype(np.float64)
    total, expected = drawn @ on_day, np.maximum(mean @ on_day, SMALLEST)
    beyond = total.var(axis=0) - expected - (excess * mean**2) @ on_day
    common = np.maximum(beyond, 0) / np.maximum(expected**2 - mean**2 @ on_day, SMALLEST)
    of_day = _gamma_given(total, expected, common, rng)[:, day]
    inner = np.maximum((excess - common[day]) / (1 + common[day]), 0)
    return np.asarray(mean * of_day * _gamma_given(drawn, mean * of_day, inner, rng))


def _gamma_given(count: FloatArray, mean: FloatArray, variance: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return draws of gamma factors of mean 1 and that *variance*, given Poisson counts of *mean* × factor."""
    shape = 1 / np.maximum(variance, SMALLEST)
    return rng.gamma(shape + count, 1 / (shape + mean))


def _is_hit(frame: pd.DataFrame, adjustment: Adjustment, plan: Plan) -> np.ndarray:
    """Return True for the rows of the queues and their local days that an adjustment moves."""
    names = adjustment.queues or [queue.name for queue in plan.queues]
    hit: np.ndarray = frame["queue"].isin(names).to_numpy(dtype=bool, copy=True)
    if not (adjustment.start or adjustment.end):
        return hit
    for zone in sorted({plan.zone_of(queue) for queue in plan.queues}):
        there = [queue.name for queue in plan.queues if plan.zone_of(queue) == zone]
        mine = hit & frame["queue"].isin(there).to_numpy(dtype=bool)
        dates = timegrid.local_dates(frame.loc[mine, "interval_start"], zone)
        first, last = adjustment.start or dt.date.min, adjustment.end or dt.date.max
        hit[mine] = (dates.dt.date.between(first, last)).to_numpy(dtype=bool)
    return hit
