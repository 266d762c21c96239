"""Robust, shrunken regression on the calendar with errors that remember yesterday."""

from __future__ import annotations

import numpy as np
from numba import njit

from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.forecast.training import WEEKDAY_RIDGE, Training

ROUNDS = 4
CLIP_SDS = 3.0
MAX_MEMORY = 0.97
LEVEL_FROM_DAYS = 60
LEVEL_HALF_LIVES = (1.0, 3.0, 7.0, 15.0, 30.0, 80.0, 200.0)
SHARPNESS = 10.0  # weight ~ loss**-10: a way with 10 % more squared error weighs two fifths
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

    An error is a slow level plus a part that fades: level + memory**h × (last - level). How slow and how fast is
    averaged over half-lives and memories, weighted by how each did 1 to 20 days ahead on the residuals themselves,
    every level a mean of the days up to then only. With few days the memory is the lag-one autocorrelation and the
    level 0. Extremes are clipped.
    """
    series = np.atleast_2d(residual.T)
    if series.shape[1] < 3:
        return np.zeros((len(steps), *residual.shape[1:]))
    scale = 1.4826 * np.median(np.abs(series), axis=1, keepdims=True) + 1e-12
    clipped = np.clip(series, -4 * scale, 4 * scale)
    ahead = (_averaged if series.shape[1] >= LEVEL_FROM_DAYS else _fading)(clipped, steps)
    return ahead if residual.ndim > 1 else ahead[:, 0]


def _fading(errors: FloatArray, steps: IntArray) -> FloatArray:
    """Return steps × rows of errors that fade to 0 by their lag-one autocorrelation (0 to 0.97)."""
    variance = np.maximum((errors[:, :-1] ** 2).sum(axis=1), 1e-12)
    memory = np.clip((errors[:, 1:] * errors[:, :-1]).sum(axis=1) / variance, 0, MAX_MEMORY)
    return np.asarray(memory ** steps[:, None] * errors[:, -1])


def _averaged(errors: FloatArray, steps: IntArray) -> FloatArray:
    """Return steps × rows of errors: every half-life's and memory's forecast, weighted by its past skill."""
    keeps = 0.5 ** (1 / np.array(LEVEL_HALF_LIVES))
    level, loss = _try_all(np.ascontiguousarray(errors), keeps, MEMORIES, np.array(TRIAL_LEADS))
    loss += 1e-12  # a series without any error is told perfectly by all
    weight = (loss / loss.min(axis=(1, 2), keepdims=True)) ** -SHARPNESS
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    gap = errors[:, -1:] - level
    fading = np.einsum("klm,kl,sm->sk", weight, gap, MEMORIES ** steps[:, None])
    return np.asarray(fading + np.einsum("klm,kl->k", weight, level))


@njit(cache=True)
def _try_all(errors, keeps, memories, leads):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return (last level: row × half-life, mean squared error over the leads: row × half-life × memory).

    The level is the mean of the errors so far, weights falling by *keeps* a day. With d = error - level the error of
    a forecast h days ahead is e[t+h] - l[t] - m**h d[t].
    """
    rows, days = errors.shape
    last = np.zeros((rows, len(keeps)))
    loss = np.zeros((rows, len(keeps), len(memories)))
    level = np.zeros(days)
    for row in range(rows):
        for k in range(len(keeps)):
            total, weight = 0.0, 0.0
            for day in range(days):
                total, weight = keeps[k] * total + errors[row, day], keeps[k] * weight + 1.0
                level[day] = total / weight
            last[row, k] = level[days - 1]
            for lead in leads:
                far, both, near = 0.0, 0.0, 0.0
                for day in range(BURN_IN, days - lead):
                    ahead, now = errors[row, day + lead] - level[day], errors[row, day] - level[day]
                    far += ahead * ahead
                    both += ahead * now
                    near += now * now
                for m in range(len(memories)):
                    power = memories[m] ** lead
                    loss[row, k, m] += (far - 2 * power * both + power**2 * near) / (days - lead - BURN_IN)
    return last, loss
