"""Why an interval is not covered: who could have worked, and which rule forbids it.

For the worst intervals, everybody who could serve the queue and is not at work is given one more shift that spans
the interval, of each pattern of the contract; the rule checker says what that would break. The pattern with the
fewest broken rules speaks for the person.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Pattern, Plan
from omnistaff.schedule.check import check_person
from omnistaff.schedule.check.records import (
    Person,
    Shift,
    Span,
    Stretch,
    minutes_of,
    read_people,
    read_shifts,
    read_stretches,
)
from omnistaff.schedule.check.seats import seats_left
from omnistaff.schedule.check.skills import can_serve, read_all
from omnistaff.tables import People, check, empty
from omnistaff.tables.catalog import Gaps

WORST = 20  # intervals, each the worst of its queue and local day
LEAST = 0.25  # missing net agents that are worth a word


def explain_gaps(
    roster: pd.DataFrame, coverage: pd.DataFrame, people: People, plan: Plan, *, previous: pd.DataFrame | None = None
) -> DataFrame[Gaps]:
    """Return the worst uncovered intervals, one a queue and day, each with why nobody else works then, in words."""
    short = coverage[coverage["net"] < -LEAST].sort_values("net", kind="stable")
    days = timegrid.local_dates(short["interval_start"], plan.time_zone)
    short = short[~pd.DataFrame({"queue": short["queue"], "day": days}).duplicated()].head(WORST)
    here = read_shifts(roster, people.agents)
    if short.empty:
        return check(Gaps, empty(Gaps))
    first = timegrid.local_dates(coverage["interval_start"], plan.time_zone).min().date()
    span = Span(first if plan.schedule.start == "auto" else plan.schedule.start, plan.schedule.weeks)
    past = None if previous is None else previous[previous["schedule_date"] < pd.Timestamp(span.first)]
    persons = list(read_people(people.agents, plan, read_stretches(people.absences), here, past))
    skills = read_all(people.agents)
    sites = dict(zip(people.agents["agent_id"], people.agents["site"].fillna(""), strict=True))
    broken = {person.agent_id: _broken(person, span, plan) for person in persons}
    rows = []
    for queue, missing, minute in zip(
        short["queue"], -short["net"], minutes_of(short["interval_start"]), strict=True
    ):
        able = [person for person in persons if any(one.queue == queue for one in skills[person.agent_id])]
        left = seats_left(persons, sites, plan, int(minute)) if plan.schedule.seat_cost is None else {}
        full = {who for who, site in sites.items() if left.get(site, 1) < 1}
        reasons = Counter(
            _reason(person, int(minute), span, plan, broken[person.agent_id], full)
            if queue in can_serve(skills[person.agent_id], person.zone, int(minute), int(minute) + 1)
            else "have the skill on other days only"
            for person in able
        )
        words = "; ".join(
            f"{count} {reason}" for reason, count in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))
        )
        rows.append(f"{missing:.1f} missing, {len(able)} can serve {queue}" + (f": {words}" if words else ""))
    frame = short[["queue", "interval_start"]].assign(missing=-short["net"], message=rows)
    return check(Gaps, frame.astype({"message": "str"}))


def _broken(person: Person, span: Span, plan: Plan) -> Counter[str]:
    return Counter(found.rule for found in check_person(person, span, plan))


def _reason(person: Person, minute: int, span: Span, plan: Plan, known: Counter[str], full: Collection[str]) -> str:
    """Return why a person is not at work in a minute, in a few words; *full* are those whose site is full then."""
    if busy := _busy(person, minute):
        return busy
    is_seated = any(shift.start <= minute < shift.end for shift in person.shifts)  # in the gap of a split shift
    if person.agent_id in full and not is_seated:
        return "have no seat"
    return _forbidden(person, minute, span, plan, known)


def _busy(person: Person, minute: int) -> str:
    """Return what a person does in a minute, nothing when they are free."""
    for shift in person.shifts:
        for piece in shift.pieces:
            if piece.start <= minute < piece.end:
                return "at work" if piece.activity == "work" else f"on a {piece.activity}"
    for away in person.away:
        if away.start <= minute < away.end:
            return f"away ({away.activity})"
    if not person.employed[0] <= minute < person.employed[1]:
        return "not employed then"
    return ""


def _forbidden(person: Person, minute: int, span: Span, plan: Plan, known: Counter[str]) -> str:
    """Return which rules one more shift in a minute would break that are not broken now."""
    best: list[str] | None = None
    for shift in _more_shifts(person, minute, plan):
        kept = tuple(s for s in person.shifts if s.date != shift.date)
        swapped = len(kept) < len(person.shifts)
        trial = replace(person, shifts=tuple(sorted((*kept, shift), key=lambda s: s.start)))
        more = sorted(set(_broken(trial, span, plan) - known))
        if swapped and not more:
            return "could start at another time that day"
        best = more if best is None or len(more) < len(best) else best
    if best is None:
        return "have no pattern at that time"
    return f"would break {', '.join(best).replace('_', ' ')}" if best else "could work, at more than it is worth"


def _more_shifts(person: Person, minute: int, plan: Plan) -> Iterator[Shift]:
    """Yield a shift of each pattern that spans a minute, breaks at their earliest."""
    at = pd.Series([pd.Timestamp(minute * 60, unit="s", tz="UTC")])
    local = timegrid.local_parts(at, person.zone)
    date, clock = local["date"].iloc[0].date(), int(local["minute_of_day"].iloc[0])
    for pattern in plan.schedule.patterns_of(person.contract):
        if date.weekday() not in timegrid.parse_weekdays(pattern.weekdays):
            continue
        first, last = timegrid.clock_minutes(pattern.start_from), timegrid.clock_minutes(pattern.start_to)
        for length in sorted((round(60 * hours) for hours in pattern.hours), reverse=True):
            starts = [s for s in range(first, last + 1, pattern.step_minutes) if s <= clock < s + length]
            if starts:
                begin = minute - clock + starts[len(starts) // 2]
                pieces = tuple(_pieces(pattern, begin, length, date))
                yield Shift("more", pieces, date, begin, begin + length, date, starts[len(starts) // 2])
                break


def _pieces(pattern: Pattern, begin: int, length: int, date: dt.date) -> Iterator[Stretch]:
    at = ready = 0
    for pause in pattern.breaks:
        start = max(ready, pause.earliest_after_minutes)
        if start > at:
            yield Stretch(begin + at, begin + start, "work", True, date)
        yield Stretch(begin + start, begin + start + pause.minutes, pause.activity, pause.is_paid, date)
        at = start + pause.minutes
        ready = at + pattern.min_stretch_minutes
    if length > at:
        yield Stretch(begin + at, begin + length, "work", True, date)
