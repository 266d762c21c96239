"""Rolling origin: what a model would have said at past days' ends, beside what came."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from omnistaff.forecast.days import Days, FloatArray, IntArray
from omnistaff.forecast.models.base import Model, raised

FLOOR = 1e-3  # contacts, of means that are no whole day's: their errors are told as shares of them


@dataclass(frozen=True)
class PastForecasts:
    """Forecasts of one model: origin × lead day × slot, with the actual counts (NaN where none is known)."""

    origins: IntArray
    mean: FloatArray
    actual: FloatArray
    special: FloatArray  # origin × lead day: how special, from 0 for an ordinary day to 1 for a holiday

    @cached_property
    def told(self) -> tuple[FloatArray, FloatArray]:
        """Return (means, actual counts), 0 where either is not known."""
        unknown = np.isnan(self.actual + self.mean)
        return np.where(unknown, 0.0, self.mean), np.where(unknown, 0.0, self.actual)

    @cached_property
    def totals(self) -> tuple[FloatArray, FloatArray]:
        """Return (means, actual counts) of days, origin × lead day, as far as both are known."""
        mean, actual = self.told
        return mean.sum(axis=2), actual.sum(axis=2)

    def before(self, origin: int) -> PastForecasts:
        """Return the same with actuals from day *origin* on unknown: what was verified by then."""
        keep = self.origins < origin
        target = self.origins[keep, None] + np.arange(self.mean.shape[1])[None, :]
        actual = np.where((target < origin)[:, :, None], self.actual[keep], np.nan)
        return PastForecasts(self.origins[keep], self.mean[keep], actual, self.special[keep])


def roll(model: Model, days: Days, origins: IntArray, steps: int) -> PastForecasts:
    """Return what *model* forecasts at each of *origins* for *steps* days, with what came."""
    slots = days.counts.shape[1]
    shape = (len(origins), steps, slots)
    mean, actual, special = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape[:2])
    for place, origin in enumerate(origins):
        ahead = min(steps, len(days.counts) - int(origin))
        window = slice(int(origin), int(origin) + ahead)
        mean[place, :ahead] = raised(model.forecast(days, int(origin), ahead))
        actual[place, :ahead] = np.where(days.wanted[window], days.counts[window], np.nan)
        special[place, :ahead] = days.calendar.specialness[window]
    return PastForecasts(origins, mean, actual, special)


def choose_origins(history: int, number: int, every: int = 5, least: int = 28) -> IntArray:
    """Return up to *number* origins in a history of so many days, *every* days apart, the last a day before its end.

    Five days apart visits every weekday. The first *least* days, and at least two fifths of a short history, are
    left to learn from.
    """
    first = max(min(least, history // 2), 2 * history // 5 if history < 2 * least else least, 3)
    origins = np.arange(history - 1, first - 1, -every, dtype=np.int64)[:number]
    return origins[::-1]
