"""Quantiles of negative binomial counts, all levels of a cell in one pass."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from scipy.special import betainc, gammaln, ndtri

from omnistaff.forecast.days import FloatArray

EXACT_BELOW = 400.0  # above, the expansion is within half a contact
MOST_ADDED = 60.0  # contacts up to which adding probabilities is quicker than a beta function


def quantiles(mean: FloatArray, excess: FloatArray, levels: FloatArray) -> FloatArray:
    """Return the smallest counts whose distribution function reaches each level; shape: mean's × levels.

    Counts have that *mean* and variance mean + *excess* × mean². Exact by summing probabilities for means below
    400, a Cornish-Fisher expansion above. *levels* ascend.

    >>> quantiles(np.array([2.0]), np.array([0.5]), np.array([0.2, 0.6, 0.9])).tolist()
    [[0.0, 2.0, 5.0]]
    """
    levels = np.asarray(levels, dtype=np.float64)
    flat = np.ascontiguousarray(mean, dtype=np.float64).ravel()
    over = np.ascontiguousarray(np.broadcast_to(excess, np.shape(mean)), dtype=np.float64).ravel()
    result = np.empty((len(flat), len(levels)))
    large = flat >= EXACT_BELOW
    result[large] = _expand(flat[large], over[large], levels)
    result[~large] = _sum_up(flat[~large], over[~large], levels)
    cells: FloatArray = result.reshape(*np.shape(mean), len(levels))
    return cells


def distribution(count: FloatArray, mean: FloatArray, excess: FloatArray) -> FloatArray:
    """Return the probability of at most *count* contacts, 0 for a negative count; arrays broadcast.

    For size r = 1 / excess it is the regularised incomplete beta function I(r / (r + m); r, k + 1).
    """
    size = 1 / np.maximum(excess, 1e-9)
    chance = betainc(size, np.maximum(count, 0) + 1, size / (size + mean))
    return np.asarray(np.where(count < 0, 0.0, chance))


def bounds(count: FloatArray, mean: FloatArray, excess: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities of fewer than *count* contacts and of at most as many, by row.

    Both are ``distribution``'s, at less cost for small whole counts.

    >>> below, upto = bounds(np.array([3.0]), np.array([2.0]), np.array([0.5]))
    >>> bool(np.allclose(below, distribution(np.array([2.0]), np.array([2.0]), np.array([0.5]))))
    True
    """
    below, upto = np.empty(len(count)), np.empty(len(count))
    few = (count <= MOST_ADDED) & (count == np.rint(count)) & (mean < EXACT_BELOW)
    below[few], upto[few] = _add_up(count[few], mean[few], excess[few])
    below[~few], upto[~few] = _many(count[~few], mean[~few], excess[~few])
    return below, upto


def _many(count: FloatArray, mean: FloatArray, excess: FloatArray) -> tuple[FloatArray, FloatArray]:
    upto, size = distribution(count, mean, excess), 1 / np.maximum(excess, 1e-9)
    chance = gammaln(count + size) - gammaln(size) - gammaln(count + 1) - size * np.log1p(mean / size)
    return np.maximum(upto - np.exp(chance + count * np.log(mean / (size + mean))), 0.0), upto


@njit(cache=True)
def _add_up(count, mean, excess):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return the probabilities of fewer than *count* contacts and of at most as many, added up; *count* is whole."""
    below, upto = np.zeros(len(count)), np.empty(len(count))
    for cell in range(len(count)):
        size = 1.0 / max(excess[cell], 1e-9)
        chance, step = math.exp(-size * math.log1p(mean[cell] / size)), mean[cell] / (size + mean[cell])
        for fewer in range(int(count[cell])):
            below[cell] += chance
            chance *= (fewer + size) / (fewer + 1.0) * step
        upto[cell] = min(below[cell] + chance, 1.0)
    return below, upto


def _expand(mean: FloatArray, excess: FloatArray, levels: FloatArray) -> FloatArray:
    z = ndtri(levels)[None, :]
    spread = np.sqrt(mean + excess * mean**2)
    skew = ((1 + 2 * excess * mean) / spread)[:, None]
    tail = (6 * excess + 1 / spread**2)[:, None]  # excess kurtosis
    w = z + skew * (z**2 - 1) / 6 + tail * (z**3 - 3 * z) / 24 - skew**2 * (2 * z**3 - 5 * z) / 36
    return np.asarray(np.maximum(np.ceil(mean[:, None] + spread[:, None] * w - 0.5), 0.0))


@njit(cache=True)
def _sum_up(mean, excess, levels):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return quantiles by adding probabilities from 0 upwards."""
    result = np.empty((len(mean), len(levels)))
    for cell in range(len(mean)):
        m, c = mean[cell], max(excess[cell], 1e-9)
        size = 1.0 / c
        chance = math.exp(-size * math.log1p(m * c))
        step = m / (size + m)
        reached, count, level = chance, 0, 0
        limit = int(m + 60.0 * math.sqrt(m + c * m * m) + 100.0)
        while level < len(levels):
            if reached >= levels[level] or count >= limit:
                result[cell, level] = count
                level += 1
            else:
                chance *= (count + size) / (count + 1.0) * step
                count += 1
                reached += chance
    return result
