"""Robust, shrunken regression on the calendar with errors that remember yesterday."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.forecast.training import WEEKDAY_RIDGE, Training

ROUNDS = 4
CLIP_SDS = 3.0
MAX_MEMORY = 0.97
LEVEL_FROM_DAYS = 60
LEVEL_HALF_LIVES = (0.0, 10.0, 30.0)
MEMORIES = np.array([0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
TRIAL_LEADS = (1, 2, 4, 7, 10, 14, 20)
BURN_IN = 20


def fit_calendar(training: Training, values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (fitted values of all days, residuals of the training days).

    *values* is one column or several; the first column's residuals set the Huber-type weights (3 robust standard
    deviations) of a day for all. Weekday levels are all but free, calendar terms are shrunk to 0.
    """
    design = np.hstack([training.levels, training.terms])
    penalty = np.diag(np.r_[np.full(training.levels.shape[1], WEEKDAY_RIDGE), training.ridge])
    centre = np.average(values, axis=0, weights=weights)
    known, weight = design[training.rows], weights.copy()
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


def carry_on(residual: FloatArray, steps: IntArray) -> FloatArray:
    """Return the expected errors so many *steps* (open days) after the last *residual*; extremes are clipped.

    An error is a slow level plus a part that fades: level + memory**h × (last - level). The half-life of the level
    (or none: errors fade to 0) and the memory are those that did best 1 to 20 days ahead on the residuals
    themselves; with few of them, the memory is the lag-one autocorrelation and there is no level.
    """
    if len(residual) < 3:
        return np.zeros(len(steps))
    scale = 1.4826 * float(np.median(np.abs(residual))) + 1e-12
    clipped = np.clip(residual, -4 * scale, 4 * scale)
    if len(clipped) < LEVEL_FROM_DAYS:
        variance = max(float(clipped[:-1] @ clipped[:-1]), 1e-12)
        memory = float(np.clip(float(clipped[1:] @ clipped[:-1]) / variance, 0, MAX_MEMORY))
        return np.asarray(memory**steps * clipped[-1])
    level, memory = _best_level(clipped)
    return np.asarray(level + memory**steps * (clipped[-1] - level))


def _best_level(errors: FloatArray) -> tuple[float, float]:
    """Return (level at the end, memory) with the least squared error over the trial leads."""
    best, chosen = np.inf, (0.0, 0.0)
    for half_life in LEVEL_HALF_LIVES:
        level = _smooth(errors, half_life)
        loss = _losses(errors, level)
        if loss.min() < best:
            best, chosen = float(loss.min()), (float(level[-1]), float(MEMORIES[loss.argmin()]))
    return chosen


def _smooth(errors: FloatArray, half_life: float) -> FloatArray:
    """Return the exponentially smoothed errors from a start of 0; zeros for a half-life of 0."""
    if half_life == 0:
        return np.zeros_like(errors)
    keep = 0.5 ** (1 / half_life)
    return np.asarray(lfilter([1 - keep], [1, -keep], errors), dtype=np.float64)


def _losses(errors: FloatArray, level: FloatArray) -> FloatArray:
    """Return, for each of MEMORIES, the squared errors of forecasts over the trial leads.

    With d = error - level, Σ(e[t+h] - l[t] - m**h d[t])² = A - 2 m**h B + m**2h C.
    """
    gap = errors - level
    loss = np.zeros(len(MEMORIES))
    for lead in TRIAL_LEADS:
        ahead, now = errors[BURN_IN + lead :] - level[BURN_IN:-lead], gap[BURN_IN:-lead]
        power = MEMORIES**lead
        loss += (ahead @ ahead - 2 * power * (ahead @ now) + power**2 * (now @ now)) / len(now)
    return loss
