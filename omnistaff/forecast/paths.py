"""Joint draws of demand: one factor a day, one an interval, then chance."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, ndtr, ndtri

from omnistaff.forecast.calibration import Spread, stretch
from omnistaff.forecast.days import FloatArray
from omnistaff.forecast.memory import SLOW, level_share

GRID = 200


def draw_paths(
    mean: FloatArray,
    spread: Spread,
    *,
    normal: FloatArray,
    rng: np.random.Generator,
    lift: FloatArray | None = None,
) -> FloatArray:
    """Return paths × days × slots of counts.

    *mean* is days × slots; *normal* is paths × days of correlated standard normals that drive the day factors, which
    reach as far as *spread* says. Marginal variance is about m + (a + b) m², before each path's days are multiplied
    by *lift* (paths × days). The mean is kept.
    """
    scores = ndtri((np.arange(GRID) + 0.5) / GRID)[:, None]
    common = _day_factor(normal, spread) / _day_factor(scores, spread).mean(axis=0)
    common = common if lift is None else common * lift
    own = np.broadcast_to(np.maximum(spread.interval / (1 + spread.day[:, None]), 1e-9), mean.shape)
    factors = rng.gamma(np.broadcast_to(1 / own, (len(normal), *mean.shape)), own)
    counts: FloatArray = rng.poisson(mean[None] * common[:, :, None] * factors).astype(np.float64)
    return counts


def _day_factor(normal: FloatArray, spread: Spread) -> FloatArray:
    """Return gamma factors at the levels that the *normal* scores (rows × days) stand for, once stretched."""
    chance = np.clip(ndtr(stretch(normal, spread.day_reach[None])), 1e-9, 1 - 1e-9)
    shape = 1 / np.maximum(spread.day, 1e-9)[None, :]
    return np.asarray(gammaincinv(shape, chance) / shape)


def correlated_normals(paths: int, days: int, memory: float, rng: np.random.Generator) -> FloatArray:
    """Return paths × days of standard normals; days k apart are correlated by memory × SLOW**(k - 1).

    Errors of forecasts hardly fade within a week: part of them is a level missed, which loses half in a fortnight,
    the rest is new every day.
    """
    share = level_share(memory)
    shocks, fresh = rng.standard_normal((2, paths, days))
    level = shocks.copy()
    for day in range(1, days):
        level[:, day] = SLOW * level[:, day - 1] + np.sqrt(1 - SLOW**2) * shocks[:, day]
    return np.asarray(np.sqrt(share) * level + np.sqrt(1 - share) * fresh)
