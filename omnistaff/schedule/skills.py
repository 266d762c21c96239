"""Skill sets as the roster sees them: which queues, how fast, and between which slots."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff.schedule.cover import Groups, Held, join_groups
from omnistaff.schedule.horizon import Horizon
from omnistaff.tables.skills import Skill, queues_on, skills_by_agent


class Term(NamedTuple):
    """One queue of a skill set, served at a speed from slot *first* to before *last*."""

    queue: str
    speed: float
    first: float
    last: float


class SkillSet(NamedTuple):
    """What people of one group can do in the roster's time."""

    name: str  # queues, joined by |
    terms: tuple[Term, ...]

    def serves(self, queues: Iterable[str], first: float, last: float) -> bool:
        """Return whether all *queues* are served from slot *first* to *last*."""
        able = {term.queue for term in self.terms if term.first <= first and last <= term.last}
        return able >= set(queues)


def read_sets(agents: pd.DataFrame, horizon: Horizon) -> list[SkillSet]:
    """Return the skill set of each of *agents*; skills outside the horizon's slots are none."""
    rows = list(zip(skills_by_agent(agents), agents["time_zone"], strict=True))
    known = {row: _read_set(row, horizon) for row in set(rows)}
    return [known[row] for row in rows]


def _read_set(row: tuple[tuple[Skill, ...], str], horizon: Horizon) -> SkillSet:
    skills, zone = row
    terms = []
    for skill in skills:
        ends = horizon.slots_of(pd.Series(skill.between(zone), dtype="datetime64[us, UTC]"))
        first = -np.inf if not ends[0] > 0 else float(np.ceil(ends[0]))
        last = np.inf if not ends[1] < horizon.slots else float(np.floor(ends[1]))
        if first < min(last, horizon.slots) and last > 0:
            terms.append(Term(skill.queue, skill.speed, first, last))
    return SkillSet("|".join(term.queue for term in terms), tuple(terms))


def set_speeds(agents: pd.DataFrame, days: Iterable[dt.date], queues: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return the mean speed of people with a skill set at each of its *queues*, over people and *days*."""
    if agents["proficiency"].isna().all():
        return {}
    days, found = list(days), defaultdict(list)
    for skills in skills_by_agent(agents):
        known = [skill for skill in skills if skill.queue in queues]
        for day in days:
            name = "|".join(queues_on(known, day))
            for skill in known:
                found[name, skill.queue].append(skill.speed)
    return {key: sum(speeds) / len(speeds) for key, speeds in found.items()}


def skill_groups(sets: Iterable[SkillSet], queues: tuple[str, ...]) -> Groups:
    """Return skill *sets* by queue number; skills that no queue asks for do not count."""
    order = {name: q for q, name in enumerate(queues)}
    held = [[Held(order[term.queue], *term[1:]) for term in one.terms if term.queue in order] for one in sets]
    return join_groups(held, len(order))
