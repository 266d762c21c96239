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
NEEDED = ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF")


def read_instance(path: Path) -> Instance:
    """Return the instance in a file; sections may come in any order, lines with # are comments.

    ValueError tells all that is wrong with it.
    """
    sections = _read_sections(path)
    missing = [name for name in NEEDED if name not in sections]
    if missing:
        raise ValueError(f"{path}: {', '.join(missing)} missing or empty")
    instance = Instance(int(sections["SECTION_HORIZON"][0][0]))
    for row in sections["SECTION_SHIFTS"]:
        instance.minutes[row[0]] = int(row[1])
        instance.barred[row[0]] = set("|".join(row[2:3]).split("|")) - {""}
    for row in sections["SECTION_STAFF"]:
        instance.staff[row[0]] = _employee(row)
    for row in sections.get("SECTION_DAYS_OFF", []):
        instance.staff[row[0]].off |= {int(cell) for cell in row[1:] if cell}
    for section, wishes in (("ON", instance.on), ("OFF", instance.refused)):
        for row in sections.get(f"SECTION_SHIFT_{section}_REQUESTS", []):
            wishes.append((row[0], int(row[1]), row[2], int(row[3])))
    for row in sections.get("SECTION_COVER", []):
        instance.cover.append((int(row[0]), row[1], int(row[2]), int(row[3]), int(row[4])))
    problems = list(_problems(instance))
    if problems:
        raise ValueError(f"{path}: {'; '.join(problems)}")
    return instance


def _read_sections(path: Path) -> dict[str, list[list[str]]]:
    """Return the cells of each row by section."""
    sections: dict[str, list[list[str]]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        text = line.strip()
        if text.startswith("SECTION_"):
            name = text
        elif text and not text.startswith("#"):
            sections.setdefault(name, []).append([cell.strip() for cell in text.split(",")])
    return sections


def _employee(row: Sequence[str]) -> Employee:
    most = dict(part.split("=") for part in row[1].split("|") if part)
    return Employee({shift: int(count) for shift, count in most.items()}, *(int(cell) for cell in row[2:8]))


def _problems(instance: Instance) -> Iterator[str]:
    """Yield what the bounds of the engine could not stand, or would not know."""
    wishes = [*instance.on, *instance.refused]
    yield from (
        f"a request of {who}, expected one of SECTION_STAFF" for who, *_ in wishes if who not in instance.staff
    )
    named = [("a request", day, shift) for _, day, shift, _ in wishes]
    named += [("cover", day, shift) for day, shift, *_ in instance.cover]
    for what, day, shift in named:
        if shift not in instance.minutes or not 0 <= day < instance.days:
            yield f"{what} of shift {shift} on day {day}, expected one of SECTION_SHIFTS on 0 to {instance.days - 1}"
    rows = Counter((day, shift) for day, shift, *_ in instance.cover)
    yield from (f"{n} rows of cover of {shift} on day {day}, expected 1" for (day, shift), n in rows.items() if n > 1)
    least = min(
        [weight for *_, weight in wishes] + [weight for row in instance.cover for weight in row[3:]], default=0
    )
    if least < 0:
        yield f"a weight of {least}, expected 0 or more"


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
    yield from _broken_runs(who, one, line)


def _broken_runs(who: str, one: Employee, line: Sequence[str | None]) -> Iterator[str]:
    """Yield runs of days that are too long or too short; at both ends short ones may be a part of more."""
    runs = [(works, len(list(days))) for works, days in groupby(bool(shift) for shift in line)]
    for k, (works, length) in enumerate(runs):
        inner = 0 < k < len(runs) - 1
        if works and (length > one.max_run or (inner and length < one.min_run)):
            yield f"{who} works {length} days in a row"
        if not works and inner and length < one.min_off:
            yield f"{who} is off for {length} days in a row"
