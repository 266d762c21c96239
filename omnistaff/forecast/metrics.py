"""Accuracy of forecasts of counts: size of errors, fairness, and whether the promised ranges hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.calibration import calibrated_levels
from omnistaff.forecast.days import BoolArray, FloatArray

#: Levels at which a distribution is judged, and the share of the unit interval each stands for.
LEVELS = np.array([0.025, *[round(0.05 * k, 2) for k in range(1, 20)], 0.975])
_WIDTHS = np.diff(np.r_[0, (LEVELS[1:] + LEVELS[:-1]) / 2, 1])


@dataclass(frozen=True)
class Judged:
    """Forecast cells with what came, and repeating last week's error.

    ``below`` and ``upto`` are the probabilities of fewer contacts than came and of at most as many; ``quantiles``
    are at LEVELS.
    """

    mean: FloatArray
    actual: FloatArray
    below: FloatArray
    upto: FloatArray
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


def ranks(
    mean: FloatArray, actual: FloatArray, excess: FloatArray, reach: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities of fewer contacts than *actual* and of at most as many, cell by cell."""
    whole = np.rint(actual)
    return calibrated_levels(whole - 1, mean, excess, reach), calibrated_levels(whole, mean, excess, reach)


def covered(below: FloatArray, upto: FloatArray, percent: int) -> float:
    """Return the share of actuals within the central range of *percent*, by randomised ranks.

    Ranges of small counts hold more than promised only because counts are whole, so an actual y counts by the part
    of (F(y - 1), F(y)) that lies within the range's levels.
    """
    edge = (1 - percent / 100) / 2
    part = np.minimum(upto, 1 - edge) - np.maximum(below, edge)
    return float(np.clip(part / np.maximum(upto - below, 1e-12), 0, 1).mean())


def reliability(judged: Judged) -> list[dict[str, float | int]]:
    """Return level, n and below_share for each of LEVELS: the share of actuals at or below the forecast's quantile.

    Ranks of whole counts are randomised by their expectation: an actual y counts below a level by the part of
    (F(y - 1), F(y)) that lies under it (Czado, Gneiting and Held 2009), so a right forecast gives the level itself.
    """
    below, width = judged.below, np.maximum(judged.upto - judged.below, 1e-12)
    return [
        {"level": float(level), "n": len(below), "below_share": float(np.clip((level - below) / width, 0, 1).mean())}
        for level in LEVELS
    ]


def pick(judged: Judged, rows: BoolArray) -> Judged:
    """Return only the chosen cells."""
    return Judged(*(getattr(judged, name)[rows] for name in Judged.__annotations__))
