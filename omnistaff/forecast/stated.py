"""Extra contacts that a planner states for an event: how many draws of it bring, and on which days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri

from omnistaff import timegrid
from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.lifts import DRAWS, LiftPrior, lift_curve
from omnistaff.plan import Plan, Queue
from omnistaff.plan.calendar import Event
from omnistaff.tables import Figure

DEFAULT_RANGE = 0.35  # standard deviation of the log of a stated volume without a range
SHAPE_VARIANCE = 0.3**2  # of the logs of half-life and rise, whose centres the plan gives
RECENT_DAYS = 28  # tell what days outside the horizon are usually like
Z80 = 1.2816


def stated_shape(prior: LiftPrior) -> LiftPrior:
    """Return the prior of the curve of an event of stated volume: its size is set by that, so any will do."""
    return LiftPrior(prior.mean, np.diag([prior.covariance[0, 0], SHAPE_VARIANCE, SHAPE_VARIANCE]))


def scale_to_stated(event: Event, thetas: FloatArray, base: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return what each draw's curve is multiplied by to bring its draw of the stated contacts to all queues.

    *base* are their usual totals on the event's days (``event_base``); 0 where none is open on any of them.
    """
    clock = np.arange(len(base), dtype=np.float64)
    brought = lift_curve(thetas, clock, event.lasting_share) @ base
    volumes = draw_volumes(event, rng)
    return np.divide(volumes, brought, out=np.zeros(len(thetas)), where=brought > 0)


def draw_volumes(event: Event, rng: np.random.Generator) -> FloatArray:
    """Return draws of an event's stated extra contacts: their mean is the volume, 80 % lie in the stated range.

    Log-normal; with a range that is not symmetric, of two halves that meet in the median. Where no median gives both
    the range and the mean, the range holds.
    """
    assert event.volume is not None
    score = rng.permutation(ndtri((np.arange(DRAWS) + 0.5) / DRAWS))
    if event.volume_low is None or event.volume_high is None:
        draws = np.exp(DEFAULT_RANGE * score)
        return np.asarray(draws * event.volume / draws.mean())
    low, high, volume = np.log([event.volume_low, event.volume_high, event.volume])

    def around(median: float) -> FloatArray:
        return np.asarray(np.exp(median + score * np.where(score < 0, median - low, high - median) / Z80))

    def above(median: float) -> float:
        return float(np.log(around(median).mean()) - volume)

    if above(low) >= 0 or above(high) <= 0:
        return around(low if above(low) >= 0 else high)
    return around(float(brentq(above, low, high)))


def event_base(event: Event, days: Days, base: FloatArray) -> FloatArray:
    """Return the usual total of each day of an event, 0 where closed; *base* are those of *days*.

    Days beyond *days* are what their weekday was of late.
    """
    opened = np.where(days.expected > 0, base, 0.0)
    weekday, recent = days.calendar.weekday, slice(-RECENT_DAYS, None)
    number = np.bincount(weekday[recent], minlength=7)
    usual = np.bincount(weekday[recent], opened[recent], minlength=7) / np.maximum(number, 1)
    rows = days.row(event.start) + np.arange((event.last_day - event.start).days + 1)
    inside = (rows >= 0) & (rows < len(opened))
    totals = usual[(weekday[0] + rows) % 7]
    totals[inside] = opened[rows[inside]]
    return np.asarray(totals)


def tell_closed(table: pd.DataFrame, plan: Plan) -> list[Figure]:
    """Return the queues that are closed on all days of an event whose stated contacts the forecast's days should see.

    *table* is the forecast. What such a queue's share would have been does not come.
    """
    opened = {queue.name: _open_dates(table, queue, plan) for queue in plan.queues}
    seen = sorted(set().union(*opened.values()))
    if not seen:
        return []
    last = seen[0] + dt.timedelta(days=plan.forecast.horizon_days - 1)
    ahead = [event for event in plan.calendar.events if seen[0] <= event.start and event.last_day <= last]
    missing = [
        (event, name)
        for event in ahead
        if event.volume is not None
        for name in event.queues or opened
        if not any(event.start <= date <= event.last_day for date in opened[name])
    ]
    return [
        Figure(f"closed[{event.name}]", float("nan"), "", f"{event.name}: {name} is closed on all its days and takes "
               f"no part of the {event.volume:,.0f} stated contacts")
        for event, name in missing
    ]  # fmt: skip


def _open_dates(table: pd.DataFrame, queue: Queue, plan: Plan) -> set[dt.date]:
    starts = table.loc[table["queue"] == queue.name, "interval_start"]
    return set(timegrid.local_dates(starts, plan.zone_of(queue)).dt.date)
