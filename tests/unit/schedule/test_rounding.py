"""Whole days from the fractional roster: legal ones, that leave the books of the fractional roster right."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.schedule.build import Task, make_task
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import choose, option_values
from omnistaff.schedule.prices import Market, find_prices
from omnistaff.schedule.rounding import keep_days, round_days
from tests.unit.schedule.small import small_agents, small_plan, small_pool

WEEKS = 2


@pytest.fixture
def task() -> Task:
    plan = small_plan(WEEKS, rules={"paid_cost_share": 0})
    agents = small_agents(12)
    return make_task(small_pool(WEEKS), agents, plan, absences=None, preferences=None, previous=None)


@pytest.fixture
def market(task: Task) -> Market:
    market = Market(task.team, task.need, task.groups, 1, WEEKS)
    for _ in find_prices(market, 30):
        pass
    return market


def _never() -> bool:
    return False


def _always() -> bool:
    return True


def test_everybody_gets_the_days_of_a_legal_line(task: Task, market: Market) -> None:
    days = round_days(market, _never)
    free = np.zeros(len(task.need.idle))
    for member, narrow, own in zip(task.team.members, keep_days(task.team, days).members, days, strict=True):
        menu = task.team.menus[member.menu]
        assert np.array_equal((narrow.base > NEVER / 2).any(axis=1), own & (member.base > NEVER / 2).any(axis=1))
        value, chosen = choose(narrow, menu, option_values(menu, free))
        assert value > NEVER / 2
        assert not (chosen >= 0)[~own].any()
    full = [i for i, member in enumerate(task.team.members) if member.contract.hours_per_week == 40]
    assert (days[full].reshape(len(full), WEEKS, 7).sum(axis=2) == 5).all()


def test_what_all_serve_is_still_the_sum_of_the_blocks(task: Task, market: Market) -> None:
    round_days(market, _never)
    served = np.zeros_like(market.served)
    for block in market.blocks:
        served[:, :, list(task.groups.skills[block.name[1]])] += block.served
    assert np.allclose(market.served, served)
    assert (market.served > -1e-9).all()


def test_the_same_days_each_time_and_all_open_when_there_is_no_time(task: Task, market: Market) -> None:
    assert round_days(market, _always).all()
    found = []
    for _ in range(2):
        fresh = Market(task.team, task.need, task.groups, 1, WEEKS)
        for _ in find_prices(fresh, 30):
            pass
        found.append(round_days(fresh, _never))
    assert np.array_equal(found[0], found[1])


def test_who_cannot_work_on_the_days_alone_keeps_all(task: Task) -> None:
    days = np.ones((len(task.team.members), 7 * WEEKS), dtype=bool)
    days[0] = False
    kept = keep_days(task.team, days)
    assert kept.members[0] is task.team.members[0]
