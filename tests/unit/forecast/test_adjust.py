"""A planner's corrections: mean, variance and paths agree, days are the queue's own."""

from __future__ import annotations

import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.forecast import adjust_forecast, forecast_demand
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import DemandForecast

from .conftest import make_demand, settings


def plan_with(**adjustment: object) -> Plan:
    return make_plan(settings(forecast={"horizon_days": 7, "paths": 1500, "adjustments": [adjustment]}))


@pytest.fixture(scope="module")
def thin() -> DemandForecast:
    return forecast_demand(make_demand(volume=30.0), plan_with())


@pytest.mark.parametrize("factor", [0.5, 1.5, 3.0])
def test_paths_stay_whole_contacts_with_the_mean_and_the_variance_that_are_told(
    factor: float, thin: DemandForecast
) -> None:
    made = adjust_forecast(thin, plan_with(volume_factor=factor))
    of_paths = made.paths.groupby("interval_start")["arrivals"]
    assert (made.paths["arrivals"] % 1 == 0).all()
    assert of_paths.mean().sum() == pytest.approx(made.table["mean"].sum(), rel=0.03)
    assert of_paths.var().sum() == pytest.approx(made.table["variance"].sum(), rel=0.06)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_days_of_paths_err_as_a_whole_before_and_after(factor: float) -> None:
    """A day's total has variance f M + f² (V - M), where it had V before."""
    before = forecast_demand(make_demand(), plan_with())
    after = adjust_forecast(before, plan_with(volume_factor=factor))
    first, second = (daily_totals(made.paths) for made in (before, after))
    told = factor * first.mean() + factor**2 * (first.var() - first.mean())
    assert second.var().sum() == pytest.approx(told.sum(), rel=0.08)


def daily_totals(paths: pd.DataFrame) -> pd.DataFrame:
    date = paths["interval_start"].dt.tz_convert("Europe/Madrid").dt.date
    return paths.groupby(["path", date])["arrivals"].sum().unstack()


def test_the_same_plan_draws_the_same_paths(thin: DemandForecast) -> None:
    one, two = (adjust_forecast(thin, plan_with(volume_factor=1.5)).paths for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_days_are_those_of_the_queues_own_zone() -> None:
    queues = [{"name": "calls", "hours": {"daily": "02:00-14:00"}, "time_zone": "America/New_York"}]
    told = {"start": "2026-04-13", "horizon_days": 7, "paths": 0}
    one = {"volume_factor": 2, "start": "2026-04-15", "end": "2026-04-15"}
    plan = make_plan(settings(queues=queues, forecast=told | {"adjustments": [one]}))
    before = forecast_demand(make_demand(), plan)
    after = adjust_forecast(before, plan)
    local = before.table["interval_start"].dt.tz_convert("America/New_York")
    doubled = local[after.table["mean"] > 1.5 * before.table["mean"]]
    assert len(doubled) == 12
    assert set(doubled.dt.strftime("%Y-%m-%d")) == {"2026-04-15"}


def test_an_adjustment_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ConfigError, match="end: 2026-04-14 is before start 2026-04-15"):
        plan_with(volume_factor=2, start="2026-04-15", end="2026-04-14")
