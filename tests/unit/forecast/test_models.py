"""What every model must keep: it sees the past only, fits its grid, and finds a clear weekly and daily pattern."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from omnistaff.forecast import forecast_demand
from omnistaff.forecast.days import Days, local_date, make_days
from omnistaff.forecast.models import MODELS, get_model
from omnistaff.forecast.models.combine import Combine
from omnistaff.forecast.models.day_vectors import DayVectors
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.training import make_training
from omnistaff.plan import make_plan

from .conftest import LEVEL, ZONE, make_demand, settings

ORIGIN, STEPS = 84, 7  # a block of products ends at 84


def as_days(rows: pd.DataFrame, **changes: object) -> Days:
    plan = make_plan(settings(**changes))
    return make_days(rows, plan.queues[0], plan, local_date(rows["interval_start"].max(), plan.time_zone))


@pytest.fixture(scope="module")
def days(demand: pd.DataFrame) -> Days:
    return as_days(demand)


@pytest.mark.parametrize("origin", [ORIGIN, ORIGIN + 7])
@pytest.mark.parametrize("name", MODELS)
def test_values_after_the_origin_change_no_bit(name: str, origin: int, days: Days) -> None:
    spoilt = days.counts.copy()
    spoilt[origin:] = 1e6
    model = get_model(name)
    before, after = model.forecast(days, origin, STEPS), model.forecast(replace(days, counts=spoilt), origin, STEPS)
    assert before.shape == (STEPS, days.counts.shape[1])
    assert (before >= 0).all()
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("name", MODELS)
def test_the_week_and_the_day_are_found(name: str, days: Days) -> None:
    mean = get_model(name).forecast(days, ORIGIN, STEPS)
    assert mean.sum(axis=1)[:7] == pytest.approx(600 * LEVEL, rel=0.2)
    assert mean[:5, 4].mean() == pytest.approx(1.3 / 8.9 * 600 * LEVEL[:5].mean(), rel=0.2)


@pytest.mark.parametrize("name", ["profile", "day_vectors", "blend", "like_days", "seasonal_naive", "combine", "glm"])
def test_a_closed_day_and_a_gap_do_not_count_as_zero(name: str, demand: pd.DataFrame) -> None:
    date = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.date.astype(str)
    holed = demand[date != "2026-03-24"].assign(is_outlier=(date == "2026-03-25") & (demand.index % 12 < 5))
    whole, part = as_days(demand), as_days(holed, demand={"missing": "unknown"})
    one, two = get_model(name).forecast(whole, 84, 7), get_model(name).forecast(part, 84, 7)
    assert two.sum() == pytest.approx(one.sum(), rel=0.05)
    assert (two > 0).all()


@pytest.mark.parametrize("origin", [ORIGIN, ORIGIN + 7])
def test_day_vectors_learn_the_same_from_shared_products_as_from_their_own(origin: int, demand: pd.DataFrame) -> None:
    """One day is not known, so that the days learnt from do not all follow one another."""
    date = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.date.astype(str)
    days = as_days(demand[date != "2026-03-24"], demand={"missing": "unknown"})
    training = make_training(days, origin)
    assert training.is_whole
    shared, own = (DayVectors().ahead(some, days, STEPS) for some in (training, replace(training, is_whole=False)))
    assert shared == pytest.approx(own, rel=1e-9)


def test_a_level_that_moved_is_followed() -> None:
    demand = make_demand(days=140)
    late = demand["interval_start"] >= pd.Timestamp("2026-04-20", tz="UTC")
    moved = demand.assign(offered=(demand["offered"] * np.where(late, 1.4, 1.0)).round())
    for model in (Profile(), DayVectors()):
        total = model.forecast(as_days(moved), 140 - 1, 1).sum()
        assert total == pytest.approx(1.4 * 600 * LEVEL[6], rel=0.12)


def test_holidays_are_like_the_rest_day_and_mondays_are_not(demand: pd.DataFrame) -> None:
    calendar = {"holidays": {"2026-04-01": "ours"}}
    mean = Profile().forecast(as_days(demand, calendar=calendar), 84, 7).sum(axis=1)
    assert mean[2] == pytest.approx(600 * LEVEL[6], rel=0.25)  # Wednesday 1 April
    assert mean[0] == pytest.approx(600 * LEVEL[0], rel=0.1)


@pytest.mark.parametrize(("kept", "expected"), [(False, LEVEL[6]), (True, LEVEL[0])])
def test_holidays_stay_as_far_from_the_rest_day_as_past_ones_did(
    demand: pd.DataFrame, kept: bool, expected: float
) -> None:
    """Three Mondays were holidays, like Sundays or like all Mondays; and so will be the next."""
    past = ["2026-01-26", "2026-02-16", "2026-03-09"]
    date = demand["interval_start"].dt.tz_convert("Europe/Madrid").dt.strftime("%Y-%m-%d")
    as_sunday = demand["offered"] * LEVEL[6] / LEVEL[0]
    holidays = demand if kept else demand.assign(offered=demand["offered"].mask(date.isin(past), as_sunday.round()))
    calendar = {"holidays": dict.fromkeys([*past, "2026-03-30"], "ours")}
    mean = Profile().forecast(as_days(holidays, calendar=calendar), 84, 7).sum(axis=1)
    assert mean[0] == pytest.approx(600 * expected, rel=0.25)
    assert mean[1] == pytest.approx(600 * LEVEL[1], rel=0.1)


def test_weights_go_to_what_did_best(days: Days) -> None:
    class Wrong:
        name = "wrong"

        def forecast(self, days: Days, origin: int, steps: int) -> np.ndarray:
            return np.full((steps, days.counts.shape[1]), 5.0)

    weights = Combine().weights([Profile(), Wrong()], days, 84)
    assert weights[0] > 0.999
    assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["ets", "mstl"])
@pytest.mark.parametrize(
    ("closed", "dropped"),
    [
        ([], slice(0)),
        (["2026-04-14"], slice(0)),  # in the horizon
        (["2026-04-03"], slice(0)),  # in the history
        ([], slice(30 * 12, 32 * 12)),  # two days that nobody knows
        ([], slice(68 * 12 + 3, 99999)),  # a history that ends on a Thursday morning
    ],
)
def test_weekdays_stay_on_their_days_whatever_is_closed_or_missing(
    name: str, closed: list[str], dropped: slice
) -> None:
    hours = {"mon-fri": "08:00-20:00"} | dict.fromkeys(closed, "closed")
    rows = make_demand()
    local = rows["interval_start"].dt.tz_convert(ZONE)
    rows = rows[(local.dt.day_of_week < 5) & ~local.dt.strftime("%Y-%m-%d").isin(closed)].reset_index(drop=True)
    rows = rows.drop(rows.index[dropped])
    ahead = {"start": "2026-04-13", "horizon_days": 9, "paths": 0, "models": [name]}
    told = {"queues": [{"name": "calls", "hours": hours}], "demand": {"missing": "unknown"}, "forecast": ahead}
    table = forecast_demand(rows, make_plan(settings(**told))).table
    day = table["interval_start"].dt.tz_convert(ZONE).dt.normalize().dt.tz_localize(None)
    found = table.groupby(day)["mean"].sum()
    assert len(found) == 7 - ("2026-04-14" in closed)
    assert found.to_numpy() == pytest.approx(600 * LEVEL[found.index.day_of_week], rel=0.12)


@pytest.mark.parametrize("name", ["prophet", "prophet_default"])
def test_prophet_of_two_weeks_is_the_mean_of_like_days(name: str, days: Days) -> None:
    found = get_model(name).forecast(days, 14, STEPS)
    np.testing.assert_array_equal(found, get_model("like_days").forecast(days, 14, STEPS))


@pytest.mark.parametrize("name", ["combine", "boosting"])
def test_where_nothing_ever_came_next_to_nothing_is_expected(name: str, demand: pd.DataFrame) -> None:
    found = get_model(name).forecast(as_days(demand.assign(offered=0.0)), ORIGIN, STEPS)
    assert (found >= 0).all()
    assert (found <= 0.05).all()
