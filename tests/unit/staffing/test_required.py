from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from omnistaff.queueing import fewest_agents, queue_measures
from omnistaff.staffing import required_staff

QUIET = {"max_abandon_share": 1.0}


def test_a_steady_queue_with_a_known_rate_needs_what_the_formula_says(build_plan, build_forecast):
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 1.0}}, **QUIET)
    table = required_staff(build_forecast({"voice": 120.0}), plan)
    last = table.iloc[-1]  # after a day of steady arrivals the modified load is the load
    exact = fewest_agents(
        arrivals_per_s=120 / 1800, handle_s=300, within_s=20, answered_share=0.8, patience_s=180, fractional=True
    )
    assert last["load_erlangs"] == pytest.approx(20.0, rel=1e-9)
    assert last["agents"] == pytest.approx(float(exact), abs=1e-6)
    assert last["service_level"] == pytest.approx(0.8, abs=1e-6)


def test_the_first_interval_is_staffed_for_its_end_not_for_an_empty_system(build_plan, build_forecast):
    table = required_staff(build_forecast({"voice": 120.0}), build_plan("voice"))
    expected = -20 * np.expm1(-1800 / 300)
    assert table["load_erlangs"].iloc[0] == pytest.approx(expected, rel=1e-9)
    assert table["load_erlangs"].iloc[0] > 19


def test_handle_times_that_are_unsure_make_the_load_unsure(build_plan, build_forecast):
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 1.0}}, **QUIET)
    known = build_forecast({"voice": 600.0}, cv=0.06)
    unsure = known.table.assign(handle_error_s=0.08 * known.table["handle_s"])
    found = required_staff(replace(known, table=unsure), plan)["agents"].iloc[-1]
    as_demand = required_staff(build_forecast({"voice": 600.0}, cv=0.1), plan)["agents"].iloc[-1]
    assert found == pytest.approx(as_demand, rel=1e-9)
    assert found > required_staff(known, plan)["agents"].iloc[-1]


def test_the_plans_probability_is_the_chance_that_a_drawn_rate_meets_the_target(build_plan, build_forecast):
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 1.0}}, **QUIET)
    table = required_staff(build_forecast({"voice": 600.0}, cv=0.1), plan)
    last = table.iloc[-1]
    rates = stats.gamma(100, scale=0.01).rvs(20_000, random_state=1) * 600 / 1800
    level = queue_measures(
        arrivals_per_s=rates, handle_s=300, servers=last["agents"], within_s=20, patience_s=180
    ).service_level
    assert np.mean(level >= 0.8) == pytest.approx(0.8, abs=0.015)
    assert last["probability"] == pytest.approx(0.8, abs=0.002)


def test_more_certainty_never_needs_fewer_agents(build_plan, build_forecast):
    forecast = build_forecast({"voice": [40.0, 90.0, 150.0]}, cv=0.15)
    needs = [
        required_staff(forecast, build_plan("voice", meet_target_with_probability=p))["agents"].to_numpy()
        for p in (0.5, 0.7, 0.9, 0.99)
    ]
    assert all((more >= fewer - 1e-9).all() for fewer, more in pairwise(needs))
    assert (needs[-1] > needs[0] + 1).all()


def test_occupancy_and_abandonment_caps_hold_beside_the_service_level(build_plan, build_forecast):
    forecast = build_forecast({"voice": 1200.0})
    plan = build_plan("voice", changes={"voice": {"max_occupancy_share": 0.85}}, max_abandon_share=0.02)
    last = required_staff(forecast, plan).iloc[-1]
    assert last["agents"] == pytest.approx(200 * (1 - last["abandon_share"]) / 0.85, rel=1e-8)
    assert last["occupancy_share"] == pytest.approx(0.85, abs=1e-8)
    assert last["abandon_share"] <= 0.02 + 1e-9


def test_gross_agents_divide_by_what_each_loss_leaves(build_plan, build_forecast):
    plan = build_plan("voice", shrinkage_share={"leave": 0.2, "sickness": 0.1})
    table = required_staff(build_forecast({"voice": 50.0}), plan)
    np.testing.assert_allclose(table["gross_agents"], table["agents"] / (0.8 * 0.9))


def test_no_arrivals_need_nobody_but_the_minimum(build_plan, build_forecast):
    plan = build_plan("voice", "cards", changes={"cards": {"min_agents": 2}})
    table = required_staff(build_forecast({"voice": 0.0, "cards": 0.0}), plan)
    assert table.groupby("queue")["agents"].max().to_dict() == {"cards": 2.0, "voice": 0.0}


def test_messaging_counts_conversations_at_once_not_agents_times_concurrency(build_plan, build_forecast):
    plan = build_plan("chat", changes={"chat": {"max_occupancy_share": 1.0}}, **QUIET)
    table = required_staff(build_forecast({"chat": 135.0}, handle_s={"chat": 600.0}), plan)
    last = table.iloc[-1]  # 270 an hour: 20 agents reach 73.8 %, so 80 % needs a few more
    assert 20 < last["agents"] < 23
    assert last["service_level"] == pytest.approx(0.8, abs=1e-4)


def test_deferred_work_is_done_in_time_and_as_evenly_as_that_allows(build_plan, build_forecast):
    arrivals = np.zeros(24)
    arrivals[:8] = 24.0  # the morning brings everything: 8 x 24 x 300 s
    table = required_staff(build_forecast({"mail": arrivals}), build_plan("mail", meet_target_with_probability=None))
    work = 24 * 300 / 1800
    done = np.cumsum(table["agents"])
    arrived = np.cumsum(arrivals) / 24 * work
    due = np.concatenate([np.zeros(7), arrived[:17]])  # four hours are eight intervals, that of arrival included
    assert (done <= arrived + 1e-9).all()
    assert (done >= due - 1e-9).all()
    assert table["agents"].max() == pytest.approx(
        8 * work / 15
    )  # 15 intervals from the first arrival to the last due


def test_intervals_of_a_queue_that_is_not_in_the_forecast_are_not_invented(build_plan, build_forecast):
    table = required_staff(build_forecast({"voice": 10.0}), build_plan("voice", "chat"))
    assert set(table["queue"]) == {"voice"}
