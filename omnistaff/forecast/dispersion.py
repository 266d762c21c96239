"""How far off forecasts are: a factor common to a day and one for each interval, learnt from verified forecasts.

Counts of an interval with mean m have variance m + (a + b) m², a day's total has variance M + a M² + b Σm²
(mixed Poisson with a day factor of variance a and interval factors of variance b). Learnt by moments for each lead
bucket, apart for special days, from forecasts made before what they forecast was known: never in-sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.leads import LEADS, bucket_of
from omnistaff.forecast.rolling import PastForecasts

PRIOR_DAY, PRIOR_INTERVAL = 0.03, 0.02  # without any past: about 17 % and 14 %
PRIOR_DAYS = 1.0  # days' worth of evidence behind that prior
POOL_DAYS = 8.0  # a bucket with fewer verified days leans on the others
SPECIAL_DAY, SPECIAL_INTERVAL = 0.12, 0.08  # what special days vary more, until enough of them were verified
SPECIAL_DAYS = 3.0
Z80 = 1.2816  # half the central 80 % range of a normal, in standard deviations
RECENT_DAYS = 56  # older forecasts were made from less, and of another time
CAP_SHARE = 0.97  # the worst 3 % of days count no more than the next


@dataclass(frozen=True)
class Dispersion:
    """Variances of the day factor and the interval factor by lead bucket, and what special days add to both.

    ``memory`` is the correlation of the day factors of two neighbouring days.
    """

    day: FloatArray
    interval: FloatArray
    special: tuple[float, float]
    memory: float

    def of(self, lead: IntArray, special: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (day, interval) variances for days at *lead*."""
        bucket = bucket_of(lead)
        return self.day[bucket] + special * self.special[0], self.interval[bucket] + special * self.special[1]


def learn_dispersion(past: PastForecasts) -> Dispersion:
    """Return the dispersion of *past*; lead buckets and special days with few verified days lean on the rest."""
    past = past.since(int(past.origins.max(initial=0)) - RECENT_DAYS)
    known = ~np.isnan(past.actual) & ~np.isnan(past.mean)
    mean, actual = np.where(known, past.mean, 0.0), np.where(known, past.actual, 0.0)
    total_mean, total = mean.sum(axis=2), actual.sum(axis=2)
    usable = total_mean > 0
    bucket = np.broadcast_to(bucket_of(np.arange(usable.shape[1])), usable.shape)
    plain = usable & (past.special == 0)
    pool = _moments(mean, actual, plain, (PRIOR_DAY, PRIOR_INTERVAL), PRIOR_DAYS)
    found = [_moments(mean, actual, plain & (bucket == k), pool, POOL_DAYS) for k in range(len(LEADS))]
    special = _special_extra(past, mean, actual, usable & (past.special > 0), pool)
    ratio = np.divide(total - total_mean, total_mean, out=np.zeros_like(total), where=usable)
    return Dispersion(
        np.array([a for a, _ in found]), np.array([b for _, b in found]), special, _memory(ratio, plain)
    )


def _moments(
    mean: FloatArray, actual: FloatArray, days: BoolArray, prior: tuple[float, float], weight: float
) -> tuple[float, float]:
    """Return (day, interval) variances of the chosen *days* with a *prior* worth *weight* days."""
    count = int(days.sum())
    if not count:
        return prior
    expected, came = mean[days], actual[days]
    day, information = _day_excess(expected, came)
    spread = max(float(np.average(day, weights=information)), 1e-5)
    found_day = float(spread**0.25 * max(_middle_excess(expected, came), 0.1 * spread) ** 0.75)
    shape = expected * (came.sum(axis=1) / expected.sum(axis=1))[:, None]
    found_interval = (
        max(float(((came - shape) ** 2 - shape).sum() / (shape**2).sum()), 1e-6) if came.sum() else prior[1]
    )
    own = found_interval * float(
        np.average((expected**2).sum(axis=1) / expected.sum(axis=1) ** 2, weights=information)
    )
    found_day = max(found_day - own, 0.1 * found_day)  # intervals' own factors move the total too
    share = count / (count + weight)
    return share * found_day + (1 - share) * prior[0], share * found_interval + (1 - share) * prior[1]


def _day_excess(expected: FloatArray, came: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each day's relative variance beyond Poisson, the worst capped, and how much each day tells."""
    total = expected.sum(axis=1)
    excess = ((came.sum(axis=1) - total) ** 2 - total) / total**2
    return np.minimum(excess, np.quantile(excess, CAP_SHARE)), (total / (1 + 0.01 * total)) ** 2


def _middle_excess(expected: FloatArray, came: FloatArray) -> float:
    """Return the relative variance beyond Poisson by which 80 % of the days would lie in their 80 % range.

    Days' errors have longer tails than the mixed Poisson; the variance alone would make the middle range too wide.
    """
    total = expected.sum(axis=1)
    square = np.quantile((came.sum(axis=1) - total) ** 2 / total**2, 0.8) / Z80**2
    return float(square - 1 / np.median(total))


def _special_extra(
    past: PastForecasts, mean: FloatArray, actual: FloatArray, days: BoolArray, ordinary: tuple[float, float]
) -> tuple[float, float]:
    """Return what special days add to the (day, interval) variances; evidence counts in different days."""
    rows, leads = np.nonzero(days)
    count = len(np.unique(past.origins[rows] + leads))
    if not count:
        return SPECIAL_DAY, SPECIAL_INTERVAL
    share = count / (count + SPECIAL_DAYS)
    found = _moments(mean, actual, days, ordinary, 0.0)
    scale = float(past.special[days].mean())
    extra = [max(value - usual, 0.0) / scale for value, usual in zip(found, ordinary, strict=True)]
    return (
        share * extra[0] + (1 - share) * SPECIAL_DAY,
        share * extra[1] + (1 - share) * SPECIAL_INTERVAL,
    )


def _memory(ratio: FloatArray, days: BoolArray) -> float:
    """Return the correlation of neighbouring days' relative errors within a forecast, shrunk to 0.3."""
    pairs = days[:, 1:] & days[:, :-1]
    count = int(pairs.sum())
    if not count:
        return 0.3
    left, right = ratio[:, :-1][pairs], ratio[:, 1:][pairs]
    scale = float(np.sqrt((left**2).sum() * (right**2).sum()))
    found = float((left * right).sum()) / scale if scale > 0 else 0.0
    share = count / (count + 20)
    return float(np.clip(share * found + (1 - share) * 0.3, 0, 0.95))
