"""Accuracy of forecasts of counts: size of errors, fairness, and whether the promised ranges hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, FloatArray
from omnistaff.forecast.negative_binomial import distribution

#: Levels at which a distribution is judged, and the share of the unit interval each stands for.
LEVELS = np.array([0.025, *[round(0.05 * k, 2) for k in range(1, 20)], 0.975])
_WIDTHS = np.diff(np.r_[0, (LEVELS[1:] + LEVELS[:-1]) / 2, 1])
RANGES = {80: (2, 18), 95: (0, 20)}
COUNTS_BELOW = 50.0  # below, ranges of counts are judged by randomised ranks


@dataclass(frozen=True)
class Judged:
    """Forecast cells with what came: means, actuals, excess, quantiles at LEVELS, and repeating last week's error."""

    mean: FloatArray
    actual: FloatArray
    excess: FloatArray
    quantiles: FloatArray
    naive_error: FloatArray


def wape(mean: FloatArray, actual: FloatArray) -> float:
    """Return the sum of absolute errors as a share of the sum of actuals, NaN when nothing came."""
    total = float(actual.sum())
    return float(np.abs(mean - actual).sum()) / total if total > 0 else float("nan")


def crps(actual: FloatArray, quantiles: FloatArray) -> FloatArray:
    """Return the continuous ranked probability score of each cell, from quantiles at LEVELS."""
    over = actual[..., None] - quantiles
    return np.asarray(2 * (np.maximum(LEVELS * over, (LEVELS - 1) * over) * _WIDTHS).sum(axis=-1))


def poisson_floor(mean: FloatArray) -> FloatArray:
    """Return the mean absolute error that even the true rate would have: sqrt(2 m / π), for Poisson counts."""
    return np.sqrt(2 * mean / np.pi)


def covered(judged: Judged, percent: int) -> float:
    """Return the share of actuals within the central range of *percent*.

    Ranges of small counts hold more than promised only because counts are whole, so below 50 contacts ranks are
    randomised: an actual y counts by the part of (F(y - 1), F(y)) that lies within the range's levels.
    """
    low, high = RANGES[percent]
    bottom, top = judged.quantiles[..., low], judged.quantiles[..., high]
    inside = ((judged.actual >= bottom) & (judged.actual <= top)).astype(np.float64)
    small = judged.mean < COUNTS_BELOW
    mean, actual, excess = judged.mean[small], np.rint(judged.actual[small]), judged.excess[small]
    below, above = distribution(actual - 1, mean, excess), distribution(actual, mean, excess)
    part = np.minimum(above, 1 - (1 - percent / 100) / 2) - np.maximum(below, (1 - percent / 100) / 2)
    inside[small] = np.clip(part / np.maximum(above - below, 1e-12), 0, 1)
    return float(inside.mean())


def reliability(judged: Judged) -> list[dict[str, float | int]]:
    """Return level, n and below_share for each of LEVELS: the share of actuals at or below the forecast's quantile.

    Ranks of whole counts are randomised by their expectation: an actual y counts below a level by the part of
    (F(y - 1), F(y)) that lies under it (Czado, Gneiting and Held 2009), so a right forecast gives the level itself.
    """
    actual = np.rint(judged.actual)
    below = distribution(actual - 1, judged.mean, judged.excess)
    width = np.maximum(distribution(actual, judged.mean, judged.excess) - below, 1e-12)
    return [
        {"level": float(level), "n": len(actual), "below_share": float(np.clip((level - below) / width, 0, 1).mean())}
        for level in LEVELS
    ]


def pick(judged: Judged, rows: BoolArray) -> Judged:
    """Return only the chosen cells."""
    columns = (judged.mean, judged.actual, judged.excess, judged.quantiles, judged.naive_error)
    return Judged(*(column[rows] for column in columns))
