"""How far ranges must reach: normal scores stretched until 80 and 95 % of verified forecasts lie within theirs.

A mixed Poisson distribution has the right variance but not always the right tails. Verified forecasts tell how many
standard normal deviations hold 80 and 95 % of what came; the distribution's levels are moved by that, piecewise
linearly in the normal score (quantile recalibration; Kuleshov, Fenner and Ermon 2018, with two knots).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr, ndtri, stdtr, stdtrit

from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.negative_binomial import distribution, quantiles

Bound = float | FloatArray

#: Half the central 80 and 95 % ranges of a standard normal.
NORMAL = np.array([1.2815515655446004, 1.959963984540054])
SHARES = np.array([0.8, 0.95])
LEAST_BELIEF, MOST_BELIEF = 2.0, 10.0  # days' worth of belief that the variance is right as it is
SURE = 1e-12  # no level lies nearer to never or always

#: Candidate laws of scores: Student t by degrees of freedom and scale; how likely each tail is before any is seen.
_TAILS = {3.0: 0.1, 5.0: 0.2, 8.0: 0.3, 15.0: 0.3, 50.0: 0.1}
FREEDOMS, SCALES = (part.ravel() for part in np.meshgrid(np.array(list(_TAILS)), np.exp(np.linspace(-1.2, 1.2, 17))))
_PRIOR = np.log(np.resize(list(_TAILS.values()), len(FREEDOMS)))
#: How far each law's scale lies from that of the variance as it is.
_FAR = np.log(SCALES) ** 2
#: Sizes of scores; the laws' shares inside (laws × sizes) and log densities there, but for a constant (sizes × laws).
SIZE_STEP = 0.05
_SIZES = np.arange(0.0, 10.0, SIZE_STEP)
_INSIDE = 2 * stdtr(FREEDOMS[:, None], _SIZES / SCALES[:, None]) - 1
_DENSITY = (
    gammaln((FREEDOMS + 1) / 2)
    - gammaln(FREEDOMS / 2)
    - np.log(FREEDOMS) / 2
    - np.log(SCALES)
    - (FREEDOMS + 1) / 2 * np.log1p((_SIZES[:, None] / SCALES) ** 2 / FREEDOMS)
)


@dataclass(frozen=True)
class Spread:
    """What surrounds the means of some days: variances of the common factor and of the intervals' own, and reaches.

    ``day`` has one figure a day, ``interval`` days × slots (or × 1), the reaches days × 2: half the central 80 and
    95 % ranges in normal scores, of day totals and of intervals.
    """

    day: FloatArray
    interval: FloatArray
    day_reach: FloatArray
    interval_reach: FloatArray

    def rows(self, rows: slice | IntArray | BoolArray) -> Spread:
        """Return the spread of some of the days."""
        return Spread(self.day[rows], self.interval[rows], self.day_reach[rows], self.interval_reach[rows])


def join_spreads(parts: list[tuple[BoolArray, Spread]]) -> Spread:
    """Return one spread of several of the same days, each giving the days where its mask is True."""
    columns = []
    for name in ("day", "interval", "day_reach", "interval_reach"):
        column = np.zeros_like(getattr(parts[0][1], name))
        for mask, spread in parts:
            column[mask] = getattr(spread, name)[mask]
        columns.append(column)
    return Spread(*columns)


def normal_spread(day: float, interval: float) -> Spread:
    """Return the spread of one day whose ranges reach as far as a normal's."""
    return Spread(np.array([day]), np.array([[interval]]), NORMAL[None], NORMAL[None])


def student_reach(freedom: float) -> FloatArray:
    """Return half the central 80 and 95 % ranges of a Student t: how far to reach when the scale is a guess itself.

    >>> student_reach(4.0).round(2).tolist()
    [1.53, 2.78]
    """
    return np.asarray(stdtrit(freedom, np.array([0.9, 0.975])))


def tally(scores: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the share of each size of normal score among *scores*, by how much each counts; all 0 if none does."""
    place = np.minimum(np.rint(np.abs(scores) / SIZE_STEP), len(_SIZES) - 1).astype(np.int64)
    counted = np.bincount(place, weights=weight, minlength=len(_SIZES))
    return np.asarray(counted / max(float(weight.sum()), 1e-12))


def learn_reach(seen: FloatArray, days: float) -> FloatArray:
    """Return how far the 80 and 95 % ranges must reach, having *seen* so many scores of each size (see ``tally``).

    *days* is how many fresh days the variance was learnt from: few leave its scale unsure. Scores are taken as those
    of a Student t whose scale and degrees of freedom are not known. Ranges are those of their posterior's prediction,
    which reach as far as tails and sampling error ask for, once.

    >>> learn_reach(tally(np.zeros(0), np.zeros(0)), 10.0).round(2).tolist()  # nothing seen yet
    [1.43, 2.49]
    """
    belief = min(max(days, LEAST_BELIEF), MOST_BELIEF)
    odds = seen @ _DENSITY + _PRIOR - belief * _FAR
    chance = np.exp(odds - odds.max())
    return np.asarray(np.interp(SHARES, chance @ _INSIDE / chance.sum(), _SIZES))


def stretch(scores: FloatArray, reach: FloatArray) -> FloatArray:
    """Return normal *scores* moved so that NORMAL becomes *reach* (last axis two; leading axes broadcast)."""
    return _bend(scores, NORMAL[0], NORMAL[1], reach[..., 0], reach[..., 1])


def shrink(scores: FloatArray, reach: FloatArray) -> FloatArray:
    """Return stretched *scores* moved back: the inverse of ``stretch``."""
    return _bend(scores, reach[..., 0], reach[..., 1], NORMAL[0], NORMAL[1])


def _bend(scores: FloatArray, near: Bound, far: Bound, to_near: Bound, to_far: Bound) -> FloatArray:
    size = np.abs(scores)
    middle = to_near + (size - near) / (far - near) * (to_far - to_near)
    outer = np.where(size <= far, middle, size * (to_far / far))
    return np.asarray(np.sign(scores) * np.where(size <= near, size * (to_near / near), outer))


def calibrated_levels(count: FloatArray, mean: FloatArray, excess: FloatArray, reach: FloatArray) -> FloatArray:
    """Return the probability of at most *count* contacts: negative binomial, with ranges that reach as learnt."""
    raw = np.clip(distribution(count, mean, excess), SURE, 1 - SURE)
    return np.asarray(np.where(count < 0, 0.0, ndtr(shrink(ndtri(raw), reach))))


def calibrated_quantiles(mean: FloatArray, excess: FloatArray, reach: FloatArray, levels: FloatArray) -> FloatArray:
    """Return counts at *levels* (ascending), shape mean's × levels; *reach* is mean's × 2."""
    flat_mean, flat_excess = np.ravel(mean), np.ravel(np.broadcast_to(excess, np.shape(mean)))
    kinds, which = np.unique(reach.reshape(-1, 2), axis=0, return_inverse=True)
    result = np.empty((len(flat_mean), len(levels)))
    for number, kind in enumerate(kinds):
        cells = which.ravel() == number
        moved = np.clip(ndtr(stretch(ndtri(np.asarray(levels)), kind)), SURE, 1 - SURE)
        result[cells] = quantiles(flat_mean[cells], flat_excess[cells], moved)
    return result.reshape(*np.shape(mean), len(levels))
