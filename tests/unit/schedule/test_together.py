"""Teams that start together: one start a week in the roster, kept by a re-plan, seen by the checker."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.schedule.history import read_history
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.staff import make_team
from omnistaff.schedule.together import keep_together
from omnistaff.tables import BuiltRoster, People
from tests.unit.schedule.small import (
    CONTRACTS,
    SHORT,
    START,
    small_absences,
    small_agents,
    small_plan,
    small_pool,
    small_wishes,
)

ZONE = "Europe/Madrid"


def _agents() -> pd.DataFrame:
    agents = small_agents()
    return agents.assign(team=["blue" if k in (0, 1, 4) else "red" for k in range(len(agents))])


def _starts(table: pd.DataFrame, team: str = "blue") -> pd.Series:
    """Return the instants at which people of a team begin, by person and day."""
    rows = table[table["agent_id"].isin(_agents().query("team == @team")["agent_id"])]
    return rows.groupby(["agent_id", "schedule_date"])["start_at"].min()


def _apart(starts: pd.Series) -> int:
    """Return on how many days people of a team begin at different times."""
    return int((starts.groupby("schedule_date").nunique() > 1).sum())


@pytest.fixture(scope="module")
def built() -> BuiltRoster:
    return omnistaff.build_roster(small_pool(2), _agents(), small_plan(2, start_together=["blue"]))


def test_a_team_begins_at_one_time_in_each_week(built: BuiltRoster) -> None:
    starts = _starts(built.table)
    clocks = starts.dt.tz_convert(ZONE).dt.strftime("%H:%M")
    weeks = (starts.index.get_level_values("schedule_date") - pd.Timestamp("2026-05-04")).days // 7
    assert (clocks.groupby(weeks).nunique() == 1).all()
    assert starts.index.get_level_values("agent_id").nunique() == 3


def test_it_costs_something_and_the_bound_still_holds(built: BuiltRoster) -> None:
    free = omnistaff.build_roster(small_pool(2), _agents(), small_plan(2))
    assert _apart(_starts(free.table)) > 0
    assert built.bound <= built.cost
    assert free.bound <= built.cost


def test_the_checker_finds_who_begins_apart_from_the_team(built: BuiltRoster) -> None:
    plan = small_plan(2, start_together=["blue"])
    found = omnistaff.check_roster(built.table, _agents(), plan)
    assert found[found["rule"] == "start_together"].empty
    one = built.table["agent_id"].eq("a0") & built.table["schedule_date"].eq(_common_day(built.table))
    broken = omnistaff.check_roster(_an_hour_later(built.table, one), _agents(), plan)
    broken = broken.query("rule == 'start_together'")
    assert broken["agent_id"].tolist() == ["a0"]
    assert broken["is_hard"].all()
    assert "apart from the rest of team blue, who begin at" in broken["message"].iloc[0]


def test_the_checker_finds_a_day_on_which_the_whole_team_begins_at_another_time(built: BuiltRoster) -> None:
    day = built.table["schedule_date"].eq(_common_day(built.table))
    blue = day & built.table["agent_id"].isin(["a0", "a1", "a4"])
    found = omnistaff.check_roster(
        _an_hour_later(built.table, blue), _agents(), small_plan(2, start_together=["blue"])
    )
    assert found.loc[found["rule"] == "start_together", "agent_id"].nunique() == _starts(built.table[day]).size > 1


def _common_day(table: pd.DataFrame) -> pd.Timestamp:
    """Return the first date on which the whole team works."""
    there = table[table["agent_id"].isin(["a0", "a1", "a4"])].groupby("schedule_date")["agent_id"].nunique()
    return pd.Timestamp(there[there == 3].index.min())


def _an_hour_later(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    moved = table.copy()
    moved.loc[rows, ["start_at", "end_at"]] += pd.Timedelta(hours=1)
    return moved


def test_a_replan_keeps_a_team_together(built: BuiltRoster) -> None:
    plan = small_plan(2, start_together=["blue"])
    sick = small_absences(("a4", "2026-05-11", "2026-05-15", "sick"))
    people = People(_agents(), sick, small_wishes())
    after = omnistaff.replan_roster(
        built.table, small_pool(2, seed=5), people, plan, frozen_until=dt.date(2026, 5, 8)
    )
    assert _apart(_starts(after.table[after.table["activity"] != "sick"])) == 0


def test_a_replan_keeps_the_instant_of_people_by_another_clock() -> None:
    plan, agents = small_plan(), _agents()
    agents.loc[agents["agent_id"].isin(["a1", "a4"]), "time_zone"] = "Europe/London"  # most of the team
    horizon, nothing = make_horizon(START, plan), small_absences()
    people = People(agents, nothing, small_wishes())
    team = make_team(people, read_history(None, agents, horizon, plan), horizon, plan)
    ten = int(horizon.local_starts([600], ZONE)[0, 0])
    told = [np.full(7, -1, dtype=np.int32) for _ in team.members]
    for mine, member in zip(told, team.members, strict=True):
        mine[0] = np.flatnonzero(team.menus[member.menu].offers.starts[0] == ten)[0]
    for member in keep_together(team, told, ["blue"]).members:
        starts = team.menus[member.menu].offers.starts[0][member.base[0] > NEVER / 2]
        assert (set(starts.tolist()) == {ten}) == (member.crew == "blue")


def test_a_replan_lets_go_of_the_team_who_is_newly_fixed_to_another_start(built: BuiltRoster) -> None:
    plan, agents = small_plan(2, start_together=["blue"]), _agents()
    mine = _starts(built.table).loc["a0"]
    day, told = mine.index[-1], mine.iloc[-1].tz_convert(ZONE).strftime("%H:%M")
    other = "10:00" if told != "10:00" else "11:00"
    fixed = small_wishes(("a0", "must_work", "", other, other)).assign(date=f"{day:%Y-%m-%d}")
    people = People(agents, small_absences(), fixed)
    after = omnistaff.replan_roster(built.table, small_pool(2), people, plan, frozen_until=dt.date(2026, 5, 8))
    assert _starts(after.table).loc["a0", day].tz_convert(ZONE).strftime("%H:%M") == other
    found = omnistaff.check_roster(after.table, agents, plan, preferences=fixed)
    assert set(found["rule"]) <= {"start_together"}


def test_a_team_that_nobody_is_in_is_refused() -> None:
    with pytest.raises(ConfigError, match="no agent is of team 'green', there are: blue, red"):
        omnistaff.build_roster(small_pool(), _agents(), small_plan(start_together=["green"]))


def test_a_team_without_a_common_start_is_told_so() -> None:
    late = SHORT | {"start_from": "15:10", "start_to": "15:10"}
    plan = small_plan(
        patterns=[*small_plan().schedule.patterns[:1], late], contracts=CONTRACTS, start_together=["blue"]
    )
    with pytest.raises(InfeasibleError) as raised:
        omnistaff.build_roster(small_pool(), _agents(), plan)
    assert "team blue" in raised.value.problems[0]
