"""Seasons by loess, the rest by exponential smoothing (statsmodels): MSTL + ETS, and ETS alone on day totals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.baselines import LikeDays
from omnistaff.forecast.models.frame import on_open_days, regular_weeks
from omnistaff.forecast.models.profile import Profile


@dataclass(frozen=True)
class Mstl:
    """Square-root counts, daily and weekly seasons by MSTL (Bandara et al. 2021), level smoothed."""

    name: str = "mstl"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the mean of like days when under three weeks."""
        from statsmodels.tsa.seasonal import MSTL

        weeks = regular_weeks(days, origin)
        slots = days.counts.shape[1]
        if weeks is None or len(weeks.counts) < 3 * len(weeks.week) or slots < 2:
            return LikeDays().forecast(days, origin, steps)
        season_length = slots * len(weeks.week)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = MSTL(np.sqrt(weeks.counts.ravel() + 0.25), periods=(slots, season_length)).fit()
            rest = parts.trend + parts.resid
            level = _smooth(np.asarray(rest))
        number = weeks.ahead(days, origin, steps)
        season = np.asarray(parts.seasonal).sum(axis=1)[-season_length:].reshape(-1, slots)
        ahead = level + np.resize(season, (max(number, 1), slots))
        counts = np.maximum(ahead, 0.0) ** 2 - 0.25
        return on_open_days(weeks.place(counts, days, origin, steps), days, origin)


@dataclass(frozen=True)
class Ets:
    """Log day totals by exponential smoothing with a weekly season, times the weekday profile."""

    name: str = "ets"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the profile model when under three weeks."""
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        weeks = regular_weeks(days, origin)
        base = Profile().forecast(days, origin, steps)
        if weeks is None or len(weeks.counts) < 3 * len(weeks.week) or len(weeks.week) < 2:
            return base
        log_total = np.log(weeks.counts.sum(axis=1) + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = ExponentialSmoothing(log_total, seasonal="add", seasonal_periods=len(weeks.week)).fit()
            total = np.exp(fit.forecast(max(weeks.ahead(days, origin, steps), 1))) - 1
        share = base / np.maximum(base.sum(axis=1, keepdims=True), 1e-12)
        return np.asarray(share * np.maximum(weeks.place(total[:, None], days, origin, steps), 0.0))


def _smooth(values: FloatArray) -> float:
    """Return the last level of simple exponential smoothing with its best weight."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    return float(SimpleExpSmoothing(values, initialization_method="estimated").fit().forecast(1)[0])
