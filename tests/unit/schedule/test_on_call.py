"""On-call duty: given in turn, to people who are free, kept by a re-plan, and checked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError
from omnistaff.plan.schedule import OnCall
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.on_call import turns_of
from omnistaff.tables import BuiltRoster, People, Preferences, Roster, check, empty
from tests.unit.schedule.small import (
    START,
    ZONE,
    as_text,
    small_absences,
    small_agents,
    small_plan,
    small_pool,
)

NIGHTS = {"name": "nights", "start": "21:00", "hours": 10, "paid_share": 0.2}
WEEKEND = {"name": "weekend", "weekdays": "sat,sun", "start": "08:00", "hours": 12, "skills": ["chat"], "agents": 2}
PLAN = small_plan(on_call=[NIGHTS, WEEKEND])


@pytest.fixture(scope="module")
def built() -> BuiltRoster:
    return omnistaff.build_roster(small_pool(), small_agents(), PLAN)


def _turns(roster: BuiltRoster) -> pd.DataFrame:
    rows = roster.table[roster.table["activity"] == "on_call"]
    return rows.assign(clock=rows["start_at"].dt.tz_convert(ZONE).dt.strftime("%a %H:%M"))


def _hard(table: pd.DataFrame, plan: omnistaff.Plan = PLAN) -> set[str]:
    found = omnistaff.check_roster(table, small_agents(), plan)
    return set(found.loc[found["is_hard"], "rule"])


def test_every_turn_is_taken_at_its_time_by_people_with_the_skills(built: BuiltRoster) -> None:
    turns = _turns(built)
    nights = turns[turns["clock"].str.endswith("21:00")]
    assert len(nights) == 7
    assert (nights["end_at"] - nights["start_at"] == pd.Timedelta(hours=10)).all()
    days = turns[turns["clock"].str.endswith("08:00")]
    able = small_agents().query("skills.str.contains('chat')")["agent_id"]
    assert set(days["agent_id"]) <= set(able)
    assert days["clock"].str[:3].isin(["Sat", "Sun"]).all()
    assert not turns["is_paid"].any()
    assert not _hard(built.table)


def test_turns_are_shared_out(built: BuiltRoster) -> None:
    nights = _turns(built).query("clock.str.endswith('21:00')")["agent_id"].value_counts()
    assert nights.max() <= 2


def test_the_cost_is_that_of_the_hours_and_no_less_than_the_bound(built: BuiltRoster) -> None:
    turns, without = _turns(built), omnistaff.build_roster(small_pool(), small_agents(), small_plan())
    hours = (turns["end_at"] - turns["start_at"]).dt.total_seconds() / 3600
    share = turns["clock"].str.endswith("21:00").map({True: 0.2, False: 0.25})
    short = 2 * 2 - int(turns["clock"].str.endswith("08:00").sum())
    missing = short * 12 * PLAN.schedule.rules.understaffing_cost
    assert built.cost_parts["on_call"] == pytest.approx(float((hours * share).sum()) * 20.0 + missing)
    assert built.cost == pytest.approx(without.cost + built.cost_parts["on_call"])
    assert without.bound < built.bound <= built.cost


def test_nobody_is_on_call_when_away_or_fixed_off_and_a_short_turn_is_told() -> None:
    agents = small_agents(2)
    away = small_absences(("a0", "2026-05-04", "2026-05-12", "leave"))
    off = as_text(
        pd.DataFrame(
            {"agent_id": ["a1"], "preference": ["must_be_off"], "weekday": [""], "date": ["2026-05-06"],
             "start_from": [""], "start_to": [""], "weight": [1.0]}
        )
    )  # fmt: skip
    plan = small_plan(on_call=[NIGHTS])
    off = check(Preferences, off)
    roster = omnistaff.build_roster(small_pool(), agents, plan, absences=away, preferences=off)
    turns = _turns(roster)
    assert set(turns["agent_id"]) == {"a1"}
    assert sorted(turns["clock"].str[:3]) == sorted(["Mon", "Thu", "Fri", "Sat", "Sun"])  # Tuesday's ends on the 6th
    found = omnistaff.check_roster(roster.table, agents, plan, absences=away, preferences=off)
    told = found[found["rule"] == "on_call"]
    assert len(told) == 2
    assert "has 0 of 1 on call" in told["message"].iloc[0]
    assert not told["is_hard"].any()


def test_the_checker_finds_turns_during_shifts_and_turns_twice(built: BuiltRoster) -> None:
    turn = _turns(built).iloc[0]
    work = built.table[(built.table["activity"] == "work") & (built.table["agent_id"] == turn["agent_id"])].iloc[0]
    during = pd.DataFrame([turn[built.table.columns]]).assign(
        start_at=work["start_at"] + pd.Timedelta(minutes=5), end_at=work["end_at"] + pd.Timedelta(hours=2)
    )
    table = pd.concat([built.table, during.astype(built.table.dtypes)], ignore_index=True)
    found = omnistaff.check_roster(table, small_agents(), PLAN)
    assert "is on call during a shift" in " ".join(found.loc[found["rule"] == "on_call_free", "message"])
    fewer = built.table[built.table["activity"] != "on_call"]
    assert (omnistaff.check_roster(fewer, small_agents(), PLAN)["rule"] == "on_call").sum() == 9


def test_who_was_on_call_before_comes_later_now(built: BuiltRoster) -> None:
    row = _turns(built).iloc[:1][built.table.columns]
    pieces = [
        row.assign(
            agent_id="a1", shift_id=f"x{k}", schedule_date=row["schedule_date"] - pd.Timedelta(days=k),
            start_at=row["start_at"] - pd.Timedelta(days=k), end_at=row["end_at"] - pd.Timedelta(days=k),
        )
        for k in range(20, 30)
    ]  # fmt: skip
    previous = check(Roster, pd.concat(pieces, ignore_index=True))
    roster = omnistaff.build_roster(small_pool(), small_agents(), small_plan(on_call=[NIGHTS]), previous=previous)
    assert "a1" not in set(_turns(roster)["agent_id"])


def test_a_replan_keeps_turns_but_for_who_is_away(built: BuiltRoster) -> None:
    turns = _turns(built).query("clock.str.endswith('21:00')").sort_values("start_at")
    ill = str(turns["agent_id"].iloc[-1])
    day = turns["schedule_date"].iloc[-1]
    away = small_absences((ill, str(day.date()), str((day + pd.Timedelta(days=2)).date()), "sick"))
    people = People(small_agents(), away, empty(Preferences))
    again = omnistaff.replan_roster(built.table, small_pool(), people, PLAN, frozen_until=START)
    mine, yours = (set(zip(t["agent_id"], t["start_at"], strict=True)) for t in (_turns(built), _turns(again)))
    gone = mine - yours
    assert (ill, turns["start_at"].iloc[-1]) in gone
    assert {agent for agent, _ in gone} == {ill}
    changes = again.changes.set_index(["agent_id", "schedule_date"])
    assert "on call 21:00-07:00" in changes.loc[(ill, day), "before"]
    assert "on call" not in changes.loc[(ill, day), "after"]
    other = next(agent for agent, start in yours - mine if start == turns["start_at"].iloc[-1])
    assert "on call 21:00-07:00" in changes.loc[(other, day), "after"]


def test_spring_and_autumn_keep_the_length_of_a_turn() -> None:
    plan = small_plan(start=dt.date(2026, 3, 23), on_call=[NIGHTS | {"start": "02:30", "hours": 2}])
    roster = omnistaff.build_roster(small_pool(start=dt.date(2026, 3, 23)), small_agents(), plan)
    turns = _turns(roster)
    assert len(turns) == 7
    assert turns["clock"].iloc[turns["start_at"].argmax()] == "Sun 03:30"
    assert (turns["end_at"] - turns["start_at"] == pd.Timedelta(hours=2)).all()
    assert not omnistaff.check_roster(roster.table, small_agents(), plan)["rule"].eq("on_call").any()


def test_unknown_skills_and_teams_are_told_together() -> None:
    plan = small_plan(on_call=[NIGHTS | {"skills": ["fax"], "teams": ["red"]}])
    with pytest.raises(ConfigError) as refused:
        omnistaff.build_roster(small_pool(), small_agents(), plan)
    assert "'fax'" in str(refused.value)
    assert "'red'" in str(refused.value)


def test_a_turn_begins_with_the_day_where_midnight_does_not_exist() -> None:
    plan = small_plan(start=dt.date(2026, 4, 20)).replace(time_zone="Africa/Cairo")
    horizon = make_horizon(dt.date(2026, 4, 20), plan)
    turns = turns_of([OnCall(name="early", start="00:00", hours=6)], horizon, "Africa/Cairo")
    begins = horizon.times(np.array([turn.first for turn in turns])).tz_convert("Africa/Cairo").strftime("%a %H:%M")
    assert begins.tolist() == [
        "Mon 00:00", "Tue 00:00", "Wed 00:00", "Thu 00:00", "Fri 01:00", "Sat 00:00", "Sun 00:00"
    ]  # fmt: skip


def test_a_day_fixed_off_has_no_turn_though_it_has_no_midnight() -> None:
    agents = small_agents(1).assign(time_zone="Africa/Cairo")
    off = pd.DataFrame(
        {"agent_id": ["a0"], "preference": ["must_be_off"], "weekday": [""], "date": ["2026-04-24"],
         "start_from": [""], "start_to": [""], "weight": [1.0]}
    )  # fmt: skip
    start = dt.date(2026, 4, 20)
    plan = small_plan(start=start, on_call=[NIGHTS | {"start": "20:00", "hours": 2}])
    pool = small_pool(start=start)
    roster = omnistaff.build_roster(pool, agents, plan, preferences=check(Preferences, as_text(off)))
    days = _turns(roster)["clock"].str[:3].tolist()
    assert "Fri" not in days
    assert len(days) == 6


def test_one_person_does_not_count_for_two_duties_at_once() -> None:
    plan = small_plan(on_call=[NIGHTS, NIGHTS | {"name": "second"}, NIGHTS | {"name": "third", "hours": 9}])
    roster = omnistaff.build_roster(small_pool(), small_agents(1), plan)
    found = omnistaff.check_roster(roster.table, small_agents(1), plan)
    told = found.loc[found["rule"] == "on_call", "message"]
    assert len(_turns(roster)) == 7
    assert told.str.count("has 0 of 1 on call").sum() == 14


def test_whoever_had_many_turns_before_still_covers_what_nobody_else_can() -> None:
    plan = small_plan(on_call=[NIGHTS | {"hours": 1, "start": "23:00"}])
    before = check(Roster, pd.concat([_night(k) for k in range(2, 60)], ignore_index=True))
    roster = omnistaff.build_roster(small_pool(), small_agents(1), plan, previous=before)
    assert len(_turns(roster)) == 7


def _night(days: int, activity: str = "on_call") -> pd.DataFrame:
    """Return the row of a0's night that began so many days before the first day of the roster."""
    start = pd.Timestamp(START) - pd.Timedelta(days=days)
    begin = (start + pd.Timedelta(hours=21)).tz_localize(ZONE).tz_convert("UTC")
    row = {"agent_id": "a0", "schedule_date": start, "start_at": begin, "end_at": begin + pd.Timedelta(hours=10)}
    frame = pd.DataFrame([row | {"activity": activity, "shift_id": f"x{days}", "is_paid": activity == "work"}])
    times = dict.fromkeys(("start_at", "end_at"), "datetime64[us, UTC]")
    return as_text(frame).astype(times | {"schedule_date": "datetime64[us]"})[Roster.column_names()]


@pytest.mark.parametrize("activity", ["work", "on_call"])
def test_nobody_is_on_call_while_the_night_before_the_first_day_lasts(activity: str) -> None:
    plan = small_plan(on_call=[NIGHTS | {"start": "03:00", "hours": 2, "weekdays": "mon,tue"}])
    before = check(Roster, _night(1, activity))
    roster = omnistaff.build_roster(small_pool(), small_agents(1), plan, previous=before)
    assert _turns(roster)["clock"].tolist() == ["Tue 03:00"]
    turn = _turns(roster)[roster.table.columns]
    day = pd.Timedelta(days=1)
    moved = turn.assign(**{name: turn[name] - day for name in ("schedule_date", "start_at", "end_at")})
    table = pd.concat([roster.table, moved.astype(roster.table.dtypes)], ignore_index=True)
    found = omnistaff.check_roster(table, small_agents(1), plan, previous=before)
    assert "on_call_free" in set(found["rule"])


def test_a_replan_leaves_turns_where_they_were_told_however_unevenly() -> None:
    plan = small_plan(on_call=[NIGHTS])
    before = check(Roster, pd.concat([_night(k) for k in range(2, 30)], ignore_index=True))
    published = omnistaff.build_roster(small_pool(), small_agents(2), plan, previous=before)
    people = People(small_agents(2), small_absences(), empty(Preferences))
    again = omnistaff.replan_roster(published.table, small_pool(), people, plan, frozen_until=START)
    told, kept = (_turns(roster)[["agent_id", "start_at"]].to_numpy().tolist() for roster in (published, again))
    assert set(_turns(published)["agent_id"]) == {"a1"}
    assert kept == told


def test_a_turn_into_the_first_morning_holds_back_the_shifts() -> None:
    before = check(Roster, _night(1, "on_call").assign(end_at=lambda t: t["end_at"] + pd.Timedelta(hours=6)))
    plan = small_plan(contracts={"full": {"hours_per_week": 40, "patterns": ["day"], "max_days_per_week": 7}})
    end = before["end_at"].iloc[0]  # Monday, 13:00: later than the last start
    free, held = (
        omnistaff.build_roster(small_pool(), small_agents(1, "full"), plan, previous=previous).table
        for previous in (None, before)
    )
    assert (free["start_at"] < end).any()
    assert (held["start_at"] >= end).all()
    found = omnistaff.check_roster(free, small_agents(1, "full"), plan, previous=before)
    assert "a0: begins the shift of 2026-05-04 while still on call" in set(found["message"])


def test_turns_bear_the_name_of_their_duty(built: BuiltRoster) -> None:
    turns = _turns(built)
    weekend = turns["clock"].str.endswith("08:00")
    assert turns.loc[weekend, "shift_id"].str.contains("-on_call-weekend-").all()
    assert turns.loc[~weekend, "shift_id"].str.contains("-on_call-nights-").all()
