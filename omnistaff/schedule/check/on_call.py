"""On-call duty: turns that lack people, and people who cannot be on call when the roster says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.plan.schedule import OnCall
from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Span, Stretch, clock_of, day_minute

ON_CALL = "on_call"


def check_on_call(
    people: Sequence[Person], turns: dict[str, list[Stretch]], agents: pd.DataFrame, span: Span, plan: Plan
) -> Iterator[Found]:
    """Yield who is on call during a shift, an absence or another turn (hard), and turns short of people (never hard).

    *turns* are the stretches on call by person. A person counts for a duty whose skills and teams are theirs.
    """
    for one in people:
        yield from _check_free(one, sorted(turns.get(one.agent_id, [])))
    skills = dict(zip(agents["agent_id"], agents["skills"].str.split("|"), strict=True))
    teams = dict(zip(agents["agent_id"], agents["team"].fillna(""), strict=True))
    for duty in plan.schedule.on_call:
        able = [
            one.agent_id
            for one in people
            if set(duty.skills) <= set(skills[one.agent_id]) and (not duty.teams or teams[one.agent_id] in duty.teams)
        ]
        for day, start in _starts(duty, span, plan.time_zone):
            end = start + round(60 * duty.hours)
            there = sum(any(t.start == start and t.end == end for t in turns.get(name, [])) for name in able)
            if there < duty.agents:
                text = f"{duty.name} on {day} from {duty.start} has {there} of {duty.agents} on call"
                yield Found("on_call", "", start, text)


def _check_free(one: Person, mine: Sequence[Stretch]) -> Iterator[Found]:
    """Yield the turns of one person that meet a shift, an absence, the end of employment or each other."""
    for n, turn in enumerate(mine):
        busy = [("a shift", s.start, s.end) for s in one.shifts]
        busy += [(f"an absence ({a.activity})", a.start, a.end) for a in one.away]
        busy += [("another turn", other.start, other.end) for other in mine[:n]]
        for what, start, end in busy:
            if turn.start < end and start < turn.end:
                yield Found("on_call_free", one.agent_id, turn.start, f"{one.agent_id}: is on call during {what}")
        if turn.start < one.employed[0] or turn.end > one.employed[1]:
            yield Found("on_call_free", one.agent_id, turn.start, f"{one.agent_id}: is on call while not employed")


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
