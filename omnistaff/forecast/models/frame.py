"""The matrix of days as one long series, for models of other libraries, and back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.training import borrow_unseen, make_training

HISTORY_DAYS = 182  # older days cost time and tell these models little


def long_history(days: Days, origin: int) -> tuple[FloatArray, int]:
    """Return (counts of the recent days without gaps, one after the other; slots a day).

    Closed days are dropped, so that a week has as many days as the queue is open.
    """
    training = make_training(days, origin)
    recent = training.rows >= origin - HISTORY_DAYS
    return training.full[recent].ravel(), days.counts.shape[1]


def open_week(days: Days, origin: int) -> int:
    """Return on how many weekdays the queue has been open."""
    training = make_training(days, origin)
    return len(np.unique(days.calendar.weekday[training.rows])) if len(training.rows) else 7


def from_open_days(values: FloatArray, days: Days, origin: int, steps: int) -> FloatArray:
    """Return steps × slots from the *values* of the open days ahead, closed days as zeros."""
    result = np.zeros((steps, days.counts.shape[1]))
    opened = days.wanted[origin : origin + steps].any(axis=1)
    result[opened] = values[: opened.sum()]
    return borrow_unseen(np.maximum(result, 0.0), make_training(days, origin), days)


def open_days_ahead(days: Days, origin: int, steps: int) -> int:
    """Return how many of the next *steps* days are open."""
    return int(days.wanted[origin : origin + steps].any(axis=1).sum())


def stamps(days: Days, first: int, last: int) -> pd.DatetimeIndex:
    """Return the wall-clock time of every slot of rows *first* to *last*, day by day."""
    date = days.dates[first:last].astype("datetime64[m]")
    times = date[:, None] + days.slot_minutes[None, :].astype("timedelta64[m]")
    return pd.DatetimeIndex(times.ravel())
