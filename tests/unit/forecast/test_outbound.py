"""Outbound lists: known contacts in the queue's hours, whole where there is time, evenly where people are there."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, make_plan
from omnistaff.simulate import simulate_roster
from omnistaff.staffing import pool_staff, required_staff
from omnistaff.tables import Agents, Scores, check, conform, empty

from .conftest import make_demand, settings

CALLING = {"mon-fri": "10:00-13:00, 16:00-19:00"}
LIST = {
    "name": "renewals", "contacts": {"direction": ["outbound"]}, "hours": CALLING, "handle_s": 600,
}  # fmt: skip
DEFERRABLE = LIST | {"mode": "deferred", "target": {"on_time_share": 0.95, "due_hours": 24}}
PROTECTED = LIST | {"mode": "live", "target": {"answered_share": 0.8, "within_s": 600}}


def plan_with(renewals: dict, *lists: dict) -> Plan:
    calls = {"name": "calls", "hours": {"daily": "08:00-20:00"}, "handle_s": 300, "patience_s": 180}
    return make_plan(
        settings(
            queues=[calls, renewals | {"outbound": list(lists)}],
            forecast={"start": "2026-04-13", "horizon_days": 14, "paths": 10},
            schedule={"weeks": 2},
            simulate={"replications": 20},
        )
    )


def rows_of(made, plan: Plan) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    rows = made.table[made.table["queue"] == "renewals"]
    return rows, pd.DatetimeIndex(rows["interval_start"]).tz_convert(plan.time_zone)


def test_a_list_that_can_wait_is_there_at_the_first_calling_hour_of_its_day() -> None:
    plan = plan_with(DEFERRABLE, {"date": "2026-04-15", "contacts": 300}, {"date": "2026-04-18", "contacts": 50})
    made = forecast.forecast_demand(make_demand(), plan)
    rows, local = rows_of(made, plan)
    there = rows["mean"].to_numpy() > 0
    assert local[there].strftime("%a %d %H:%M").tolist() == ["Wed 15 10:00", "Mon 20 10:00"]  # the 18th is a Saturday
    assert rows["mean"].to_numpy()[there].tolist() == [300, 50]
    assert (rows["variance"] == 0).all()
    paths = made.paths[made.paths["queue"] == "renewals"].groupby("path")["arrivals"].sum()
    assert paths.tolist() == [350.0] * 10


def test_a_protected_list_is_spread_over_its_calling_hours_in_whole_contacts() -> None:
    plan = plan_with(PROTECTED, {"date": "2026-04-16", "until": "2026-04-20", "contacts": 400})
    made = forecast.forecast_demand(make_demand(), plan)
    rows, local = rows_of(made, plan)
    mean = rows["mean"].to_numpy()
    assert mean.sum() == 400
    assert (mean == np.round(mean)).all()
    days = rows["mean"].groupby(local.date).sum()
    assert days[days > 0].index.tolist() == [dt.date(2026, 4, 16), dt.date(2026, 4, 17), dt.date(2026, 4, 20)]
    assert set(local[mean > 0].hour) == {10, 11, 12, 16, 17, 18}
    assert np.ptp(mean[mean > 0]) <= 1


def test_what_is_before_the_horizon_is_done_or_backlog() -> None:
    lists = ({"date": "2026-04-09", "until": "2026-04-14", "contacts": 400}, {"date": "2026-06-01", "contacts": 9})
    half = forecast.forecast_demand(make_demand(), plan_with(PROTECTED, *lists))
    rows, _ = rows_of(half, plan_with(PROTECTED, *lists))
    assert rows["mean"].sum() == 200  # Thursday, Friday before; Monday, Tuesday after
    old = plan_with(DEFERRABLE, {"date": "2026-04-09", "contacts": 400})
    assert rows_of(forecast.forecast_demand(make_demand(), old), old)[0]["mean"].sum() == 0


def test_a_list_of_a_closed_day_before_the_horizon_is_there_when_it_opens() -> None:
    plan = plan_with(DEFERRABLE, {"date": "2026-04-11", "contacts": 40})  # a Saturday; the horizon starts on Monday
    made = forecast.forecast_demand(make_demand(), plan)
    rows, local = rows_of(made, plan)
    assert local[rows["mean"].to_numpy() > 0].strftime("%a %d %H:%M").tolist() == ["Mon 13 10:00"]
    assert rows["mean"].sum() == 40


def test_figures_tell_lists_as_known() -> None:
    plan = plan_with(DEFERRABLE, {"date": "2026-04-15", "contacts": 300})
    made = forecast.forecast_demand(make_demand(), plan)
    told = [figure.text for figure in forecast.describe(made, empty(Scores), plan)]
    assert "renewals: 300 contacts of outbound lists" in told


def test_what_can_wait_fills_the_gaps_and_what_is_protected_has_its_people() -> None:
    both = {}
    people = pd.DataFrame({"agent_id": [f"A{k}" for k in range(80)], "name": "-", "skills": "calls|renewals"})
    agents = check(Agents, conform(Agents, people.assign(time_zone="Europe/Madrid", contract="-", hourly_cost=20.0)))
    for kind, renewals in (("deferrable", DEFERRABLE), ("protected", PROTECTED)):
        plan = plan_with(renewals, {"date": "2026-04-15", "contacts": 400})
        made = forecast.forecast_demand(make_demand(), plan)
        requirement = required_staff(made, plan)
        own = requirement[requirement["queue"] == "renewals"]
        assert own["agents"].sum() * plan.interval_minutes / 60 >= 400 * 600 / 3600
        pool = pool_staff(made, requirement, agents, plan, certify=simulate_roster)
        level = pool.service[(pool.service["period"] == "horizon") & (pool.service["queue"] == "renewals")].iloc[0]
        assert level["offered"] == 400
        assert level["abandoned"] == 0
        assert level["service_level"] >= 0.8
        both[kind] = own.groupby(own["interval_start"].dt.date)["agents"].max()
    assert (both["protected"] > 0).sum() == 1  # that day only
    assert both["deferrable"].max() < 0.7 * both["protected"].max()  # four days of six hours to do it in


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"handle_s": None}, "handle_s is missing"),
        ({"contacts": {}}, "say by contacts what theirs look like"),
        ({"mode": "messaging", "target": {"answered_share": 0.8}}, "worked on by a deferred or a live queue"),
        ({"outbound": [{"date": "2026-04-15", "contacts": 5, "until": "2026-04-16"}]}, "until: means nothing"),
    ],
)
def test_lists_that_cannot_be_worked_on_are_refused(change: dict, message: str) -> None:
    lists = {"outbound": [{"date": "2026-04-15", "contacts": 5}]}
    with pytest.raises(ConfigError, match=message):
        make_plan(settings(queues=[DEFERRABLE | lists | change]))


def test_a_list_on_closed_days_is_refused() -> None:
    plan = plan_with(PROTECTED, {"date": "2026-04-18", "contacts": 400})
    with pytest.raises(ConfigError, match=r"renewals.outbound.0: it is closed from 2026-04-18 to 2026-04-18"):
        forecast.forecast_demand(make_demand(), plan)
