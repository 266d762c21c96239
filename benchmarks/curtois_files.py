"""Curtois and Qu's employee scheduling instances: their SECTION_ text format, and a judge of rosters.

The judge scores and checks a roster against the file and knows nothing of the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path


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
    before: tuple[str | None, ...] = ()  # worked just before the first day, where the days are a part of more
    after: tuple[str | None, ...] = ()
    tolls: tuple[float, ...] = ()  # prices of a minute, a weekend and each shift, on top of what the file says


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
    for line in path.read_text(encoding="utf-8-sig").splitlines():
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
