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
    """Return the expected errors so many *steps* (open days) after the last *residual*; one column or several.

    An error is a slow level plus a part that fades: level + memory**h × (last - level). The half-life of the level
    (or none: errors fade to 0) and the memory are those that did best 1 to 20 days ahead on the residuals
    themselves; with few of them, the memory is the lag-one autocorrelation and there is no level. Extremes are
    clipped.
    """
    series = np.atleast_2d(residual.T)
    if series.shape[1] < 3:
        return np.zeros((len(steps), *residual.shape[1:]))
    scale = 1.4826 * np.median(np.abs(series), axis=1, keepdims=True) + 1e-12
    clipped = np.clip(series, -4 * scale, 4 * scale)
    level, memory = _best_level(clipped) if series.shape[1] >= LEVEL_FROM_DAYS else _lag_one(clipped)
    ahead = level + memory ** steps[:, None] * (clipped[:, -1] - level)
    return np.asarray(ahead if residual.ndim > 1 else ahead[:, 0])


def _lag_one(errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (level 0, lag-one autocorrelation from 0 to 0.97) of each row."""
    variance = np.maximum((errors[:, :-1] ** 2).sum(axis=1), 1e-12)
    memory = np.clip((errors[:, 1:] * errors[:, :-1]).sum(axis=1) / variance, 0, MAX_MEMORY)
    return np.zeros(len(errors)), memory


def _best_level(errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (level at the end, memory) of each row with the least squared error over the trial leads."""
    levels = np.stack([_smooth(errors, half_life) for half_life in LEVEL_HALF_LIVES])
    loss = _losses(errors, levels)
    flat = loss.transpose(1, 0, 2).reshape(len(errors), -1).argmin(axis=1)
    half_life, memory = np.unravel_index(flat, (len(LEVEL_HALF_LIVES), len(MEMORIES)))
    return levels[half_life, np.arange(len(errors)), -1], MEMORIES[memory]


def _smooth(errors: FloatArray, half_life: float) -> FloatArray:
    """Return the exponentially smoothed rows from a start of 0; zeros for a half-life of 0."""
    if half_life == 0:
        return np.zeros_like(errors)
    keep = 0.5 ** (1 / half_life)
    return np.asarray(lfilter([1 - keep], [1, -keep], errors, axis=1), dtype=np.float64)


def _losses(errors: FloatArray, levels: FloatArray) -> FloatArray:
    """Return, for each half-life, row and one of MEMORIES, the squared errors of forecasts over the trial leads.

    With d = error - level, Σ(e[t+h] - l[t] - m**h d[t])² = A - 2 m**h B + m**2h C.
    """
    gap = errors - levels
    loss = np.zeros((*levels.shape[:2], len(MEMORIES)))
    for lead in TRIAL_LEADS:
        ahead, now = errors[:, BURN_IN + lead :] - levels[..., BURN_IN:-lead], gap[..., BURN_IN:-lead]
        power = MEMORIES**lead
        far, both, near = (
            np.einsum("lkt,lkt->lk", one, two) for one, two in ((ahead, ahead), (ahead, now), (now, now))
        )
        loss += (far[..., None] - 2 * power * both[..., None] + power**2 * near[..., None]) / now.shape[-1]
    return loss
