"""How a launch or campaign lifts demand: size, rise and decay, with what is not known about them.

A lift multiplies the base by 1 + size × (1 - exp(-(t + 1) / rise)) × (s + (1 - s) × 0.5**(t / half_life)) on its day
t (from 0), s being the share that the plan says will last. The
logarithms (of size, half-life, rise + 1) have a normal prior, pooled over past events; days that were seen update it
by importance weights on a few thousand draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from omnistaff.forecast.days import FloatArray

DRAWS = 4000
NOISE = 0.06  # of a day's measured lift, beyond its curve
# The shipped prior when nothing is known: 20 % more at the peak, give or take a factor of 2.7; halving in a week.
WIDE_MEAN = np.array([np.log(0.2), np.log(7.0), np.log(2.0)])
WIDE_SD = np.array([1.0, 0.8, 0.6])
FIT_VARIANCE = np.array([0.08, 0.08, 0.05])  # how far a fitted past event is from its truth
ENOUGH_EVENTS = 3
SIZE, HALF_LIFE, RISE = 0, 1, 2


@dataclass(frozen=True)
class LiftPrior:
    """A normal prior of (log size, log half-life, log (rise + 1))."""

    mean: FloatArray
    covariance: FloatArray


def wide_prior(half_life_days: float = 7.0) -> LiftPrior:
    """Return the shipped prior, its half-life centred where the plan says."""
    mean = WIDE_MEAN.copy()
    mean[HALF_LIFE] = np.log(half_life_days)
    return LiftPrior(mean, np.diag(WIDE_SD**2))


def lift_curve(theta: FloatArray, days: FloatArray, lasting: float = 0.0) -> FloatArray:
    """Return the lift (0.2 is 20 % more) on each of *days* since the start; *theta* may have leading axes.

    The *lasting* share of it never fades.
    """
    size, half_life, rise = np.exp(theta[..., SIZE]), np.exp(theta[..., HALF_LIFE]), np.exp(theta[..., RISE]) - 1
    clock = np.maximum(days, 0.0)
    up = 1 - np.exp(-(clock + 1) / np.maximum(rise, 0.05)[..., None])
    left = lasting + (1 - lasting) * 0.5 ** (clock / half_life[..., None])
    return np.asarray(np.where(days >= 0, size[..., None] * up * left, 0.0))


def fit_lift(lift: FloatArray, prior: LiftPrior, lasting: float = 0.0) -> FloatArray:
    """Return the most likely theta of a measured *lift*, day by day from its start, NaN on closed days."""
    known = np.flatnonzero(~np.isnan(lift))
    spread = np.sqrt(np.diag(prior.covariance))

    def misses(theta: FloatArray) -> FloatArray:
        curve = lift_curve(theta, known.astype(np.float64), lasting)
        return np.concatenate([(curve - lift[known]) / NOISE, (theta - prior.mean) / spread])

    return np.asarray(least_squares(misses, prior.mean).x, dtype=np.float64)


def pool_events(thetas: FloatArray, prior: LiftPrior) -> LiftPrior:
    """Return the prior for the next event of a kind from the fitted *thetas* of past ones.

    Mean and covariance of the past, widened by what fitting left open and by 1 + 1/n; with fewer than three events
    the spread is that of the wide *prior*, about their mean.
    """
    number = len(thetas)
    if not number:
        return prior
    mean = thetas.mean(axis=0)
    if number < ENOUGH_EVENTS:
        return LiftPrior(mean, prior.covariance / 4 + np.diag(FIT_VARIANCE))
    return LiftPrior(mean, (np.cov(thetas.T) + np.diag(FIT_VARIANCE)) * (1 + 1 / number))


def draw_thetas(prior: LiftPrior, rng: np.random.Generator, number: int = DRAWS) -> FloatArray:
    """Return *number* draws of theta."""
    return rng.multivariate_normal(prior.mean, prior.covariance, number, method="cholesky")


def weigh(curves: FloatArray, ratio: FloatArray, day: float, level: float) -> FloatArray:
    """Return the importance weight of each draw given seen days: *curves* draws × days, *ratio* actual / base.

    Log errors have an independent part of variance *day* and one that all days share of variance *level* (a base that
    is off is off for days): Σe²/d - l (Σe)² / (d (d + n l)) by the Sherman-Morrison formula. Days without a
    ratio (NaN) tell nothing.
    """
    known = ~np.isnan(ratio)
    if not known.any():
        return np.full(len(curves), 1 / len(curves))
    error = np.log(np.maximum(ratio[known], 1e-3)) - np.log1p(curves[:, known])
    number = int(known.sum())
    total = error.sum(axis=1)
    distance = (error**2).sum(axis=1) / day - level * total**2 / (day * (day + number * level))
    weight = np.exp(-0.5 * (distance - distance.min()))
    return np.asarray(weight / weight.sum())
