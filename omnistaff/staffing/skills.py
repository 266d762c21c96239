"""Who could work: the skill sets of the agents, how many have each, and what an hour costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Agents, Requirement
from omnistaff.tables.skills import SEPARATOR, Skill, skills_by_agent

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SkillSets:
    """Skill sets in the order of their names; `serves` has a row for each and a column for each queue."""

    names: tuple[str, ...]
    queues: tuple[str, ...]
    serves: npt.NDArray[np.bool_]
    speed: Floats  # skill set, queue: a person's work beside one of speed 1, mean over people; 1 for what none serves
    fastest: Floats  # the same of the quickest
    count: Floats  # people ready for work, by interval; 0 for a set that would have to be hired
    hourly_cost: Floats


def skill_sets(agents: DataFrame[Agents], queues: tuple[str, ...], starts: pd.DatetimeIndex, plan: Plan) -> SkillSets:
    """Return the skill sets that *agents* have for *queues* in the intervals from *starts*.

    Who gains or loses a skill belongs to one set before and to another after; who is not employed yet or no more
    belongs to none. A queue nobody serves gets a set of its own to hire.
    """
    held: dict[str, list[Held]] = defaultdict(list)
    for name, people in _held(agents, queues, starts):
        held[name].append(people)
    dearest = max((people.cost for each in held.values() for people in each), default=1.0) or 1.0
    served = {queue for name in held for queue in name.split(SEPARATOR)}
    nobody = Held(np.zeros(len(starts)), np.ones(len(queues)), 1.0, dearest)
    held.update({queue: [nobody] for queue in queues if queue not in served})
    names = tuple(sorted(held))
    cost, speed = (np.array([_mean(held[name], of) for name in names]) for of in ("cost", "speed"))
    count = np.stack([sum(people.there for people in held[name]) for name in names])
    return SkillSets(
        names=names,
        queues=queues,
        serves=np.array([[queue in name.split(SEPARATOR) for queue in queues] for name in names], dtype=bool),
        speed=speed,
        fastest=np.stack([np.max([people.speed for people in held[name]], axis=0) for name in names]),
        count=count * plan.available_share(pd.Series(starts)),
        hourly_cost=np.where(cost > 0, cost, dearest),
    )


def required_sets(requirement: DataFrame[Requirement], agents: DataFrame[Agents], plan: Plan) -> SkillSets:
    """Return the skill sets of a pool made for *requirement*: for its queues, in all its intervals."""
    asked = set(requirement["queue"].unique())
    queues = tuple(queue.name for queue in plan.queues if queue.name in asked)
    starts = pd.DatetimeIndex(requirement["interval_start"].drop_duplicates().sort_values())
    return skill_sets(agents, queues, starts, plan)


@dataclass(frozen=True)
class Held:
    """People with one skill set: how many by interval, their speed by queue, how many they are, their hourly cost."""

    there: Floats
    speed: Floats
    people: float
    cost: float


def _mean(held: list[Held], of: str) -> Floats:
    return np.asarray(
        np.average([getattr(each, of) for each in held], axis=0, weights=[each.people for each in held])
    )


def _held(agents: DataFrame[Agents], queues: tuple[str, ...], starts: pd.DatetimeIndex) -> Iterator[tuple[str, Held]]:
    """Yield the skill sets of people who are alike, and when they have them."""
    kinds: dict[tuple[tuple[Skill, ...], str, bytes], list[float]] = defaultdict(list)
    employed = _employed(agents, starts)
    for skills, zone, cost, when in zip(
        skills_by_agent(agents), agents["time_zone"], agents["hourly_cost"], employed, strict=True
    ):
        kinds[skills, zone, when.tobytes()].append(cost)
    for (skills, zone, when), costs in kinds.items():
        mine = [skill for skill in skills if skill.queue in queues]
        speed = np.ones(len(queues))
        speed[[queues.index(skill.queue) for skill in mine]] = [skill.speed for skill in mine]
        there = np.frombuffer(when, dtype=bool)
        able = np.stack([there, *(there & _when(skill, zone, starts) for skill in mine)])
        for pattern in np.unique(able, axis=1).T if len(starts) else ():
            now = (able == pattern[:, None]).all(axis=0).astype(float)
            name = SEPARATOR.join(skill.queue for skill, has in zip(mine, pattern[1:], strict=True) if has)
            has = np.isin(queues, name.split(SEPARATOR))
            if name:
                people = Held(
                    len(costs) * now,
                    np.where(has, speed, 1.0),
                    len(costs) * float(now.mean()),
                    float(np.mean(costs)),
                )
                yield name, people


def _employed(agents: DataFrame[Agents], starts: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Return whether each of *agents* (rows) is employed in each interval."""
    moments = starts.tz_localize(None).to_numpy()[None]
    first, end = (
        pd.DatetimeIndex(agents[name]).tz_localize(None).to_numpy()[:, None] for name in ("valid_from", "valid_to")
    )
    begun, over = np.isnat(first) | (moments >= first), ~np.isnat(end) & (moments >= end)
    return np.asarray(begun & ~over)


def _when(skill: Skill, zone: str, starts: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Return whether somebody who lives in *zone* has *skill* in each interval."""
    first, end = skill.between(zone)
    begun = np.ones(len(starts), dtype=bool) if first is None else np.asarray(starts >= first)
    return begun if end is None else begun & np.asarray(starts < end)


def with_skills(agents: DataFrame[Agents], skills: pd.Series[str]) -> pd.DataFrame:
    """Return *agents* with other *skills*, as quick as they are at those that they keep, for good."""
    texts = [
        SEPARATOR.join(f"{s.queue}={s.speed:g}" for s in has if s.speed != 1 and s.queue in text.split(SEPARATOR))
        for has, text in zip(skills_by_agent(agents), skills, strict=True)
    ]
    speeds = pd.Series(texts, index=agents.index, dtype="str").replace("", None)
    return agents.assign(skills=skills, proficiency=speeds, skill_dates=pd.Series(None, agents.index, dtype="str"))


def joint_sets(skills: SkillSets, live: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return the sets of *live* queues (column numbers) that share agents, single queues first.

    A set that falls apart into queues without a common skill set needs no row of its own. With more than
    MOST_JOINT queues only pairs and the largest set count.
    """
    from itertools import combinations

    sizes = range(1, len(live) + 1) if len(live) <= MOST_JOINT else (1, 2, len(live))
    return [
        np.array(members, dtype=np.int64)
        for size in sizes
        for members in combinations(live.tolist(), size)
        if _connected(skills.serves[:, list(members)])
    ]


MOST_JOINT = 5


def _connected(serves: npt.NDArray[np.bool_]) -> bool:
    reached = np.zeros(serves.shape[1], dtype=bool)
    reached[0] = True
    while True:
        grown = reached | serves[serves[:, reached].any(axis=1)].any(axis=0)
        if (grown == reached).all():
            return bool(reached.all())
        reached = grown


def pooled_agents(agents: Floats, work: Floats) -> tuple[Floats, Floats]:
    """Return (agents, work) of queues (rows) that share all their agents.

    Safety above the work pools as the root of the sum of squares; queues staffed below their work keep that.
    """
    safety = agents - work
    pooled = np.sqrt((np.maximum(safety, 0.0) ** 2).sum(axis=0)) + np.minimum(safety, 0.0).sum(axis=0)
    total = work.sum(axis=0)
    return np.maximum(total + pooled, 0.0), total
