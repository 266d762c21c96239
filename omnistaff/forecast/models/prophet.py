"""Prophet set up well: daily curves by weekday, multiplicative, holidays. Ranges are learnt like all models'."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff.forecast.calendar import Kind
from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.baselines import LikeDays
from omnistaff.forecast.models.frame import HISTORY_DAYS, stamps

SMOOTH_TREND = 0.02
LEAST_DAYS = 21


@dataclass(frozen=True)
class ProphetModel:
    """Prophet (Taylor and Letham 2018); *tuned* with conditional daily seasonality, else its own defaults."""

    name: str = "prophet"
    tuned: bool = True

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; the mean of like days when under three weeks."""
        from prophet import Prophet

        logging.getLogger("cmdstanpy").setLevel(logging.WARNING)
        logging.getLogger("prophet").setLevel(logging.WARNING)
        first = max(0, origin - HISTORY_DAYS)
        if np.count_nonzero(days.known[first:origin]) < LEAST_DAYS:
            return LikeDays().forecast(days, origin, steps)
        past = pd.DataFrame({"ds": stamps(days, first, origin), "y": days.counts[first:origin].ravel()}).dropna()
        future = pd.DataFrame({"ds": stamps(days, origin, origin + steps)})
        if not self.tuned:
            model = Prophet(yearly_seasonality=False, uncertainty_samples=0)
        else:
            model = Prophet(
                yearly_seasonality=False,
                daily_seasonality=False,
                weekly_seasonality=False,
                seasonality_mode="multiplicative",
                holidays=_holidays(days),
                changepoint_prior_scale=SMOOTH_TREND,
                uncertainty_samples=0,
            )
            past, future = _by_weekday(model, past, future)
            past, future = _with_drivers(model, days, past, future)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(past)
            means = model.predict(future)["yhat"].to_numpy()
        return np.asarray(np.maximum(means, 0.0).reshape(steps, -1))


def _holidays(days: Days) -> pd.DataFrame | None:
    """Return Prophet's table of special days, one effect for each kind; None when there are none."""
    kind = days.calendar.kind
    rows = np.flatnonzero(kind != Kind.ORDINARY)
    if not len(rows):
        return None
    names = [Kind(int(k)).name.lower() for k in kind[rows]]
    return pd.DataFrame({"ds": pd.DatetimeIndex(days.dates[rows]), "holiday": names})


def _by_weekday(model, past: pd.DataFrame, future: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:  # type: ignore[no-untyped-def]  # prophet has no types
    """Add a weekly season and one daily curve for each weekday seen; return the frames with their conditions."""
    model.add_seasonality("weekly", 7, 3)
    for weekday in np.unique(past["ds"].dt.day_of_week):
        name = f"on_{weekday}"
        model.add_seasonality(f"day_{weekday}", 1, 10, condition_name=name)
        past = past.assign(**{name: past["ds"].dt.day_of_week == weekday})
        future = future.assign(**{name: future["ds"].dt.day_of_week == weekday})
    return past, future


def _with_drivers(model, days: Days, past: pd.DataFrame, future: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:  # type: ignore[no-untyped-def]  # prophet has no types
    """Add the days' outside drivers as regressors; return the frames with their columns."""
    for number, column in enumerate(days.calendar.drivers.T):
        name = f"driver_{number}"
        by_date = pd.Series(column, index=pd.DatetimeIndex(days.dates))
        model.add_regressor(name)
        past, future = (frame.assign(**{name: frame["ds"].dt.normalize().map(by_date)}) for frame in (past, future))
    return past, future
