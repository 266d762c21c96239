"""The search: best answers, noisy answers, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.schedule import search
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.history import read_history
from omnistaff.schedule.horizon import make_horizon
from omnistaff.schedule.need import make_need, net_need
from omnistaff.schedule.skills import skill_groups
from omnistaff.schedule.staff import make_team
from omnistaff.tables import Absences, People, Preferences, empty
from tests.unit.schedule.small import START, small_agents, small_plan, small_pool


@pytest.fixture(scope="module")
def parts() -> tuple[object, ...]:
    plan = small_plan(rules={"paid_cost_share": 0})
    agents = small_agents(8)
    horizon = make_horizon(START, plan)
    need = make_need(net_need(small_pool().allocation, plan, agents), horizon, plan)
    people = People(agents, empty(Absences), empty(Preferences))
    team = make_team(people, read_history(None, agents, horizon, plan), horizon, plan)
    return team, need, skill_groups(team.groups, need.queues)


def _desk(parts: tuple[object, ...], seed: int = 1) -> search.Desk:
    team, need, groups = parts
    pay = np.zeros((need.levels.shape[1], len(groups.skills)))
    return search.Desk(team, Cover(need, groups), pay, np.random.default_rng(seed))


def _never(cost: float) -> bool:
    return False


def test_annealing_beats_best_answers_alone(parts: tuple[object, ...]) -> None:
    annealed, alone = [], []
    for seed in range(3):
        desk = _desk(parts, seed)
        search.search(desk, _never)
        annealed.append(desk.finish().cost)
        desk = _desk(parts, seed)
        for index in range(len(desk.is_in)):
            desk.put(index)
        search.settle(desk, _never, search.NOTHING_GAINED)
        alone.append(desk.finish().cost)
    assert sum(annealed) < 0.97 * sum(alone)


def test_the_cost_kept_is_that_of_the_lines_kept(parts: tuple[object, ...]) -> None:
    desk = _desk(parts)
    search.search(desk, _never)
    team, need, groups = parts
    cover = Cover(need, groups)
    best = desk.finish()
    for member, line in zip(team.members, best.lines, strict=True):
        cover.add(member.group, line.works)
    assert best.cost == pytest.approx(cover.cost() + sum(line.wishes for line in best.lines))


def test_a_desk_interrupted_half_way_is_finished_with_everybody_on_it(parts: tuple[object, ...]) -> None:
    desk = _desk(parts)
    for index in range(3):
        desk.put(index)
    desk.cover.add(0, np.ones(len(desk.cover.heads), dtype=bool))  # as if a change was cut off
    found = desk.finish()
    assert len(found.lines) == len(parts[0].members)
    assert found.cost == pytest.approx(desk.cover.cost() + sum(line.wishes for line in found.lines))


def test_the_same_seed_gives_the_same_roster(parts: tuple[object, ...]) -> None:
    costs = []
    for _ in range(2):
        desk = _desk(parts, 5)
        search.search(desk, _never)
        costs.append([line.chosen.tolist() for line in desk.finish().lines])
    assert costs[0] == costs[1]


def test_the_cover_counts_fully_again_after_an_interrupt_while_hot(parts: tuple[object, ...]) -> None:
    desk, looks = _desk(parts), []

    def stop(cost: float) -> bool:
        looks.append(desk.ease)
        if len(looks) == 3:
            raise KeyboardInterrupt
        return False

    for index in range(len(desk.is_in)):
        desk.put(index)
    with pytest.raises(KeyboardInterrupt):
        search.anneal(desk, stop)
    assert looks[1] < looks[2] < 1
    assert desk.ease == 1


def test_a_line_drawn_without_heat_is_the_best_answer(parts: tuple[object, ...]) -> None:
    drawn, put = _desk(parts), _desk(parts)
    for index in (*range(8), 3, 0):
        drawn.draw([index], 0.0)
        put.put(index)
    assert drawn.keep() == pytest.approx(put.keep())
    assert np.allclose(drawn.sheet.wishes, put.sheet.wishes)


def test_lines_drawn_at_once_do_not_know_of_each_other(parts: tuple[object, ...]) -> None:
    def draw(*turns: list[int]) -> search.Desk:
        desk = _desk(parts)
        for index in range(8):
            desk.put(index)
        desk.take(0)
        desk.take(2)
        for people in turns:
            desk.draw(people, 0.0)
        return desk

    at_once, in_turn = draw([0, 2]), draw([0], [2])
    for index in (0, 2):
        assert np.array_equal(at_once.line(index).works, draw([index]).line(index).works)
    assert not np.array_equal(at_once.line(2).works, in_turn.line(2).works)


def test_a_hot_draw_differs_and_keeps_the_rules(parts: tuple[object, ...]) -> None:
    team, *_ = parts
    desk = _desk(parts)
    lines = []
    for _ in range(5):
        desk.draw([0], 100.0)
        lines.append(desk.line(0))
    member = team.members[0]
    assert len({line.chosen.tobytes() for line in lines}) > 1
    for line in lines:
        days = np.flatnonzero(line.chosen >= 0)
        assert (member.base[days, line.chosen[days]] > search.NEVER / 2).all()
        assert line.wishes < -search.NEVER / 2
