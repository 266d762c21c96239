"""Instances of Curtois and Qu in parts: windows, sums that are priced, and the bound of long ones."""

from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnistaff.errors import OmnistaffError
from omnistaff.schedule import columns
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
        lines.append(_best_line(adapter, member, worth))
    return adapter.roster(lines)


def _best_line(adapter: Any, member: Any, worth: np.ndarray) -> np.ndarray:
    """Return the options of a person's best legal line."""
    days = len(worth)
    chosen, rests = np.empty(days, np.int32), np.ones(days, dtype=bool)
    found = best_counted(worth, rests, adapter.menu.kinds, member.walk, member.limits, MANY_LABELS, chosen)
    assert found[0] > NEVER / 2
    return chosen


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


@pytest.mark.parametrize("least", [(2, 2), (1, 0), (2, 3)])
def test_a_window_between_days_that_stay_keeps_their_runs_and_rest(least: tuple[int, int]) -> None:
    one = files.Employee({}, 10_000, 0, 3, *least, 4, set())
    instance = files.Instance(21, dict(SHIFTS), {"E": set(), "D": {"E"}, "N": {"E", "D"}}, {"A": one})
    line: list[str | None] = [None, None, None, None, None, None, "N", "N", *[None] * 4, "D", "D"]
    line += [None, None, "D", "D", None, None, None]
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
    instance, rng = _instance(3, people=4), np.random.default_rng(3)
    relaxed = bounds.Relaxed(instance)
    people, sums = relaxed.most.shape
    lines: dict[int, list[Any]] = {i: [] for i in range(people)}
    for _ in range(4):
        prices = bounds.Prices(rng.random(len(relaxed.need)) * relaxed.top, rng.normal(size=(people, sums)))
        prices.sums[:, 1:] = np.abs(prices.sums[:, 1:])
        assert relaxed.prove(prices) <= files.score(instance, _some_roster(instance, rng)) + 1e-6
        for i, mine in enumerate(prices.sums):
            value, *line = relaxed.answer(i, prices.time, mine)
            lines[i].append(line)
            pay = prices.time - relaxed.idle
            worth = [pay @ works + wishes - mine @ used for works, used, wishes in lines[i]]
            assert value == pytest.approx(worth[-1])
            assert value == pytest.approx(max(worth))
    rounds, readings = itertools.count(), itertools.count()  # clocks that count, so that load changes nothing
    found = bounds.Fractional(relaxed).settle(lambda: next(rounds) / 200, rng)
    roster = long.solve_window(instance, _some_roster(instance, rng), lambda: next(readings) > 200, rng)
    assert files.broken_rules(instance, roster) == []
    assert 0.95 * files.score(instance, roster) <= found.bound <= files.score(instance, roster) + 1e-6


@pytest.mark.parametrize(
    ("limits", "is_wanted", "prices", "cost"),
    [
        ((7, 3360, 960, 1), False, (-1 / 480, 0, 0), 2),  # two days at least, each refused
        ((7, 960, 0, 1), True, (1 / 480, 0, 0), 5),  # two of seven days that are asked for
        ((3, 3360, 0, 1), True, (0, 0, 1), 4),  # three times the shift
        ((7, 3360, 0, 0), True, (0, 2, 0), 2),  # no weekend
    ],
)
def test_the_right_price_of_a_sum_proves_what_one_person_costs_at_least(
    limits: tuple[int, int, int, int], is_wanted: bool, prices: tuple[float, float, float], cost: float
) -> None:
    most, high, low, weekends = limits
    one = files.Employee({"D": most}, high, low, 7, 1, 1, weekends)
    instance = files.Instance(7, {"D": 480}, {"D": set()}, {"A": one})
    (instance.on if is_wanted else instance.refused).extend(("A", day, "D", 1) for day in range(7))
    assert bounds.Relaxed(instance).prove(bounds.Prices(np.zeros(7), np.array([prices]))) == pytest.approx(cost)


def test_the_search_by_windows_makes_a_roster_cheaper_and_keeps_all_rules() -> None:
    instance, rng = _instance(5), np.random.default_rng(5)
    roster = _some_roster(instance, rng)
    ticks = itertools.count()
    search = long.Search(instance, roster, lambda: next(ticks) / 25, 8.0, rng)
    search.run(dict.fromkeys(instance.staff, (0.01, 5.0, 0.0, 0.0, 1.0)))
    assert files.broken_rules(instance, search.roster) == []
    assert files.score(instance, search.roster) < 0.7 * files.score(instance, roster)


def test_lines_of_too_many_states_keep_an_even_pace_and_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MOST_STATES", 50)
    instance = _instance(2, weeks=8)
    assert model.is_wide(instance)
    adapter, late = model.Adapter(instance), np.repeat([-1.0, 1.0], 28)[:, None]
    chosen = [_best_line(adapter, member, member.base + late) for member in adapter.team.members]
    roster = adapter.roster(chosen)
    assert files.broken_rules(instance, roster) == []
    for one, line in zip(instance.staff.values(), roster.values(), strict=True):
        begun = sum(SHIFTS[shift] for shift in line[:28] if shift)
        assert begun >= one.min_minutes / 2 - model.SPARE_SHIFTS * max(SHIFTS.values())
        assert begun < sum(SHIFTS[shift] for shift in line[28:] if shift)  # as few as may be


def test_who_cannot_keep_the_rules_is_named() -> None:
    instance = _instance(1)
    instance.staff["P1"].off = set(range(28))
    adapter, rng = model.Adapter(instance), np.random.default_rng(1)
    hunt = long.Hunt(long.Master(adapter.team, adapter.need, adapter.groups), 1, rng, lambda *_: False)
    with pytest.raises(OmnistaffError, match="no line of work of P1"):
        hunt.begin(np.zeros((84, 1)))


def test_who_is_left_without_a_line_by_the_quick_search_gets_one_by_the_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance = _instance(2)
    for one in instance.staff.values():
        one.most = {"E": 4, "D": 3, "N": 3}
    adapter, rng = model.Adapter(instance), np.random.default_rng(2)
    monkeypatch.setattr(columns, "FEW_LABELS", 1)
    hunt = long.Hunt(long.Master(adapter.team, adapter.need, adapter.groups), 1, rng, lambda *_: False)
    pay = rng.normal(size=(len(adapter.need.idle), 1)) * 50
    assert any(found.line is None for found in hunt.answer(list(range(5)), pay))
    hunt.begin(pay)
    assert files.broken_rules(instance, adapter.roster([line.chosen for line in hunt.lines()])) == []


def test_a_file_that_the_bounds_could_not_stand_is_refused_with_all_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "Wrong1.txt"
    path.write_text(
        "SECTION_HORIZON\n7\nSECTION_SHIFTS\nD,480,\nSECTION_STAFF\nA,D=7,2400,0,5,1,1,1\n"
        "SECTION_SHIFT_ON_REQUESTS\nB,0,D,1\nSECTION_COVER\n1,D,1,100,1\n1,D,2,100,-1\n7,D,1,100,1\n1,Z,1,100,1\n"
    )
    with pytest.raises(ValueError, match="Wrong1") as caught:
        files.read_instance(path)
    for wrong in (
        "a request of B",
        "2 rows of cover of D on day 1",
        "shift D on day 7",
        "shift Z on day 1",
        "a weight of -1",
    ):
        assert wrong in str(caught.value)
    path.write_text("SECTION_HORIZON\n7\n")
    with pytest.raises(ValueError, match="SECTION_SHIFTS, SECTION_STAFF missing"):
        files.read_instance(path)


def test_where_cover_costs_nothing_the_bound_is_nothing() -> None:
    instance = _instance(4, weeks=2, people=2)
    instance.cover = [(day, shift, wanted, 0, 0) for day, shift, wanted, _, _ in instance.cover]
    instance.on.clear()
    instance.refused.clear()
    rounds = itertools.count()
    found = bounds.Fractional(bounds.Relaxed(instance)).settle(lambda: next(rounds) / 40, np.random.default_rng(4))
    assert -1.0 < found.bound <= 1e-6
