"""Curtois and Qu's instances as the engine sees them: each shift of each day is one slot, and nobody has breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from curtois_files import Employee, Instance, Roster

from omnistaff.plan import Contract
from omnistaff.schedule.conflict import has_line
from omnistaff.schedule.counted import no_limits
from omnistaff.schedule.cover import Need, make_groups
from omnistaff.schedule.kernel import NEVER, Kinds, Offers, Steps, best_line
from omnistaff.schedule.lines import choose, option_values
from omnistaff.schedule.rules import Automaton, Case, ConsecutiveDays, DaysOffTogether, Rule, Setting
from omnistaff.schedule.rules.paid_hours import paid_automaton
from omnistaff.schedule.shifts import Menu, ShiftClass, chain
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules

MOST_STATES = 12_000  # a day, reached or not; lines of more keep near an even pace of minutes and weekends
SPARE_SHIFTS = 4  # by which they may be off it
HALVINGS = 10  # of the price of a minute
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
    """Weekends with work on either day; with *spare*, never more than so many off an even pace.

    Who is further behind is taken to have worked more.
    """

    name: ClassVar[str] = "weekends"
    most: int
    spare: int | None = None

    def automaton(self, setting: Setting) -> Automaton:
        """State 2k has begun k weekends; 2k + 1 the same on the Sunday after a Saturday of work."""
        states, days = 2 * (self.most + 1), setting.days
        spare = self.most if self.spare is None else self.spare
        moves = np.full((days, states, setting.classes), -1, dtype=np.int32)
        for day, weekday in enumerate(setting.weekdays):
            pace = self.most * (day + 1) / days
            least, highest = math.floor(pace) - spare, min(self.most, math.ceil(pace) + spare)
            for k in range(self.most + 1):
                moves[day, 2 * k] = 2 * max(k, least)
                if weekday == SUNDAY:
                    moves[day, 2 * k + 1] = 2 * max(k, least)
                if weekday in (SATURDAY, SUNDAY):
                    begun = max(k + 1, least)
                    moves[day, 2 * k, 1:] = 2 * begun + (weekday == SATURDAY) if begun <= highest else -1
        return Automaton(moves, np.arange(days, dtype=np.int32), 0, np.ones(states, dtype=bool))


class Adapter:
    """An instance as team, need and groups."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.shifts = instance, list(instance.minutes)
        self.menu = self._menu()
        self.walks: dict[tuple[Rule, ...], Steps | None] = {}
        self.wide: dict[str, Steps | None] = {}  # rules without minutes, of those whose lines keep the pace
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
        base, constant = self._wishes(who, one)
        units = one.max_minutes // math.gcd(*self.instance.minutes.values())
        spare = None
        if (units + 1) * (one.max_run + one.min_off) * (one.max_weekends + 1) > MOST_STATES:
            spare = SPARE_SHIFTS
        rules = self._rules(one, spare)
        while spare is not None and not has_line(self._walk(rules, setting), base > NEVER / 2, self.menu):
            spare *= 2  # a long leave needs more room
            rules = self._rules(one, spare)
        if spare is not None:
            self.wide[who] = self._walk((rules[1], rules[2], MostWeekends(one.max_weekends)), setting)
        limits = no_limits(*base.shape)
        limits.most[:] = [one.most.get(shift, self.instance.days) for shift in self.shifts]
        walk = self._walk(rules, setting)
        return Member(who, "UTC", Contract(), 0, 0, walk, base, constant, rules, setting, limits=limits)

    def _rules(self, one: Employee, spare: int | None) -> tuple[Rule, ...]:
        """Return the rules of a person; with *spare* shifts the states stay near an even pace."""
        minutes = None if spare is None else spare * max(self.instance.minutes.values())
        weekends = None if spare is None else max(1, spare // SPARE_SHIFTS)
        return (
            TotalMinutes(one.min_minutes, one.max_minutes, minutes), ConsecutiveDays(one.min_run, one.max_run),
            DaysOffTogether(one.min_off), MostWeekends(one.max_weekends, weekends),
        )  # fmt: skip

    def _walk(self, rules: tuple[Rule, ...], setting: Setting) -> Steps | None:
        if rules not in self.walks:
            self.walks[rules] = join_rules(rules, setting)
        return self.walks[rules]

    def ceiling(self, pay: np.ndarray) -> float:
        """Return a value above what everybody's lines are worth together at *pay*, lines off the pace included.

        For them the minutes of a person are priced instead of counted (Lagrange).
        """
        values = option_values(self.menu, np.ascontiguousarray(pay[:, 0]))
        return sum(
            self._free_value(member, values) if member.agent_id in self.wide else choose(member, self.menu, values)[0]
            for member in self.team.members
        )

    def _free_value(self, member: Member, values: np.ndarray) -> float:
        one, worth = self.instance.staff[member.agent_id], values + member.base
        chosen, length = np.empty(len(worth), np.int32), self.menu.paid_minutes
        dear = float(np.abs(worth[worth > NEVER / 2]).max()) / min(self.instance.minutes.values())
        low, high, best = -dear, dear, math.inf
        for _ in range(HALVINGS):
            price = (low + high) / 2
            value = best_line(worth - price * length, self.menu.kinds, self.wide[member.agent_id], chosen)
            best = min(best, value + max(price * one.max_minutes, price * one.min_minutes))
            minutes = int(length[chosen[chosen >= 0]].sum())
            if minutes > (one.max_minutes if price > 0 else one.min_minutes):
                low = price
            else:
                high = price
        return best - member.constant

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
