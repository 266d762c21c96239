"""Curtois and Qu's employee scheduling instances, solved by the engine of the schedule stage.

Reads the SECTION_ text format; every roster is scored and checked against the file by code that shares nothing with
the engine. Prints cost, bound and seconds of each instance, and the best-known value when the folder has a
``best_known.csv`` (instance,best_known; the instance by the number in its file's name).

    python benchmarks/schedule_curtois.py FOLDER_OR_FILE... [--seconds 300] [--threads 2] [--seed 1]
"""

from __future__ import annotations

import argparse
import csv
import math
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from omnistaff.plan import Contract
from omnistaff.schedule.columns import Hunt
from omnistaff.schedule.cover import Cover, Need, make_groups
from omnistaff.schedule.kernel import NEVER, Kinds, Offers
from omnistaff.schedule.master import Master
from omnistaff.schedule.rules import Automaton, Case, ConsecutiveDays, DaysOffTogether, Rule, Setting
from omnistaff.schedule.rules.paid_hours import paid_automaton
from omnistaff.schedule.search import Desk, search
from omnistaff.schedule.shifts import Menu, ShiftClass, chain
from omnistaff.schedule.staff import Member, Team
from omnistaff.schedule.walk import join_rules

MOST_STATES = 20_000  # a day; limits that would need more are kept by repair instead


@dataclass
class Employee:
    """One row of SECTION_STAFF."""

    most: dict[str, int]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_off: int
    max_weekends: int
    off: set[int] = field(default_factory=set)


@dataclass
class Instance:
    """One file."""

    days: int
    minutes: dict[str, int] = field(default_factory=dict)
    barred: dict[str, set[str]] = field(default_factory=dict)  # shifts that may not follow
    staff: dict[str, Employee] = field(default_factory=dict)
    on: list[tuple[str, int, str, int]] = field(default_factory=list)
    refused: list[tuple[str, int, str, int]] = field(default_factory=list)
    cover: list[tuple[int, str, int, int, int]] = field(default_factory=list)


Roster = dict[str, list[str | None]]


def read_instance(path: Path) -> Instance:
    """Return the instance in a file; sections may come in any order, lines with # are comments."""
    sections: dict[str, list[list[str]]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("SECTION_"):
            name = text
        elif text and not text.startswith("#"):
            sections.setdefault(name, []).append([cell.strip() for cell in text.split(",")])
    instance = Instance(int(sections["SECTION_HORIZON"][0][0]))
    for row in sections["SECTION_SHIFTS"]:
        instance.minutes[row[0]] = int(row[1])
        instance.barred[row[0]] = {shift for shift in (row[2] if len(row) > 2 else "").split("|") if shift}
    for row in sections["SECTION_STAFF"]:
        most = {part.split("=")[0]: int(part.split("=")[1]) for part in row[1].split("|") if part}
        instance.staff[row[0]] = Employee(most, *(int(cell) for cell in row[2:8]))
    for row in sections.get("SECTION_DAYS_OFF", []):
        instance.staff[row[0]].off |= {int(cell) for cell in row[1:] if cell}
    for section, wishes in (("ON", instance.on), ("OFF", instance.refused)):
        for row in sections.get(f"SECTION_SHIFT_{section}_REQUESTS", []):
            wishes.append((row[0], int(row[1]), row[2], int(row[3])))
    for row in sections.get("SECTION_COVER", []):
        instance.cover.append((int(row[0]), row[1], int(row[2]), int(row[3]), int(row[4])))
    return instance


# What follows judges rosters and knows nothing of the engine.


def score(instance: Instance, roster: Roster) -> int:
    """Return the cost of a roster: refused requests and cover."""
    cost = sum(weight for who, day, shift, weight in instance.on if roster[who][day] != shift)
    cost += sum(weight for who, day, shift, weight in instance.refused if roster[who][day] == shift)
    for day, shift, wanted, under, over in instance.cover:
        there = sum(line[day] == shift for line in roster.values())
        cost += under * max(0, wanted - there) + over * max(0, there - wanted)
    return cost


def broken_rules(instance: Instance, roster: Roster) -> list[str]:
    """Return every hard rule that a roster breaks, in words."""
    return [problem for who, one in instance.staff.items() for problem in _broken(instance, who, one, roster[who])]


def _broken(instance: Instance, who: str, one: Employee, line: Sequence[str | None]) -> Iterator[str]:
    minutes = sum(instance.minutes[shift] for shift in line if shift)
    if not one.min_minutes <= minutes <= one.max_minutes:
        yield f"{who} works {minutes} minutes"
    for shift, count in Counter(shift for shift in line if shift).items():
        if count > one.most.get(shift, instance.days):
            yield f"{who} works {shift} {count} times"
    for day, (now, later) in enumerate(pairwise(line)):
        if now and later and later in instance.barred[now]:
            yield f"{who} works {later} after {now} on day {day + 1}"
    yield from (f"{who} works on day {day}, which is off" for day in sorted(one.off) if line[day])
    weekends = sum(any(line[day : day + 2]) for day in range(5, len(line), 7))
    if weekends > one.max_weekends:
        yield f"{who} works {weekends} weekends"
    runs = [(works, len(list(days))) for works, days in groupby(bool(shift) for shift in line)]
    for k, (works, length) in enumerate(runs):
        inner = 0 < k < len(runs) - 1
        if works and (length > one.max_run or (inner and length < one.min_run)):
            yield f"{who} works {length} days in a row"
        if not works and inner and length < one.min_off:
            yield f"{who} is off for {length} days in a row"


# The instance as the engine sees it: each shift of each day is one slot, and nobody has breaks.


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

    def overrun(self, member: Member, chosen: np.ndarray) -> np.ndarray:
        """Return the days of a shift that is worked too often, none if all limits are kept."""
        one = self.instance.staff[member.agent_id]
        for option, count in Counter(chosen[chosen >= 0].tolist()).items():
            if count > one.most.get(self.shifts[option], self.instance.days):
                return np.flatnonzero(chosen == option)
        return np.empty(0, int)

    def roster(self, lines: Sequence[np.ndarray]) -> Roster:
        """Return the roster of the *lines* of options."""
        names = [member.agent_id for member in self.team.members]
        return {
            who: [self.shifts[o] if o >= 0 else None for o in line] for who, line in zip(names, lines, strict=True)
        }


@dataclass(frozen=True)
class Result:
    """What came out."""

    cost: int | None
    bound: float
    broken: int
    wall_s: float
    cpu_s: float


def solve_instance(instance: Instance, seconds: float, threads: int, seed: int) -> Result:
    """Return cost, bound and time of the engine on *instance*, judged by the scorer."""
    wall, cpu = time.monotonic(), time.process_time()
    adapter = Adapter(instance)

    def is_enough(cost: float, bound: float) -> bool:
        return time.monotonic() - wall > seconds or cost - math.ceil(bound - 1e-6) < 0.5

    master = Master(adapter.team, adapter.need, adapter.groups)
    rng = np.random.default_rng(seed)
    found = Hunt(master, threads, rng, is_enough, adapter.overrun)
    desk = Desk(adapter.team, Cover(adapter.need, adapter.groups), found.prove(), rng)
    desk.overrun = adapter.overrun
    search(desk, lambda cost: is_enough(cost, found.bound))
    found.mend(desk.finish().lines)
    roster = adapter.roster([line.chosen for line in found.lines()])
    whole = math.ceil(found.bound - 1e-6)  # every weight is a whole number
    broken = len(broken_rules(instance, roster))
    return Result(score(instance, roster), whole, broken, time.monotonic() - wall, time.process_time() - cpu)


def best_known(path: Path) -> dict[str, int]:
    """Return the best-known values of a folder by the number of the instance."""
    table = path / "best_known.csv"
    if not table.exists():
        return {}
    with table.open(encoding="utf-8") as rows:
        return {row["instance"]: int(row["best_known"]) for row in csv.DictReader(rows)}


def number_of(path: Path) -> str:
    """Return the digits at the end of a file's name."""
    found = re.search(r"(\d+)$", path.stem)
    return found.group(1) if found else path.stem


def main() -> None:
    """Solve every instance and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    files = [file for path in options.paths for file in ([path] if path.is_file() else sorted(path.glob("*.txt")))]
    print("instance | best known | cost | over best | bound | gap | rules broken | wall s | CPU s")
    for file in sorted(files, key=lambda file: (len(file.stem), file.stem)):
        instance = read_instance(file)
        result = solve_instance(instance, options.seconds, options.threads, options.seed)
        best = best_known(file.parent).get(number_of(file))
        over = f"{result.cost / best - 1:.2%}" if best and result.cost is not None else ""
        gap = f"{(result.cost - result.bound) / result.cost:.2%}" if result.cost else ""
        print(
            f"{file.stem} | {best or ''} | {result.cost} | {over} | {result.bound:.0f} | {gap} | {result.broken} | "
            f"{result.wall_s:.0f} | {result.cpu_s:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
