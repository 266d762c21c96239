"""How well and from when to when an agent serves each queue, read from the texts of the agents' table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError

SEPARATOR = "|"
MOST_SPEED = 10.0  # a percentage written for a share is found


class Skill(NamedTuple):
    """One queue that an agent serves."""

    queue: str
    speed: float  # 1 is the speed that the requirement counts with
    first: dt.date | None  # first local day; None from ever
    last: dt.date | None  # last local day; None for good

    def between(self, zone: str) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """Return the instants between which an agent who lives in *zone* has the skill; None where it has no end."""
        first = None if self.first is None else timegrid.day_start(self.first, zone)
        last = None if self.last is None else timegrid.day_start(self.last + dt.timedelta(days=1), zone)
        return first, last


def read_skills(skills: str, proficiency: object = None, skill_dates: object = None) -> tuple[Skill, ...]:
    """Return the skills of one row of agents, in the order of *skills*.

    ConfigError for terms that cannot be read and for queues that are not among *skills*.

    >>> read_skills("calls|chat", "chat=0.8", "chat=2026-05-04..")[1]
    Skill(queue='chat', speed=0.8, first=datetime.date(2026, 5, 4), last=None)
    """
    speeds = {queue: _speed(text) for queue, text in _terms(proficiency, "proficiency")}
    dates = {queue: _days(text) for queue, text in _terms(skill_dates, "skill_dates")}
    queues = [queue for queue in skills.split(SEPARATOR) if queue]
    if strange := sorted({*speeds, *dates} - set(queues)):
        raise ConfigError(f"proficiency or skill_dates name {', '.join(strange)}, expected some of {skills}")
    return tuple(Skill(queue, speeds.get(queue, 1.0), *dates.get(queue, (None, None))) for queue in queues)


def skills_by_agent(agents: pd.DataFrame) -> list[tuple[Skill, ...]]:
    """Return the skills of each row of *agents*; the columns of speeds and dates may be missing.

    ConfigError that names every agent whose terms cannot be read.
    """
    texts = [agents[name] if name in agents else [None] * len(agents) for name in ("proficiency", "skill_dates")]
    found, problems = [], []
    for name, *row in zip(agents.get("agent_id", agents.index), agents["skills"], *texts, strict=True):
        try:
            found.append(read_skills(*row))
        except ConfigError as error:
            problems.append(f"agent {name}: {error}")
    if problems:
        raise ConfigError("agents: how fast or when they serve queues cannot be read", problems)
    return found


def _terms(text: object, column: str) -> Iterator[tuple[str, str]]:
    """Yield (queue, value) of ``queue=value`` joined by |, each queue once."""
    seen = set()
    for term in str(text).split(SEPARATOR) if isinstance(text, str) else ():
        queue, mark, value = (part.strip() for part in term.partition("="))
        if not mark and queue:
            raise ConfigError(f"{column}: {term!r} has no =, expected queue=value joined by |")
        if queue in seen:
            raise ConfigError(f"{column}: {queue} stands twice in {text}, expected each queue once")
        if queue:
            seen.add(queue)
            yield queue, value


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MOST_SPEED:
        expected = f"above 0, at most {MOST_SPEED:g}: 0.8 for four fifths"
        raise ConfigError(f"proficiency: {text!r} is no speed, expected a number {expected}")
    return speed


def _days(text: str) -> tuple[dt.date | None, dt.date | None]:
    first, mark, last = text.partition("..")
    try:
        days = tuple(dt.date.fromisoformat(part.strip()) if part.strip() else None for part in (first, last))
    except ValueError:
        days, mark = (None, None), ""
    if not mark or (days[0] and days[1] and days[1] < days[0]):
        raise ConfigError(
            f"skill_dates: {text!r} cannot be read, expected first..last day, as 2026-05-04..2026-06-30"
        )
    return days[0], days[1]


def can_serve(agents: pd.DataFrame, queue: str) -> pd.Series[bool]:
    """Return whether each of *agents* has the skill for a queue, on some day at least."""
    return agents["skills"].map(lambda text: queue in text.split(SEPARATOR)).astype("bool")


def queues_on(skills: Iterable[Skill], date: dt.date) -> list[str]:
    """Return the queues that an agent serves on a local day."""
    return [
        skill.queue
        for skill in skills
        if (skill.first is None or skill.first <= date) and (skill.last is None or date <= skill.last)
    ]


def skills_at(agents: pd.DataFrame, agent_ids: pd.Series[str], at: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return what each of *agent_ids* serves *at* an instant, joined by |; empty for people not among *agents*."""
    found = agent_ids.map(dict(zip(agents["agent_id"], agents["skills"], strict=True))).fillna("").astype("str")
    for row in agents[agents["skill_dates"].notna()].itertuples():
        mine = agent_ids == row.agent_id
        skills = read_skills(str(row.skills), row.proficiency, row.skill_dates)
        days = timegrid.local_dates(at[mine], str(row.time_zone)).dt.date
        found[mine] = days.map(lambda date, skills=skills: SEPARATOR.join(queues_on(skills, date)))
    return found
