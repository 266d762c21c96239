"""The accuracy benchmark's own arithmetic, by hand."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from omnistaff.forecast.days import make_days
from omnistaff.plan import make_plan

from .conftest import ZONE, make_demand, settings

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))
accuracy, data = importlib.import_module("forecast_accuracy"), importlib.import_module("forecast_data")


def test_a_model_is_no_distance_from_itself() -> None:
    own = np.array([3.0, 5.0, 2.0])
    assert accuracy.distance(own, own, np.array([4.0, 4.0, 4.0])) == (0.0, 0.0, 3)


def test_distance_and_its_error_by_hand() -> None:
    """Weeks are 2 and 4 apart, 6 of 8; variance 2 a week, 4 of the sum, so 2 of 8. Unjudged weeks do not count."""
    found = accuracy.distance(np.array([0.0, 3.0, 5.0]), np.array([0.0, 1.0, 1.0]), np.array([0.0, 4.0, 4.0]))
    assert found == pytest.approx((0.75, 0.25, 2))


@pytest.mark.filterwarnings("error")
def test_fewer_than_two_weeks_tell_nothing_of_chance() -> None:
    none = np.zeros(2)
    assert accuracy.distance(np.array([3.0, 0.0]), np.array([1.0, 0.0]), np.array([4.0, 0.0])) == (0.5, math.inf, 1)
    assert accuracy.distance(none, none, none) == (0.0, math.inf, 0)


def test_weekly_errors_are_the_errors_by_week_of_the_day_forecast() -> None:
    plan, demand = make_plan(settings()), make_demand()
    last = demand["interval_start"].max().tz_convert(ZONE).date()
    days = make_days(demand, plan.queues[0], plan, last)
    series = data.Series("calls", days, 7, 56, 7, 28, plan, demand)
    found = accuracy.measure(series, "seasonal_naive")
    assert found.weekly.sum() == pytest.approx(found.error.sum())
    assert (found.weekly[:8] == 0).all()
    assert (found.weekly[8:14] > 0).all()
