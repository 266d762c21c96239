"""Curtois and Qu's instances as the engine sees them: each shift of each day is one slot, and nobody has breaks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from curtois_files import Employee, Instance, Roster
from curtois_rules import Framed, MostWeekends, TotalMinutes, next_runs

from omnistaff.errors import OmnistaffError
from omnistaff.plan import Contract
from omnistaff.schedule.conflict import has_line
from omnistaff.schedule.counted import no_limits
from omnistaff.schedule.cover import Need, make_groups
from omnistaff.schedule.kernel import NEVER, Kinds, Offers, Steps
from omnistaff.schedule.lines import Line, draw_line
from omnistaff.schedule.rules import ConsecutiveDays, DaysOffTogether, Rule, Setting
from omnistaff.schedule.rules.base import HARD
from omnistaff.schedule.shifts import Menu, ShiftClass, chain
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules

MOST_STATES = 500_000  # reached or not; lines of more keep near an even pace of minutes and weekends
SPARE_SHIFTS = 2  # by which they may be off it, at first


class Adapter:
    """An instance as team, need and groups."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.shifts = instance, list(instance.minutes)
        self.menu = self._menu()
        self.walks: dict[tuple[Rule, ...], Steps | None] = {}
        self.wishes: dict[str, list[tuple[int, int, float]]] = defaultdict(list)  # day, option, worth
        for who, day, shift, weight in instance.on:
            self.wishes[who].append((day, self.shifts.index(shift), weight))
        for who, day, shift, weight in instance.refused:
            self.wishes[who].append((day, self.shifts.index(shift), -weight))
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
        low, high = minutes_of(self.instance, one)
        spare = SPARE_SHIFTS if states_of(self.instance, one) > MOST_STATES else None
        rules = (*runs_of(one), *self._totals(one, low, high, spare))
        while spare is not None and not has_line(self._walk(rules, setting), base > NEVER / 2, self.menu):
            spare *= 2  # a long leave needs more room
            if spare > 2 * self.instance.days:
                break
            rules = (*runs_of(one), *self._totals(one, low, high, spare))
        limits = no_limits(*base.shape)
        limits.most[:] = [one.most.get(shift, self.instance.days) for shift in self.shifts]
        walk = self._walk(rules, setting)
        if walk is None:
            raise OmnistaffError(f"no line of work of {who} keeps all rules")
        return Member(who, "UTC", Contract(), 0, 0, walk, base, constant, rules, setting, limits=limits)

    def _totals(self, one: Employee, low: int, high: int, spare: int | None) -> tuple[Rule, ...]:
        """Return the rules on sums over all days; with *spare* shifts the states stay near an even pace."""
        most = min(one.max_weekends, self.instance.days // 7 + 1)
        weight = one.tolls[1] if one.tolls and one.tolls[1] > 0 else HARD
        if spare is None:
            return TotalMinutes(low, high), MostWeekends(most, weight=weight)
        longest = max(self.instance.minutes.values())
        return TotalMinutes(low, high, spare * longest), MostWeekends(most, spare // SPARE_SHIFTS, weight=weight)

    def _walk(self, rules: tuple[Rule, ...], setting: Setting) -> Steps | None:
        if rules not in self.walks:
            self.walks[rules] = join_rules(rules, setting)
        return self.walks[rules]

    def _wishes(self, who: str, one: Employee) -> tuple[np.ndarray, float]:
        base, constant = np.zeros((self.instance.days, len(self.shifts))), 0.0
        for day, option, worth in self.wishes[who]:
            base[day, option] += worth
            constant += max(0.0, worth)
        if one.tolls:
            base -= one.tolls[0] * self.menu.paid_minutes + np.array(one.tolls[2:])
        base[sorted(one.off)] = NEVER
        base[:, [one.most.get(shift, 1) == 0 for shift in self.shifts]] = NEVER
        barred = self.instance.barred
        if one.before and one.before[-1]:
            base[0, [shift in barred[one.before[-1]] for shift in self.shifts]] = NEVER
        if one.after and one.after[0]:
            base[-1, [one.after[0] in barred[shift] for shift in self.shifts]] = NEVER
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

    def lines(self, chosen: Sequence[np.ndarray]) -> list[Line]:
        """Return the lines of everybody's *chosen* options."""
        flat = np.zeros(self.need.levels.shape[1])
        return [draw_line(one, self.menu, own, flat) for one, own in zip(self.team.members, chosen, strict=True)]

    def lines_of(self, roster: Roster) -> list[Line]:
        """Return the lines of a roster."""
        number = {None: -1, **{shift: option for option, shift in enumerate(self.shifts)}}
        return self.lines(
            [np.array([number[shift] for shift in roster[who]], np.int32) for who in self.instance.staff]
        )

    def roster(self, lines: Sequence[np.ndarray]) -> Roster:
        """Return the roster of the *lines* of options."""
        names = [member.agent_id for member in self.team.members]
        return {
            who: [self.shifts[o] if o >= 0 else None for o in line] for who, line in zip(names, lines, strict=True)
        }


def runs_of(one: Employee) -> tuple[Rule, ...]:
    """Return the rules on days in a row."""
    rules = ConsecutiveDays(one.min_run, one.max_run), DaysOffTogether(one.min_off)
    before, after = next_runs(one.before[::-1], one.min_off)[::-1], next_runs(one.after, one.min_off)
    return tuple(Framed(rule, before, after) for rule in rules) if before or after else rules


def minutes_of(instance: Instance, one: Employee) -> tuple[int, int]:
    """Return the least and the most minutes that a person can work."""
    unit = math.gcd(*instance.minutes.values())
    high = min(one.max_minutes, instance.days * max(instance.minutes.values()))
    return -(-one.min_minutes // unit) * unit, high // unit * unit


def states_of(instance: Instance, one: Employee) -> int:
    """Return about how many states the rules of a person have on all days."""
    units = minutes_of(instance, one)[1] // math.gcd(*instance.minutes.values())
    return instance.days * (units + 1) * (one.max_run + one.min_off) * (one.max_weekends + 1)


def is_wide(instance: Instance) -> bool:
    """Return whether some lines have too many states to be counted in full."""
    return any(states_of(instance, one) > MOST_STATES for one in instance.staff.values())
