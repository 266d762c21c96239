"""Joint draws of demand: one factor a day, one an interval, then chance."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, ndtr

from omnistaff.forecast.calibration import NORMAL, Spread, stretch
from omnistaff.forecast.days import FloatArray
from omnistaff.forecast.memory import SLOW, level_share

#: Normal scores and how much each counts, by which moments of day factors are taken.
SCORES = np.linspace(-6, 6, 61)
DENSITY = np.exp(-(SCORES**2) / 2) / np.exp(-(SCORES**2) / 2).sum()


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
    reach as far as *spread* says, and so more than its variances; ``drawn_excess`` tells how much. Each path's days
    are multiplied by *lift* (paths × days) besides. The mean is kept.
    """
    common = _day_factor(normal, spread) / _moments(spread)[0]
    common = common if lift is None else common * lift
    own = np.broadcast_to(_own_variance(spread), mean.shape)
    factors = rng.gamma(np.broadcast_to(1 / own, (len(normal), *mean.shape)), own)
    counts: FloatArray = rng.poisson(mean[None] * common[:, :, None] * factors).astype(np.float64)
    return counts


def drawn_excess(spread: Spread, lift: FloatArray) -> FloatArray:
    """Return the relative variance of the rates that ``draw_paths`` draws, days × slots (or × 1).

    *lift* is the relative variance of what multiplies each day. Counts of mean m have variance m + this × m².
    """
    of_day = (1 + _moments(spread)[1]) * (1 + lift)
    return np.asarray(of_day[:, None] * (1 + _own_variance(spread)) - 1)


def total_variance(mean: FloatArray, spread: Spread) -> FloatArray:
    """Return the variance of the day totals that ``draw_paths`` draws without a lift; *mean* is days × slots.

    >>> from omnistaff.forecast.calibration import normal_spread
    >>> total_variance(np.array([[10.0, 10.0]]), normal_spread(0.0, 0.1)).round(3).tolist()  # 20 + 2 × 0.1 × 10²
    [40.0]
    """
    total, of_day = mean.sum(axis=1), _moments(spread)[1]
    return np.asarray(total + of_day * total**2 + (1 + of_day) * (_own_variance(spread) * mean**2).sum(axis=1))


def _moments(spread: Spread) -> tuple[FloatArray, FloatArray]:
    """Return mean and relative variance of each day's factor once stretched."""
    factors = _day_factor(SCORES[:, None], spread)
    mean = DENSITY @ factors
    return mean, DENSITY @ (factors / mean - 1) ** 2


def _own_variance(spread: Spread) -> FloatArray:
    """Return the variance of the intervals' own factors, days × slots (or × 1).

    Together with the day's it makes intervals vary as their own ranges tell: what those reach farther than variances
    say, and days do not, is theirs.
    """
    of_day = _moments(spread)[1][:, None]
    reach = ((spread.interval_reach / NORMAL) ** 2).mean(axis=1)[:, None]
    whole = (spread.day[:, None] + spread.interval) * reach
    return np.asarray(np.maximum(np.maximum(whole - of_day, spread.interval) / (1 + of_day), 1e-9))


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
