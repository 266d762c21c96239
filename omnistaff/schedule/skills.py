"""Skill sets as the roster sees them: which queues, how fast, and between which slots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff.schedule.cover import Groups, Held, join_groups
from omnistaff.schedule.horizon import Horizon
from omnistaff.tables.skills import read_skills


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
    columns = [agents[name].fillna("") for name in ("skills", "proficiency", "skill_dates", "time_zone")]
    rows = list(zip(*columns, strict=True))
    known = {row: _read_set(row, horizon) for row in set(rows)}
    return [known[row] for row in rows]


def _read_set(row: tuple[str, ...], horizon: Horizon) -> SkillSet:
    *texts, zone = row
    terms = []
    for skill in read_skills(*texts):
        ends = horizon.slots_of(pd.Series(skill.between(zone), dtype="datetime64[us, UTC]"))
        first = -np.inf if not ends[0] > 0 else float(np.ceil(ends[0]))
        last = np.inf if not ends[1] < horizon.slots else float(np.floor(ends[1]))
        if first < min(last, horizon.slots) and last > 0:
            terms.append(Term(skill.queue, skill.speed, first, last))
    return SkillSet("|".join(term.queue for term in terms), tuple(terms))


def skill_groups(sets: Iterable[SkillSet], queues: tuple[str, ...]) -> Groups:
    """Return skill *sets* by queue number; skills that no queue asks for do not count."""
    order = {name: q for q, name in enumerate(queues)}
    held = [[Held(order[term.queue], *term[1:]) for term in one.terms if term.queue in order] for one in sets]
    return join_groups(held, len(order))
