"""Meetings within shifts: one time for all, or each alone, where they cost least."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError
from omnistaff.tables import BuiltRoster, People, Roster, check
from tests.unit.schedule.small import (
    START,
    as_text,
    small_absences,
    small_agents,
    small_plan,
    small_pool,
    small_wishes,
)

TALK = {"name": "talk", "minutes": 60, "agents": ["a0", "a2", "a4"], "start_from": "09:00", "start_to": "16:00"}
LESSON = {"name": "lesson", "activity": "training", "minutes": 90, "teams": ["blue"], "together": False}


def _agents() -> pd.DataFrame:
    agents = small_agents()
    return agents.assign(team=["blue" if k in (1, 3) else "" for k in range(len(agents))])


@pytest.fixture(scope="module")
def built() -> BuiltRoster:
    return omnistaff.build_roster(small_pool(), _agents(), small_plan(meetings=[TALK, LESSON]))


def test_a_common_meeting_has_one_time_within_its_hours(built: BuiltRoster) -> None:
    rows = built.table[built.table["activity"] == "meeting"]
    local = rows["start_at"].dt.tz_convert("Europe/Madrid").dt.strftime("%H:%M")
    assert len(rows) >= 2
    assert set(rows["agent_id"]) <= {"a0", "a2", "a4"}
    assert rows["start_at"].nunique() == 1
    assert local.between("09:00", "16:00").all()
    assert (rows["end_at"] - rows["start_at"] == pd.Timedelta(minutes=60)).all()


def test_a_meeting_may_be_allowed_from_any_minute_on() -> None:
    plan = small_plan(meetings=[TALK | {"start_from": "09:10", "start_to": "11:50"}])
    rows = omnistaff.build_roster(small_pool(), _agents(), plan).table.query("activity == 'meeting'")
    local = rows["start_at"].dt.tz_convert("Europe/Madrid").dt.strftime("%H:%M")
    assert len(local)
    assert local.between("09:10", "11:50").all()


def test_training_alone_is_given_to_everybody_of_the_team(built: BuiltRoster) -> None:
    rows = built.table[built.table["activity"] == "training"]
    assert sorted(rows["agent_id"]) == ["a1", "a3"]


def test_shifts_stay_whole_and_keep_the_rules(built: BuiltRoster) -> None:
    for _, shift in built.table.groupby("shift_id"):
        assert (shift["start_at"].to_numpy()[1:] == shift["end_at"].to_numpy()[:-1]).all()
    broken = omnistaff.check_roster(built.table, _agents(), small_plan(meetings=[TALK, LESSON]))
    assert not broken["is_hard"].any(), broken["message"].tolist()


def test_meetings_cost_what_the_shortage_rises_by_and_leave_the_cover() -> None:
    plan = small_plan()
    with_meetings = small_plan(meetings=[TALK, LESSON | {"minutes": 240}])
    before = omnistaff.build_roster(small_pool(), _agents(), plan)
    after = omnistaff.build_roster(small_pool(), _agents(), with_meetings)
    assert after.cost - before.cost == pytest.approx(after.cost_parts["meetings"])
    assert after.cost_parts["meetings"] >= 0
    assert sum(after.cost_parts.values()) == pytest.approx(after.cost)
    assert after.coverage["scheduled"].sum() < before.coverage["scheduled"].sum()
    assert after.bound == before.bound


def test_the_checker_says_who_misses_a_meeting(built: BuiltRoster) -> None:
    table = built.table.assign(activity=built.table["activity"].replace("training", "work"))
    found = omnistaff.check_roster(table, _agents(), small_plan(meetings=[TALK, LESSON]))
    missed = found[found["rule"] == "meetings"]
    assert {"a1", "a3"} <= set(missed["agent_id"])
    assert not missed["is_hard"].any()


def test_a_replan_keeps_the_times_of_meetings_and_gives_new_ones_after_the_frozen_days() -> None:
    plan = small_plan(2, meetings=[TALK, TALK | {"together": False}])
    published = omnistaff.build_roster(small_pool(2), small_agents(), plan).table
    held = _meetings(published)
    alone = held[held["start_at"] != held["start_at"].mode()[0]].set_index("agent_id")  # most were at the common one
    day = alone.loc["a4", "schedule_date"]
    sick = small_absences(("a4", f"{day:%Y-%m-%d}", f"{day + pd.Timedelta(days=1):%Y-%m-%d}", "sick"))
    people, other = People(small_agents(), sick, small_wishes()), small_pool(2, seed=5)
    frozen = day.date() - dt.timedelta(days=3)
    after = _meetings(omnistaff.replan_roster(published, other, people, plan, frozen_until=frozen).table)
    before = _meetings(published)
    others = [frame[frame["agent_id"] != "a4"].reset_index(drop=True) for frame in (before, after)]
    pd.testing.assert_frame_equal(*others)
    mine, told = (frame[frame["agent_id"] == "a4"] for frame in (after, before))
    new = mine[~mine["start_at"].isin(told["start_at"])]
    assert len(new) == 1
    assert (new["schedule_date"] >= pd.Timestamp(frozen)).all()


def _meetings(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[table["activity"] == "meeting", ["agent_id", "schedule_date", "start_at", "end_at"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"agents": []}, "nobody takes part"), ({"start_from": "17:00"}, "before start_from")],
)
def test_a_meeting_that_cannot_be_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        small_plan(meetings=[TALK | change])
    assert words in "".join(raised.value.problems) + str(raised.value)


def test_only_time_within_the_meetings_own_days_and_hours_counts(built: BuiltRoster) -> None:
    held = built.table.loc[built.table["activity"] == "meeting", "schedule_date"].iloc[0].date()
    for change in ({"first_day": held + dt.timedelta(days=1)}, {"minutes": 45}, {"start_to": "09:00"}):
        when = built.table.loc[built.table["activity"] == "meeting", "start_at"].iloc[0].tz_convert("Europe/Madrid")
        if change == {"start_to": "09:00"} and f"{when:%H:%M}" == "09:00":
            continue
        missed = _missed(built.table, [TALK | change])
        assert {"a0", "a2", "a4"} == set(missed["agent_id"]), change
        assert missed["message"].str.contains("misses talk").all()


def test_one_stretch_of_time_counts_for_one_meeting_alone(built: BuiltRoster) -> None:
    again = LESSON | {"name": "again"}
    missed = _missed(built.table, [LESSON, again]).set_index("agent_id")["message"]
    assert missed.loc["a1"] == "a1: misses lesson (90 minutes of training)" or "again" in missed.loc["a1"]
    assert missed.loc["a1"].count("minutes of") == 1


def test_who_meets_apart_from_the_others_has_missed_a_common_meeting(built: BuiltRoster) -> None:
    rows = built.table["activity"] == "meeting"
    shifted = built.table.copy()
    one = rows & (shifted["agent_id"] == shifted.loc[rows, "agent_id"].iloc[0])
    shifted.loc[one, ["start_at", "end_at"]] += pd.Timedelta(minutes=30)
    before, after = _missed(built.table, [TALK]), _missed(shifted, [TALK])
    assert len(after) == len(before) + 1


def _missed(table: pd.DataFrame, meetings: list[dict[str, object]]) -> pd.DataFrame:
    found = omnistaff.check_roster(table, _agents(), small_plan(meetings=meetings))
    return found[found["rule"] == "meetings"]


@pytest.mark.parametrize("change", [{"agents": ["a0", "nobody"]}, {"teams": ["bleu"]}])
def test_a_meeting_of_people_whom_nobody_knows_is_refused(change: dict[str, object]) -> None:
    plan = small_plan(meetings=[TALK | change])
    with pytest.raises(ConfigError) as raised:
        omnistaff.build_roster(small_pool(), _agents(), plan)
    assert "talk" in raised.value.problems[0]
    assert "nobody" in raised.value.problems[0] or "bleu" in raised.value.problems[0]


def _met(*rows: tuple[str, str]) -> pd.DataFrame:
    """Return a roster in which people, rows of (agent, local start), are in meetings of an hour after one of work."""
    shifts = [
        (who, pd.Timestamp(at).normalize(), first, last, activity)
        for who, at in rows
        for first, last, activity in (
            (pd.Timestamp(at) - pd.Timedelta(hours=1), pd.Timestamp(at), "work"),
            (pd.Timestamp(at), pd.Timestamp(at) + pd.Timedelta(hours=1), "meeting"),
        )
    ]
    frame = pd.DataFrame(shifts, columns=["agent_id", "schedule_date", "start_at", "end_at", "activity"])
    for name in ("start_at", "end_at"):
        frame[name] = frame[name].dt.tz_localize("Europe/Madrid").dt.tz_convert("UTC").dt.as_unit("us")
    frame["shift_id"] = frame["agent_id"] + frame["schedule_date"].dt.strftime("-%d")
    return check(Roster, as_text(frame.assign(is_paid=True, schedule_date=frame["schedule_date"].dt.as_unit("us"))))


def test_a_common_meeting_is_not_mistaken_for_another_of_its_kind() -> None:
    wide = TALK | {"name": "wide", "agents": ["a0", "a2", "a4"], "teams": [], "minutes": 60}
    narrow = wide | {"name": "narrow", "agents": ["a0", "a2"], "last_day": START + dt.timedelta(days=2)}
    both = [(who, f"2026-05-0{day} 10:00") for day in (4, 5) for who in ("a0", "a2")]
    assert _missed(_met(*both, ("a4", "2026-05-04 10:00")), [wide, narrow]).empty
    found = _missed(_met(*both), [wide, narrow])["message"]
    assert found.tolist() == ["a4: misses wide (60 minutes of meeting)"]


def test_stretches_are_shared_out_so_that_as_few_meetings_as_can_be_are_missed() -> None:
    early, late = (
        LESSON
        | {"name": name, "activity": "meeting", "minutes": 60, "agents": ["a1"], "teams": []}
        | {"first_day": START + dt.timedelta(days=first), "last_day": START + dt.timedelta(days=first + 2)}
        for name, first in (("early", 0), ("late", 2))
    )
    held = _met(("a1", "2026-05-06 10:00"), ("a1", "2026-05-08 10:00"))
    assert _missed(held, [late, early]).empty
    assert _missed(_met(("a1", "2026-05-06 10:00")), [late, early])["message"].str.count("minutes of").tolist() == [1]
