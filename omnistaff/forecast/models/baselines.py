"""Forecasts any model must beat: last week again, and means of past days of the same weekday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import Days, FloatArray

WEEK = 7


@dataclass(frozen=True)
class SeasonalNaive:
    """The same slot of the latest week in which it was known."""

    name: str = "seasonal_naive"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return the latest known count of the same weekday and slot for each of *steps* days."""
        return _by_weekday(days, origin, steps, _latest)


@dataclass(frozen=True)
class LikeDays:
    """The plain mean of the last *days* days of the same weekday."""

    name: str = "like_days"
    count: int = 26

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return the mean of the last like days for each of *steps* days."""
        return _by_weekday(days, origin, steps, lambda past: _mean(past[-self.count :]))


@dataclass(frozen=True)
class RecentDays:
    """The mean of all past days of the same weekday, later ones weighing more."""

    name: str = "recent_days"
    half_life_weeks: float = 6.0

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return the exponentially weighted mean of like days for each of *steps* days."""

        def weighted(past: FloatArray) -> FloatArray:
            age = np.arange(len(past) - 1, -1, -1)
            return _mean(past, 0.5 ** (age / self.half_life_weeks))

        return _by_weekday(days, origin, steps, weighted)


def _by_weekday(days: Days, origin: int, steps: int, pick: Callable[[FloatArray], FloatArray]) -> FloatArray:
    weekday = days.calendar.weekday
    result = np.zeros((steps, days.counts.shape[1]))
    past = days.counts[:origin]
    usable = ~np.isnan(past).all(axis=1)
    for day in range(WEEK):
        rows = usable & (weekday[:origin] == day)
        like = past[rows] if rows.any() else past[usable]
        if len(like):
            result[weekday[origin : origin + steps] == day] = pick(like)
    return result


def _latest(past: FloatArray) -> FloatArray:
    known = ~np.isnan(past)
    last = len(past) - 1 - known[::-1].argmax(axis=0)
    return np.where(known.any(axis=0), past[last, np.arange(past.shape[1])], 0.0)


def _mean(past: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    known = ~np.isnan(past)
    weight = known * (np.ones(len(past)) if weights is None else weights)[:, None]
    total = (np.nan_to_num(past) * weight).sum(axis=0)
    return np.asarray(total / np.maximum(weight.sum(axis=0), 1e-12))
