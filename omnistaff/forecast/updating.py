"""What the seen part of a day tells of its rest, learnt from past days' forecasts and what came.

First the forecast is made afresh from all days before, when it is an old one. Then two ways: penalised least squares
on the main directions of past errors of square-root counts (Shen and Huang 2008), and a ratio of actual to forecast
shrunk to 1. Days that were not learnt from decide which is used, or that neither is, or that even the old forecast
is left alone: the plain ratio is known to add errors on thin days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from omnistaff.forecast.days import FloatArray

Method = Literal["none", "fresh", "ratio", "directions"]
METHODS: tuple[Method, ...] = ("none", "fresh", "ratio", "directions")
METHODS_UNSEEN = METHODS[:2]
DIRECTIONS = 4
FOLDS = 6
LEAST_DAYS = 30
NEED = 0.98  # a correction must cut the verified error to this share of the forecast's own
SHRINK_DAYS = 5.0
CLIP_SDS = 4.0
MOST = 0.6  # no correction by more than this share
THIN = 25.0  # contacts expected in the seen part that are believed by half


@dataclass(frozen=True)
class Correction:
    """How to correct the rest of a day after *seen* slots, and how far off corrected days were.

    ``gain`` is the verified error of the rest of the day over that of the uncorrected forecast. ``day`` and
    ``interval`` are variances of the common and the interval factor of the rest.
    """

    seen: int
    method: Method
    weight: float
    basis: FloatArray
    penalty: FloatArray
    gain: float
    day: float
    interval: float

    def rest(self, prior: FloatArray, fresh: FloatArray, actual: FloatArray) -> FloatArray:
        """Return corrected means of the slots after the seen ones.

        *prior* is all the day as forecast, *fresh* as it would be forecast now, *actual* the seen part.
        """
        if self.method == "none":
            return prior[self.seen :]
        after = fresh[self.seen :]
        if self.method == "fresh":
            return after
        if self.method == "ratio":
            expected = float(fresh[: self.seen].sum())
            error = np.clip(actual.sum() / max(expected, 1e-9) - 1, -MOST, MOST)
            return np.asarray(after * (1 + self.weight * expected / (expected + THIN) * error))
        head = self.basis[: self.seen]
        error = np.sqrt(actual + 0.25) - np.sqrt(fresh[: self.seen] + 0.25)
        scores = np.linalg.solve(head.T @ head + np.diag(self.penalty), head.T @ error)
        roots = np.sqrt(after + 0.25) + self.basis[self.seen :] @ scores
        return np.asarray(np.clip(np.maximum(roots, 0) ** 2 - 0.25, (1 - MOST) * after, (1 + MOST) * after))


def learn_correction(prior: FloatArray, fresh: FloatArray, actual: FloatArray, seen: int) -> Correction:
    """Return the correction after *seen* slots, from past days × slots of forecasts and what came (no gaps).

    *prior* are forecasts as old as the one to correct, *fresh* those made the evening before. Each sixth of the days
    in turn is corrected by what the others teach; the best method wins if it cuts the error by 2 %, on all days and
    on the later half. Before the first slot a forecast can only be made afresh. With fewer than 30 days nothing is
    corrected.
    """
    if len(prior) < LEAST_DAYS or not 0 <= seen < prior.shape[1]:
        day, interval = _spread(prior[:, seen:], actual[:, seen:])
        return _fit("none", fresh, actual, seen, 1.0, (day, interval))
    methods = METHODS if seen else METHODS_UNSEEN
    fold = np.arange(len(prior)) * FOLDS // len(prior)
    means = {method: np.zeros_like(prior[:, seen:]) for method in methods}
    for part in range(FOLDS):
        out = fold == part
        for method in methods:
            rule = _fit(method, fresh[~out], actual[~out], seen, 1.0, (0.0, 0.0))
            days = zip(prior[out], fresh[out], actual[out, :seen], strict=True)
            means[method][out] = [rule.rest(*day) for day in days]
    error = {method: np.abs(mean - actual[:, seen:]).sum(axis=1) for method, mean in means.items()}
    late = {method: float(misses[len(prior) // 2 :].sum()) for method, misses in error.items()}
    whole = {method: float(misses.sum()) for method, misses in error.items()}
    best = min(methods, key=lambda method: whole[method])
    proved = whole[best] <= NEED * whole["none"] and late[best] <= NEED * late["none"]
    chosen: Method = best if proved else "none"
    gain = whole[chosen] / max(whole["none"], 1e-9)
    return _fit(chosen, fresh, actual, seen, gain, _spread(means[chosen], actual[:, seen:]))


def _fit(
    method: Method, prior: FloatArray, actual: FloatArray, seen: int, gain: float, spread: tuple[float, float]
) -> Correction:
    none, weight = np.zeros((prior.shape[1], 0)), 0.0
    basis, penalty = none, np.zeros(0)
    if method == "ratio":
        weight = _ratio_weight(prior, actual, seen)
    if method == "directions":
        basis, penalty = _directions(np.sqrt(actual + 0.25) - np.sqrt(prior + 0.25))
    return Correction(seen, method, weight, basis, penalty, gain, *spread)


def _ratio_weight(prior: FloatArray, actual: FloatArray, seen: int) -> float:
    """Return how much of the seen part's relative error the rest shared on past days, from 0 to 1, shrunk to 0."""
    head, rest = prior[:, :seen].sum(axis=1), prior[:, seen:].sum(axis=1)
    early = np.clip(actual[:, :seen].sum(axis=1) / np.maximum(head, 1e-9) - 1, -MOST, MOST) * rest
    late = np.clip(actual[:, seen:].sum(axis=1) - rest, -MOST * rest, MOST * rest)
    weight = float(early @ late) / max(float(early @ early), 1e-9)
    return float(np.clip(weight, 0, 1)) * len(prior) / (len(prior) + SHRINK_DAYS)


def _directions(errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (main directions of *errors* as columns, penalty of each: noise variance over its own)."""
    clipped = np.clip(errors, -CLIP_SDS * errors.std(axis=0), CLIP_SDS * errors.std(axis=0))
    slots = errors.shape[1]
    number = min(DIRECTIONS, slots - 1, len(errors) - 1)
    basis = np.linalg.svd(clipped, full_matrices=False)[2][:number].T
    scores = clipped @ basis
    noise = (clipped - scores @ basis.T).var() * slots / max(slots - number, 1)
    return basis, noise / np.maximum(scores.var(axis=0), 1e-9)


def _spread(mean: FloatArray, actual: FloatArray) -> tuple[float, float]:
    """Return (day, interval) variances of the rest of the day around *mean*, beyond Poisson."""
    if not len(mean) or not mean.size:
        return 0.03, 0.02
    total, came = np.maximum(mean.sum(axis=1), 1e-9), actual.sum(axis=1)
    excess = ((came - total) ** 2 - total) / total**2
    information = (total / (1 + 0.01 * total)) ** 2
    day = float(np.average(np.minimum(excess, np.quantile(excess, 0.97)), weights=information))
    shape = mean * (came / total)[:, None]
    interval = float(((actual - shape) ** 2 - shape).sum() / max(float((shape**2).sum()), 1e-9))
    return max(day, 1e-5), max(interval, 1e-6)
