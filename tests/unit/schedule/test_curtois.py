"""Instances of Curtois and Qu in parts: windows, sums that are priced, and the bound of long ones."""

from __future__ import annotations

import importlib
import itertools
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnistaff.errors import OmnistaffError
from omnistaff.schedule.counted import MANY_LABELS, best_counted
from omnistaff.schedule.kernel import NEVER

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.append(str(BENCHMARKS))
files, model, parts, bounds, long = (
    importlib.import_module(f"curtois_{name}") for name in ("files", "model", "parts", "bound", "long")
)
SHIFTS = {"E": 480, "D": 480, "N": 600}


def _instance(seed: int, weeks: int = 4, people: int = 5) -> Any:
    """Return a random instance that has legal rosters."""
    rng = np.random.default_rng(seed)
    days = 7 * weeks
    made = files.Instance(days, dict(SHIFTS), {"E": set(), "D": {"E"}, "N": {"E", "D"}})
    for i in range(people):
        most = {"E": days, "D": int(rng.integers(2, days)), "N": int(rng.integers(0, 4))}
        low = int(480 * 2.5 * weeks)
        off = set(rng.choice(days, 2, replace=False).tolist())
        least = (int(rng.integers(1, 3)), int(rng.integers(1, 4)))
        made.staff[f"P{i}"] = files.Employee(most, low + 1440, low, 5, *least, weeks - 1, off)
    for i, day in itertools.product(range(people), range(days)):
        if rng.random() < 0.15:
            made.on.append((f"P{i}", day, str(rng.choice(list(SHIFTS))), int(rng.integers(1, 4))))
        if rng.random() < 0.15:
            made.refused.append((f"P{i}", day, str(rng.choice(list(SHIFTS))), int(rng.integers(1, 4))))
    for day, shift in itertools.product(range(days), SHIFTS):
        made.cover.append((day, shift, int(rng.integers(0, 3)), 100, 1))
    return made


def _some_roster(instance: Any, rng: np.random.Generator) -> Any:
    """Return a legal roster at random."""
    adapter = model.Adapter(instance)
    lines = []
    for member in adapter.team.members:
        worth = np.where(member.base > NEVER / 2, rng.normal(size=member.base.shape), NEVER)
        chosen = np.empty(instance.days, np.int32)
        rests = np.ones(instance.days, dtype=bool)
        found = best_counted(worth, rests, adapter.menu.kinds, member.walk, member.limits, MANY_LABELS, chosen)
        assert found[0] > NEVER / 2
        lines.append(chosen)
    return adapter.roster(lines)


@pytest.mark.parametrize("seed", range(4))
def test_any_roster_of_a_part_fits_into_the_whole_and_costs_as_much_more_or_less_there(seed: int) -> None:
    instance, rng = _instance(seed), np.random.default_rng(seed)
    roster = _some_roster(instance, rng)
    for _ in range(8):
        first = int(rng.integers(0, 4))
        people = tuple(who for who in instance.staff if rng.random() < 0.7) or ("P0",)
        window = parts.Window(7 * first, 7 * int(rng.integers(first + 1, 5)), people)
        part = parts.part_of(instance, roster, window)
        own = {who: roster[who][window.first : window.last] for who in people}
        found = _some_roster(part, rng)
        joined = parts.splice(roster, window, found)
        assert files.broken_rules(instance, joined) == []
        dearer = files.score(part, found) - files.score(part, own)
        assert files.score(instance, joined) - files.score(instance, roster) == dearer
        roster = joined


def test_two_parts_that_share_what_is_left_never_use_too_much_together() -> None:
    instance, rng = _instance(7), np.random.default_rng(7)
    roster = _some_roster(instance, rng)
    everybody = tuple(instance.staff)
    windows = [parts.Window(0, 7, everybody), parts.Window(14, 28, everybody)]
    made = [parts.part_of(instance, roster, window, 0.5) for window in windows]
    for _ in range(10):
        joined = roster
        for window, part in zip(windows, made, strict=True):
            joined = parts.splice(joined, window, _some_roster(part, rng))
        assert files.broken_rules(instance, joined) == []


def test_a_window_between_days_that_stay_keeps_their_runs_and_rest() -> None:
    one = files.Employee({}, 10_000, 0, 3, 2, 2, 4, set())
    instance = files.Instance(21, dict(SHIFTS), {"E": set(), "D": {"E"}, "N": {"E", "D"}}, {"A": one})
    line: list[str | None] = [None, None, None, None, None, None, "N", "N", *[None] * 4, "D", "D", *[None] * 7]
    part = parts.part_of(instance, {"A": line}, parts.Window(7, 14, ("A",)))
    legal = {
        week
        for week in itertools.product((None, "E", "N"), repeat=7)
        if not files.broken_rules(instance, {"A": [*line[:7], *week, *line[14:]]})
    }
    member, menu = model.Adapter(part).team.members[0], model.Adapter(part).menu
    assert legal
    for week in itertools.product((None, "E", "N"), repeat=7):
        worth = np.full(member.base.shape, NEVER)
        for day, shift in enumerate(week):
            if shift:
                worth[day, list(SHIFTS).index(shift)] = 0.0
        rests = np.array([shift is None for shift in week])
        worth = np.minimum(worth, member.base)
        chosen = np.empty(7, np.int32)
        value = best_counted(worth, rests, menu.kinds, member.walk, member.limits, MANY_LABELS, chosen)[0]
        assert (value > NEVER / 2) == (week in legal)


def test_prices_of_sums_bound_every_roster_and_come_near_the_best() -> None:
    instance, rng = _instance(3), np.random.default_rng(3)
    relaxed = bounds.Relaxed(instance)
    people, sums = relaxed.most.shape
    costs = [files.score(instance, _some_roster(instance, rng)) for _ in range(20)]
    for _ in range(20):
        prices = bounds.Prices(rng.random(len(relaxed.need)) * relaxed.top, rng.normal(size=(people, sums)))
        prices.sums[:, 1:] = np.abs(prices.sums[:, 1:])
        assert relaxed.prove(prices) <= min(costs) + 1e-6
    found = bounds.Fractional(relaxed).settle(lambda: 0.0, rng)
    began = time.process_time()
    roster = long.solve_window(instance, _some_roster(instance, rng), lambda: time.process_time() - began > 2, rng)
    assert files.broken_rules(instance, roster) == []
    assert 0.9 * files.score(instance, roster) <= found.bound <= files.score(instance, roster) + 1e-6


def test_the_search_by_windows_makes_a_roster_cheaper_and_keeps_all_rules() -> None:
    instance, rng = _instance(5), np.random.default_rng(5)
    roster = _some_roster(instance, rng)
    ticks = itertools.count()  # a clock that counts its readings, so that load changes nothing
    search = long.Search(instance, roster, lambda: next(ticks) / 25, 8.0, rng)
    search.run(dict.fromkeys(instance.staff, (0.01, 5.0, 0.0, 0.0, 1.0)))
    assert files.broken_rules(instance, search.roster) == []
    assert files.score(instance, search.roster) < 0.7 * files.score(instance, roster)


def test_lines_of_too_many_states_keep_an_even_pace_and_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MOST_STATES", 50)
    instance = _instance(2, weeks=8)
    assert model.is_wide(instance)
    roster = _some_roster(instance, np.random.default_rng(2))
    assert files.broken_rules(instance, roster) == []
    for line in roster.values():
        worked = np.cumsum([SHIFTS[shift] if shift else 0 for shift in line])
        assert math.isclose(worked[27] / worked[-1], 0.5, abs_tol=0.2)


def test_who_cannot_keep_the_rules_is_named() -> None:
    instance = _instance(1)
    instance.staff["P1"].off = set(range(28))
    adapter, rng = model.Adapter(instance), np.random.default_rng(1)
    hunt = long.Hunt(long.Master(adapter.team, adapter.need, adapter.groups), 1, rng, lambda *_: False)
    with pytest.raises(OmnistaffError, match="no line of work of P1"):
        hunt.begin(np.zeros((84, 1)))
