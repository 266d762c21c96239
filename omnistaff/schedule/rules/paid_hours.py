"""Paid hours: in each week, in each month, and what is overtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np

from omnistaff.schedule.rules.base import LEAVE_DAYS, Automaton, Case, Rule, Setting


def paid_automaton(
    setting: Setting, periods: Sequence[int], low: Sequence[int], high: Sequence[int], begin: int = 0
) -> Automaton:
    """Return the states that count paid minutes of each period; amounts are hours outside of *low* to *high*.

    *periods* has the period of each day, *begin* is what the first period had before the first day.
    """
    unit = int(np.gcd.reduce([m for m in (*setting.class_minutes, begin) if m] or [60]))
    top = -(-max(max(high), begin) // unit)
    minutes = (np.arange(top + 1)[:, None] * unit) + np.array(setting.class_minutes)[None, :]
    limits = sorted(set(zip(low, high, strict=True)))
    rows, amounts = [], []
    for least, most in limits:
        before = np.maximum(0, np.arange(top + 1)[:, None] * unit - most)
        over = np.maximum(0, minutes - most) - before
        short = np.maximum(0, least - minutes)
        rows += [np.minimum(minutes // unit, top), np.zeros_like(minutes)]
        amounts += [over / 60, (over + short) / 60]
    last = [d + 1 == len(periods) or periods[d + 1] != periods[d] for d in range(len(periods))]
    kinds = [2 * limits.index((low[p], high[p])) + end for p, end in zip(periods, last, strict=True)]
    accepts = np.ones(top + 1, dtype=bool)
    moves = np.stack(rows).astype(np.int32)
    return Automaton(moves, np.array(kinds, dtype=np.int32), begin // unit, accepts, np.stack(amounts))


@dataclass(frozen=True)
class PaidMinutes(Rule):
    """Paid minutes in each week."""

    name: ClassVar[str] = "hours_per_week"
    unit: ClassVar[str] = "hour"
    at_least: tuple[int, ...]  # by week
    at_most: tuple[int, ...]

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract: hours after leave, within the tolerance, overtime on top."""
        contract = case.contract
        low, high = [], []
        for week in range(case.weeks):
            kept = case.kept_minutes(week)
            most = max(0, round(kept + 60 * contract.tolerance_hours))
            least = max(0, round(kept - 60 * contract.tolerance_hours))
            if any(case.cut[7 * week : 7 * week + 7]):  # what is left may be no whole number of shifts
                able = min(contract.max_days_per_week, sum(case.able[7 * week : 7 * week + 7]))
                least = min(least, largest_sum(case.class_minutes[1:], able, most))
            low.append(least)
            high.append(most + round(60 * contract.max_overtime_hours))
        return [cls(tuple(low), tuple(high), weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        low, high = max(self.at_least) / 60, max(self.at_most) / 60
        return f"is paid {low:g} h a week" if low == high else f"is paid {low:g} to {high:g} h a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has k units of paid time in the week."""
        return paid_automaton(setting, [d // 7 for d in range(setting.days)], self.at_least, self.at_most)


def largest_sum(parts: Sequence[int], count: int, limit: int) -> int:
    """Return the largest sum of at most *count* parts, repeats allowed, that is not above *limit*."""
    sums = {0}
    for _ in range(count):
        sums |= {total + part for total in sums for part in parts if total + part <= limit}
    return max(sums)


@dataclass(frozen=True)
class Overtime(Rule):
    """Paid minutes of a week above contract and tolerance: each hour costs."""

    name: ClassVar[str] = "overtime"
    unit: ClassVar[str] = "hour"
    above: tuple[int, ...]  # minutes by week from which on time is overtime

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract that allows overtime; an hour costs the surcharge on a paid hour."""
        contract = case.contract
        if not contract.max_overtime_hours:
            return []
        above = [round(case.kept_minutes(k) + 60 * contract.tolerance_hours) for k in range(case.weeks)]
        costs = case.settings.rules
        surcharge = max(0.0, costs.overtime_cost_share - costs.paid_cost_share)
        return [cls(tuple(above), weight=case.hourly_cost * surcharge)]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"works overtime above {max(self.above) / 60:g} h a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has k units of paid time in the week."""
        return paid_automaton(setting, [d // 7 for d in range(setting.days)], [0] * len(self.above), self.above)


@dataclass(frozen=True)
class MonthlyHours(Rule):
    """Paid minutes in each calendar month; of a month that the roster does not know whole only the most counts."""

    name: ClassVar[str] = "hours_per_month"
    unit: ClassVar[str] = "hour"
    months: tuple[int, ...]  # of each day
    at_least: tuple[int, ...]  # by month
    at_most: tuple[int, ...]
    begin: int  # minutes paid in the first month before the roster

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule of a contract; leave takes a fifth of the week's hours off the month."""
        contract = case.contract
        if contract.hours_per_month is None:
            return []
        months, low, high = [], [], []
        for number, (_, group) in enumerate(groupby(case.dates, key=lambda date: (date.year, date.month))):
            days = list(group)
            months += [number] * len(days)
            leave = sum(case.leave[len(months) - len(days) : len(months)])
            kept = 60 * (contract.hours_per_month - contract.hours_per_week * leave / LEAVE_DAYS)
            high.append(max(0, round(kept + 60 * contract.month_tolerance_hours)))
            least = max(0, round(kept - 60 * contract.month_tolerance_hours))
            low.append(least if case.knows_month(days[0], days[-1]) else 0)
        first = case.dates[0].replace(day=1)
        begin = sum(minutes for date, minutes in case.paid_before if date >= first)
        return [cls(tuple(months), tuple(low), tuple(high), begin, weight=case.weight(cls.name))]

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"is paid {max(self.at_least) / 60:g} to {max(self.at_most) / 60:g} h a month"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has k units of paid time in the month."""
        return paid_automaton(setting, self.months, self.at_least, self.at_most, self.begin)
