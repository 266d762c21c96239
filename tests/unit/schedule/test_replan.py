"""Re-planning: what is frozen stays, who is away is away, and few others move."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import TableError
from omnistaff.tables import BuiltRoster, People
from tests.unit.schedule.small import ZONE, small_absences, small_agents, small_plan, small_pool, small_wishes

SICK = small_absences(("a0", "2026-05-06", "2026-05-08", "sick"), ("a2", "2026-05-13", "2026-05-14", "sick"))
FROZEN = dt.date(2026, 5, 7)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return omnistaff.build_roster(small_pool(2), small_agents(), small_plan(2)).table


def _people(absences: pd.DataFrame) -> People:
    return People(small_agents(), absences, small_wishes())


@pytest.fixture(scope="module")
def replanned(published: pd.DataFrame) -> BuiltRoster:
    plan = small_plan(2, rules={"max_changed_share": 0.2})
    return omnistaff.replan_roster(published, small_pool(2), _people(SICK), plan, frozen_until=FROZEN)


def _shifts(roster: pd.DataFrame) -> pd.DataFrame:
    columns = ["agent_id", "schedule_date", "start_at", "end_at", "activity"]
    return roster.loc[~roster["activity"].isin(["sick"]), columns].reset_index(drop=True)


def test_nothing_changes_when_nothing_happened(published: pd.DataFrame) -> None:
    plan = small_plan(2, rules={"change_cost": 1000})
    same = omnistaff.replan_roster(published, small_pool(2), _people(small_absences()), plan, frozen_until=FROZEN)
    pd.testing.assert_frame_equal(_shifts(same.table), _shifts(published))
    assert same.changes is not None
    assert same.changes.empty


def test_who_is_ill_does_not_work_and_breaks_no_rule(replanned: BuiltRoster) -> None:
    broken = omnistaff.check_roster(replanned.table, small_agents(), small_plan(2), absences=SICK)
    assert not broken["is_hard"].any(), broken["message"].tolist()


def test_the_frozen_days_of_the_others_stay(published: pd.DataFrame, replanned: BuiltRoster) -> None:
    for frame in (published, replanned.table):
        assert (frame["schedule_date"] < pd.Timestamp(FROZEN)).any()
    early = [
        _shifts(frame[(frame["schedule_date"] < pd.Timestamp(FROZEN)) & (frame["agent_id"] != "a0")])
        for frame in (published, replanned.table)
    ]
    pd.testing.assert_frame_equal(*early)


def test_changes_say_before_and_after(published: pd.DataFrame, replanned: BuiltRoster) -> None:
    assert replanned.changes is not None
    lost = replanned.changes[replanned.changes["reason"] == "absence"]
    assert set(lost["agent_id"]) <= {"a0", "a2"}
    assert set(lost["after"]) == {"off"}
    row = lost.iloc[0]
    mine = published[
        (published["agent_id"] == row["agent_id"]) & (published["schedule_date"] == row["schedule_date"])
    ]
    first, last = (t.tz_convert(ZONE).strftime("%H:%M") for t in (mine["start_at"].min(), mine["end_at"].max()))
    assert row["before"] == f"{first}-{last}"


def test_parts_add_up_and_the_bound_holds(replanned: BuiltRoster) -> None:
    assert sum(replanned.cost_parts.values()) == pytest.approx(replanned.cost)
    assert replanned.bound <= replanned.cost + 1e-6
    assert replanned.cost_parts["changes"] >= 0


def test_at_most_the_share_of_shifts_that_was_asked_for_changes(published: pd.DataFrame) -> None:
    more = small_pool(2)
    more = type(more)(more.table, more.allocation.assign(agents=more.allocation["agents"] * 1.5))
    plan = small_plan(2, rules={"change_cost": 0, "max_changed_share": 0.05})
    roster = omnistaff.replan_roster(published, more, _people(small_absences()), plan, frozen_until=FROZEN)
    assert roster.changes is not None
    assert len(roster.changes) <= 0.05 * published["shift_id"].nunique()


def test_a_published_shift_that_no_pattern_allows_is_named(published: pd.DataFrame) -> None:
    moved = published.assign(end_at=published["end_at"] + pd.Timedelta(minutes=30))
    with pytest.raises(TableError, match="a0 on 2026-05"):
        omnistaff.replan_roster(moved, small_pool(2), _people(SICK), small_plan(2), frozen_until=FROZEN)


def test_a_night_into_the_first_sick_day_is_lost_without_breaking_the_hours_of_its_week() -> None:
    nights = {"nights": {"hours_per_week": 40, "patterns": ["night"], "max_consecutive_days": 7, "weekends_off": 0}}
    plan = small_plan(2, contracts=nights, rules={"max_changed_share": 0.5})
    agents = small_agents(2, "nights")
    wishes = small_wishes(("a0", "day_on", "sun", "", ""))
    published = omnistaff.build_roster(small_pool(2), agents, plan, preferences=wishes).table
    assert (published["schedule_date"] == pd.Timestamp("2026-05-10")).any()
    sick = small_absences(("a0", "2026-05-11", "2026-05-12", "sick"))
    people = People(agents, sick, wishes)
    found = omnistaff.replan_roster(published, small_pool(2), people, plan, frozen_until=dt.date(2026, 5, 11))
    sunday = found.table[(found.table["agent_id"] == "a0") & (found.table["schedule_date"] == "2026-05-10")]
    assert not (sunday["activity"] == "work").any()
    broken = omnistaff.check_roster(found.table, agents, plan, absences=sick)
    assert not broken["is_hard"].any(), broken["message"].tolist()
