"""Handle times to come: how sure their mean is, learnt from weeks that came after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff.forecast.handling import ASSUMED_ERROR, PRIOR_ERROR, forecast_handling
from omnistaff.plan import make_plan

SETTINGS = {
    "name": "t",
    "time_zone": "UTC",
    "queues": [{"name": "calls", "hours": {"daily": "08:00-20:00"}, "handle_s": 300}],
}
AHEAD = pd.date_range("2026-06-01 08:00", periods=4, freq="30min", tz="UTC")


def rows(days: int, contacts: int, day_sd: float, seed: int = 5) -> pd.DataFrame:
    """Return demand of 24 intervals a day; each contact takes 240 s give or take 120, each day's mean by *day_sd*."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(end="2026-05-31", periods=days, tz="UTC")
    times = [day + pd.Timedelta(minutes=480 + 30 * k) for day in dates for k in range(24)]
    level = np.repeat(1 + rng.normal(0, day_sd, days), 24)
    mean = 240 * level + rng.normal(0, 120 / np.sqrt(contacts), 24 * days)
    frame = pd.DataFrame({"interval_start": pd.DatetimeIndex(times), "handle_s": mean})
    return frame.assign(handle_sd_s=120.0, handled=float(contacts), is_outlier=False)


def error_share(demand: pd.DataFrame) -> float:
    plan = make_plan(SETTINGS)
    handle = forecast_handling(demand, AHEAD, plan.queues[0], plan)
    shares = handle.error / handle.mean
    assert shares == pytest.approx(shares[0])
    return float(shares[0])


def test_the_error_is_that_of_past_days() -> None:
    assert error_share(rows(120, 50, 0.08)) == pytest.approx(0.08, rel=0.15)
    assert error_share(rows(120, 50, 0.03)) == pytest.approx(0.03, rel=0.25)


def test_a_single_contacts_spread_is_not_the_means_error() -> None:
    assert error_share(rows(120, 3, 0.0)) < 0.04  # of 72 contacts a day the mean varies by 0.059


def test_a_drift_of_months_widens_the_error() -> None:
    steady = rows(120, 50, 0.0)
    drifting = steady.assign(handle_s=steady["handle_s"] * np.linspace(0.8, 1.2, len(steady)))
    assert error_share(drifting) > 0.08


def test_little_is_believed_of_few_days() -> None:
    assert error_share(rows(10, 50, 0.3)) == pytest.approx(PRIOR_ERROR)


def test_a_plans_handle_time_may_be_off_by_a_tenth() -> None:
    unknown = rows(30, 5, 0.0).assign(handle_s=np.nan, handle_sd_s=np.nan)
    assert error_share(unknown) == pytest.approx(ASSUMED_ERROR)


def test_weeks_in_which_nothing_was_measured_are_passed_over() -> None:
    demand = rows(120, 50, 0.03)
    age = (demand["interval_start"].max() - demand["interval_start"]).dt.days
    assert error_share(demand[(age < 21) | (age > 56)]) == pytest.approx(0.03, rel=0.3)
