"""Promises over a day: people are taken from where they save least."""

import itertools

import numpy as np
import pytest

from omnistaff.queueing import queue_measures
from omnistaff.staffing import required_staff
from omnistaff.staffing.trade import SHARES, Losses, cheapest

DAY = {"voice": {"target": {"answered_share": 0.8, "within_s": 20, "per": "day"}}}


def test_no_other_split_of_the_people_loses_less():
    people = np.array([10.0, 20.0, 5.0])
    lost = Losses.of(
        people, np.array([30.0, 80.0, 40.0])[:, None] * np.exp(-np.array([2.0, 3.0, 1.0])[:, None] * SHARES)
    )
    found = cheapest(lost, 20.0, floor=np.zeros(3))
    assert lost.at(found).sum() == pytest.approx(20.0)
    grid = [np.linspace(0, 3.5 * most, 36) for most in people]
    for split in itertools.product(*grid):
        if sum(split) < found.sum() - 1e-6:
            assert lost.at(np.array(split)).sum() > 20.0 - 1e-9


def test_a_floor_is_kept_and_nothing_is_added_where_little_is_lost():
    lost = Losses.of(np.array([10.0, 10.0]), np.array([[50.0], [1.0]]) * np.exp(-3 * SHARES))
    floor = np.array([2.0, 4.0])
    assert cheapest(lost, 1e9, floor=floor).tolist() == [2.0, 4.0]
    found = cheapest(lost, 5.0, floor=floor)
    assert found[1] == 4.0
    assert found[0] > 2.0
    assert cheapest(lost, 0.0, floor=floor).tolist() == [35.0, 35.0]  # cannot be had: the most there is


def test_what_is_lost_is_made_convex_from_below():
    rough = np.where(SHARES < 1, 10.0, 1.0)  # nothing helps until everybody is there
    lost = Losses.of(np.array([4.0]), rough[None])
    assert (np.diff(lost.lost[0]) <= 1e-12).all()
    assert lost.at(np.array([2.0]))[0] == pytest.approx(5.5)


def test_a_promise_for_the_day_needs_fewer_people_and_is_kept_over_the_day(build_plan, build_forecast):
    forecast = build_forecast({"voice": [30.0, 60.0, 120.0, 90.0]}, days=2)
    hours = {}
    for per in ("interval", "day"):
        changes = {"voice": {**DAY["voice"], "target": {**DAY["voice"]["target"], "per": per}}}
        plan = build_plan("voice", changes=changes, meet_target_with_probability=None, max_abandon_share=1.0)
        table = required_staff(forecast, plan)
        hours[per] = table["agents"].sum()
    assert hours["day"] < 0.995 * hours["interval"]
    contacts = forecast.table["mean"].to_numpy()
    served = queue_measures(
        arrivals_per_s=table["load_erlangs"] / 300, handle_s=300, servers=table["agents"], within_s=20, patience_s=180
    )
    day = forecast.table["interval_start"].dt.date.to_numpy()
    for date in np.unique(day):
        share = np.average(served.service_level[day == date], weights=contacts[day == date])
        assert share == pytest.approx(0.8, abs=0.01)
    assert np.ptp(served.service_level) > 0.05  # some intervals wait for others


@pytest.mark.parametrize("answered_share", [0.6, 0.8, 0.95])
def test_a_promise_for_the_day_is_kept_where_nobody_leaves(build_plan, build_forecast, answered_share):
    target = {"answered_share": answered_share, "within_s": 20, "per": "day"}
    plan = build_plan(
        "voice", changes={"voice": {"target": target}}, model="erlang_c", meet_target_with_probability=None
    )
    table = required_staff(build_forecast({"voice": [15.0, 60.0, 140.0, 90.0]}, days=3), plan)
    served = queue_measures(
        arrivals_per_s=table["load_erlangs"] / 300,
        handle_s=300,
        servers=table["agents"],
        within_s=20,
        patience_s=np.inf,
    )
    days = table["interval_start"].dt.date.to_numpy()
    contacts = np.resize([15.0, 60.0, 140.0, 90.0], len(table))
    shares = [np.average(served.service_level[days == day], weights=contacts[days == day]) for day in np.unique(days)]
    assert shares == pytest.approx([answered_share] * 3, abs=0.003)


def test_certainty_of_a_promise_for_the_day_is_that_of_the_day(build_plan, build_forecast):
    plan = build_plan("voice", changes=DAY, meet_target_with_probability=0.8, max_abandon_share=1.0)
    table = required_staff(build_forecast({"voice": [30.0, 120.0]}, days=1, cv=0.1), plan)
    assert table["probability"].nunique() == 1
    assert table["probability"].iloc[0] == pytest.approx(0.8, abs=0.03)


def test_several_limits_hold_together_over_the_day(build_plan, build_forecast):
    target = {"answered_share": 0.7, "within_s": 20, "abandon_share": 0.02, "asa_s": 8, "per": "day"}
    plan = build_plan("voice", changes={"voice": {"target": target}}, meet_target_with_probability=None)
    table = required_staff(build_forecast({"voice": [10.0, 60.0, 90.0]}), plan)
    served = queue_measures(
        arrivals_per_s=table["load_erlangs"] / 300, handle_s=300, servers=table["agents"], within_s=20, patience_s=180
    )
    assert np.average(served.abandon_share, weights=np.resize([10.0, 60.0, 90.0], len(table))) <= 0.0205
    assert np.average(served.asa_s, weights=np.resize([10.0, 60.0, 90.0], len(table))) <= 8.2
    assert np.average(served.service_level, weights=np.resize([10.0, 60.0, 90.0], len(table))) >= 0.695


def test_hours_without_contacts_do_not_hide_a_promise_for_the_day(build_plan, build_forecast):
    target = {"answered_share": None, "asa_s": 20, "per": "day"}
    options = {"model": "erlang_c", "meet_target_with_probability": 0.8, "max_abandon_share": 1.0}
    plan = build_plan("voice", changes={"voice": {"target": target}}, **options)
    forecast = build_forecast({"voice": [20.0, 0, 0, 0, 40.0, 0, 0, 0]}, cv=0.2, handle_s={"voice": 3600.0})
    table = required_staff(forecast, plan)  # work goes on where nobody comes, and who came then would wait for ever
    assert table["probability"].to_numpy() == pytest.approx(0.8, abs=0.01)
