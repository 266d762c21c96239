"""The matrix of days as a regular series of usual weekdays, for models of other libraries, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff.forecast.days import Days, FloatArray, IntArray
from omnistaff.forecast.training import borrow_unseen, make_training

HISTORY_DAYS = 182  # older days cost time and tell these models little
USUAL_SHARE = 0.5  # a weekday seen less than so often as the most frequent one is no part of the week


@dataclass(frozen=True)
class Weeks:
    """Counts of the recent days without gaps, one row a usual weekday in order of date.

    ``week`` are the usual weekdays, as many as a season has days. Days of these that were closed or are not known
    hold the mean of their weekday, so every season is whole and a value's weekday is told by its place.
    """

    counts: FloatArray
    week: IntArray
    dates: IntArray

    def ahead(self, days: Days, origin: int, steps: int) -> int:
        """Return how many usual days there are from the end of the counts to the last of *steps* days."""
        return int(np.isin(days.calendar.weekday[self._last + 1 : origin + steps], self.week).sum())

    def place(self, values: FloatArray, days: Days, origin: int, steps: int) -> FloatArray:
        """Return steps × slots (or × 1) of *values*, forecasts of the usual days after the counts, by date.

        A day that is not usual takes the mean of all.
        """
        after = np.isin(days.calendar.weekday[self._last + 1 : origin + steps], self.week)
        number = np.cumsum(after)[-steps:] - 1
        usual = values[np.maximum(number, 0)]
        return np.asarray(np.where(after[-steps:, None], usual, values.mean(axis=0)))

    @property
    def _last(self) -> int:
        return int(self.dates[-1])


def regular_weeks(days: Days, origin: int) -> Weeks | None:
    """Return the last half year before *origin* in usual weekdays, None when nothing is known."""
    training = make_training(days, origin)
    recent = training.rows >= origin - HISTORY_DAYS
    rows = training.rows[recent]
    if not len(rows):
        return None
    weekday = days.calendar.weekday
    seen = np.bincount(weekday[rows], minlength=7)
    week = np.flatnonzero(seen >= USUAL_SHARE * seen.max()).astype(np.int64)
    dates = np.arange(rows[0], rows[-1] + 1)
    dates = dates[np.isin(weekday[dates], week)].astype(np.int64)
    full = np.full((len(days.dates), days.counts.shape[1]), np.nan)
    full[rows] = training.full[recent]
    counts = full[dates]
    for day in week.tolist():
        like = weekday[dates] == day
        known = ~np.isnan(counts).any(axis=1)
        counts[like & ~known] = counts[like & known].mean(axis=0)
    return Weeks(counts, week, dates)


def on_open_days(values: FloatArray, days: Days, origin: int) -> FloatArray:
    """Return *values* (days × slots), none below 0, closed days as zeros and slots never seen borrowed."""
    opened = days.wanted[origin : origin + len(values)].any(axis=1, keepdims=True)
    result = np.where(opened, np.maximum(values, 0.0), 0.0)
    return borrow_unseen(result, make_training(days, origin), days)


def stamps(days: Days, first: int, last: int) -> pd.DatetimeIndex:
    """Return the wall-clock time of every slot of rows *first* to *last*, day by day."""
    date = days.dates[first:last].astype("datetime64[m]")
    times = date[:, None] + days.slot_minutes[None, :].astype("timedelta64[m]")
    return pd.DatetimeIndex(times.ravel())
