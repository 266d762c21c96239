"""Forecasts beside what came, one row a forecast day: what dispersion is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.leads import bucket_of
from omnistaff.forecast.memory import independent_share
from omnistaff.forecast.rolling import PastForecasts

CAP_SHARE = 0.97
NEAR_DAYS = 3
HALF_LIFE_DAYS = 60.0  # of a verified day's weight: forecasts err by how the times are now


@dataclass(frozen=True)
class Verified:
    """Rows of days that were forecast and came: means and counts by slot (0 where unknown), totals, lead bucket.

    ``weight`` falls with a day's age. ``shape`` are the means scaled to the total that came, by which intervals are
    judged; ``error`` is a total's relative error and ``information`` how much it tells of a relative variance: little
    when it is old or mostly chance. ``memory`` is the correlation of neighbouring days' errors.
    """

    mean: FloatArray
    actual: FloatArray
    total_mean: FloatArray
    total: FloatArray
    special: FloatArray
    bucket: IntArray
    date: IntArray
    origin: IntArray
    weight: FloatArray
    shape: FloatArray
    error: FloatArray
    information: FloatArray
    memory: float

    @cached_property
    def squares(self) -> FloatArray:
        """Return the sum of each day's squared shape."""
        return np.asarray((self.shape**2).sum(axis=1))

    @cached_property
    def beyond(self) -> FloatArray:
        """Return by how much each interval's squared miss of its shape is above that of chance."""
        return np.asarray((self.actual - self.shape) ** 2 - self.shape)

    @cached_property
    def excess(self) -> FloatArray:
        """Return the sum of that over each day."""
        return np.asarray(self.beyond.sum(axis=1))

    def different(self, rows: BoolArray) -> int:
        """Return how many different days *rows* are: one day forecast from several origins is one."""
        return len(np.unique(self.date[rows]))

    def feasts(self, rows: BoolArray) -> int:
        """Return how many feasts *rows* are: special days that follow within three days err alike."""
        date = np.unique(self.date[rows])
        return int((np.diff(date) > NEAR_DAYS).sum()) + 1 if len(date) else 0

    def worth(self, rows: BoolArray) -> float:
        """Return how many fresh and independent days *rows* are worth to whoever learns a variance from them.

        Old days weigh less, and errors that last tell less. First days of forecasts are independent.
        """
        if not rows.any():
            return 0.0
        share = independent_share(self.memory)
        whole, first = (float(_fresh(self._place, self.weight, part)) for part in (rows, rows & self._first))
        return max(whole * share, first, 1.0)

    @cached_property
    def _place(self) -> IntArray:
        """Return the place of each row's day among all days from the first on."""
        return np.asarray(self.date - self.date.min(initial=self.date.max(initial=0)))

    @cached_property
    def _first(self) -> BoolArray:
        """Return which rows are first days of forecasts."""
        return np.asarray(self.bucket == 0)


def verify(past: PastForecasts, memory: float = 0.0) -> Verified:
    """Return the days of *past* forecasts of which something is known; errors' *memory* from day to day."""
    (mean, actual), (expected, came) = past.told, past.totals
    some = expected > 0
    origin, lead = np.nonzero(some)
    mean, actual, expected, came = mean[some], actual[some], expected[some], came[some]
    date = (past.origins[origin] + lead).astype(np.int64)
    weight = 0.5 ** ((date.max(initial=0) - date) / HALF_LIFE_DAYS)
    return Verified(
        mean,
        actual,
        expected,
        came,
        past.special[origin, lead],
        bucket_of(lead),
        date,
        past.origins[origin],
        weight,
        mean * (came / expected)[:, None],
        came / expected - 1,
        weight * (expected / (1 + 0.01 * expected)) ** 2,
        memory,
    )


@njit(cache=True)
def _fresh(place, weight, rows):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return (Σw)² / Σw² of the different days among *rows*: each has its *place* and, in all rows, one weight."""
    met = np.zeros(place.max() + 1, dtype=np.bool_)
    total = squares = 0.0
    for row in range(len(rows)):
        if rows[row] and not met[place[row]]:
            met[place[row]] = True
            total += weight[row]
            squares += weight[row] ** 2
    return total**2 / max(squares, 1e-12)


def mean_of(values: FloatArray, weights: FloatArray) -> float:
    """Return the mean of *values* by *weights*, which are not all 0."""
    return float(values @ weights / weights.sum())


def capped(values: FloatArray) -> FloatArray:
    """Return *values* cut off at their 97 % quantile: the worst 3 % count no more than the next."""
    place = CAP_SHARE * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    sorted_in = np.partition(values, (low, high))
    cap = sorted_in[low] + (place - low) * (sorted_in[high] - sorted_in[low])
    return np.asarray(np.minimum(values, cap))
