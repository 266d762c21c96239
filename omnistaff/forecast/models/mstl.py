"""Seasons by loess, the rest by exponential smoothing (statsmodels): MSTL + ETS, and ETS alone on day totals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.baselines import LikeDays
from omnistaff.forecast.models.frame import from_open_days, long_history, open_days_ahead, open_week
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.training import make_training


@dataclass(frozen=True)
class Mstl:
    """Square-root counts, daily and weekly seasons by MSTL (Bandara et al. 2021), level smoothed."""

    name: str = "mstl"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the mean of like days when under three weeks."""
        from statsmodels.tsa.seasonal import MSTL

        values, slots = long_history(days, origin)
        week = slots * open_week(days, origin)
        if len(values) < 3 * week or slots < 2:
            return LikeDays().forecast(days, origin, steps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = MSTL(np.sqrt(values + 0.25), periods=(slots, week)).fit()
            rest = parts.trend + parts.resid
            level = _smooth(np.asarray(rest))
        number = open_days_ahead(days, origin, steps) * slots
        season = np.asarray(parts.seasonal).sum(axis=1)[-week:]
        ahead = level + np.tile(season, number // week + 1)[:number]
        counts = np.maximum(ahead, 0.0) ** 2 - 0.25
        return from_open_days(counts.reshape(-1, slots), days, origin, steps)


@dataclass(frozen=True)
class Ets:
    """Log day totals by exponential smoothing with a weekly season, times the weekday profile."""

    name: str = "ets"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the profile model when under three weeks."""
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        training = make_training(days, origin)
        week = open_week(days, origin)
        base = Profile().forecast(days, origin, steps)
        if len(training.rows) < 3 * week or week < 2:
            return base
        log_total = np.log(training.total + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = ExponentialSmoothing(log_total, seasonal="add", seasonal_periods=week).fit()
            total = np.exp(fit.forecast(open_days_ahead(days, origin, steps))) - 1
        opened = days.wanted[origin : origin + steps].any(axis=1)
        share = base / np.maximum(base.sum(axis=1, keepdims=True), 1e-12)
        result = np.zeros_like(base)
        result[opened] = share[opened] * np.maximum(total, 0.0)[:, None]
        return result


def _smooth(values: FloatArray) -> float:
    """Return the last level of simple exponential smoothing with its best weight."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    return float(SimpleExpSmoothing(values, initialization_method="estimated").fit().forecast(1)[0])
