"""The day so far corrects the rest of it, and the next day where that has proved itself."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame
from scipy.special import ndtri

from omnistaff import timegrid
from omnistaff.errors import TableError
from omnistaff.forecast.analogues import fit_analogues
from omnistaff.forecast.calibration import normal_spread
from omnistaff.forecast.credibility import learn_factor, split_variance
from omnistaff.forecast.days import FloatArray, IntArray, local_date
from omnistaff.forecast.negative_binomial import quantiles
from omnistaff.forecast.outlook import usual_volumes
from omnistaff.forecast.past_days import LEAST_DAYS, Made, PastDays, learn_days
from omnistaff.forecast.paths import draw_paths
from omnistaff.forecast.rolling import FLOOR
from omnistaff.forecast.seen import count_seen
from omnistaff.forecast.updating import learn_correction
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check


@dataclass(frozen=True)
class Moment:
    """The instant at which a queue is corrected, and until when its contacts are known."""

    now: pd.Timestamp
    seen_until: pd.Timestamp


@dataclass(frozen=True)
class Rest:
    """The rest of a day, corrected: rows of the forecast table, means, variances of the two factors, by what."""

    rows: IntArray
    mean: FloatArray
    day: float
    interval: float
    method: str


@dataclass(frozen=True)
class Corrected:
    """A corrected forecast, and by what each row of its table was: ``factor`` or a method of ``updating``."""

    forecast: DemandForecast
    methods: list[str]


def update_forecast(
    forecast: DemandForecast,
    actuals: DataFrame[Demand],
    plan: Plan,
    *,
    now: pd.Timestamp | None = None,
    seen_until: Mapping[str, pd.Timestamp] | None = None,
) -> DemandForecast:
    """Return the forecast with the rest of each queue's current day, and its next open day, corrected by what came.

    *actuals* is demand up to *now*, or to the end of its last interval when that is not given; intervals that are not
    over then are not looked at. With the history before that day in it, an old forecast is made afresh, on a closed
    day and before the first contact too, and corrected as past days teach, as far as that proved itself on them;
    with today alone, the day's factor is estimated from the forecast's own variance and the next day is left as it
    is. Ranges of what is corrected have their own dispersion. Intervals that are over keep what was forecast. What
    was not seen is not zero: intervals without a row, outages, and those after a queue's *seen_until*, for feeds that
    come late, tell nothing. Raises TableError for *actuals* that repeat an interval or name queues that are not in
    the plan.
    """
    return correct_day(forecast, actuals, plan, now=now, seen_until=seen_until).forecast


def correct_day(
    forecast: DemandForecast,
    actuals: DataFrame[Demand],
    plan: Plan,
    *,
    now: pd.Timestamp | None = None,
    seen_until: Mapping[str, pd.Timestamp] | None = None,
) -> Corrected:
    """Return what ``update_forecast`` does, and by which method each interval was corrected."""
    actuals = _checked(actuals, plan)
    step = pd.Timedelta(minutes=plan.interval_minutes)
    clock = actuals["interval_start"].max() + step if now is None else now
    if pd.isna(clock) or not forecast.table["queue"].isin([queue.name for queue in plan.queues]).any():
        return Corrected(forecast, ["none"] * len(forecast.table))
    until, days = seen_until or {}, _days_of(forecast, plan)
    forecast = replace(
        forecast,
        table=forecast.table.sort_values(Forecast.sort_columns(), ignore_index=True),
        paths=forecast.paths.sort_values(ForecastPaths.sort_columns(), ignore_index=True),
    )
    table: pd.DataFrame = forecast.table
    paths: pd.DataFrame = forecast.paths
    changed, methods = np.zeros(len(table), dtype=bool), np.full(len(table), "none", dtype=object)
    analogues = fit_analogues(actuals, days[0], plan)
    zones = {plan.zone_of(queue) for queue in plan.queues}
    volumes = {zone: usual_volumes(actuals, timegrid.day_start(days[0], zone)) for zone in zones}
    for queue in plan.queues:
        moment = Moment(clock, min(clock, until.get(queue.name, clock)))
        rows = actuals[(actuals["queue"] == queue.name) & (actuals["interval_start"] + step <= moment.seen_until)]
        made = Made(*days, volumes[plan.zone_of(queue)], analogues)
        for rest in _correct_queue(forecast, rows, queue, plan, made=made, moment=moment):
            changed[rest.rows], methods[rest.rows] = True, rest.method
            means, variances = table["mean"].to_numpy(copy=True), table["variance"].to_numpy(copy=True)
            means[rest.rows] = rest.mean
            variances[rest.rows] = rest.mean + (rest.day + rest.interval) * rest.mean**2
            table = table.assign(mean=means, variance=variances)
            paths = _redraw(paths, table.iloc[rest.rows], rest, queue, plan)
    levels = _requantile(forecast.quantiles, table[changed])
    made_anew = DemandForecast(check(Forecast, table), check(ForecastQuantiles, levels), check(ForecastPaths, paths))
    return Corrected(made_anew, methods.tolist())


def _checked(actuals: pd.DataFrame, plan: Plan) -> DataFrame[Demand]:
    """Return *actuals* as the demand table, intervals with an unknown count left out."""
    strange = sorted(set(actuals["queue"]) - {queue.name for queue in plan.queues})
    if strange:
        raise TableError(f"actuals are of queues that are not in the plan: {', '.join(strange)}; leave them out")
    return check(Demand, actuals.dropna(subset="offered"))


def _days_of(forecast: DemandForecast, plan: Plan) -> tuple[dt.date, dt.date]:
    """Return the first and the last local day of the forecast, each queue by its own clock."""
    times = forecast.table.groupby("queue")["interval_start"].agg(["min", "max"])
    zones = {queue.name: plan.zone_of(queue) for queue in plan.queues}
    ends = times[times.index.isin(list(zones))]
    first = min(local_date(first, zones[str(name)]) for name, first in ends["min"].items())
    return first, max(local_date(last, zones[str(name)]) for name, last in ends["max"].items())


def _correct_queue(
    forecast: DemandForecast, rows: pd.DataFrame, queue: Queue, plan: Plan, *, made: Made, moment: Moment
) -> list[Rest]:
    """Return the corrected rest of the queue's day and its next open day, as far as there is something to tell.

    A day on which the queue is closed gives way to the next open one.
    """
    zone = plan.zone_of(queue)
    date = local_date(moment.now, zone)
    mine = forecast.table[forecast.table["queue"] == queue.name]
    dates = timegrid.local_dates(mine["interval_start"], zone)
    later = dates[dates > pd.Timestamp(date)]
    today, after = mine[dates == pd.Timestamp(date)], mine[dates == later.min()]
    if today.empty:
        today, after = after, today
    if today.empty:
        return []
    step = pd.Timedelta(minutes=plan.interval_minutes)
    counts = count_seen(today, rows, queue, plan, until=moment.seen_until)
    known, left = np.flatnonzero(~np.isnan(counts)), np.flatnonzero(today["interval_start"] + step > moment.now)
    prior, actual = today["mean"].to_numpy(), counts[known]
    places, places_after = (forecast.table.index.get_indexer(part.index) for part in (today, after))
    history = rows[rows["interval_start"] < timegrid.day_start(date, zone)]
    past = None
    if history["interval_start"].nunique() >= LEAST_DAYS:
        past = learn_days(history, today, after, queue, plan, made=made)
    if past is None:
        if not len(known) or not len(left):
            return []
        day, interval = split_variance(forecast.paths, today.iloc[known])
        factor = learn_factor(prior[known], actual, day, interval)
        return [
            Rest(places[left], np.maximum(prior[left] * factor.factor, FLOOR), factor.variance, interval, "factor")
        ]
    rests = []
    if len(left):
        head, order = past.today, np.concatenate([known, left])
        rule = learn_correction(head.mean[:, order], head.fresh[:, order], head.actual[:, order], len(known))
        rest = np.maximum(rule.rest(prior[order], (prior * head.change)[order], actual), FLOOR)
        if len(known) or rule.method != "none":
            rests.append(Rest(places[left], rest, rule.day, rule.interval, rule.method))
    return rests + _next_day(past, after, places_after, (prior, counts))


def _next_day(
    past: PastDays, after: pd.DataFrame, places: IntArray, day: tuple[FloatArray, FloatArray]
) -> list[Rest]:
    """Return the next open day corrected by what is known of this one, if that proved itself on past pairs.

    *day* is (forecast, counts) of this one.
    """
    told, head = past.after, past.today
    pairs = ~np.isnan(told.actual).any(axis=1) if len(after) else np.zeros(0, dtype=bool)
    if pairs.sum() < LEAST_DAYS:
        return []
    prior, counts = day
    known = np.flatnonzero(~np.isnan(counts))
    old, fresh, came = (
        np.hstack([one[pairs][:, known], two[pairs]])
        for one, two in ((head.mean, told.mean), (head.fresh, told.fresh), (head.actual, told.actual))
    )
    rule = learn_correction(old, fresh, came, len(known))
    if rule.method == "none":
        return []
    means = np.concatenate([prior[known], after["mean"].to_numpy()])
    change = np.concatenate([head.change[known], told.change])
    rest = rule.rest(means, means * change, counts[known])
    return [Rest(places, np.maximum(rest, FLOOR), rule.day, rule.interval, rule.method)]


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
