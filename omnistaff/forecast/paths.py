"""Joint draws of demand: one factor a day, one an interval, then chance."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, ndtr

from omnistaff.forecast.days import FloatArray


def draw_paths(
    mean: FloatArray,
    day: FloatArray,
    interval: FloatArray,
    *,
    normal: FloatArray,
    rng: np.random.Generator,
    lift: FloatArray | None = None,
) -> FloatArray:
    """Return paths × days × slots of counts.

    *mean* is days × slots; *day* and *interval* are each day's variances of the two factors; *normal* is paths × days
    of correlated standard normals that drive the day factors. Marginal variance is m + (a + b) m², before each path's
    days are multiplied by *lift* (paths × days).
    """
    shape = 1 / np.maximum(day, 1e-9)
    chance = np.clip(ndtr(normal), 1e-9, 1 - 1e-9)
    common = gammaincinv(shape[None, :], chance) / shape[None, :]
    common = common if lift is None else common * lift
    own = np.maximum(interval / (1 + day), 1e-9)[None, :, None]
    factors = rng.gamma(np.broadcast_to(1 / own, (len(normal), *mean.shape)), own)
    counts: FloatArray = rng.poisson(mean[None] * common[:, :, None] * factors).astype(np.float64)
    return counts


def correlated_normals(paths: int, days: int, memory: float, rng: np.random.Generator) -> FloatArray:
    """Return paths × days of standard normals, neighbouring days correlated by *memory*."""
    shocks = rng.standard_normal((paths, days))
    result = np.empty_like(shocks)
    for day in range(days):
        result[:, day] = (
            shocks[:, 0] if day == 0 else memory * result[:, day - 1] + np.sqrt(1 - memory**2) * shocks[:, day]
        )
    return result
