"""Skills that begin or end: what people can do on a day, and who is at work when no skill of theirs is valid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import pandas as pd

from omnistaff.schedule.check.records import ONE_DAY, Found, Person
from omnistaff.tables.skills import Skill, queues_on, skills_by_agent

Skills = Mapping[str, tuple[Skill, ...]]  # by agent_id


def read_all(agents: pd.DataFrame) -> Skills:
    """Return the skills of each of *agents*."""
    return dict(zip(agents["agent_id"], skills_by_agent(agents), strict=True))


def can_serve(skills: tuple[Skill, ...], zone: str, start: int, end: int) -> set[str]:
    """Return the queues that someone in *zone* serves all the time between two minutes since 1970."""
    days = list(_days(zone, start, end))
    return set.intersection(*(set(queues_on(skills, day)) for day in days))


def check_skills(person: Person, skills: tuple[Skill, ...]) -> Iterator[Found]:
    """Yield shifts at work on days on which the person has skills, but none that is valid: hours that help nobody."""
    for shift in person.shifts if skills else ():
        work = [piece for piece in shift.pieces if piece.activity == "work"]
        idle = {d for p in work for d in _days(person.zone, p.start, p.end) if not queues_on(skills, d)}
        if idle:
            text = f"{person.agent_id}: works on {min(idle)}, when no skill is valid: see skill_dates"
            yield Found("skills", person.agent_id, shift.start, text)


def _days(zone: str, start: int, end: int) -> Iterator[dt.date]:
    """Yield the local days that a stretch of minutes touches."""
    first, last = (pd.Timestamp(60 * m, unit="s", tz="UTC").tz_convert(zone).date() for m in (start, end - 1))
    while first <= last:
        yield first
        first += ONE_DAY
