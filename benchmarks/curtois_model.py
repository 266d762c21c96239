"""Curtois and Qu's instances as the engine sees them: each shift of each day is one slot, and nobody has breaks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from curtois_files import Employee, Instance, Roster

from omnistaff.plan import Contract
from omnistaff.schedule.cover import Need, make_groups
from omnistaff.schedule.kernel import NEVER, Kinds, Offers
from omnistaff.schedule.rules import Automaton, Case, ConsecutiveDays, DaysOffTogether, Rule, Setting
from omnistaff.schedule.rules.paid_hours import paid_automaton
from omnistaff.schedule.shifts import Menu, ShiftClass, chain
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules

MOST_STATES = 20_000  # a day; limits that would need more are kept by repair instead


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
    """Minutes of the whole roster."""

    name: ClassVar[str] = "minutes"
    low: int
    high: int

    def automaton(self, setting: Setting) -> Automaton:
        """State k has worked k units."""
        return paid_automaton(setting, [0] * setting.days, [self.low], [self.high])


@dataclass(frozen=True)
class MostWeekends(_Local):
    """Weekends with work on either day."""

    name: ClassVar[str] = "weekends"
    most: int

    def automaton(self, setting: Setting) -> Automaton:
        """State 2k has begun k weekends; 2k + 1 the same on the Sunday after a Saturday of work."""
        states = 2 * (self.most + 1)
        other, saturday, sunday = (np.full((states, setting.classes), -1, dtype=np.int32) for _ in range(3))
        for k in range(self.most + 1):
            other[2 * k] = saturday[2 * k, 0] = sunday[2 * k, 0] = sunday[2 * k + 1] = 2 * k
            if k < self.most:
                saturday[2 * k, 1:], sunday[2 * k, 1:] = 2 * k + 3, 2 * k + 2
        kinds = np.array([max(0, day - 4) for day in setting.weekdays], dtype=np.int32)
        return Automaton(np.stack([other, saturday, sunday]), kinds, 0, np.ones(states, dtype=bool))


@dataclass(frozen=True)
class MostOfClass(_Local):
    """Shifts of one class in the whole roster."""

    name: ClassVar[str] = "shifts"
    kind: int
    most: int

    def automaton(self, setting: Setting) -> Automaton:
        """State k has worked k of them."""
        moves = np.repeat(np.arange(self.most + 1, dtype=np.int32)[:, None], setting.classes, axis=1)
        moves[:, self.kind] = [*range(1, self.most + 1), -1]
        return Automaton(moves[None], np.zeros(setting.days, np.int32), 0, np.ones(self.most + 1, dtype=bool))


class Adapter:
    """An instance as team, need and groups."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.shifts = instance, list(instance.minutes)
        self.menus: dict[tuple[str, ...], Menu] = {}
        self.walks: dict[tuple[object, ...], object] = {}
        members = [self._member(who, one) for who, one in instance.staff.items()]
        self.team = Team(tuple(members), tuple(self.menus.values()), ("all",))
        self.need = self._need()
        self.groups = make_groups([(0,)], 1)

    def _need(self) -> Need:
        slots = self.instance.days * len(self.shifts)
        wanted, under, over = np.zeros((1, slots, 1)), np.zeros((1, slots)), np.zeros(slots)
        for day, shift, count, low, high in self.instance.cover:
            slot = day * len(self.shifts) + self.shifts.index(shift)
            wanted[0, slot, 0], under[0, slot], over[slot] = count, low, high
        return Need(("all",), wanted, under, over, 0)

    def limits(self, one: Employee) -> dict[str, int]:
        """Return how often each shift may be worked, where that can bind and the shift may be worked at all."""
        most = {shift: one.most.get(shift, self.instance.days) for shift in self.shifts}
        able = {shift: one.max_minutes // self.instance.minutes[shift] for shift in self.shifts}
        return {shift: count for shift, count in most.items() if 0 < count < min(self.instance.days, able[shift])}

    def _tracked(self, one: Employee) -> tuple[str, ...]:
        """Return the tightest limits for which there is room in the states of the program over days."""
        unit = math.gcd(*self.instance.minutes.values())
        states = (one.max_minutes // unit + 1) * (one.max_run + one.min_off) * (one.max_weekends + 1)
        tracked = []
        for shift, count in sorted(self.limits(one).items(), key=lambda item: (item[1], item[0])):
            states *= count + 1
            if states > MOST_STATES:
                break
            tracked.append(shift)
        return tuple(tracked)

    def _member(self, who: str, one: Employee) -> Member:
        instance = self.instance
        tracked = self._tracked(one)
        if tracked not in self.menus:
            self.menus[tracked] = self._menu(tracked)
        menu = self.menus[tracked]
        setting = Setting(tuple(day % 7 for day in range(instance.days)), menu.class_minutes)
        class_of = menu.kinds.groups[menu.kinds.option_group, 0]
        limits = [MostOfClass(int(class_of[self.shifts.index(shift)]), one.most[shift]) for shift in tracked]
        rules: tuple[Rule, ...] = (
            TotalMinutes(one.min_minutes, one.max_minutes), ConsecutiveDays(one.min_run, one.max_run),
            DaysOffTogether(one.min_off), MostWeekends(one.max_weekends), *limits,
        )  # fmt: skip
        key = (tracked, rules)
        if key not in self.walks:
            self.walks[key] = join_rules(rules, setting)
        base, constant = self._wishes(who, one)
        walk = self.walks[key]
        return Member(
            who, "UTC", Contract(), 0, list(self.menus).index(tracked), walk, base, constant, rules, setting
        )

    def _wishes(self, who: str, one: Employee) -> tuple[np.ndarray, float]:
        base, constant = np.zeros((self.instance.days, len(self.shifts))), 0.0
        for name, day, shift, weight in self.instance.on:
            if name == who:
                base[day, self.shifts.index(shift)] += weight
                constant += weight
        for name, day, shift, weight in self.instance.refused:
            if name == who:
                base[day, self.shifts.index(shift)] -= weight
        base[sorted(one.off)] = NEVER
        base[:, [one.most.get(shift, 1) == 0 for shift in self.shifts]] = NEVER
        return base, constant

    def _menu(self, tracked: tuple[str, ...]) -> Menu:
        """Return all shifts; shifts of the same length that are not *tracked* are one class."""
        instance, count = self.instance, len(self.shifts)
        keys = [
            ShiftClass(instance.minutes[s], profile=1 + tracked.index(s) if s in tracked else 0) for s in self.shifts
        ]
        classes = (ShiftClass(), *sorted(set(keys)))
        options = np.arange(count, dtype=np.int32)
        starts = (np.arange(instance.days)[:, None] * count + options).astype(np.int32)
        allowed = np.ones((instance.days, count, count), dtype=bool)
        for now, then in np.ndindex(count, count):
            allowed[:, now, then] = self.shifts[then] not in instance.barred[self.shifts[now]]
        groups = np.stack([[classes.index(key) for key in keys], options, options], axis=1).astype(np.int32)
        one, zero = np.ones(count, np.int32), np.zeros(count, np.int32)
        windows = np.zeros((1, 1, 3), np.int32)
        offers = Offers(starts, one, zero, windows, zero[:1], np.array([[-1, 0]], np.int32), 1)
        kinds = Kinds(groups, options, *chain(allowed))
        minutes = np.array([instance.minutes[shift] for shift in self.shifts], np.int32)
        return Menu((), zero, zero, minutes, zero > 0, offers, kinds, classes, (frozenset(),) * instance.days)

    def overrun(self, member: Member, chosen: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the days of a shift that is worked too often and by how many, none if all limits are kept."""
        one = self.instance.staff[member.agent_id]
        for option, count in Counter(chosen[chosen >= 0].tolist()).items():
            most = one.most.get(self.shifts[option], self.instance.days)
            if count > most:
                return np.flatnonzero(chosen == option), count - most
        return np.empty(0, int), 0

    def roster(self, lines: Sequence[np.ndarray]) -> Roster:
        """Return the roster of the *lines* of options."""
        names = [member.agent_id for member in self.team.members]
        return {
            who: [self.shifts[o] if o >= 0 else None for o in line] for who, line in zip(names, lines, strict=True)
        }
