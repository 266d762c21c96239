"""On-call duty: turns that lack people, and people who cannot be on call when the roster says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.plan.schedule import OnCall
from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Span, Stretch, clock_of, day_minute
from omnistaff.schedule.check.skills import Skills, can_serve

ON_CALL = "on_call"
Turns = Mapping[str, Sequence[Stretch]]  # on call, by agent_id


def check_free(people: Sequence[Person], turns: Turns, earlier: Turns) -> Iterator[Found]:
    """Yield who is on call during a shift, an absence, another turn or while not employed.

    *earlier* turns are those of the previous roster.
    """
    for one in people:
        for shift, turn in product(one.shifts, earlier.get(one.agent_id, [])):
            if turn.start < shift.end and shift.start < turn.end:
                text = f"{one.agent_id}: begins the shift of {shift.date} while still on call"
                yield Found("on_call_free", one.agent_id, shift.start, text)
        mine = turns.get(one.agent_id, [])
        for n, turn in enumerate(mine):
            busy = [("a shift", s.start, s.end) for s in (*one.before, *one.shifts)]
            busy += [(f"an absence ({a.activity})", a.start, a.end) for a in one.away]
            others = [*mine[:n], *(other for other in earlier.get(one.agent_id, []) if other != turn)]
            busy += [("another turn", other.start, other.end) for other in others]
            for what, start, end in busy:
                if turn.start < end and start < turn.end:
                    yield Found("on_call_free", one.agent_id, turn.start, f"{one.agent_id}: is on call during {what}")
            if turn.start < one.employed[0] or turn.end > one.employed[1]:
                text = f"{one.agent_id}: is on call while not employed"
                yield Found("on_call_free", one.agent_id, turn.start, text)


def check_turns(
    turns: Turns, people: Sequence[Person], known: tuple[Mapping[str, str], Skills], span: Span, plan: Plan
) -> Iterator[Found]:
    """Yield turns short of people. Each person counts for one duty at a time, whose skills and teams are theirs.

    *known* are the teams and the skills of the people, by agent_id.
    """
    teams, skills = known
    due = [
        (start, start + round(60 * duty.hours), n, day)
        for n, duty in enumerate(plan.schedule.on_call)
        for day, start in _starts(duty, span, plan.time_zone)
    ]
    short: dict[int, list[str]] = {}  # one finding a start
    for (start, end), group in groupby(sorted(due), key=lambda one: one[:2]):
        here = {who for who, mine in turns.items() if any((t.start, t.end) == (start, end) for t in mine)}
        days = {n: day for _, _, n, day in group}
        able = [
            (can_serve(skills[one.agent_id], one.zone, start, end), teams[one.agent_id])
            for one in people
            if one.agent_id in here
        ]
        filled = _fill([plan.schedule.on_call[n] for n in days], able)
        for (n, day), there in zip(days.items(), filled, strict=True):
            duty = plan.schedule.on_call[n]
            if there < duty.agents:
                text = f"{duty.name} on {day} from {duty.start} has {there} of {duty.agents} on call"
                short.setdefault(start, []).append(text)
    yield from (Found("on_call", "", start, "; ".join(texts)) for start, texts in short.items())


def _fill(duties: Sequence[OnCall], people: Sequence[tuple[set[str], str]]) -> list[int]:
    """Return how many *people* (skills, team) each of *duties* has, when as many as possible have one of them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    seats = [n for n, duty in enumerate(duties) for _ in range(duty.agents)]
    if not people:
        return [0] * len(duties)
    able = [
        [set(duty.skills) <= own and (not duty.teams or team in duty.teams) for own, team in people]
        for duty in (duties[n] for n in seats)
    ]
    taken = maximum_bipartite_matching(csr_array(np.array(able, dtype=np.int8)), perm_type="column")
    return [
        sum(1 for seat, who in zip(seats, taken, strict=True) if seat == n and who >= 0) for n in range(len(duties))
    ]


def _starts(duty: OnCall, span: Span, zone: str) -> Iterator[tuple[dt.date, int]]:
    """Yield day and first minute of each turn; where the clocks jump over its time, as long after midnight."""
    days = timegrid.parse_weekdays(duty.weekdays)
    minute = timegrid.clock_minutes(duty.start)
    for k in range(7 * span.weeks):
        date = span.first + k * ONE_DAY
        if date.weekday() in days:
            wall = pd.Timestamp(f"{date} {clock_of(minute)}")
            local = wall.tz_localize(timegrid.zone(zone), nonexistent="NaT", ambiguous=True)
            yield date, day_minute(date, zone) + minute if pd.isna(local) else int(local.timestamp() // 60)
