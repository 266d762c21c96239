"""Shrinkage by part, hour and weekday, in and out of office, and known to the roster: one method for all stages."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.streams import draw_presence
from omnistaff.staffing import describe, pool_staff, required_staff
from omnistaff.tables import Agents, Roster, check, conform

PARTS = {
    "meetings": {"default": 0.04, "mon 09:00-11:00": 0.2},
    "sickness": {"default": 0.05, "mon": 0.1},
    "leave": 0.08,
}
KINDS = {"shrinkage_share": PARTS, "out_of_office": ["sickness", "leave"], "in_roster": ["leave"]}
MONDAY_9, MONDAY_12, TUESDAY_9 = "2026-03-02 09:00", "2026-03-02 12:00", "2026-03-03 09:00"


def at(*texts):
    return pd.Series([pd.Timestamp(text, tz="Europe/Madrid").tz_convert("UTC").as_unit("us") for text in texts])


def test_parts_multiply_and_each_kind_of_people_loses_its_own(build_plan):
    plan = build_plan("voice", **KINDS)
    times = at(MONDAY_9, MONDAY_12, TUESDAY_9)
    site, sick = np.array([0.8, 0.96, 0.96]), np.array([0.9, 0.9, 0.95])
    np.testing.assert_allclose(plan.available_share(times), site * sick * 0.92)
    np.testing.assert_allclose(plan.available_share(times, whom="rostered"), site * sick)
    np.testing.assert_allclose(plan.available_share(times, whom="on_site"), site)


def test_gross_agents_pool_and_figures_follow_the_hours(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", **KINDS)
    forecast = build_forecast({"voice": 60.0}, days=2)
    table = required_staff(forecast, plan)
    ready = plan.available_share(table["interval_start"])
    assert len(set(np.round(ready, 6))) == 3
    np.testing.assert_allclose(table["gross_agents"], table["agents"] / ready)
    pool = pool_staff(forecast, table, build_agents({"voice": 100}), plan)
    figures = {figure.figure: figure.value for figure in describe(table, pool, plan)}
    net = pool.table.set_index("interval_start")["agents"]
    on_site = np.where(
        net.index.isin(at(*(f"2026-03-02 {h}" for h in ("09:00", "09:30", "10:00", "10:30")))), 0.8, 0.96
    )
    assert figures["on_site_hours"] == pytest.approx((net / on_site).sum() / 2)
    assert figures["gross_hours"] == pytest.approx((net / plan.available_share(pd.Series(net.index))).sum() / 2)


def test_people_are_scarcer_in_the_hours_of_their_meeting(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", shrinkage_share={"meetings": {"mon 09:00-10:00": 0.5}})
    forecast = build_forecast({"voice": 60.0})
    need = required_staff(forecast, plan)["agents"].max()
    agents = build_agents({"voice": int(need) + 2})
    pool = pool_staff(forecast, required_staff(forecast, plan), agents, plan)
    assert pool.table["agents"].max() <= len(agents)
    from omnistaff.staffing.skills import skill_sets

    starts = pd.DatetimeIndex(at("2026-03-02 08:30", "2026-03-02 09:00"))
    count = skill_sets(agents, ("voice",), starts, plan).count
    assert count.tolist() == [[len(agents), len(agents) / 2]]


def test_simulated_people_are_missing_by_the_hours_of_each_part(build_plan):
    plan = build_plan("voice", **KINDS)
    days = pd.date_range("2026-03-02", periods=2, freq="D", tz="Europe/Madrid")
    count = 400
    rows = [
        {
            "agent_id": f"A{k}", "shift_id": f"{day.date()}", "start_at": day + pd.Timedelta(hours=8),
            "end_at": day + pd.Timedelta(hours=16), "activity": "work", "is_paid": True,
            "schedule_date": day.tz_localize(None),
        }
        for k in range(count)
        for day in days
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for column in ("start_at", "end_at"):
        frame[column] = frame[column].dt.tz_convert("UTC").dt.as_unit("us")
    roster = check(Roster, conform(Roster, frame))
    people = pd.DataFrame({"agent_id": [f"A{k}" for k in range(count)], "name": "-", "skills": "voice"})
    people = people.assign(time_zone="UTC", contract="-", hourly_cost=1.0)
    agents = check(Agents, conform(Agents, people))
    staff = read_staff(roster, agents, plan, days[0].tz_convert("UTC"), 2 * 86_400.0)
    runs = [draw_presence(np.uint64(5), k, staff.shifts, staff.blocks, staff.lost) for k in range(50)]
    there = np.mean(runs, axis=0).reshape(count, 2, 16).mean(axis=0)  # by day and half hour from 8

    assert there[0, 2:6].mean() == pytest.approx(
        0.9 * 0.8, abs=0.01
    )  # Monday 9 to 11: leave is in the roster already
    assert there[0, 6:16].mean() == pytest.approx(0.9 * 0.96, abs=0.01)
    assert there[1, 0:16].mean() == pytest.approx(0.95 * 0.96, abs=0.01)


def test_a_part_that_does_not_exist_cannot_be_in_the_roster(build_plan):
    with pytest.raises(ConfigError, match="in_roster: no part of shrinkage_share is called 'holidays'"):
        build_plan("voice", in_roster=["holidays"])
    with pytest.raises(ConfigError, match=r"shrinkage_share.meetings: 'someday' is not understood"):
        build_plan("voice", shrinkage_share={"meetings": {"someday": 0.1}})
    with pytest.raises(ConfigError, match=r"shrinkage_share.meetings.mon: found 4, expected less than 1: write 0.04"):
        build_plan("voice", shrinkage_share={"meetings": {"mon": 4}})
    with pytest.raises(ConfigError, match=r"shrinkage_share.week: found 4"):
        build_plan("voice", shrinkage_share={"week": 4})
