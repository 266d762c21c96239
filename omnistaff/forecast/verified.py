"""Forecasts beside what came, one row a forecast day: what dispersion is learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.leads import bucket_of
from omnistaff.forecast.rolling import PastForecasts


@dataclass(frozen=True)
class Verified:
    """Rows of days that were forecast and came: means and counts by slot (0 where unknown), totals, lead bucket.

    ``shape`` are the means scaled to the total that came, by which intervals are judged; ``error`` is a total's
    relative error and ``information`` how much it tells of a relative variance: little when it is mostly chance.
    """

    mean: FloatArray
    actual: FloatArray
    total_mean: FloatArray
    total: FloatArray
    special: FloatArray
    bucket: IntArray
    date: IntArray
    shape: FloatArray
    error: FloatArray
    information: FloatArray

    def different(self, rows: BoolArray) -> int:
        """Return how many different days *rows* are: one day forecast from several origins is one."""
        return len(np.unique(self.date[rows]))


def verify(past: PastForecasts) -> Verified:
    """Return the days of *past* forecasts of which something is known."""
    known = ~np.isnan(past.actual) & ~np.isnan(past.mean)
    mean, actual = np.where(known, past.mean, 0.0), np.where(known, past.actual, 0.0)
    origin, lead = np.nonzero(mean.sum(axis=2) > 0)
    mean, actual = mean[origin, lead], actual[origin, lead]
    expected, came = mean.sum(axis=1), actual.sum(axis=1)
    return Verified(
        mean,
        actual,
        expected,
        came,
        past.special[origin, lead],
        bucket_of(lead),
        (past.origins[origin] + lead).astype(np.int64),
        mean * (came / expected)[:, None],
        came / expected - 1,
        (expected / (1 + 0.01 * expected)) ** 2,
    )
