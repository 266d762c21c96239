"""Demand that repeats an interval or was counted by others than the plan's is refused; a thin queue is not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import ConfigError, TableError
from omnistaff.forecast import backtest, forecast_demand
from omnistaff.plan import make_plan
from omnistaff.timegrid import interval_grid

from .conftest import demand_rows, settings


@pytest.mark.parametrize(
    ("minutes", "counted"), [(30, "counted by 60 minutes, interval_minutes is 30"), (15, "is 15: run demand again")]
)
def test_longer_intervals_than_the_plans_are_refused(demand: pd.DataFrame, minutes: int, counted: str) -> None:
    with pytest.raises(ConfigError, match=counted):
        forecast_demand(demand, make_plan(settings(interval_minutes=minutes)))


def test_shorter_intervals_than_the_plans_are_refused(demand: pd.DataFrame) -> None:
    later = demand.assign(interval_start=demand["interval_start"] + pd.Timedelta(minutes=30))
    halves = pd.concat([demand, later], ignore_index=True).sort_values("interval_start", ignore_index=True)
    with pytest.raises(ConfigError, match="counted by 30 minutes, interval_minutes is 60"):
        forecast_demand(halves, make_plan(settings()))


def test_models_are_not_judged_on_what_is_refused(demand: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="counted by 60 minutes, interval_minutes is 30"):
        backtest(demand, make_plan(settings(interval_minutes=30)))
    with pytest.raises(TableError, match="more than once"):
        backtest(pd.concat([demand, demand.iloc[:5]], ignore_index=True), make_plan(settings()))


def test_a_queue_of_which_few_intervals_are_known_is_forecast(demand: pd.DataFrame) -> None:
    some = np.random.default_rng(1).random(len(demand)) < 0.1
    later = demand.assign(interval_start=demand["interval_start"] + pd.Timedelta(minutes=30))
    thin = pd.concat([demand[some], later[~some].iloc[::9]], ignore_index=True)
    thin = thin.sort_values("interval_start", ignore_index=True)
    told = settings(interval_minutes=30, demand={"missing": "unknown"})
    assert len(forecast_demand(thin, make_plan(told)).table) == 14 * 24


def test_post_that_is_booked_at_one_hour_is_forecast_where_empty_intervals_have_no_row(demand: pd.DataFrame) -> None:
    at_nine = demand[demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.hour == 9].reset_index(drop=True)
    told = settings(interval_minutes=30, demand={"missing": "unknown"})
    assert len(forecast_demand(at_nine, make_plan(told)).table) == 14 * 24


def test_a_queue_open_for_one_interval_a_day_is_forecast() -> None:
    local = pd.date_range("2026-01-05 08:00", periods=60, freq="D")
    rows = demand_rows("calls", local, np.full(60, 9.0))
    plan = make_plan(settings(interval_minutes=30, queues=[{"name": "calls", "hours": {"daily": "08:00-08:30"}}]))
    assert len(forecast_demand(rows, plan).table) == 14


def test_a_clock_that_moves_by_half_an_hour_is_no_other_interval() -> None:
    zone = "Australia/Lord_Howe"
    starts = interval_grid(dt.date(2026, 2, 1), 89, zone, 60)  # half an hour is gained on 5 April
    rows = demand_rows("calls", pd.date_range("2026-02-01", periods=len(starts), freq="D"), np.ones(len(starts)))
    queues = [{"name": "calls", "hours": {"daily": "00:00-24:00"}}]
    plan = make_plan(settings(time_zone=zone, queues=queues))
    assert len(forecast_demand(rows.assign(interval_start=starts), plan).table) == 14 * 24


def test_an_interval_that_is_counted_twice_is_refused(demand: pd.DataFrame) -> None:
    twice = pd.concat([demand, demand.iloc[:5]], ignore_index=True)
    with pytest.raises(TableError, match=r"in 5 rows, the first of them calls at 2026-01-05 07:00:00\+00:00"):
        forecast_demand(twice, make_plan(settings()))
