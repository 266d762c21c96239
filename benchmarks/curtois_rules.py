"""The rules over days of Curtois and Qu's instances, as automata of the engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.rules import Automaton, Case, Rule, Setting
from omnistaff.schedule.rules.paid_hours import paid_automaton

Bools = npt.NDArray[np.bool_]
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True)
class _Local(Rule):
    """A rule that only these instances have."""

    @classmethod
    def made_for(cls, case: Case) -> list[Rule]:
        """Return nothing: no contract of a plan asks for it."""
        return []

    def describe(self) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True)
class TotalMinutes(_Local):
    """Minutes of the whole roster; with *spare*, never further than that from an even pace."""

    name: ClassVar[str] = "minutes"
    low: int
    high: int
    spare: int | None = None

    def automaton(self, setting: Setting) -> Automaton:
        """State k has worked k units."""
        plain = paid_automaton(setting, [0] * setting.days, [self.low], [self.high])
        if self.spare is None:
            return plain
        unit = math.gcd(*setting.class_minutes)
        moves = np.repeat(plain.moves[:1], setting.days, axis=0)
        for day in range(setting.days):
            pace = (day + 1) / setting.days
            minutes = moves[day] * unit
            over = minutes > min(self.high, self.high * pace + self.spare)
            moves[day][over | (minutes < self.low * pace - (self.spare if pace < 1 else 0))] = -1
        top = np.arange(moves.shape[1])[:, None] * unit + np.array(setting.class_minutes) > self.high
        moves[:, top] = -1  # units beyond the top were counted as the top
        return Automaton(moves, np.arange(setting.days, dtype=np.int32), 0, plain.accepts)


@dataclass(frozen=True)
class MostWeekends(_Local):
    """Weekends with work on either day, at a price when there is a weight; *spare* as in ``TotalMinutes``.

    Who is further behind than that is taken to have worked more.
    """

    name: ClassVar[str] = "weekends"
    most: int
    spare: int | None = None

    def automaton(self, setting: Setting) -> Automaton:
        """State 2k has begun k weekends; 2k + 1 the same on the Sunday after a Saturday of work."""
        states, days = 2 * (self.most + 1), setting.days
        spare = self.most if self.spare is None else self.spare
        moves = np.full((days, states, setting.classes), -1, dtype=np.int32)
        begins = np.zeros(moves.shape)
        for day, weekday in enumerate(setting.weekdays):
            begins[day, ::2, 1:] = weekday in (SATURDAY, SUNDAY)
            pace = self.most * (day + 1) / days
            least, highest = math.floor(pace) - spare, min(self.most, math.ceil(pace) + spare)
            for k in range(self.most + 1):
                moves[day, 2 * k] = 2 * max(k, least)
                if weekday == SUNDAY:
                    moves[day, 2 * k + 1] = 2 * max(k, least)
                if weekday in (SATURDAY, SUNDAY):
                    begun = max(k + 1, least)
                    moves[day, 2 * k, 1:] = 2 * begun + (weekday == SATURDAY) if begun <= highest else -1
        amounts = None if self.is_hard else begins
        return Automaton(moves, np.arange(days, dtype=np.int32), 0, np.ones(states, dtype=bool), amounts)


@dataclass(frozen=True)
class BegunWeekends(_Local):
    """Weekends with work on either day, each at a price."""

    name: ClassVar[str] = "priced_weekends"

    def automaton(self, setting: Setting) -> Automaton:
        """State 1 is the Sunday after a Saturday of work."""
        moves = np.zeros((setting.days, 2, setting.classes), dtype=np.int32)
        amounts = np.zeros(moves.shape)
        for day, weekday in enumerate(setting.weekdays):
            moves[day, :, 1:] = weekday == SATURDAY
            amounts[day, 0, 1:] = weekday in (SATURDAY, SUNDAY)
        return Automaton(moves, np.arange(setting.days, dtype=np.int32), 0, np.ones(2, dtype=bool), amounts)


@dataclass(frozen=True)
class Framed(_Local):
    """A rule on days in a row, on a part of the days: work *before* and *after* them is known."""

    name: ClassVar[str] = "framed"
    rule: Rule
    before: tuple[bool, ...]
    after: tuple[bool, ...]

    def automaton(self, setting: Setting) -> Automaton:
        """States are those of the rule."""
        begin, end = len(self.before), len(self.before) + setting.days
        whole = self.rule.automaton(replace(setting, weekdays=(0,) * (end + len(self.after))))
        assert whole.amounts is not None
        moves = np.where(whole.amounts > 0, -1, whole.moves)
        state = whole.start
        for day, works in enumerate(self.before):
            state = int(moves[whole.kinds[day], state, int(works)])
        reached = np.arange(moves.shape[1])
        for day, works in enumerate(self.after, start=end):
            reached = np.where(reached >= 0, moves[whole.kinds[day], reached, int(works)], -1)
        return Automaton(moves, whole.kinds[begin:end], state, reached >= 0)


def next_runs(line: Sequence[str | None], enough: int) -> tuple[bool, ...]:
    """Return whether the next days are worked, as far as rules on days in a row look: one run and what ends it.

    More than *enough* days off are alike.
    """
    runs = [(works, len(list(days))) for works, days in groupby(bool(shift) for shift in line)][:2]
    if not runs:
        return ()
    works, length = runs[0]
    told = length if works else min(length, max(1, enough))
    return (works,) * told + tuple(next_works for next_works, _ in runs[1:])
