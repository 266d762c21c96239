"""Curtois and Qu's instances as the engine sees them: each shift of each day is one slot, and nobody has breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from curtois_files import Employee, Instance, Roster

from omnistaff.plan import Contract
from omnistaff.schedule.counted import no_limits
from omnistaff.schedule.cover import Need, make_groups
from omnistaff.schedule.kernel import NEVER, Kinds, Offers
from omnistaff.schedule.rules import Automaton, Case, ConsecutiveDays, DaysOffTogether, Rule, Setting
from omnistaff.schedule.rules.paid_hours import paid_automaton
from omnistaff.schedule.shifts import Menu, ShiftClass, chain
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules


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


class Adapter:
    """An instance as team, need and groups."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.shifts = instance, list(instance.minutes)
        self.menu = self._menu()
        self.walks: dict[tuple[object, ...], object] = {}
        members = [self._member(who, one) for who, one in instance.staff.items()]
        self.team = Team(tuple(members), (self.menu,), ("all",))
        self.need = self._need()
        self.groups = make_groups([(0,)], 1)

    def _need(self) -> Need:
        slots = self.instance.days * len(self.shifts)
        wanted, under, over = np.zeros((1, slots, 1)), np.zeros((1, slots)), np.zeros(slots)
        for day, shift, count, low, high in self.instance.cover:
            slot = day * len(self.shifts) + self.shifts.index(shift)
            wanted[0, slot, 0], under[0, slot], over[slot] = count, low, high
        return Need(("all",), wanted, under, over, 0)

    def _can_bind(self, one: Employee, shift: str) -> bool:
        """Return whether the limit on a shift that the person may work says more than days and minutes do."""
        able = min(self.instance.days, one.max_minutes // self.instance.minutes[shift])
        return 0 < one.most.get(shift, able) < able

    def _member(self, who: str, one: Employee) -> Member:
        setting = Setting(tuple(day % 7 for day in range(self.instance.days)), self.menu.class_minutes)
        rules: tuple[Rule, ...] = (
            TotalMinutes(one.min_minutes, one.max_minutes), ConsecutiveDays(one.min_run, one.max_run),
            DaysOffTogether(one.min_off), MostWeekends(one.max_weekends),
        )  # fmt: skip
        if rules not in self.walks:
            self.walks[rules] = join_rules(rules, setting)
        base, constant = self._wishes(who, one)
        limits = no_limits(*base.shape)
        limits.most[:] = [one.most.get(shift, self.instance.days) for shift in self.shifts]
        return Member(who, "UTC", Contract(), 0, 0, self.walks[rules], base, constant, rules, setting, limits=limits)

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

    def _menu(self) -> Menu:
        """Return all shifts.

        Shifts of a length with the same neighbours whose number nobody's limit binds are one to the rules.
        """
        instance, count = self.instance, len(self.shifts)
        options = np.arange(count, dtype=np.int32)
        starts = (np.arange(instance.days)[:, None] * count + options).astype(np.int32)
        legal = np.array([[then not in instance.barred[now] for then in self.shifts] for now in self.shifts])
        _, tail_one, tails = np.unique(legal, axis=0, return_index=True, return_inverse=True)
        _, head_one, heads = np.unique(legal, axis=1, return_index=True, return_inverse=True)
        minutes = np.array([instance.minutes[shift] for shift in self.shifts], np.int32)
        classes = (ShiftClass(), *(ShiftClass(int(length)) for length in np.unique(minutes)))
        class_of = 1 + np.unique(minutes, return_inverse=True)[1].ravel()
        counted = [any(self._can_bind(one, shift) for one in instance.staff.values()) for shift in self.shifts]
        triples = np.stack([class_of, heads.ravel(), tails.ravel(), np.where(counted, options, -1)], axis=1)
        groups, group_of = np.unique(triples, axis=0, return_inverse=True)
        allowed = np.broadcast_to(legal[np.ix_(tail_one, head_one)], (instance.days, len(tail_one), len(head_one)))
        one, zero = np.ones(count, np.int32), np.zeros(count, np.int32)
        windows = np.zeros((1, 1, 3), np.int32)
        offers = Offers(starts, one, zero, windows, zero[:1], np.array([[-1, 0]], np.int32), 1)
        kinds = Kinds(groups[:, :3].astype(np.int32), group_of.ravel().astype(np.int32), *chain(allowed))
        return Menu((), zero, zero, minutes, zero > 0, offers, kinds, classes, (frozenset(),) * instance.days)

    def roster(self, lines: Sequence[np.ndarray]) -> Roster:
        """Return the roster of the *lines* of options."""
        names = [member.agent_id for member in self.team.members]
        return {
            who: [self.shifts[o] if o >= 0 else None for o in line] for who, line in zip(names, lines, strict=True)
        }
