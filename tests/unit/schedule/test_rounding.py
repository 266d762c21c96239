"""Whole days from the fractional roster: legal ones, that leave the books of the fractional roster right."""

from __future__ import annotations

import numpy as np
import pytest

import omnistaff
from omnistaff.schedule import build, rounding
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
    return _market(task, 1)


def _market(task: Task, threads: int) -> Market:
    market = Market(task.team, task.need, task.groups, threads, WEEKS)
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


def test_shares_become_the_nearest_days_the_rules_allow(
    task: Task, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Market, "round", lambda self: None)
    shares = np.array([0.9, 0.9, 0.8, 0.7, 0.3, 0.0, 0.0, 0.2, 0.9, 0.9, 0.9, 0.9, 0.1, 0.1])
    for block in market.blocks:
        block.days[:] = shares
    days = round_days(market, _never)
    part = [i for i, member in enumerate(task.team.members) if member.contract.hours_per_week == 20]
    assert part
    for i in part:  # four days of five hours
        assert np.array_equal(days[i], shares > 0.5)


def test_many_weeks_a_step_settle_one_of_a_person_at_a_time(
    task: Task, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounding, "STEPS", 2)
    asked = 0

    def after_one_step() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    days = round_days(market, after_one_step)
    weeks = days.reshape(len(days), WEEKS, 7).all(axis=2)  # as open as before
    assert (weeks.sum(axis=1) == WEEKS - 1).all()


def test_the_same_days_by_one_thread_and_by_two_and_all_open_when_there_is_no_time(task: Task) -> None:
    assert round_days(_market(task, 1), _always).all()
    assert np.array_equal(round_days(_market(task, 1), _never), round_days(_market(task, 2), _never))


@pytest.mark.parametrize(("small", "seats", "is_used"), [(100, {}, True), (5, {}, False), (100, {"one": 6}, False)])
def test_days_are_settled_for_small_teams_with_seats_enough(
    small: int, seats: dict[str, int], is_used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = []

    def settle_days(market: Market, is_over: object) -> np.ndarray:
        settled.append(round_days(market, _never))
        return settled[-1]

    monkeypatch.setattr(build, "round_days", settle_days)
    monkeypatch.setattr(build, "SMALL_TEAM", small)
    roster = omnistaff.build_roster(small_pool(), small_agents(), small_plan(seats=seats))
    assert len(settled) == is_used
    assert omnistaff.check_roster(roster.table, small_agents(), small_plan(seats=seats)).empty
    assert roster.bound <= roster.cost


def test_who_cannot_work_on_the_days_alone_keeps_all(task: Task) -> None:
    days = np.ones((len(task.team.members), 7 * WEEKS), dtype=bool)
    days[0] = False
    kept = keep_days(task.team, days)
    assert kept.members[0] is task.team.members[0]
