"""Past days beside what was forecast for them as long ahead as for today: what a running day is corrected by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import Days, FloatArray, IntArray, make_days
from omnistaff.forecast.models import MODELS, get_model
from omnistaff.forecast.rolling import FLOOR
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand

PAST_DAYS = 80  # days that teach how the seen part and the rest hang together
LEAST_DAYS = 30


@dataclass(frozen=True)
class PastDays:
    """Days × slots of a day like today, and of the open day after it: forecasts and counts (NaN where not known)."""

    mean: FloatArray
    actual: FloatArray
    next_mean: FloatArray
    next_actual: FloatArray


def learn_days(
    history: pd.DataFrame, today: pd.DataFrame, after: pd.DataFrame, queue: Queue, plan: Plan, *, lead: int
) -> PastDays | None:
    """Return past days in the slots of *today* and of *after*, rows of the forecast; None if there are too few.

    Each pair of days was forecast at one past origin, so that the first was its day number *lead*, as today is.
    """
    zone, model = plan.zone_of(queue), str(today["model"].iloc[0])
    if model not in MODELS:
        return None
    date = timegrid.local_dates(today["interval_start"], zone).iloc[0].date()
    last = timegrid.local_dates(after["interval_start"], zone).iloc[0].date() if len(after) else date
    days = make_days(cast("DataFrame[Demand]", history), queue, plan, last)
    row = days.row(date)
    slots, later = _slots(days, row, len(today)), _slots(days, days.row(last), len(after))
    if slots is None or later is None:
        return None
    rows = np.flatnonzero(~np.isnan(days.counts[:row][:, slots]).any(axis=1))
    rows = rows[rows >= lead + LEAST_DAYS][-PAST_DAYS:]
    if len(rows) < LEAST_DAYS:
        return None
    opened = np.flatnonzero(days.wanted.any(axis=1))
    follow = opened[np.minimum(np.searchsorted(opened, rows, side="right"), len(opened) - 1)]
    means, nexts = np.zeros((len(rows), len(slots))), np.zeros((len(rows), len(later)))
    for k, (one, two) in enumerate(zip(rows.tolist(), follow.tolist(), strict=True)):
        made = np.maximum(get_model(model).forecast(days, one - lead + 1, lead + two - one), FLOOR)
        means[k], nexts[k] = made[lead - 1, slots], made[-1, later]
    counts = days.counts.copy()
    counts[row:] = np.nan
    return PastDays(means, counts[np.ix_(rows, slots)], nexts, counts[np.ix_(follow, later)])


def _slots(days: Days, row: int, number: int) -> IntArray | None:
    """Return the wanted columns of a day, None when they are not as many as its forecast has intervals."""
    slots = np.flatnonzero(days.wanted[row]).astype(np.int64) if number else np.zeros(0, dtype=np.int64)
    return slots if len(slots) == number else None
