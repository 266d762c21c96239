"""Who could work: the skill sets of the agents, how many have each, and what an hour costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Agents

Floats = npt.NDArray[np.float64]
SEPARATOR = "|"


@dataclass(frozen=True)
class SkillSets:
    """Skill sets in the order of their names; `serves` has a row for each and a column for each queue."""

    names: tuple[str, ...]
    queues: tuple[str, ...]
    serves: npt.NDArray[np.bool_]
    count: Floats  # people ready for work, by interval; 0 for a set that would have to be hired
    hourly_cost: Floats


def can_serve(agents: DataFrame[Agents], queue: str) -> pd.Series[bool]:
    """Return whether each of *agents* has the skill for a queue."""
    return agents["skills"].map(lambda text: queue in text.split(SEPARATOR)).astype("bool")


def skill_sets(agents: DataFrame[Agents], queues: tuple[str, ...], starts: pd.DatetimeIndex, plan: Plan) -> SkillSets:
    """Return the skill sets that *agents* have for *queues* in the intervals from *starts*.

    A queue nobody serves gets a set of its own to hire.
    """
    asked = set(queues)
    kept = agents["skills"].map(lambda text: SEPARATOR.join(s for s in text.split(SEPARATOR) if s in asked))
    rows = agents.assign(skills=kept)[kept != ""]
    groups = rows.groupby("skills")["hourly_cost"].agg(["size", "mean"])
    count = dict(zip(groups.index, groups["size"].astype(float), strict=True))
    cost = dict(zip(groups.index, groups["mean"].astype(float), strict=True))
    dearest = max(cost.values(), default=1.0) or 1.0
    served = {skill for name in count for skill in name.split(SEPARATOR)}
    for queue in queues:
        if queue not in served:
            count[queue], cost[queue] = 0.0, dearest
    names = tuple(sorted(count))
    return SkillSets(
        names=names,
        queues=queues,
        serves=np.array([[queue in name.split(SEPARATOR) for queue in queues] for name in names], dtype=bool),
        count=np.outer([count[name] for name in names], plan.available_share(pd.Series(starts))),
        hourly_cost=np.array([cost[name] if cost[name] > 0 else dearest for name in names]),
    )


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
