"""How far off forecasts are: a factor common to a day and one for each interval, learnt from verified forecasts.

Counts of an interval with mean m have variance m + (a + b) m², a day's total has variance M + a M² + Σ b m²
(mixed Poisson with a day factor of variance a and interval factors of variance b). Learnt by moments for each lead
bucket, b for each time of day too, both larger on special days, from forecasts made before what they forecast was
known: never in-sample. How far the ranges reach beyond what a variance tells is learnt from the same forecasts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from omnistaff.forecast.calibration import NORMAL, Spread, student_reach
from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.leads import LEADS, bucket_of
from omnistaff.forecast.memory import find_memory, lasting, lead_growth, without_chance
from omnistaff.forecast.reach import learn_reaches
from omnistaff.forecast.rolling import PastForecasts
from omnistaff.forecast.sizes import SizeEffect, learn_size_effect
from omnistaff.forecast.verified import Verified, capped, mean_of, verify

PRIOR_DAY, PRIOR_INTERVAL = 0.03, 0.02  # without any past: about 17 % and 14 %
PRIOR_DAYS = 0.5  # days' worth of evidence behind that prior: it may be seven times as much or as little
POOL_DAYS = 8.0  # a bucket with fewer verified days leans on the others
SLOT_CELLS = 10.0  # cells' worth of belief that a time of day is like the others
SPECIAL_DAY, SPECIAL_INTERVAL = 2.5, 1.0  # what special days add to variances, as multiples, before any was seen
SPECIAL_FEASTS = 4.0  # feasts' worth of belief in that: a Student t's degrees of freedom before any was seen
MOST_USUAL = 0.25**2  # where days vary more, special ones add no more than to days that vary so


@dataclass(frozen=True)
class Dispersion:
    """Variances of the day factor and the interval factor by lead bucket, and what changes them.

    ``slots`` multiplies the interval's by time of day. ``special`` is what special days add to both, as multiples of
    them; ``special_seen`` is how many feasts were verified. ``size`` multiplies the day's where more or less
    than usual is expected. ``memory`` is the correlation of the day factors of two neighbouring days. The reaches are
    half the central 80 and 95 % ranges in normal scores, the day's by lead bucket.
    """

    day: FloatArray
    interval: FloatArray
    slots: FloatArray
    special: tuple[float, float]
    special_seen: int
    size: SizeEffect
    memory: float
    day_reach: FloatArray
    interval_reach: FloatArray

    def spread(self, lead: IntArray, special: FloatArray, total: FloatArray) -> Spread:
        """Return the spread of days at *lead*, so *special* each (0 to 1), of which *total* is expected.

        Special days have a variance of their own, usual days' calibrated one in it, and a Student t's tails: what was
        learnt of those of usual days does not multiply them.
        """
        bucket, feast = bucket_of(lead), special[:, None] > 0
        tails = student_reach(self.special_seen + SPECIAL_FEASTS)
        usual = self.day[bucket] * self.size.multiple(total)
        days, cells = self.day_reach[bucket], np.broadcast_to(self.interval_reach, (len(bucket), 2))
        shown = calibrated(usual, days)
        return Spread(
            np.where(special > 0, shown + special * self.special[0] * np.minimum(shown, MOST_USUAL), usual),
            (self.interval[bucket] * (1 + special * self.special[1]))[:, None] * self.slots[None, :],
            np.where(feast, tails, days),
            np.where(feast, tails, cells),
        )


def calibrated(variance: FloatArray, reach: FloatArray) -> FloatArray:
    """Return the day factors' *variance* that their 80 % ranges show, reaching as far as they do."""
    return np.asarray(variance * (reach[..., 0] / NORMAL[0]) ** 2)


def learn_dispersion(past: PastForecasts) -> Dispersion:
    """Return the dispersion of *past*; lead buckets and special days with few verified days lean on the rest."""
    seen = verify(past, find_memory(past))
    plain = seen.special == 0
    interval = _by_lead(seen, plain, _interval_moment, (PRIOR_INTERVAL, np.ones(len(LEADS))))
    slots = _slot_shape(seen, plain, interval)
    inner = _inner(seen, interval, slots)
    noise = 1 / seen.total_mean + inner
    memory = without_chance(seen.memory, seen.error[plain], noise[plain])
    shape = lead_growth(memory)
    size = learn_size_effect(seen, plain, noise, shape[seen.bucket])
    sized = size.multiple(seen.total_mean)
    squares = seen.error**2 / sized
    common = (squares - noise / sized) / shape[seen.bucket]
    lasts = np.zeros(len(plain))
    lasts[plain] = lasting((seen.error / np.sqrt(sized))[plain], seen.origin[plain], seen.date[plain])
    lasts /= shape[seen.bucket]  # at least so much: chance does not hide it

    def day_moment(seen: Verified, days: BoolArray) -> float:
        information = seen.information[days]
        moments = (mean_of(capped(one[days]), information) for one in (common, lasts))
        return max(*moments, 0.02 * mean_of(squares[days], information), 1e-6)

    day = _by_lead(seen, plain, day_moment, (PRIOR_DAY, shape))
    reaches = learn_reaches(seen, plain, (day[seen.bucket] * sized, interval[:, None] * slots), inner, common)
    usual = calibrated(day, reaches[0])[seen.bucket] * sized
    feasts = seen.feasts(seen.special > 0)
    special = _special_additions(seen, seen.error**2 - noise - usual, usual, interval[:, None] * slots)
    return Dispersion(day, interval, slots, special, feasts, size, memory, *reaches)


def _by_lead(
    seen: Verified, days: BoolArray, moment: Callable[[Verified, BoolArray], float], prior: tuple[float, FloatArray]
) -> FloatArray:
    """Return a variance for each lead bucket: own evidence and that of all leads, averaged as logarithms."""
    value, shape = prior
    number = seen.worth(days)
    pool = _between(moment(seen, days), number, value, PRIOR_DAYS) if number else value
    result = np.full(len(LEADS), pool)
    for bucket in range(len(LEADS)):
        mine = days & (seen.bucket == bucket)
        if mine.any():
            own = max(moment(seen, mine), 0.05 * pool)
            result[bucket] = _between(own, seen.worth(mine), pool, POOL_DAYS)
    return result * shape


def _between(found: float, days: float, prior: float, belief: float) -> float:
    """Return the geometric mean of *found* and *prior*, weighted by days of evidence."""
    return float(np.exp((days * np.log(found) + belief * np.log(prior)) / (days + belief)))


def _interval_moment(seen: Verified, days: BoolArray) -> float:
    """Return the relative variance of intervals beyond Poisson, each day's shape taken as known."""
    squares = seen.squares[days]
    if not squares.sum():
        return PRIOR_INTERVAL
    ratio = seen.excess[days] / np.maximum(squares, 1e-9)
    return max(mean_of(capped(ratio), squares * seen.weight[days]), 1e-5)


def _slot_shape(seen: Verified, days: BoolArray, interval: FloatArray) -> FloatArray:
    """Return each slot's interval variance as a multiple of the mean one; slots that tell little stay near 1.

    A cell tells as much as b m / (1 + b m) of its noise is not Poisson.
    """
    if not days.any():
        return np.ones(seen.mean.shape[1])
    weight, found = _slot_sums(np.flatnonzero(days), interval[seen.bucket], seen.mean, seen.shape, seen.beyond)
    belief = SLOT_CELLS * days.sum() / seen.different(days)  # one day forecast from several origins is one
    return np.asarray(np.maximum((found + belief) / (weight + belief), 0.1))


@njit(cache=True)
def _slot_sums(rows, interval, mean, shape, beyond):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return by slot (weights of the *rows*' cells, sum of weight × multiple of the *interval* variance it shows)."""
    weight, found = np.zeros(mean.shape[1]), np.zeros(mean.shape[1])
    for row in rows:
        for slot in range(mean.shape[1]):
            if mean[row, slot] > 0:
                usual = max(shape[row, slot], 1e-9)
                expected = interval[row] * usual
                tells = (expected / (1 + expected)) ** 2
                weight[slot] += tells
                found[slot] += tells * min(beyond[row, slot] / (expected * usual), 25.0)
    return weight, found


def _inner(seen: Verified, interval: FloatArray, slots: FloatArray) -> FloatArray:
    """Return what the intervals' own factors add to each day total's relative variance."""
    return np.asarray(interval[seen.bucket] * (slots * seen.mean**2).sum(axis=1) / seen.total_mean**2)


def _special_additions(
    seen: Verified, beyond: FloatArray, usual: FloatArray, interval: FloatArray
) -> tuple[float, float]:
    """Return what special days add to (day, interval) variances, as multiples of usual ones.

    *beyond* is by how much each row's squared error is above what *usual*, its day factor's variance, explains.
    A belief as if of SPECIAL_FEASTS feasts, and what each feast shows beside it: the scale of a scaled inverse
    chi-squared posterior, whose prediction is a Student t (Gelman et al. 2013, section 2.6).
    """
    days = seen.special > 0
    number = seen.feasts(days)
    if not number:
        return SPECIAL_DAY, SPECIAL_INTERVAL
    weight = seen.special[days]
    of_days = float((beyond[days] / np.minimum(usual[days], MOST_USUAL)).sum() / weight.sum())
    known = (interval[seen.bucket[days]] * seen.shape[days] ** 2).sum(axis=1)
    of_intervals = float((seen.excess[days] - known).sum() / max(float(weight @ known), 1e-9))
    found = zip((of_days, of_intervals), (SPECIAL_DAY, SPECIAL_INTERVAL), strict=True)
    day, cell = (
        (SPECIAL_FEASTS * prior + number * max(own, 0.0)) / (SPECIAL_FEASTS + number) for own, prior in found
    )
    return day, cell
