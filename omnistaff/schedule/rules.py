"""The rules that run over days, one class each: what it says to a planner, and the states it walks through.

A rule is an automaton. Each day a person either is off (class 0) or works a shift of a class (the classes differ in
paid minutes); the rule moves from state to state, and a move that it forbids has no next state. ``walk`` joins the
automata of all rules of a person. Rest between two shifts is not here: it depends on starts and ends (``shifts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
FORBIDDEN = -1


@dataclass(frozen=True)
class Setting:
    """What rules look at: the days of the roster and the classes of shifts."""

    weekdays: tuple[int, ...]  # 0 = Monday, of each day
    class_minutes: tuple[int, ...]  # paid minutes, class 0 is a day off
    worked_before: tuple[bool, ...] = ()  # the days just before the roster, oldest first; empty if not known

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.weekdays)


@dataclass(frozen=True)
class Automaton:
    """States of one rule: where each class leads from each state, by kind of day."""

    moves: Ints  # [kind, state, class] -> state or FORBIDDEN
    kinds: Ints  # kind of each day
    start: int
    accepts: npt.NDArray[np.bool_]  # states in which the roster may end


class Rule(Protocol):
    """A rule over days."""

    @property
    def name(self) -> str:
        """Name as in violations."""
        ...

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        ...

    def automaton(self, setting: Setting) -> Automaton:
        """Return the states of the rule."""
        ...


def _off_on(setting: Setting, off: Sequence[int], on: Sequence[int]) -> Ints:
    """Return the moves of one kind of day: *off* for class 0, *on* for every class of shift."""
    columns = [off] + [on] * (len(setting.class_minutes) - 1)
    return np.array(columns, dtype=np.int32).T.copy()


def _run_before(setting: Setting, worked: bool) -> int:
    """Return how many of the days just before the roster were all *worked* (or all off)."""
    run = 0
    for day in reversed(setting.worked_before):
        if day is not worked:
            break
        run += 1
    return run


@dataclass(frozen=True)
class ConsecutiveDays:
    """Working days in a row: at most, and at least (runs cut by the ends of the roster may be shorter)."""

    at_least: int
    at_most: int
    name: str = "consecutive_days"

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        least = f"at least {self.at_least} and " if self.at_least > 1 else ""
        return f"works {least}at most {self.at_most} days in a row"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 is off, k is the k-th day of a run, at_most + k the same in a run begun before the first day."""
        most, states = self.at_most, 2 * self.at_most + 1
        off = [0 if k == 0 or k > most or k >= self.at_least else FORBIDDEN for k in range(states)]
        on = [k + 1 if k not in (most, 2 * most) else FORBIDDEN for k in range(states)]
        run = min(_run_before(setting, True), most)
        start = most + run if run else 0
        if not setting.worked_before:  # nothing known: a run at the start may be the end of a longer one
            on[0] = 1
            off = [0 if k > most else move for k, move in enumerate(off)]
            moves = np.stack([_off_on(setting, off, on), _off_on(setting, off, [most + 1, *on[1:]])])
            kinds = np.array([1] + [0] * (setting.days - 1), dtype=np.int32)
        else:
            moves, kinds = _off_on(setting, off, on)[None], np.zeros(setting.days, dtype=np.int32)
        return Automaton(moves, kinds, start, np.ones(states, dtype=bool))


@dataclass(frozen=True)
class DaysOffTogether:
    """Days off in a row: at least (runs cut by the ends of the roster may be shorter)."""

    at_least: int
    name: str = "days_off_together"

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"has at least {self.at_least} days off in a row"

    def automaton(self, setting: Setting) -> Automaton:
        """State 0 works, k has been off for k days (the last state for enough)."""
        need = self.at_least
        off = [min(k + 1, need) for k in range(need + 1)]
        on = [0 if k in (0, need) else FORBIDDEN for k in range(need + 1)]
        start = need if not setting.worked_before else min(_run_before(setting, False), need)
        if setting.worked_before and start == len(setting.worked_before):
            start = need  # off for as long as is known
        kinds = np.zeros(setting.days, dtype=np.int32)
        return Automaton(_off_on(setting, off, on)[None], kinds, start, np.ones(need + 1, dtype=bool))


@dataclass(frozen=True)
class DaysPerWeek:
    """Working days in each week."""

    at_least: tuple[int, ...]  # by week
    at_most: tuple[int, ...]
    name: str = "days_per_week"

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"works {max(self.at_least)} to {max(self.at_most)} days a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has worked k days of the week; the last day of a week checks and begins anew."""
        top = max(self.at_most)
        limits = sorted(set(zip(self.at_least, self.at_most, strict=True)))
        moves = []
        for least, most in limits:
            on = [k + 1 if k < most else FORBIDDEN for k in range(top + 1)]
            moves.append(_off_on(setting, list(range(top + 1)), on))
            off_last = [0 if least <= k <= most else FORBIDDEN for k in range(top + 1)]
            on_last = [0 if least <= k + 1 <= most else FORBIDDEN for k in range(top + 1)]
            moves.append(_off_on(setting, off_last, on_last))
        kinds = [
            2 * limits.index((self.at_least[d // 7], self.at_most[d // 7])) + (d % 7 == 6)
            for d in range(setting.days)
        ]
        return Automaton(np.stack(moves), np.array(kinds, dtype=np.int32), 0, np.ones(top + 1, dtype=bool))


@dataclass(frozen=True)
class PaidMinutes:
    """Paid minutes in each period of *days* days (a week, or the whole roster)."""

    at_least: tuple[int, ...]  # by period
    at_most: tuple[int, ...]
    days: int = 7
    name: str = "hours_per_week"

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        low, high = max(self.at_least) / 60, max(self.at_most) / 60
        return f"is paid {low:g} h a week" if low == high else f"is paid {low:g} to {high:g} h a week"

    def automaton(self, setting: Setting) -> Automaton:
        """State k has k units of paid time in the period; the last day of a period checks and begins anew."""
        unit = int(np.gcd.reduce([m for m in setting.class_minutes if m] or [60]))
        top = max(self.at_most) // unit
        limits = sorted(set(zip(self.at_least, self.at_most, strict=True)))
        units = np.arange(top + 1)[:, None] + np.array(setting.class_minutes)[None, :] // unit
        moves = []
        for least, most in limits:
            moves.append(np.where(units * unit <= most, units, FORBIDDEN))
            moves.append(np.where((units * unit >= least) & (units * unit <= most), 0, FORBIDDEN))
        last = [d % self.days == self.days - 1 or d == setting.days - 1 for d in range(setting.days)]
        kinds = [
            2 * limits.index((self.at_least[d // self.days], self.at_most[d // self.days])) + last[d]
            for d in range(setting.days)
        ]
        accepts = np.ones(top + 1, dtype=bool)
        return Automaton(np.stack(moves).astype(np.int32), np.array(kinds, dtype=np.int32), 0, accepts)


@dataclass(frozen=True)
class WeekendsOff:
    """Of any four weekends in a row, at least so many wholly free (Saturday and Sunday by start of the shift)."""

    off_in_four: int
    name: str = "weekends_off"

    def describe(self) -> str:
        """Return the rule as a planner would say it."""
        return f"has at least {self.off_in_four} of any four weekends off"

    def automaton(self, setting: Setting) -> Automaton:
        """State: worked or not for the last three weekends (3 bits), and whether Saturday was worked (1 bit)."""
        most = 4 - self.off_in_four
        plain = np.tile(np.arange(16, dtype=np.int32)[:, None], (1, len(setting.class_minutes)))
        saturday, sunday = plain.copy(), plain.copy()
        for state in range(16):
            past, busy = state >> 1, state & 1
            for c in range(len(setting.class_minutes)):
                worked = busy or c > 0
                saturday[state, c] = past << 1 | (c > 0)
                full = past << 1 | int(worked)
                sunday[state, c] = FORBIDDEN if full.bit_count() > most else (full & 0b111) << 1
                if c > 0 and (past << 1 | 1).bit_count() > most:
                    saturday[state, c] = FORBIDDEN
        kinds = np.array([max(0, weekday - 4) for weekday in setting.weekdays], dtype=np.int32)
        return Automaton(np.stack([plain, saturday, sunday]), kinds, self._start(setting), np.ones(16, dtype=bool))

    def _start(self, setting: Setting) -> int:
        past, busy = 0, 0
        for k, worked in enumerate(setting.worked_before):
            weekday = (setting.weekdays[0] - len(setting.worked_before) + k) % 7
            if weekday == 5:
                busy = int(worked)
            elif weekday == 6:
                past, busy = (past << 1 | (busy or int(worked))) & 0b111, 0
        return past << 1 | busy
