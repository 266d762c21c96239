"""Exchanges of shifts: what they keep, and that they grant wishes no single move can grant."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.history import read_history
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.need import make_need, net_need
from omnistaff.schedule.search import Desk
from omnistaff.schedule.skills import skill_groups
from omnistaff.schedule.staff import make_team
from omnistaff.schedule.stir import Pool, Shake
from omnistaff.schedule.swap import swap
from omnistaff.tables import Absences, People, Preferences, empty
from tests.unit.schedule.small import START, small_agents, small_plan, small_pool


@pytest.fixture
def desk() -> Desk:
    """Two people of one contract; every shift that the first works is refused to the first, not to the second."""
    plan = small_plan(rules={"paid_cost_share": 0})
    agents = small_agents(2, "full")
    horizon = make_horizon(START, plan)
    need = make_need(net_need(small_pool().allocation, plan, agents), horizon, plan)
    people = People(agents, empty(Absences), empty(Preferences))
    team = make_team(people, read_history(None, agents, horizon, plan), horizon, plan)
    groups = skill_groups(team.groups, need.queues)
    pay = np.zeros((need.levels.shape[1], len(groups.skills)))
    desk = Desk(team, Cover(need, groups), pay, np.random.default_rng(1))
    for index in range(2):
        desk.put(index)
    return desk


def _swap(desk: Desk, heat: float) -> None:
    cover = desk.cover
    pool = Pool(cover.cuts, cover.heads, cover.ranks, cover.period, cover.weights, cover.idle, desk.room)
    days = desk.sheet.chosen.shape[1]
    offers = np.array([(person * days + d, 1 - person) for d in range(days) for person in range(2)])
    swap(pool, desk.sheet, desk.crew, desk.shifts, offers, Shake(np.zeros(64), 0, heat, 0))


def _cost(desk: Desk) -> float:
    return desk.cover.cost() + float(desk.sheet.wishes.sum())


def _shared_days(desk: Desk) -> list[int]:
    """Return the days on which both work, at different times."""
    mine, yours = desk.sheet.chosen
    return [d for d in range(len(mine)) if mine[d] >= 0 and yours[d] >= 0 and mine[d] != yours[d]]


def test_a_dear_shift_goes_to_who_minds_less_with_its_breaks(desk: Desk) -> None:
    shared = _shared_days(desk)
    assert shared
    before = [desk.line(index) for index in range(2)]
    cost = _cost(desk)
    for d in shared:  # costs what no cover can outweigh
        desk.crew.base[0, d, before[0].chosen[d]] -= 1e4
        desk.sheet.wishes[0] += 1e4
    _swap(desk, 0.0)
    after = [desk.line(index) for index in range(2)]
    for d in shared:
        assert after[0].chosen[d] == before[1].chosen[d]
        assert after[1].chosen[d] == before[0].chosen[d]
        assert np.array_equal(after[0].places[d], before[1].places[d])
    recount = Cover(desk.cover.need, desk.cover.groups)
    for member, line in zip(desk.team.members, after, strict=True):
        recount.add(member.group, line.works)
    assert np.allclose(recount.cuts, desk.cover.cuts)
    assert np.array_equal(recount.heads, desk.cover.heads)
    assert _cost(desk) < cost + 1e4


def test_nothing_is_exchanged_that_is_closed_or_gains_nothing(desk: Desk) -> None:
    shared = _shared_days(desk)
    before = desk.sheet.chosen.copy()
    for d in shared:
        desk.crew.base[0, d, before[0, d]] -= 1e4
        desk.sheet.wishes[0] += 1e4
        desk.crew.base[1, d, before[0, d]] = NEVER
    _swap(desk, 0.0)
    assert np.array_equal(desk.sheet.chosen, before)
