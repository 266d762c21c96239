"""Seats at a site: never more people than seats, or at a price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import omnistaff
from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.plan import Plan
from omnistaff.schedule.build import make_task
from omnistaff.schedule.costs import seats_taken
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.prices import prove
from omnistaff.schedule.search import Desk, search
from tests.unit.schedule.small import ZONE, small_agents, small_plan, small_pool


def _most_there(roster: pd.DataFrame, agents: set[str], hours: str = "00:00-24:00") -> int:
    """Return how many of *agents* are on shift at most at one quarter of an hour of local *hours*."""
    shifts = roster[roster["agent_id"].isin(agents)].groupby("shift_id").agg({"start_at": "min", "end_at": "max"})
    begin, end = hours.split("-")
    times = pd.date_range(shifts["start_at"].min(), shifts["end_at"].max(), freq="15min").tz_convert(ZONE)
    clock = times.strftime("%H:%M")
    times = times[(clock >= begin) & (clock < end)]
    return max(int(((shifts["start_at"] <= t) & (shifts["end_at"] > t)).sum()) for t in times)


EVERYBODY = {f"a{k}" for k in range(6)}


@pytest.fixture(scope="module")
def free() -> pd.DataFrame:
    return omnistaff.build_roster(small_pool(), small_agents(), small_plan()).table


@pytest.mark.parametrize(
    ("spec", "hours", "seats"), [(3, "00:00-24:00", 3), ({"default": 6, "daily 11:00-12:00": 3}, "11:00-12:00", 3)]
)
def test_there_are_never_more_people_than_seats(free: pd.DataFrame, spec: object, hours: str, seats: int) -> None:
    plan = small_plan(seats={"one": spec})
    assert _most_there(free, EVERYBODY, hours) > seats
    found = omnistaff.check_roster(free, small_agents(), plan)
    assert set(found["rule"]) == {"seats"}
    assert found["is_hard"].all()
    roster = omnistaff.build_roster(small_pool(), small_agents(), plan)
    assert _most_there(roster.table, EVERYBODY, hours) <= seats
    assert omnistaff.check_roster(roster.table, small_agents(), plan).empty
    assert roster.bound <= roster.cost
    assert sum(roster.cost_parts.values()) == pytest.approx(roster.cost)


@pytest.mark.parametrize("price", [None, 20.0])
def test_the_bound_knows_of_seats_and_holds_at_any_prices(price: float | None) -> None:
    plan = small_plan(seats={"one": 3}, seat_cost=price)
    roster = omnistaff.build_roster(small_pool(), small_agents(), plan)
    assert omnistaff.build_roster(small_pool(), small_agents(), small_plan()).bound * 1.005 < roster.bound
    assert roster.bound <= roster.cost
    task = make_task(small_pool(), small_agents(), plan, absences=None, preferences=None, previous=None)
    rng, most = np.random.default_rng(2), 9.0 if price is None else task.team.seats.price
    for _ in range(5):
        levels = rng.random(task.need.levels.shape) * task.need.tops[:, :, None]
        paid = most * rng.random(task.team.seats.most.shape) * rng.integers(0, 2, (1, task.horizon.slots))
        assert prove(levels, paid, task.team, task.need, task.groups, 1).bound <= roster.cost


def test_other_sites_have_no_limit(free: pd.DataFrame) -> None:
    agents = small_agents().assign(site=["two", "one"] * 3).astype({"site": "str"})
    found = omnistaff.check_roster(free, agents, small_plan(seats={"one": 3}))
    assert found.empty


def test_the_checker_says_how_many_and_when(free: pd.DataFrame) -> None:
    found = omnistaff.check_roster(free, small_agents(), small_plan(seats={"one": 1}))
    assert (
        found["message"]
        .str.fullmatch(r"one: [2-6] people for 1 seats between 2026-05-\d\d \d\d:\d\d and \d\d:\d\d")
        .all()
    )


def test_too_few_seats_for_everybodys_hours_are_said() -> None:
    with pytest.raises(InfeasibleError) as error:
        omnistaff.build_roster(small_pool(), small_agents(3, "full"), small_plan(seats={"one": 1}))
    assert error.value.problems[0].startswith("one: 3 people for 1 seats between 2026-05-")
    assert "schedule.seat_cost" in str(error.value)


def test_seats_at_a_price_may_be_exceeded_where_that_pays() -> None:
    plan = small_plan(seats={"one": 3}, seat_cost=1.0)
    roster = omnistaff.build_roster(small_pool(), small_agents(), plan)
    shifts = roster.table.groupby("shift_id").agg({"start_at": "min", "end_at": "max"})
    times = pd.date_range(shifts["start_at"].min(), shifts["end_at"].max(), freq="15min")
    there = np.array([((shifts["start_at"] <= t) & (shifts["end_at"] > t)).sum() for t in times])
    assert roster.cost_parts["seats"] == pytest.approx(np.maximum(there - 3, 0).sum() / 4)
    assert roster.cost_parts["seats"] > 0
    assert sum(roster.cost_parts.values()) == pytest.approx(roster.cost)
    found = omnistaff.check_roster(roster.table, small_agents(), plan)
    assert set(found["rule"]) == {"seats"}
    assert not found["is_hard"].any()


def test_the_seats_counted_while_searching_are_those_of_the_lines() -> None:
    desk = _desk(small_plan(seats={"one": 4, "two": 1}))
    search(desk, lambda cost: False)
    lines = [desk.line(index) for index in range(len(desk.is_in))]
    assert np.array_equal(desk.room.taken, seats_taken(desk.team, lines))
    assert desk.room.taken.max() > 0
    desk.take(0)
    assert desk.room.taken.sum() == seats_taken(desk.team, lines).sum() - _slots(desk, 0)


def _slots(desk: Desk, index: int) -> int:
    """Return how many slots the shifts of one person take."""
    member = desk.team.members[index]
    chosen = desk.sheet.chosen[index]
    return int(desk.team.menus[member.menu].offers.lengths[chosen[chosen >= 0]].sum())


def _desk(plan: Plan) -> Desk:
    agents = small_agents().assign(site=["one", "two", "one", "one", "three", "one"]).astype({"site": "str"})
    task = make_task(small_pool(), agents, plan, absences=None, preferences=None, previous=None)
    pay = np.zeros((task.need.levels.shape[1], len(task.groups.skills)))
    return Desk(task.team, Cover(task.need, task.groups), pay, np.random.default_rng(1))


def test_seats_at_a_site_that_nobody_belongs_to_are_refused() -> None:
    with pytest.raises(ConfigError) as error:
        omnistaff.build_roster(small_pool(), small_agents(), small_plan(seats={"nowhere": 3}))
    assert "'nowhere'" in error.value.problems[0]
    assert "there are: one" in error.value.problems[0]


def test_the_gap_of_a_split_shift_keeps_its_seat_for_search_and_checker_alike() -> None:
    gap = {"activity": "gap", "minutes": 180, "is_paid": False, "earliest_after_minutes": 180}
    split = {"name": "day", "start_from": "08:00", "start_to": "08:00", "hours": [11], "breaks": [gap]}
    short = {"name": "short", "start_from": "08:00", "start_to": "16:00", "step_minutes": 60, "hours": [2, 3]}
    contracts = {
        "full": {"hours_per_week": 40, "patterns": ["day"]},
        "part": {"hours_per_week": 6, "tolerance_hours": 4, "patterns": ["short"]},
    }
    agents = small_agents(2).assign(skills="calls|chat")

    def plan(**seats: object) -> Plan:
        return small_plan(patterns=[split, short], contracts=contracts, **seats)

    free = omnistaff.build_roster(small_pool(), agents, plan()).table
    halves = free[(free["agent_id"] == "a0") & (free["activity"] == "gap")]
    assert not halves.empty
    inside = free[(free["agent_id"] == "a1")].iloc[:1]
    at = halves.iloc[0]
    inside = inside.assign(
        start_at=at["start_at"], end_at=at["start_at"] + pd.Timedelta(hours=2), schedule_date=at["schedule_date"]
    )
    both = pd.concat([free[free["agent_id"] == "a0"], inside], ignore_index=True)
    assert "seats" in set(omnistaff.check_roster(both, agents, plan(seats={"one": 1}))["rule"])
    made = omnistaff.build_roster(small_pool(), agents, plan(seats={"one": 1}))
    assert _most_there(made.table, {"a0", "a1"}) == 1
    assert omnistaff.check_roster(made.table, agents, plan(seats={"one": 1})).query("rule == 'seats'").empty
