"""Robust, shrunken regression on the calendar with errors that remember yesterday."""

from __future__ import annotations

import numpy as np
from numba import njit

from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.forecast.training import Training

ROUNDS = 4
CLIP_SDS = 3.0
MAX_MEMORY = 0.97
LEVEL_FROM_DAYS = 60
KEEPS = 0.5 ** (1 / np.array([1.0, 3.0, 7.0, 15.0, 30.0, 80.0, 200.0]))  # a day, of levels by their half-life
MEMORIES = np.array([0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
TRIAL_LEADS = np.array([1, 2, 4, 7, 10, 14, 20])
BURN_IN = 20


def fit_calendar(training: Training, values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (fitted values of all days, residuals of the training days).

    *values* is one column or several; the first column's residuals set the Huber-type weights (3 robust standard
    deviations) of a day for all. Weekday levels are all but free, calendar terms are shrunk to 0.
    """
    columns = values.reshape(len(values), -1)
    centre = weights @ columns / weights.sum()
    known, around = training.known, columns - centre
    beta = _solve_robustly(known, training.ridge, around, weights)
    residual = around - known @ beta
    fitted = training.design @ beta + centre
    return (fitted[:, 0], residual[:, 0]) if values.ndim == 1 else (fitted, residual)


@njit(cache=True)
def _solve_robustly(known, ridge, values, weights):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return the ridge regression's coefficients, reweighted by Huber's rule in a few rounds."""
    days, width = known.shape
    weight = weights.copy()
    turned = np.ascontiguousarray(known.T)
    weighted = np.empty_like(turned)
    beta = np.zeros((width, values.shape[1]))
    for number in range(ROUNDS):
        for i in range(width):
            for day in range(days):
                weighted[i, day] = turned[i, day] * weight[day]
        gram = weighted @ known
        for i in range(width):
            gram[i, i] += ridge[i]
        beta = np.linalg.solve(gram, weighted @ values)
        if number == ROUNDS - 1:
            break
        size = np.abs(values[:, 0] - known @ np.ascontiguousarray(beta[:, 0]))
        scale = 1.4826 * np.median(size) + 1e-9
        for day in range(days):
            weight[day] = weights[day] * min(1.0, CLIP_SDS / max(size[day] / scale, 1e-9))
    return beta


def carry_on(residual: FloatArray, steps: IntArray) -> FloatArray:
    """Return the expected errors so many *steps* (open days) after the last *residual*; one column or several.

    An error is a slow level plus a part that fades: level + memory**h × (last - level). How slow and how fast is
    averaged over half-lives and memories, weighted by how each did 1 to 20 days ahead on the residuals themselves,
    every level a mean of the days up to then only: by the likelihood loss**(-n / 2) of n normal errors of unknown
    scale, n being how often 20 days fit into the past, as errors that overlap are not independent. With few days the
    memory is the lag-one autocorrelation and the level 0. Extremes are clipped.
    """
    series = np.ascontiguousarray(np.atleast_2d(residual.T))
    if series.shape[1] < 3:
        return np.zeros((len(steps), *residual.shape[1:]))
    if series.shape[1] < LEVEL_FROM_DAYS:
        ahead = _fading(_clipped(series), steps)
    else:
        ahead = _averaged(_clipped(series), KEEPS, MEMORIES, TRIAL_LEADS, steps)
    return ahead if residual.ndim > 1 else ahead[:, 0]


def _clipped(errors: FloatArray) -> FloatArray:
    """Return *errors* (rows × days), those beyond four robust standard deviations of their row set to these."""
    half = errors.shape[1] // 2
    most = 4 * (1.4826 * np.partition(np.abs(errors), half)[:, [half]] + 1e-12)
    return np.asarray(np.minimum(np.maximum(errors, -most), most))


def _fading(errors: FloatArray, steps: IntArray) -> FloatArray:
    """Return steps × rows of errors that fade to 0 by their lag-one autocorrelation (0 to 0.97)."""
    variance = np.maximum((errors[:, :-1] ** 2).sum(axis=1), 1e-12)
    memory = np.clip((errors[:, 1:] * errors[:, :-1]).sum(axis=1) / variance, 0, MAX_MEMORY)
    return np.asarray(memory ** steps[:, None] * errors[:, -1])


@njit(cache=True, fastmath={"reassoc", "contract"})
def _try_all(errors, keeps, powers, leads):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return (mean squared error over the leads: row × level × memory, last level: row × level).

    The level is the mean of the errors so far, weights falling by *keeps* a day. With d = e - l the error of a
    forecast h days ahead is e[t+h] - l[t] - m**h d[t], *powers* being m**h by lead and memory; its squares are
    summed from products of e and l.
    """
    rows, days = errors.shape
    last, loss = np.zeros((rows, len(keeps))), np.zeros((rows, len(keeps), powers.shape[1]))
    level, squares, crossed = np.empty(days), np.zeros(days + 1), np.zeros(days + 1)
    ahead_ahead, ahead_now, now_now = np.empty(len(leads)), np.empty(len(leads)), np.empty(len(leads))
    for row in range(rows):
        error = errors[row]
        for number in range(len(leads)):
            now, ahead = error[BURN_IN : days - leads[number]], error[BURN_IN + leads[number] :]
            ahead_ahead[number], ahead_now[number], now_now[number] = ahead @ ahead, ahead @ now, now @ now
        for k in range(len(keeps)):
            total, weight = 0.0, 0.0
            for day in range(days):
                total, weight = keeps[k] * total + error[day], keeps[k] * weight + 1.0
                level[day] = total / weight
            last[row, k] = level[days - 1]
            for day in range(BURN_IN, days):
                squares[day + 1] = squares[day] + level[day] * level[day]
                crossed[day + 1] = crossed[day] + level[day] * error[day]
            for number in range(len(leads)):
                end = days - leads[number]
                ahead_level = error[BURN_IN + leads[number] :] @ level[BURN_IN:end]
                far = ahead_ahead[number] - 2 * ahead_level + squares[end]
                both = ahead_now[number] - ahead_level - crossed[end] + squares[end]
                near = now_now[number] - 2 * crossed[end] + squares[end]
                for m in range(powers.shape[1]):
                    power = powers[number, m]
                    loss[row, k, m] += max(far - 2 * power * both + power * power * near, 0.0) / (end - BURN_IN)
    return loss, last


@njit(cache=True)
def _averaged(errors, keeps, memories, leads, steps):  # type: ignore[no-untyped-def]  # compiled, types are inferred
    """Return steps × rows of errors: every level's and memory's forecast, weighted by its past skill."""
    powers = memories ** leads.reshape(-1, 1)
    trials = errors.shape[1] / leads[-1]
    losses, levels = _try_all(errors, keeps, powers, leads)
    fade, ahead = memories ** steps.reshape(-1, 1), np.empty((len(steps), len(errors)))
    for row in range(len(errors)):
        loss = losses[row] + 1e-12  # a series without any error is told perfectly by all
        weight = (loss / loss.min()) ** (-trials / 2)
        weight /= weight.sum()
        level = 0.0
        gap = np.zeros(len(memories))
        for k in range(len(keeps)):
            level += weight[k].sum() * levels[row, k]
            gap += weight[k] * (errors[row, -1] - levels[row, k])
        ahead[:, row] = level + fade @ gap
    return ahead
