"""Robust, shrunken regression on the calendar with errors that remember yesterday."""

from __future__ import annotations

import numpy as np

from omnistaff.forecast.days import FloatArray

WEEKDAY_RIDGE = 0.02
TERM_RIDGE = 0.3
ROUNDS = 4
CLIP_SDS = 3.0
MAX_MEMORY = 0.97


def fit_calendar(
    levels: FloatArray, terms: FloatArray, rows: np.ndarray, values: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (fitted values of all days, residuals of the training *rows*).

    *values* is one column or several; the first column's residuals set the Huber-type weights (3 robust standard
    deviations) of a day for all. Weekday *levels* are all but free, calendar *terms* are shrunk to 0.
    """
    design = np.hstack([levels, terms])
    penalty = np.diag(np.r_[np.full(levels.shape[1], WEEKDAY_RIDGE), np.full(terms.shape[1], TERM_RIDGE)])
    centre = np.average(values, axis=0, weights=weights)
    known, weight = design[rows], weights.copy()
    residual = values - centre
    beta = np.zeros((design.shape[1], *values.shape[1:]))
    for _ in range(ROUNDS):
        weighted = (known * weight[:, None]).T
        beta = np.linalg.solve(weighted @ known + penalty, weighted @ (values - centre))
        residual = values - centre - known @ beta
        lead = np.abs(residual if residual.ndim == 1 else residual[:, 0])
        scale = 1.4826 * float(np.median(lead)) + 1e-9
        weight = weights * np.minimum(1, CLIP_SDS / np.maximum(lead / scale, 1e-9))
    return design @ beta + centre, residual


def carry_on(residual: FloatArray, steps: int) -> FloatArray:
    """Return the expected errors of the next *steps* days: AR(1), memory from 0 to 0.97, extremes clipped."""
    if len(residual) < 3:
        return np.zeros(steps)
    scale = 1.4826 * float(np.median(np.abs(residual))) + 1e-12
    clipped = np.clip(residual, -4 * scale, 4 * scale)
    variance = max(float(clipped[:-1] @ clipped[:-1]), 1e-12)
    memory = np.clip(float(clipped[1:] @ clipped[:-1]) / variance, 0, MAX_MEMORY)
    return np.asarray(memory ** np.arange(1, steps + 1) * clipped[-1])
