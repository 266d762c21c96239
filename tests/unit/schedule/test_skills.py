"""Skills that begin or end within the roster, and people of other speeds."""

from __future__ import annotations

import pandas as pd
import pytest

import omnistaff
from omnistaff.schedule import explain_gaps
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.need import net_need
from omnistaff.schedule.skills import read_sets
from omnistaff.tables import BuiltRoster, Coverage, People, check
from omnistaff.tables.skills import skills_at
from tests.unit.schedule.small import START, ZONE, small_absences, small_agents, small_plan, small_pool, small_wishes
from tests.unit.schedule.test_check import _work_on

THURSDAY = pd.Timestamp("2026-05-07", tz=ZONE)


def _agents(count: int = 4, **columns: object) -> pd.DataFrame:
    return small_agents(count).assign(**columns).astype(dict.fromkeys(columns, "str"))


@pytest.fixture(scope="module")
def dated() -> BuiltRoster:
    """A roster of people who all serve calls from Thursday on only, chat before and after."""
    agents = _agents(skills="calls|chat", skill_dates="calls=2026-05-07..", proficiency="")
    return omnistaff.build_roster(small_pool(), agents, small_plan())


def test_a_skill_covers_nothing_before_its_first_day(dated: BuiltRoster) -> None:
    calls = dated.coverage[dated.coverage["queue"] == "calls"]
    before = calls["interval_start"] < THURSDAY
    assert (calls.loc[before, "scheduled"] == 0).all()
    assert (calls.loc[~before, "scheduled"] > 0).any()
    chat = dated.coverage[(dated.coverage["queue"] == "chat") & (dated.coverage["interval_start"] < THURSDAY)]
    assert (chat["scheduled"] > 0).any()


def test_the_bound_of_a_roster_with_dated_skills_lies_below_its_cost(dated: BuiltRoster) -> None:
    assert 0 < dated.bound <= dated.cost
    missing = dated.coverage[(dated.coverage["queue"] == "calls") & (dated.coverage["interval_start"] < THURSDAY)]
    unavoidable = missing["required"].sum() / 2 / 0.8 * 60  # half hours, 20 % shrinkage, 60 an hour
    assert dated.bound > unavoidable


def test_a_skill_beyond_the_roster_changes_nothing() -> None:
    horizon = make_horizon(START, small_plan())
    plain = read_sets(small_agents(), horizon)
    assert read_sets(_agents(6, skill_dates=""), horizon) == plain
    long = small_agents().assign(
        skill_dates=[
            f"{'|'.join(f'{q}=2020-01-01..2030-01-01' for q in s.split('|'))}" for s in small_agents()["skills"]
        ]
    )
    assert read_sets(long, horizon) == plain
    gone = read_sets(_agents(1, skills="calls|chat", skill_dates="chat=..2026-04-30", proficiency=""), horizon)
    assert gone == plain[:1]  # whose only skill is calls


def test_dates_are_days_of_the_agents_own_zone() -> None:
    horizon = make_horizon(START, small_plan())
    (madrid,) = read_sets(_agents(1, skills="calls", skill_dates="calls=2026-05-07.."), horizon)
    (bogota,) = read_sets(
        _agents(1, skills="calls", skill_dates="calls=2026-05-07..", time_zone="America/Bogota"), horizon
    )
    assert (bogota.terms[0].first - madrid.terms[0].first) * horizon.slot_minutes == 7 * 60


def test_slower_people_cover_less() -> None:
    agents = _agents(2, skills="calls", contract="full")
    slow = agents.assign(proficiency=pd.Series(["calls=0.5"] * 2, dtype="str"))
    plan = small_plan()
    full, half = (omnistaff.build_roster(small_pool(), people, plan).coverage for people in (agents, slow))
    sums = [coverage.loc[coverage["queue"] == "calls", "scheduled"].agg(["sum", "max"]) for coverage in (full, half)]
    assert sums[1]["max"] == pytest.approx(2 * 0.5 * 0.8)  # people, speed, ready
    assert sums[1]["sum"] == pytest.approx(0.5 * sums[0]["sum"], rel=0.05)


def test_who_works_without_a_valid_skill_is_said_and_not_hard() -> None:
    agents = _agents(1, skills="calls", skill_dates="calls=..2026-05-05", contract="full")
    plan = small_plan(contracts={"full": {"hours_per_week": 8, "tolerance_hours": 8, "weekends_off": 0}})
    broken = omnistaff.check_roster(_work_on(["2026-05-05", "2026-05-06"]), agents, plan)
    found = broken[broken["rule"] == "skills"]
    assert found["is_hard"].tolist() == [False]
    assert "a0: works on 2026-05-06" in found["message"].iloc[0]


def test_only_who_has_the_skill_that_day_counts_on_call() -> None:
    duty = {"name": "standby", "start": "20:00", "hours": 2, "skills": ["chat"], "weekdays": "mon-fri"}
    plan = small_plan(on_call=[duty])
    agents = _agents(3, skills="calls|chat", skill_dates=["chat=..2026-05-05", "chat=2026-05-06..", ""])
    agents = agents[:2]
    roster = omnistaff.build_roster(small_pool(), agents, plan).table
    turns = roster[roster["activity"] == "on_call"].sort_values("start_at")
    assert turns["agent_id"].tolist() == ["a0", "a0", "a1", "a1", "a1"]
    assert omnistaff.check_roster(roster, agents, plan).empty
    late = agents.assign(skill_dates=pd.Series(["chat=..2026-05-04", "chat=2026-05-06.."], dtype="str"))
    (text,) = omnistaff.check_roster(roster, late, plan)["message"]
    assert "2026-05-05" in text
    assert "has 0 of 1" in text


def test_who_has_the_skill_on_other_days_is_not_among_those_who_could_work() -> None:
    noon = pd.Series([pd.Timestamp("2026-05-05 12:00", tz=ZONE).tz_convert("UTC")]).astype("datetime64[us, UTC]")
    short = pd.DataFrame({"queue": "calls", "interval_start": noon, "required": 2.0, "scheduled": 1.0, "net": -1.0})
    agents = _agents(1, skill_dates="calls=2026-05-06..", contract="full")
    people = People(agents, small_absences(), small_wishes())
    gaps = explain_gaps(
        _work_on(["2026-05-07"]), check(Coverage, short.astype({"queue": "str"})), people, small_plan()
    )
    assert gaps["message"].tolist() == ["1.0 missing, 1 can serve calls: 1 have the skill on other days only"]


def test_exports_name_the_skills_of_the_day() -> None:
    agents = _agents(2, skills="calls|chat", skill_dates=["chat=2026-05-06..", ""])
    times = pd.Series(pd.to_datetime(["2026-05-05 22:00", "2026-05-05 21:59", "2026-05-05 21:59"], utc=True))
    found = skills_at(agents, pd.Series(["a0", "a0", "a1"]), times.dt.as_unit("us"))
    assert found.tolist() == ["calls|chat", "calls", "calls|chat"]


def test_a_need_in_slower_people_is_a_smaller_one_at_full_speed() -> None:
    agents = _agents(3, skills="calls", proficiency=["calls=0.5", "calls=0.7", ""])
    pool = small_pool()
    allocation = pool.allocation.assign(skills="calls").query("queue == 'calls'")
    net = net_need(allocation, small_plan(), agents)
    assert net["agents"].sum() == pytest.approx(allocation["agents"].sum() * (0.5 + 0.7 + 1) / 3)
    plain = net_need(allocation, small_plan(), small_agents(3))
    assert plain["agents"].sum() == pytest.approx(allocation["agents"].sum())
