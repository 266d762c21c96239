"""Past days beside what was forecast for them as long ahead as for today: what a running day is corrected by.

Past days teach with all that befell them, for the level may move again without a plan's knowing. What a fresh
forecast of the day at hand would change is taken without events and adjustments, which the forecast holds already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import Days, FloatArray, IntArray, count_history, make_days
from omnistaff.forecast.events import treat_events
from omnistaff.forecast.level import learn_level
from omnistaff.forecast.models import MODELS, get_model
from omnistaff.forecast.rolling import FLOOR, PastForecasts
from omnistaff.forecast.updating import MOST
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand

PAST_DAYS = 80  # days that teach how the seen part and the rest hang together
LEAST_DAYS = 30
LEAST_FACTOR = 0.05  # what is left of a day that was adjusted to less tells nothing of its level


@dataclass(frozen=True)
class Made:
    """How the forecast at hand was made: its first and last day, what all queues told before it.

    ``volumes`` are their usual ones, ``analogues`` the events fitted on them, by their place in the plan.
    """

    first: dt.date
    last: dt.date
    volumes: Mapping[str, float]
    analogues: Mapping[int, FloatArray]


@dataclass(frozen=True)
class Told:
    """Past days × slots of one sort: forecasts as old as the one at hand, fresh ones, and counts (NaN: not known).

    ``change`` is what a fresh forecast of the day at hand is, slot by slot, as a multiple of the old one.
    """

    mean: FloatArray
    fresh: FloatArray
    actual: FloatArray
    change: FloatArray


@dataclass(frozen=True)
class PastDays:
    """Past days like today, and the open days after them."""

    today: Told
    after: Told


def learn_days(
    history: pd.DataFrame, today: pd.DataFrame, after: pd.DataFrame, queue: Queue, plan: Plan, *, made: Made
) -> PastDays | None:
    """Return past days in the slots of *today* and of *after*, rows of the forecast; None if there are too few.

    Each pair of days was forecast at one past origin, so that the first was as many days ahead as today is; and
    afresh, as is known on the evening before it, or earlier by one day for each open day before today of which
    nothing is known. Those days are the calendar's: past a weekend, a past day may have been forecast by more.
    """
    zone, model = plan.zone_of(queue), str(today["model"].iloc[0])
    if model not in MODELS:
        return None
    date = timegrid.local_dates(today["interval_start"], zone).iloc[0].date()
    last = timegrid.local_dates(after["interval_start"], zone).iloc[0].date() if len(after) else date
    days = make_days(cast("DataFrame[Demand]", history), queue, plan, made.last)
    row, end, lead = days.row(date), days.row(last), (date - made.first).days + 1
    slots, later = _slots(days, row, len(today)), _slots(days, end, len(after))
    if slots is None or later is None or row < lead + LEAST_DAYS:
        return None
    days, base = _without_lifts(days, queue, plan, made)
    rows = np.flatnonzero(~np.isnan(days.counts[:row][:, slots]).any(axis=1))
    rows = rows[rows >= lead + LEAST_DAYS][-PAST_DAYS:]
    if len(rows) < LEAST_DAYS:
        return None
    opened = np.flatnonzero(days.wanted.any(axis=1))
    follow = opened[np.minimum(np.searchsorted(opened, rows, side="right"), len(opened) - 1)]
    pairs = [*zip(rows.tolist(), follow.tolist(), strict=True), (row, end)]
    unknown = int(days.wanted[count_history(days.counts[:row]) : row].any(axis=1).sum())
    made_at = {
        ahead: np.vstack([_forecasts(model, days, pairs[:-1], ahead), _forecasts(model, base, pairs[-1:], ahead)])
        for ahead in (lead, min(lead, 1 + unknown))
    }
    old, fresh = made_at[lead], made_at[min(lead, 1 + unknown)]
    counts = days.counts.copy()
    counts[row:] = np.nan
    came = counts[np.ix_(rows, slots)]
    old, fresh = (told * _level(rows, told[:-1, 0][:, slots], came) for told in (old, fresh))
    return PastDays(
        _told(old[:, 0][:, slots], fresh[:, 0][:, slots], came),
        _told(old[:, 1][:, later], fresh[:, 1][:, later], counts[np.ix_(follow, later)]),
    )


def _without_lifts(days: Days, queue: Queue, plan: Plan, made: Made) -> tuple[Days, Days]:
    """Return *days* without what the forecast multiplied its own days by, and without past events too.

    From the forecast's first day on counts are divided by what its events and adjustments were worth, so that what
    came beyond a launch's forecast still tells of the level.
    """
    first = days.row(made.first)
    before = days.counts.copy()
    before[first:] = np.nan
    origin = count_history(before)
    past = replace(days, counts=before, history=origin)
    lifted = treat_events(past, queue, plan, volumes=made.volumes, analogues=made.analogues)
    factors = (lifted.factors.mean(axis=0) * _adjustments(days, queue, plan)[origin:])[first - origin :, None]
    since = np.where(factors > LEAST_FACTOR, days.counts[first:] / np.maximum(factors, LEAST_FACTOR), np.nan)
    told, base = (np.concatenate([counts[:first], since]) for counts in (before, lifted.days.counts))
    return replace(days, counts=told), replace(days, counts=base)


def _adjustments(days: Days, queue: Queue, plan: Plan) -> FloatArray:
    """Return what the plan's adjustments multiply each day by."""
    factors = np.ones(len(days.dates))
    for adjustment in plan.forecast.adjustments:
        if not adjustment.queues or queue.name in adjustment.queues:
            first = np.datetime64(adjustment.start or dt.date.min, "D")
            last = np.datetime64(adjustment.end or dt.date.max, "D")
            hit = (days.dates >= first) & (days.dates <= last)
            factors[hit] *= adjustment.factor
    return factors


def _forecasts(name: str, days: Days, pairs: list[tuple[int, int]], lead: int) -> FloatArray:
    """Return pairs × 2 × slots: both days of each pair as forecast when the first was day number *lead*."""
    model = get_model(name)
    told = [model.forecast(days, one - lead + 1, lead + two - one)[[lead - 1, -1]] for one, two in pairs]
    return np.maximum(np.stack(told), FLOOR)


def _level(rows: IntArray, mean: FloatArray, actual: FloatArray) -> float:
    """Return what sets the level of past days' forecasts right, as the forecast's own was."""
    return learn_level(PastForecasts(rows, mean[:, None], actual[:, None], np.zeros((len(rows), 1))))


def _told(old: FloatArray, fresh: FloatArray, actual: FloatArray) -> Told:
    """Return past days from forecasts whose last row is the day at hand."""
    return Told(old[:-1], fresh[:-1], actual, np.clip(fresh[-1] / old[-1], 1 - MOST, 1 + MOST))


def _slots(days: Days, row: int, number: int) -> IntArray | None:
    """Return the wanted columns of a day, None when they are not as many as its forecast has intervals."""
    slots = np.flatnonzero(days.wanted[row]).astype(np.int64) if number else np.zeros(0, dtype=np.int64)
    return slots if len(slots) == number else None
