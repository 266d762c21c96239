"""The day so far corrects the rest of it, and tomorrow a little."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame
from scipy.special import ndtri

from omnistaff import timegrid
from omnistaff.forecast.calibration import normal_spread
from omnistaff.forecast.credibility import learn_factor, split_variance
from omnistaff.forecast.days import FloatArray, IntArray, local_date, make_days
from omnistaff.forecast.models import get_model
from omnistaff.forecast.negative_binomial import quantiles
from omnistaff.forecast.paths import draw_paths
from omnistaff.forecast.rolling import FLOOR
from omnistaff.forecast.updating import learn_correction
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check

PAST_DAYS = 80  # days that teach how the seen part and the rest hang together
LEAST_DAYS = 30


@dataclass(frozen=True)
class Rest:
    """The rest of a day, corrected: rows of the forecast table, means, and variances of the two factors."""

    rows: IntArray
    mean: FloatArray
    day: float
    interval: float


def update_forecast(forecast: DemandForecast, actuals: DataFrame[Demand], plan: Plan) -> DemandForecast:
    """Return the forecast with the rest of each queue's current day corrected by what came so far.

    *actuals* is demand up to now, complete intervals only; its last interval tells each queue's day. With the history
    before that day in it, the correction is learnt from past days and is used only if it proved itself on them; with
    today alone, the day's factor is estimated from the forecast's own variance. Ranges of the rest have their own
    dispersion. Intervals that are over keep what was forecast.
    """
    table: pd.DataFrame = forecast.table
    paths: pd.DataFrame = forecast.paths
    changed = np.zeros(len(table), dtype=bool)
    for queue in plan.queues:
        rest = _correct_queue(forecast, actuals[actuals["queue"] == queue.name], queue, plan)
        if rest is None:
            continue
        changed[rest.rows] = True
        means, variances = table["mean"].to_numpy(copy=True), table["variance"].to_numpy(copy=True)
        means[rest.rows] = rest.mean
        variances[rest.rows] = rest.mean + (rest.day + rest.interval) * rest.mean**2
        table = table.assign(mean=means, variance=variances)
        paths = _redraw(paths, table.iloc[rest.rows], rest, queue, plan)
    levels = _requantile(forecast.quantiles, table[changed])
    return DemandForecast(check(Forecast, table), check(ForecastQuantiles, levels), check(ForecastPaths, paths))


def _correct_queue(forecast: DemandForecast, actuals: pd.DataFrame, queue: Queue, plan: Plan) -> Rest | None:
    """Return the corrected rest of the queue's day, None when nothing of it is seen or nothing is left."""
    if actuals.empty:
        return None
    zone = plan.zone_of(queue)
    now = actuals["interval_start"].max()
    begin = timegrid.day_start(local_date(now, zone), zone)
    end = timegrid.next_local_midnight(now, zone)
    mine = (forecast.table["queue"] == queue.name).to_numpy()
    times = forecast.table["interval_start"]
    today = np.flatnonzero(mine & times.between(begin, end, inclusive="left").to_numpy())
    seen = int((times.iloc[today] <= now).sum())
    if not 0 < seen < len(today):
        return None
    part = forecast.table.iloc[today]
    came = part.merge(actuals[["interval_start", "offered"]], on="interval_start", how="left")["offered"]
    prior, actual = part["mean"].to_numpy(), np.nan_to_num(came.to_numpy()[:seen])
    past = _past_days(forecast, actuals[actuals["interval_start"] < begin], begin, queue, plan)
    if past is not None:
        rule = learn_correction(*past, seen)
        return Rest(today[seen:], np.maximum(rule.rest(prior, actual), FLOOR), rule.day, rule.interval)
    day, interval = split_variance(forecast.paths, part.iloc[:seen])
    known = learn_factor(prior[:seen], actual, day, interval)
    return Rest(today[seen:], np.maximum(prior[seen:] * known.factor, FLOOR), known.variance, interval)


def _past_days(
    forecast: DemandForecast, history: pd.DataFrame, begin: pd.Timestamp, queue: Queue, plan: Plan
) -> tuple[FloatArray, FloatArray] | None:
    """Return (forecasts, counts) of past days in today's slots, as long ahead as today was; None if too few."""
    if history["interval_start"].nunique() < LEAST_DAYS:
        return None
    zone = plan.zone_of(queue)
    date = local_date(begin, zone)
    days = make_days(cast("DataFrame[Demand]", history), queue, plan, date)
    today, mine = days.row(date), forecast.table[forecast.table["queue"] == queue.name]
    lead = (date - local_date(mine["interval_start"].min(), zone)).days + 1
    slots = np.flatnonzero(days.wanted[today])
    rows = np.flatnonzero(~np.isnan(days.counts[:today][:, slots]).any(axis=1))
    rows = rows[rows >= lead + LEAST_DAYS][-PAST_DAYS:]
    if len(rows) < LEAST_DAYS or len(slots) != _intervals_of(mine, begin, zone):
        return None
    model = get_model(str(mine["model"].iloc[0]))
    means = np.array([model.forecast(days, int(row) - lead + 1, lead)[-1] for row in rows])
    return np.maximum(means[:, slots], FLOOR), days.counts[np.ix_(rows, slots)]


def _intervals_of(mine: pd.DataFrame, begin: pd.Timestamp, zone: str) -> int:
    end = timegrid.next_local_midnight(begin, zone)
    return int(mine["interval_start"].between(begin, end, inclusive="left").sum())


def _redraw(paths: pd.DataFrame, cells: pd.DataFrame, rest: Rest, queue: Queue, plan: Plan) -> pd.DataFrame:
    """Return the paths with the rest of the day drawn anew; a path high before stays high."""
    times = cells["interval_start"]
    rows = (paths["queue"] == queue.name).to_numpy() & paths["interval_start"].isin(times).to_numpy()
    if not rows.any():
        return paths
    drawn = paths[rows]
    total = drawn.groupby("path")["arrivals"].sum()
    rank = (total.rank(method="first") - 0.5) / len(total)
    rng = np.random.default_rng([plan.seed, zlib.crc32(queue.name.encode()), len(times)])
    normal = ndtri(rank.to_numpy())[:, None]
    new = draw_paths(rest.mean[None, :], normal_spread(rest.day, rest.interval), normal=normal, rng=rng)[:, 0, :]
    arrivals = paths["arrivals"].to_numpy(copy=True)
    arrivals[rows] = new.ravel()  # both are sorted by path, then time
    return paths.assign(arrivals=arrivals)


def _requantile(levels: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the quantile rows with those of *cells* made anew."""
    asked = np.sort(levels["quantile"].unique())
    mean = cells["mean"].to_numpy()
    found = quantiles(mean, (cells["variance"].to_numpy() - mean) / mean**2, asked)
    new = cells[["queue", "interval_start"]].iloc[np.repeat(np.arange(len(cells)), len(asked))]
    new = new.assign(quantile=np.tile(asked, len(cells)), corrected=found.ravel())
    merged = levels.merge(new, on=["queue", "interval_start", "quantile"], how="left")
    return levels.assign(arrivals=merged["corrected"].fillna(merged["arrivals"]).to_numpy())
