"""What every rule over days is made of.

A rule is an automaton. Each day a person either is off (class 0) or works a shift of a class; the classes tell apart
what some rule of the person looks at: paid minutes, nights, late shifts, starts. The rule moves from state to state,
and says of each move by how much it breaks the rule. A hard rule forbids moves that break it, a soft one asks its
weight for each unit. ``walk`` joins the automata of all rules of a person; rest between two shifts on neighbouring
days is not here: it depends on starts and ends (``shifts``).
"""

from __future__ import annotations

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from omnistaff.plan import Contract, ScheduleSettings
from omnistaff.plan.schedule import Burden

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FORBIDDEN = -1
HARD = math.inf
DAYS_A_WEEK = 7
LEAVE_DAYS = 5  # leave from Monday to Friday is a week's hours


@dataclass(frozen=True)
class Setting:
    """What rules look at: the days of the roster and the classes of shifts (class 0 is a day off)."""

    weekdays: tuple[int, ...]  # 0 = Monday, of each day
    class_minutes: tuple[int, ...]  # paid minutes of each class
    worked_before: tuple[bool, ...] = ()  # the days just before the roster, oldest first; empty if not known
    nights_before: tuple[bool, ...] = ()  # the same days, worked as nights
    is_night: tuple[bool, ...] = ()  # of each class; empty if no rule asks
    is_late: tuple[bool, ...] = ()
    starts: tuple[int, ...] = ()  # wall clock minute of each class
    too_close: tuple[frozenset[tuple[int, int, int]], ...] = ()  # by day: (days before, class then, class now)

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.weekdays)

    @property
    def classes(self) -> int:
        """Number of classes, the day off included."""
        return len(self.class_minutes)

    def nights(self) -> Bools:
        """Return which classes are nights."""
        return np.array(self.is_night or (False,) * self.classes, dtype=bool)

    def run_before(self, days: tuple[bool, ...], value: bool) -> int:
        """Return how many of the *days* just before the roster were all *value*."""
        run = 0
        for day in reversed(days):
            if day is not value:
                break
            run += 1
        return run


@dataclass(frozen=True)
class Automaton:
    """States of one rule: where each class leads from each state, and by how much that breaks the rule."""

    moves: Ints  # [kind, state, class] -> state or FORBIDDEN
    kinds: Ints  # kind of each day
    start: int
    accepts: Bools  # states in which the roster may end
    amounts: Floats | None = None  # [kind, state, class] units by which a move breaks the rule; None for never


@dataclass(frozen=True)
class Case:
    """One person as rules are made for them; what has a day each is in the order of *dates*."""

    contract: Contract
    settings: ScheduleSettings
    dates: tuple[dt.date, ...]
    leave: tuple[bool, ...]  # a Monday to Friday on which most cannot be worked
    cut: tuple[bool, ...]  # some time cannot be worked
    able: tuple[bool, ...]  # some shift is open
    class_minutes: tuple[int, ...]
    hourly_cost: float = 0.0
    paid_before: tuple[tuple[dt.date, int], ...] = ()  # paid minutes of days before the roster
    known_from: dt.date | None = None  # first day that the previous roster tells of
    shares: tuple[tuple[Burden, float], ...] = ()  # kind of shift, how many more are a fair share
    fixed: tuple[bool | None, ...] = ()  # must work, must be off, or neither

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return len(self.dates) // DAYS_A_WEEK

    def kept_minutes(self, week: int) -> float:
        """Return the paid minutes that the contract asks for in a week after leave."""
        return 60 * self.contract.hours_per_week * (1 - self.leave_in(week) / LEAVE_DAYS)

    def leave_in(self, week: int) -> int:
        """Return the days of leave in a week."""
        return sum(self.leave[DAYS_A_WEEK * week : DAYS_A_WEEK * (week + 1)])

    def knows_month(self, first: dt.date, last: dt.date) -> bool:
        """Return whether a month is known whole when the roster has its days from *first* to *last*."""
        begins = first.day == 1 or (self.known_from is not None and self.known_from <= first.replace(day=1))
        return begins and (last + dt.timedelta(days=1)).day == 1

    def weight(self, name: str) -> float:
        """Return the weight of a rule of the contract: its soft one, or hard."""
        return {str(rule): weight for rule, weight in self.contract.soft.items()}.get(name, HARD)


@dataclass(frozen=True)
class Rule(ABC):
    """A rule over days; *weight* is the cost of one unit by which it is broken, infinite for a hard rule."""

    name: ClassVar[str]
    unit: ClassVar[str] = "day"
    weight: float = field(default=HARD, kw_only=True)

    @property
    def is_hard(self) -> bool:
        """Whether the rule forbids instead of costing."""
        return math.isinf(self.weight)

    @abstractmethod
    def describe(self) -> str:
        """Return the rule as a planner would say it."""

    @abstractmethod
    def automaton(self, setting: Setting) -> Automaton:
        """Return the states of the rule."""

    @classmethod
    @abstractmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return the rule as a person's contract has it; nothing when it asks for nothing."""


def off_on(setting: Setting, off: Sequence[float], on: Sequence[float]) -> Floats:
    """Return [state, class] with *off* for class 0 and *on* for every class of shift."""
    return np.array([off] + [on] * (setting.classes - 1), dtype=float).T.copy()


def as_states(rows: Sequence[Floats]) -> Ints:
    """Return [kind, state, class] of state numbers."""
    return np.stack(rows).astype(np.int32)


def one_kind(setting: Setting) -> Ints:
    """Return the kinds of days that are all alike."""
    return np.zeros(setting.days, dtype=np.int32)


def rule_cost(rule: Rule, setting: Setting, classes: Sequence[int]) -> float:
    """Return what a soft *rule* costs on a line of classes, one a day; 0 for a hard one."""
    automaton = rule.automaton(setting)
    if rule.is_hard or automaton.amounts is None:
        return 0.0
    state, units = automaton.start, 0.0
    for kind, chosen in zip(automaton.kinds, classes, strict=True):
        units += float(automaton.amounts[kind, state, chosen])
        state = int(automaton.moves[kind, state, chosen])
    return rule.weight * units
