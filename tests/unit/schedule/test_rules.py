"""Every rule over days against plain counting, on all lines of a few days."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from omnistaff.plan import Contract, ScheduleSettings
from omnistaff.schedule.rules import (
    HARD,
    Case,
    ConsecutiveDays,
    DaysOffTogether,
    DaysPerWeek,
    FairShare,
    LongRest,
    MonthlyHours,
    NightsInARow,
    NightsInFourWeeks,
    Overtime,
    PaidMinutes,
    Rule,
    SameStart,
    Setting,
    WeekendsOff,
    contract_rules,
)
from omnistaff.schedule.rules.base import rule_cost
from omnistaff.schedule.walk import join_rules

DAYS, NIGHT = (2, 3, 4, 5, 6, 0, 1), 2
MINUTES = (0, 240, 480)
Line = tuple[int, ...]


def _setting(weekdays: Sequence[int] = DAYS, **more: Any) -> Setting:
    usual = {"is_night": (False, False, True), "is_late": (False, True, False), "starts": (-1, 480, 1320)}
    return Setting(tuple(weekdays), MINUTES, **(usual | more))


def _runs(flags: Sequence[bool]) -> list[tuple[bool, int]]:
    return [(key, len(list(group))) for key, group in itertools.groupby(flags)]


def _row_units(line: Line) -> float:
    runs = _runs([False, *(c > 0 for c in line)])  # a day off before the first day is known
    over = sum(max(0, n - 3) for on, n in runs if on)
    return over + sum(max(0, 2 - n) for on, n in runs[1:-1] if on)


def _off_units(line: Line) -> float:
    return sum(max(0, 2 - n) for on, n in _runs([c > 0 for c in line])[1:-1] if not on)


def _paid(line: Line) -> int:
    return sum(MINUTES[c] for c in line)


def _changes(line: Line) -> float:
    worked = [c for c in line if c]
    return sum(a != b for a, b in itertools.pairwise(worked))


def _above(count: int, share: float) -> float:
    return sum(max(0.0, k - share) for k in range(1, count + 1))


CASES: list[tuple[Rule, Callable[[Line], float]]] = [
    (ConsecutiveDays(2, 3, weight=1), _row_units),
    (DaysOffTogether(2, weight=1), _off_units),
    (DaysPerWeek((3,), (4,), weight=1), lambda x: max(0, sum(map(bool, x)) - 4) + max(0, 3 - sum(map(bool, x)))),
    (PaidMinutes((720,), (1200,), weight=1), lambda x: (max(0, _paid(x) - 1200) + max(0, 720 - _paid(x))) / 60),
    (Overtime((1000,), weight=1), lambda x: max(0, _paid(x) - 1000) / 60),
    (MonthlyHours((0,) * 4 + (1,) * 3, (480, 0), (960, 480), 480, weight=1),
     lambda x: (max(0, _paid(x[:4]) - 480) + max(0, _paid(x[4:]) - 480)) / 60),
    (NightsInARow(1, weight=1), lambda x: sum(max(0, n - 1) for on, n in _runs([c == NIGHT for c in x]) if on)),
    (NightsInFourWeeks(2, weight=1), lambda x: max(0, x.count(NIGHT) - 2)),
    (SameStart(weight=1), _changes),
    (FairShare("nights", 1.5, weight=1), lambda x: _above(x.count(NIGHT), 1.5)),
    (FairShare("late_shifts", -1, weight=1), lambda x: _above(x.count(1), -1)),
    (FairShare("weekend_days", 0.0, weight=1), lambda x: _above(sum(map(bool, x[3:5])), 0)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "units"), CASES, ids=[f"{rule.name}-{k}" for k, (rule, _) in enumerate(CASES)])
def test_a_soft_rule_costs_what_counting_finds(rule: Rule, units: Callable[[Line], float]) -> None:
    worked = (True, False) if isinstance(rule, ConsecutiveDays) else ()
    setting = _setting(worked_before=worked)
    steps = join_rules([rule], setting)
    assert steps is not None
    for line in itertools.product(range(3), repeat=7):
        state, cost = 0, 0.0
        for c in line:
            cost += steps.penalties[state, c]
            state = steps.following[state, c]
        assert cost == pytest.approx(units(line)), line
        assert rule_cost(rule, setting, line) == pytest.approx(cost)


@pytest.mark.parametrize(("rule", "units"), CASES, ids=[f"{rule.name}-{k}" for k, (rule, _) in enumerate(CASES)])
def test_a_hard_rule_forbids_exactly_what_the_soft_one_prices(rule: Rule, units: Callable[[Line], float]) -> None:
    hard = replace(rule, weight=HARD)
    setting = _setting(worked_before=(True, False) if isinstance(rule, ConsecutiveDays) else ())
    steps = join_rules([hard], setting)
    for line in itertools.product(range(3), repeat=7):
        state = 0 if steps is not None else -1
        for c in line:
            state = steps.following[state, c] if steps is not None and state >= 0 else -1
        assert (state >= 0) == (units(line) == 0), line


def test_weekends_are_counted_over_any_window() -> None:
    weekdays = tuple(k % 7 for k in range(21))
    setting = _setting(weekdays, worked_before=(False,) * 5 + (True, False))
    rule = WeekendsOff(1, 2, weight=1)
    for worked in itertools.product((0, 1), repeat=6):
        line = [0] * 21
        for day, on in zip((5, 6, 12, 13, 19, 20), worked, strict=True):
            line[day] = on
        weekends = [True, *(bool(worked[k] or worked[k + 1]) for k in (0, 2, 4))]
        units = sum(a and b for a, b in itertools.pairwise(weekends))
        assert rule_cost(rule, setting, line) == units, worked


def test_a_long_rest_forbids_days_further_on() -> None:
    close = tuple(frozenset({(2, 2, 1)}) if d != 4 else frozenset({(2, 2, 1), (3, 2, 1)}) for d in range(7))
    steps = join_rules([LongRest(11, 48)], _setting(too_close=close))
    assert steps is not None
    for line in itertools.product(range(3), repeat=7):
        legal = not any(
            line[d] == now and d >= lag and line[d - lag] == before and not any(line[d - lag + 1 : d])
            for d in range(7)
            for lag, before, now in close[d]
        )
        state = 0
        for c in line:
            state = steps.following[state, c] if state >= 0 else -1
        assert (state >= 0) == legal, line


def test_nights_look_back() -> None:
    setting = _setting(nights_before=(False, True), worked_before=(False, True))
    assert rule_cost(NightsInARow(2, weight=1), setting, (2, 2, 0, 2, 2, 2, 0)) == 2


def _case(**contract: Any) -> Case:
    dates = tuple(dt.date(2026, 5, 4) + dt.timedelta(days=k) for k in range(28))
    nothing = (False,) * 28
    return Case(Contract(**contract), ScheduleSettings(), dates, nothing, nothing, (True,) * 28, MINUTES, 20.0)


def test_a_contract_s_soft_rules_carry_their_weight() -> None:
    rules = contract_rules(_case(soft={"weekends_off": 30.0}, max_nights_in_a_row=3))
    by_name = {rule.name: rule for rule in rules}
    assert by_name["weekends_off"].weight == 30
    assert by_name["nights_in_a_row"].is_hard
    assert "overtime" not in by_name


def test_overtime_costs_its_surcharge_beside_the_paid_hour() -> None:
    (rule,) = [rule for rule in contract_rules(_case(max_overtime_hours=4)) if isinstance(rule, Overtime)]
    assert rule.weight == pytest.approx(20 * (1.5 - 1.0))
    assert rule.above == (2400,) * 4


def test_only_the_most_counts_in_a_month_that_is_not_known_whole() -> None:
    case = _case(hours_per_month=160, month_tolerance_hours=8)
    (rule,) = [rule for rule in contract_rules(case) if isinstance(rule, MonthlyHours)]
    assert rule.at_least == (0,)
    assert rule.at_most == (168 * 60,)
    assert np.unique(rule.months).tolist() == [0]
