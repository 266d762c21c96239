"""The cut formulas against linear programs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from omnistaff.errors import ConfigError
from omnistaff.schedule.cover import Cover, Held, Need, join_groups, make_groups
from omnistaff.schedule.prices import group_prices

SKILLS = ((0,), (0, 1), (1, 2), (2,), (0, 2))


def _cover(seed: int, levels: int = 2) -> Cover:
    rng = np.random.default_rng(seed)
    base = rng.uniform(0, 6, (5, 3))
    needs = np.stack([base * (1 + 0.3 * k) for k in range(levels)])
    cover = Cover(Need(("a", "b", "c"), needs, np.array([5.0, 1.0])[:levels], 0.5, 0), make_groups(SKILLS, 3))
    for group in rng.integers(0, len(SKILLS), 12):
        cover.add(int(group), rng.random(5) < 0.7)
    return cover


def _best_allocation(cover: Cover, slot: int) -> float:
    """Return the least cost of one slot by a linear program over who serves which level of which queue."""
    need, heads = cover.need, cover.heads[slot]
    values = [need.weights.sum() + need.idle_cost, need.weights[1]]
    caps = [need.levels[0, slot], need.levels[1, slot] - need.levels[0, slot]]
    edges = [(g, q, k) for g, skill in enumerate(SKILLS) for q in skill for k in range(2)]
    costs = [-values[k] for _, _, k in edges]
    rows = [[float(e[0] == g) for e in edges] for g in range(len(SKILLS))]
    rows += [[float(e[1:] == (q, k)) for e in edges] for q in range(3) for k in range(2)]
    right = [*heads, *(caps[k][q] for q in range(3) for k in range(2))]
    found = linprog(costs, A_ub=rows, b_ub=right)
    worth = need.levels[0, slot].sum() * need.weights.sum() + caps[1].sum() * need.weights[1]
    return float(worth + found.fun + need.idle_cost * heads.sum())


@pytest.mark.parametrize("seed", range(6))
def test_the_cost_of_cover_is_that_of_the_best_allocation(seed: int) -> None:
    cover = _cover(seed)
    assert cover.cost() == pytest.approx(sum(_best_allocation(cover, t) for t in range(5)))


@pytest.mark.parametrize("group", range(len(SKILLS)))
def test_the_worth_of_a_person_is_what_adding_them_saves(group: int) -> None:
    cover = _cover(11)
    worth, before = cover.worth(group), cover.cost()
    for slot in range(5):
        here = np.arange(5) == slot
        cover.add(group, here)
        assert before - cover.cost() == pytest.approx(worth[slot])
        cover.add(group, here, -1)
    assert cover.cost() == pytest.approx(before)


@pytest.mark.parametrize("group", range(len(SKILLS)))
def test_somebody_at_work_is_worth_what_the_cover_lacks_without_them(group: int) -> None:
    cover, works = _cover(12), np.array([True, False, True, True, False])
    without = cover.worth(group)
    cover.add(group, works)
    assert cover.worth(group, works) == pytest.approx(without)


def test_who_moves_leaves_the_old_slots_and_fills_the_new() -> None:
    moved, twice = _cover(13), _cover(13)
    before, after = np.array([True, True, False, False, True]), np.array([False, True, True, False, False])
    for cover in (moved, twice):
        cover.add(2, before)
    moved.move(2, before, after)
    twice.add(2, before, -1)
    twice.add(2, after)
    assert np.allclose(moved.cuts, twice.cuts)
    assert np.array_equal(moved.heads, twice.heads)


def test_too_many_combinations_of_skills_are_refused_with_advice() -> None:
    with pytest.raises(ConfigError, match="plan sites"):
        make_groups([(q,) for q in range(13)], 13)


def _held(seed: int, *, alike: bool) -> list[list[Held]]:
    """Return groups whose skills begin and end, at speeds that are *alike* for all queues of a group or not."""
    rng = np.random.default_rng(seed)
    held = []
    for skill in SKILLS:
        speeds = rng.choice([0.5, 0.8, 1.0, 1.2], len(skill))
        ends = np.sort(rng.integers(0, 7, (len(skill), 2)), axis=1)
        held.append(
            [
                Held(q, speeds[0] if alike else speed, *map(float, end))
                for q, speed, end in zip(skill, speeds, ends, strict=True)
            ]
        )
    return held


def _true_shortage(cover: Cover, held: list[list[Held]], slot: int, level: int) -> float:
    """Return the least shortage of a slot by a linear program: heads are shared out, each at its speed."""
    edges = [(g, one) for g, group in enumerate(held) for one in group if one.first <= slot < one.last]
    if not edges:
        return float(cover.need.levels[level, slot].sum())
    rows = [[float(g == own) for own, _ in edges] for g in range(len(held))]
    rows += [[one.speed * (one.queue == q) for _, one in edges] for q in range(3)]
    right = [*cover.heads[slot], *cover.need.levels[level, slot]]
    served = -linprog([-one.speed for _, one in edges], A_ub=rows, b_ub=right).fun
    return float(cover.need.levels[level, slot].sum() - served)


def _dated_cover(seed: int, held: list[list[Held]]) -> Cover:
    cover = Cover(_cover(seed).need, join_groups(held, 3))
    rng = np.random.default_rng(seed + 50)
    for group in rng.integers(0, len(held), 14):
        cover.add(int(group), rng.random(5) < 0.7)
    return cover


@pytest.mark.parametrize("seed", range(6))
def test_dated_skills_and_speeds_of_people_are_counted_exactly(seed: int) -> None:
    held = _held(seed, alike=True)
    cover = _dated_cover(seed, held)
    truth = [[_true_shortage(cover, held, t, k) for t in range(5)] for k in range(2)]
    assert np.allclose(cover.shortage(), truth)


@pytest.mark.parametrize("seed", range(6))
def test_speeds_that_differ_by_queue_never_count_for_less_than_they_can_do(seed: int) -> None:
    held = _held(seed, alike=False)
    cover = _dated_cover(seed, held)
    truth = np.array([[_true_shortage(cover, held, t, k) for t in range(5)] for k in range(2)])
    counted = cover.shortage()
    assert (counted <= truth + 1e-9).all()
    best = [max((one.speed for one in group), default=0.0) for group in held]
    least = [min((one.speed for one in group), default=0.0) for group in held]
    slack = cover.heads @ (np.array(best) - least)
    assert (truth <= counted + slack + 1e-9).all()


def test_who_serves_one_queue_at_a_time_counts_at_its_speed() -> None:
    need = Need(("a", "b"), np.array([[[0.0, 4.0], [4.0, 0.0]]]), np.array([1.0]), 0.0, 0)
    cover = Cover(need, join_groups([[Held(0, 1.0), Held(1, 0.8)]], 2))
    cover.add(0, np.array([True, True]), 2)
    assert cover.shortage()[0] == pytest.approx([4 - 2 * 0.8, 4 - 2])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("alike", [True, False])
def test_prices_of_dated_skills_prove_bounds(seed: int, alike: bool) -> None:
    """For any prices: prices x need, less what heads earn, is at most what the shortage costs."""
    cover = _dated_cover(seed, _held(seed, alike=alike))
    rng = np.random.default_rng(seed)
    prices = rng.random(cover.need.levels.shape) * cover.need.tops[:, :, None]
    earned = float((group_prices(prices, cover.groups, cover.need.idle) * cover.heads).sum())
    assert (prices * cover.need.levels).sum() - earned - cover.need.constant <= cover.cost() + 1e-9


@pytest.mark.parametrize("group", range(len(SKILLS)))
def test_the_worth_of_a_person_with_dated_skills_is_what_adding_them_saves(group: int) -> None:
    cover = _dated_cover(3, _held(3, alike=False))
    worth, before = cover.worth(group), cover.cost()
    for slot in range(5):
        cover.add(group, np.arange(5) == slot)
        assert before - cover.cost() == pytest.approx(worth[slot])
        cover.add(group, np.arange(5) == slot, -1)
