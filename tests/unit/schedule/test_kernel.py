"""The compiled programs against plain enumeration."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from omnistaff.schedule.kernel import NEVER, Offers, best_line, mark_work, place_breaks, shift_values
from omnistaff.schedule.rules import ConsecutiveDays, DaysOffTogether, DaysPerWeek, PaidMinutes, Setting, WeekendsOff
from omnistaff.schedule.shifts import chain, relate
from omnistaff.schedule.walk import join_rules


@pytest.mark.parametrize("seed", range(20))
def test_breaks_are_placed_where_they_cost_least(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = rng.uniform(-1, 5, 40)
    sums = np.concatenate([[0], np.cumsum(value)])
    windows = np.array([[2, 9, 1], [6, 14, 2], [12, 20, 1]], dtype=np.int32)
    rest, most = int(rng.integers(0, 4)), int(rng.integers(4, 12))
    out = np.zeros(3, dtype=np.int32)
    lost = place_breaks(sums, 5, windows, 1, np.array([rest, most], dtype=np.int32), out)
    choices = itertools.product(*(range(first, last + 1) for first, last, _ in windows))
    legal = [
        places for places in choices
        if all(rest <= places[b + 1] - places[b] - windows[b, 2] <= most for b in range(2))
    ]  # fmt: skip

    def loss(places: tuple[int, ...]) -> float:
        return sum(sums[5 + at + windows[b, 2]] - sums[5 + at] for b, at in enumerate(places))

    assert lost == pytest.approx(min(loss(places) for places in legal))
    assert tuple(out) in legal
    assert loss(tuple(out)) == pytest.approx(lost)


def test_the_value_of_a_shift_is_what_its_work_is_worth() -> None:
    value = np.random.default_rng(4).uniform(0, 3, 60)
    offers = Offers(
        np.array([[3, 8], [30, -1]], np.int32), np.array([20, 24], np.int32), np.array([0, 1], np.int32),
        np.array([[[4, 9, 2], [12, 15, 1]], [[4, 12, 1], [6, 20, 2]]], np.int32), np.array([2, 2], np.int32),
        np.array([[-1, 99], [3, 99]], np.int32), 1,
    )  # fmt: skip
    values = shift_values(value, offers)
    assert values[1, 1] == NEVER
    for day, option in ((0, 0), (0, 1), (1, 0)):
        chosen = np.full(2, -1, dtype=np.int32)
        chosen[day] = option
        works, places = np.zeros(60, dtype=bool), np.zeros((2, 2), dtype=np.int32)
        mark_work(value, chosen, offers, works, places)
        assert values[day, option] == pytest.approx(value[works].sum())


@pytest.mark.parametrize("step", [1, 2, 3])
def test_shifts_lose_what_breaks_in_their_best_places_cost(step: int) -> None:
    rng = np.random.default_rng(step)
    windows = np.array([[[2, 17, 2], [18, 18, 1], [20, 26, 3]]], np.int32)
    starts = np.arange(12, dtype=np.int32)[:, None] * 3
    offers = Offers(
        starts, np.array([30], np.int32), np.zeros(1, np.int32), windows, np.array([3], np.int32),
        np.array([[-1, 99]], np.int32), step,
    )  # fmt: skip
    value = rng.normal(size=int(starts.max()) + 30)  # the last shift ends with the horizon
    sums = np.concatenate([[0.0], np.cumsum(value)])
    values = shift_values(value, offers)
    for d, start in enumerate(starts[:, 0]):
        lost = place_breaks(sums, int(start), windows[0], step, offers.apart[0], np.zeros(3, np.int32))
        assert values[d, 0] == pytest.approx(sums[start + 30] - sums[start] - lost)


def _legal(line: tuple[int, ...], setting: Setting) -> bool:
    """Say by counting whether a line of classes keeps the rules of the test below."""
    on = [c > 0 for c in line]
    for week in range(len(line) // 7):
        part = line[7 * week : 7 * week + 7]
        minutes, days = sum(setting.class_minutes[c] for c in part), sum(map(bool, part))
        if not 480 <= minutes <= 960 or not 2 <= days <= 3:
            return False
    runs = [(key, len(list(group))) for key, group in itertools.groupby(on)]
    inner = runs[1:-1]
    if any(key and length > 2 for key, length in runs):
        return False
    if any(not key and length < 2 for key, length in inner):
        return False
    weekends = [on[7 * week + 5] or on[7 * week + 6] for week in range(len(line) // 7)]
    return sum(weekends) <= 3


def test_the_walk_allows_exactly_the_lines_that_keep_every_rule() -> None:
    setting = Setting(tuple(range(7)), (0, 240, 480))
    rules = (
        PaidMinutes((480,), (960,)), DaysPerWeek((2,), (3,)), ConsecutiveDays(1, 2), DaysOffTogether(2),
        WeekendsOff(1),
    )  # fmt: skip
    steps = join_rules(rules, setting)
    assert steps is not None
    for line in itertools.product(range(3), repeat=7):
        state = 0
        for c in line:
            state = steps.following[state, c] if state >= 0 else -1
        assert (state >= 0) == _legal(line, setting), line


@pytest.mark.parametrize(
    ("rest_slots", "parents"),
    [(11, [-1, 0, 1, 2]), ([[25, 11, 25, 11], [0, 11, 25, 25], [25, 11, 0, 11], [11, 0, 25, 11]], [-1, 0, -1, 1])],
    ids=["nested rests", "rests by pair"],
)
@pytest.mark.parametrize("seed", range(12))
def test_the_best_line_is_the_best_of_all_lines(seed: int, rest_slots: Any, parents: list[int]) -> None:
    rng, rest = np.random.default_rng(seed), np.broadcast_to(np.array(rest_slots, dtype=np.int32), (4, 4))
    setting = Setting((3, 4, 5, 6, 0, 1), (0, 240, 480))
    steps = join_rules((ConsecutiveDays(2, 3), DaysOffTogether(1 + seed % 2)), setting)
    assert steps is not None
    starts = np.arange(6)[:, None] * 24 + np.array([2, 6, 12, 20])
    lengths = np.array([4, 8, 8, 4], dtype=np.int32)
    kinds = relate(starts.astype(np.int32), lengths, np.array([1, 2, 2, 1], dtype=np.int32), rest)
    assert (kinds.parents[1:] == parents).all()
    worth = rng.uniform(-2, 5, (6, 4))
    worth[rng.random((6, 4)) < 0.2] = NEVER
    chosen = np.zeros(6, dtype=np.int32)
    value = best_line(worth, kinds, steps, chosen)

    best = -np.inf
    for line in itertools.product(range(-1, 4), repeat=6):
        state, total, end, last = 0, 0.0, -100, 0
        for d, o in enumerate(line):
            state = steps.following[state, 0 if o < 0 else (1, 2, 2, 1)[o]]
            if state < 0 or (o >= 0 and (starts[d, o] - end < rest[last, o] or worth[d, o] == NEVER)):
                break
            total += worth[d, o] if o >= 0 else 0
            end, last = (starts[d, o] + lengths[o], o) if o >= 0 else (end, last)
        else:
            best = max(best, total)
    assert value == pytest.approx(best)
    assert sum(worth[d, o] for d, o in enumerate(chosen) if o >= 0) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_any_rest_relation_survives_its_chain(seed: int) -> None:
    allowed = np.random.default_rng(seed).random((3, 6, 5)) < 0.5
    parents, pointers, extras = chain(allowed)
    for d in range(3):
        rebuilt = np.zeros((6, 5), dtype=bool)
        for h in range(5):
            if parents[d, h] >= 0:
                rebuilt[:, h] = rebuilt[:, parents[d, h]]
            rebuilt[extras[d, pointers[d, h] : pointers[d, h + 1]], h] = True
        assert (rebuilt == allowed[d]).all()
