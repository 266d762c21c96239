"""The cut formulas against linear programs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from omnistaff.errors import ConfigError
from omnistaff.schedule.cover import Cover, Need, make_groups

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
