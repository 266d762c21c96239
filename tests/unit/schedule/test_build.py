"""Whole rosters of the small centre."""

from __future__ import annotations

import datetime as dt
import pkgutil
import signal
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.plan import Plan, StaffingSettings
from omnistaff.schedule import describe
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.need import make_need, net_need
from omnistaff.tables import BuiltRoster, PooledStaff
from tests.unit.schedule.small import (
    CONTRACTS,
    DAY,
    NIGHT,
    START,
    ZONE,
    small_absences,
    small_agents,
    small_plan,
    small_pool,
    small_wishes,
)


@pytest.fixture(scope="module")
def built() -> BuiltRoster:
    away = small_absences(("a0", "2026-05-06", "2026-05-07", "leave"))
    return omnistaff.build_roster(small_pool(4), small_agents(), small_plan(4), absences=away)


def _work(roster: BuiltRoster) -> pd.DataFrame:
    return roster.table[roster.table["activity"] != "leave"]


def test_a_roster_keeps_every_rule(built: BuiltRoster) -> None:
    away = small_absences(("a0", "2026-05-06", "2026-05-07", "leave"))
    broken = omnistaff.check_roster(built.table, small_agents(), small_plan(4), absences=away)
    assert broken.empty, broken["message"].tolist()


def test_every_minute_of_a_shift_has_one_activity(built: BuiltRoster) -> None:
    for _, shift in _work(built).groupby("shift_id"):
        assert (shift["start_at"].to_numpy()[1:] == shift["end_at"].to_numpy()[:-1]).all()


def test_the_bound_is_below_the_cost_and_the_parts_add_up(built: BuiltRoster) -> None:
    assert 0 < built.bound <= built.cost
    assert sum(built.cost_parts.values()) == pytest.approx(built.cost)
    assert built.gap_share == pytest.approx(1 - built.bound / built.cost)


def test_scheduled_people_are_heads_at_work_after_shrinkage(built: BuiltRoster) -> None:
    work = built.table[built.table["activity"] == "work"]
    hours = (work["end_at"] - work["start_at"]).dt.total_seconds().sum() / 3600
    assert built.coverage["scheduled"].sum() / 2 <= 0.8 * hours + 1e-6
    at = built.coverage["interval_start"].iloc[40]
    heads = ((work["start_at"] <= at) & (work["end_at"] >= at + pd.Timedelta(minutes=30))).sum()
    scheduled = built.coverage.loc[built.coverage["interval_start"] == at, "scheduled"].sum()
    assert scheduled == pytest.approx(0.8 * heads, abs=0.41)  # someone may be on a break for half the interval


def test_the_same_input_gives_the_same_roster(built: BuiltRoster) -> None:
    away = small_absences(("a0", "2026-05-06", "2026-05-07", "leave"))
    again = omnistaff.build_roster(small_pool(4), small_agents(), small_plan(4), absences=away)
    pd.testing.assert_frame_equal(again.table, built.table)
    assert again.bound == built.bound


def test_leave_is_on_the_roster_and_takes_a_fifth_of_the_week(built: BuiltRoster) -> None:
    mine = built.table[built.table["agent_id"] == "a0"]
    assert (mine["activity"] == "leave").sum() == 1
    week = mine[(mine["schedule_date"] < pd.Timestamp("2026-05-11")) & (mine["activity"] != "leave")]
    assert week["shift_id"].nunique() == 4


def test_a_wish_that_costs_nothing_is_granted() -> None:
    agents = small_agents(1, "full")
    wishes = small_wishes(("a0", "start_between", "", "10:00", "10:00"), ("a0", "day_off", "wed", "", ""))
    pool = small_pool()
    none = PooledStaff(pool.table.assign(agents=0.0), pool.allocation.assign(agents=0.0))
    roster = omnistaff.build_roster(none, agents, small_plan(), preferences=wishes)
    shifts = roster.table.groupby("shift_id")["start_at"].min().dt.tz_convert(ZONE)
    assert set(shifts.dt.hour) == {10}
    assert 2 not in set(shifts.dt.day_of_week)
    assert roster.cost_parts["wishes"] == 0


def test_the_bound_of_a_centre_with_people_to_spare_is_not_below_nothing() -> None:
    roster = omnistaff.build_roster(small_pool(), small_agents(30), small_plan())
    assert 0 <= roster.bound <= roster.cost


def test_a_wish_that_cannot_be_granted_is_paid_for() -> None:
    wishes = small_wishes(("a0", "start_between", "", "05:00", "06:00"))
    roster = omnistaff.build_roster(small_pool(), small_agents(1, "full"), small_plan(), preferences=wishes)
    assert roster.cost_parts["wishes"] == pytest.approx(5 * 10)


def test_a_senior_s_wish_is_worth_more() -> None:
    wishes = small_wishes(("a0", "start_between", "", "05:00", "06:00"))
    hired = pd.Timestamp("2016-05-03 22:00", tz="UTC").as_unit("us")
    agents = small_agents(1, "full").assign(valid_from=pd.Series([hired]).astype("datetime64[us, UTC]"))
    plan = small_plan(rules={"seniority_share": 0.1})
    roster = omnistaff.build_roster(small_pool(), agents, plan, preferences=wishes)
    assert roster.cost_parts["wishes"] == pytest.approx(5 * 10 * 2, rel=1e-3)


def test_a_soft_rule_is_broken_where_that_is_cheaper_and_said() -> None:
    """Forty hours in four days of eight are one day short: hard is infeasible, soft is paid for."""
    contracts = {"full": CONTRACTS["full"] | {"max_days_per_week": 4, "soft": {"hours_per_week": 3.0}}}
    plan = small_plan(contracts=contracts)
    roster = omnistaff.build_roster(small_pool(), small_agents(1, "full"), plan)
    assert roster.cost_parts["hours_per_week"] == pytest.approx(8 * 3)
    broken = omnistaff.check_roster(roster.table, small_agents(1, "full"), plan)
    assert broken[["rule", "is_hard"]].to_numpy().tolist() == [["hours_per_week", False]]
    texts = [figure.text for figure in describe(roster, broken, plan)]
    assert any("rule hours per week cost 24" in text for text in texts)


@pytest.mark.parametrize(("start", "wall_hours"), [(dt.date(2026, 3, 23), 9), (dt.date(2026, 10, 19), 7)])
def test_a_night_lasts_its_hours_when_clocks_change(start: dt.date, wall_hours: int) -> None:
    agents = small_agents(2, "full")
    every_night = {"hours_per_week": 56, "max_days_per_week": 7, "max_consecutive_days": 7, "weekends_off": 0}
    plan = small_plan(start=start, patterns=[NIGHT], contracts={"full": every_night})
    roster = omnistaff.build_roster(small_pool(start=start), agents, plan)
    assert omnistaff.check_roster(roster.table, agents, plan).empty
    whole = {"start_at": "min", "end_at": "max", "schedule_date": "first"}
    shifts = roster.table.groupby("shift_id").agg(whole)
    assert set((shifts["end_at"] - shifts["start_at"]).dt.total_seconds()) == {8 * 3600}
    saturday = shifts[shifts["schedule_date"].dt.day_of_week == 5]
    begin, end = saturday["start_at"].dt.tz_convert(ZONE), saturday["end_at"].dt.tz_convert(ZONE)
    wall = end.dt.tz_localize(None) - begin.dt.tz_localize(None)
    assert set(wall.dt.total_seconds() / 3600) == {wall_hours}
    assert (saturday["schedule_date"].dt.date == begin.dt.date).all()


def test_rest_looks_back_into_the_previous_roster() -> None:
    agents, start = small_agents(1, "full"), dt.date(2026, 5, 4)
    plan = _any_day(start)
    pool = small_pool(start=start)
    monday_only = pool.allocation[pool.allocation["interval_start"] < pd.Timestamp("2026-05-04 22:00", tz="UTC")]
    wanted = PooledStaff(pool.table, monday_only.reset_index(drop=True))
    late = pd.DataFrame(
        {
            "agent_id": ["a0"], "start_at": pd.to_datetime(["2026-05-03 14:00"], utc=True).as_unit("us"),
            "schedule_date": pd.to_datetime(["2026-05-03"]).as_unit("us"),
            "end_at": pd.to_datetime(["2026-05-03 22:00"], utc=True).as_unit("us"), "activity": ["work"],
            "shift_id": ["a0-2026-05-03"], "is_paid": [True],
        }
    )  # fmt: skip
    free = omnistaff.build_roster(wanted, agents, plan)
    assert (free.table["start_at"].min() - late["end_at"].max()) < pd.Timedelta(hours=11)
    assert "rest" in set(omnistaff.check_roster(free.table, agents, plan, previous=late)["rule"])
    rested = omnistaff.build_roster(wanted, agents, plan, previous=late)
    assert (rested.table["start_at"].min() - late["end_at"].max()) >= pd.Timedelta(hours=11)
    assert omnistaff.check_roster(rested.table, agents, plan, previous=late).empty


def _any_day(start: dt.date) -> Plan:
    contract = CONTRACTS["full"] | {"max_days_per_week": 7, "max_consecutive_days": 14, "weekends_off": 0}
    return small_plan(1, start=start, contracts={"full": contract}, patterns=[DAY])


def test_rules_that_nobody_can_keep_are_named_with_the_person() -> None:
    contracts = {"full": CONTRACTS["full"] | {"hours_per_week": 41}}
    with pytest.raises(InfeasibleError, match="a0") as caught:
        omnistaff.build_roster(small_pool(), small_agents(2, "full"), small_plan(contracts=contracts))
    assert caught.value.problems[0] == "a0 (full) cannot at once: is paid 41 h a week"


def test_only_the_rules_in_conflict_are_named() -> None:
    contracts = {"full": CONTRACTS["full"] | {"max_days_per_week": 4}}
    with pytest.raises(InfeasibleError) as caught:
        omnistaff.build_roster(small_pool(), small_agents(1, "full"), small_plan(contracts=contracts))
    assert "is paid 40 h a week; works 0 to 4 days a week" in caught.value.problems[0]
    assert "weekends" not in caught.value.problems[0]


def test_absences_that_leave_too_few_shifts_are_named() -> None:
    meetings = [("a0", f"2026-05-{day:02d} 10:00", f"2026-05-{day:02d} 17:00", "training") for day in (9, 10)]
    patterns = [DAY | {"weekdays": "mon,thu,sat,sun"}]
    contracts = {"full": CONTRACTS["full"] | {"hours_per_week": 24, "min_days_per_week": 3, "patterns": ["day"]}}
    plan = small_plan(patterns=patterns, contracts=contracts)
    absences = small_absences(*meetings)
    with pytest.raises(InfeasibleError) as caught:
        omnistaff.build_roster(small_pool(), small_agents(1, "full"), plan, absences=absences)
    (problem,) = caught.value.problems
    assert problem == "a0 (full) has too few shifts left on Sat 09 May, Sun 10 May to keep: works 3 to 5 days a week"


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt even where the shell began the tests in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
@pytest.mark.parametrize("place", ["omnistaff.schedule.search.Desk.sweep", "omnistaff.schedule.prices.Market.round"])
@pytest.mark.parametrize("call", [0, 3])
def test_an_interrupt_returns_a_whole_roster(monkeypatch: pytest.MonkeyPatch, place: str, call: int) -> None:
    calls = iter(range(10_000))
    owner, name = pkgutil.resolve_name(place.rpartition(".")[0]), place.rpartition(".")[2]
    whole = getattr(owner, name)

    def interrupted(*values: object, **named: object) -> None:
        if next(calls) == call:
            signal.raise_signal(signal.SIGINT)
        whole(*values, **named)

    monkeypatch.setattr(owner, name, interrupted)
    roster = omnistaff.build_roster(small_pool(), small_agents(), small_plan())
    assert roster.status == "interrupted"
    assert roster.bound <= roster.cost
    assert omnistaff.check_roster(roster.table, small_agents(), small_plan()).empty


def test_unknown_contracts_and_missing_patterns_are_the_plan_s_mistake() -> None:
    with pytest.raises(ConfigError, match="'night owl'"):
        omnistaff.build_roster(small_pool(), small_agents(2, "night owl"), small_plan())
    empty = small_plan(patterns=[], contracts={"full": {"hours_per_week": 40}})
    with pytest.raises(ConfigError, match=r"schedule\.patterns is empty"):
        omnistaff.build_roster(small_pool(), small_agents(1, "full"), empty)


def test_leave_bears_the_local_date_on_which_it_begins() -> None:
    leave = small_absences(("a0", "2026-05-06", "2026-05-07", "leave"))
    plan = small_plan(1, time_limit_s=0.01)
    table = omnistaff.build_roster(small_pool(), small_agents(2), plan, absences=leave).table
    assert table.loc[table["activity"] == "leave", "schedule_date"].tolist() == [pd.Timestamp("2026-05-06")]


def test_paid_hours_are_a_part_of_the_cost() -> None:
    roster = omnistaff.build_roster(small_pool(), small_agents(4), small_plan(1, gap_share=0.05))
    paid = roster.table[roster.table["is_paid"]]
    hours = (paid["end_at"] - paid["start_at"]).dt.total_seconds().sum() / 3600
    assert roster.cost_parts["paid_hours"] == pytest.approx(20 * hours)
    assert sum(roster.cost_parts.values()) == pytest.approx(roster.cost)
    assert roster.bound <= roster.cost


def test_hours_are_worked_only_where_they_are_worth_their_pay() -> None:
    contract = {"free": {"hours_per_week": 20, "tolerance_hours": 20, "patterns": ["short"], "weekends_off": 0}}
    hours = []
    for share in (0.0, 100.0):
        plan = small_plan(1, contracts=contract, rules={"paid_cost_share": share, "overstaffing_cost": 0.01})
        table = omnistaff.build_roster(small_pool(), small_agents(2, "free"), plan).table
        hours.append((table["end_at"] - table["start_at"]).dt.total_seconds().sum() / 3600)
    assert hours[0] > 20
    assert hours[1] == 0


def test_what_the_roster_takes_itself_is_not_taken_off_a_second_time() -> None:
    net = net_need(small_pool().allocation, small_plan(), small_agents())

    def heads(**staffing: object) -> np.ndarray:
        plan = small_plan()
        plan = plan.replace(staffing=StaffingSettings.model_validate(staffing))
        return make_need(net, make_horizon(START, plan), plan).levels[0]

    parts = {"leave": 0.1, "sickness": {"default": 0.05, "mon": 0.2}}
    none, both = heads(shrinkage_share={}), heads(shrinkage_share=parts)
    known = heads(shrinkage_share=parts, in_roster=["leave"])
    kept = none > 0
    np.testing.assert_allclose(known[kept] / both[kept], 0.9)
    assert set(np.round(none[kept] / known[kept], 6)) == {0.8, 0.95}


def test_agents_need_no_column_that_may_be_empty() -> None:
    plan = small_plan(gap_share=0.5)
    bare = small_agents().drop(columns=["team", "email", "valid_from", "valid_to"])
    roster = omnistaff.build_roster(small_pool(), bare, plan)
    assert roster.table.equals(omnistaff.build_roster(small_pool(), small_agents(), plan).table)
    assert omnistaff.check_roster(roster.table, bare, plan).empty
