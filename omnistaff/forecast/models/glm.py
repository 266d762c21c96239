"""Poisson regression by calendar: day effects × slot effects by weekday, solved in its two natural steps.

With a log link and a rate that is a product of a day's and a slot's effect, the maximum likelihood of the slot
effects given the days' is a ratio of sums, so only the day part needs a solver (statsmodels), on day totals.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.training import Training, make_training

RIDGE = 0.002
RECENT = (7, 28)


@dataclass(frozen=True)
class Glm:
    """Quasi-Poisson regression of day totals on weekday, calendar and trend, times slot shares of like weekdays."""

    name: str = "glm"
    half_life_days: float = 120.0

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the profile model when under three weeks."""
        import statsmodels.api as sm

        training = make_training(days, origin)
        base = Profile().forecast(days, origin, steps)
        if len(training.rows) < 21:
            return base
        total = training.total
        design = _design(training, len(days.dates))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = sm.GLM(
                total / max(float(total.mean()), 1e-9), design[training.rows], family=sm.families.Poisson(),
                freq_weights=training.decay(self.half_life_days),
            )  # fmt: skip
            fit = model.fit_regularized(alpha=RIDGE, L1_wt=0.0)
        fitted = np.exp(design @ fit.params) * float(total.mean())
        residual = np.log((total + 1) / (fitted[training.rows] + 1))
        level = float(np.average(residual, weights=training.decay(RECENT[0])))
        fade = 0.5 ** (training.steps_ahead(steps) / RECENT[1])
        ahead = fitted[origin : origin + steps] * np.exp(level * fade)
        share = base / np.maximum(base.sum(axis=1, keepdims=True), 1e-12)
        return np.asarray(share * ahead[:, None])


def _design(training: Training, number: int) -> FloatArray:
    """Return intercept, weekdays, calendar terms and a straight trend in half-years."""
    trend = (np.arange(number) - training.origin)[:, None] / 182.0
    return np.hstack([np.ones((number, 1)), training.design, trend])
