"""How far ranges must reach: normal scores stretched until 80 and 95 % of verified forecasts lie within theirs.

A mixed Poisson distribution has the right variance but not always the right tails. Verified forecasts tell how many
standard normal deviations hold 80 and 95 % of what came; the distribution's levels are moved by that, piecewise
linearly in the normal score (quantile recalibration; Kuleshov, Fenner and Ermon 2018, with two knots).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from omnistaff.forecast.days import BoolArray, FloatArray, IntArray
from omnistaff.forecast.negative_binomial import distribution, quantiles

Bound = float | FloatArray

#: Half the central 80 and 95 % ranges of a standard normal.
NORMAL = np.array([1.2815515655446004, 1.959963984540054])
SHARES = np.array([0.8, 0.95])
#: Variance of these as quantiles of one normal score's size: p (1 - p) / f², f being the density there.
SAMPLING = SHARES * (1 - SHARES) * np.pi / 2 * np.exp(NORMAL**2)
BELIEF_DAYS = 10.0  # days' worth of belief in normal tails
SURE = 1e-12  # no level lies nearer to never or always
LEAST_STEP = 1.05  # the 95 % range reaches at least this much farther than a stretched 80 % range would


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


def learn_reach(scores: FloatArray, weight: FloatArray, days: float, usual: FloatArray = NORMAL) -> FloatArray:
    """Return how far the 80 and 95 % ranges must reach, from verified normal *scores* and how much each counts.

    They are worth so many *days*; few leave it at the normal's. *usual* is what a well-calibrated past still asks
    for, at least the normal's. A reach z that is itself an estimate of variance s² must be z √(1 + s²) to hold what
    it promises: normal scores less normal errors are normal.
    """
    if not days or not len(scores):
        return usual.copy()
    found = _weighted_quantiles(np.abs(scores), weight, SHARES) / NORMAL
    reach = usual * (days * found + BELIEF_DAYS) / (days + BELIEF_DAYS)
    reach *= np.sqrt(1 + SAMPLING * days / (days + BELIEF_DAYS) ** 2)
    reach[1] = max(reach[1], LEAST_STEP * reach[0] * NORMAL[1] / NORMAL[0])
    return np.asarray(reach)


def _weighted_quantiles(values: FloatArray, weight: FloatArray, levels: FloatArray) -> FloatArray:
    order = np.argsort(values)
    upto = np.cumsum(weight[order]) - weight[order] / 2
    return np.asarray(np.interp(levels, upto / weight.sum(), values[order]))


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
