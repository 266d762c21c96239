"""Accuracy of forecasts of counts: size of errors, fairness, and whether the promised ranges hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import BoolArray, FloatArray

#: Levels at which a distribution is judged, and the share of the unit interval each stands for.
LEVELS = np.array([0.025, *[round(0.05 * k, 2) for k in range(1, 20)], 0.975])
_WIDTHS = np.diff(np.r_[0, (LEVELS[1:] + LEVELS[:-1]) / 2, 1])
RANGES = {80: (2, 18), 95: (0, 20)}
COUNTS_BELOW = 50.0  # below, ranges of counts are judged by randomised ranks


@dataclass(frozen=True)
class Judged:
    """Forecast cells with what came: means, actuals, quantiles at LEVELS, and repeating last week's error."""

    mean: FloatArray
    actual: FloatArray
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

    Ranges of small counts cover more than promised only because counts are whole: an actual on an edge of the range
    counts half there (the mean of randomised ranks).
    """
    low, high = RANGES[percent]
    bottom, top = judged.quantiles[..., low], judged.quantiles[..., high]
    inside = ((judged.actual >= bottom) & (judged.actual <= top)).astype(np.float64)
    edge = (judged.actual == bottom) | (judged.actual == top)
    return float(np.where(edge & (judged.mean < COUNTS_BELOW), 0.5 * inside, inside).mean())


def pick(judged: Judged, rows: BoolArray) -> Judged:
    """Return only the chosen cells."""
    return Judged(judged.mean[rows], judged.actual[rows], judged.quantiles[rows], judged.naive_error[rows])
