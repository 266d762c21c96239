"""What queues promise, and what a simulated service has to spare against it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from pandera.typing import DataFrame

from omnistaff.plan import Plan, Queue
from omnistaff.tables import Outcomes

MEASURES = [
    "offered",
    "abandoned",
    "service_level_low",
    "abandon_share_high",
    "asa_s",
    "asa_high_s",
    "occupancy_share",
]


def promised_share(queue: Queue) -> float | None:
    """Return the share of contacts that *queue* promises to serve in time, None if it promises something else."""
    return queue.target.on_time_share if queue.mode == "deferred" else queue.target.answered_share


def margins(outcomes: DataFrame[Outcomes], plan: Plan, caps: Mapping[str, float]) -> dict[str, float]:
    """Return by how much each simulated queue keeps its promises over the horizon, as a share; below 0 it misses one.

    Service level, abandonment and speed of answer count at the 95 % limit that is worse for the customer, occupancy
    at its mean; *caps* is the largest occupancy of the people who serve each queue.
    """
    rows = outcomes[outcomes["period"] == "horizon"]
    simulated = dict(zip(rows["queue"], rows[MEASURES].to_dict("records"), strict=True))
    known = [queue for queue in plan.queues if simulated.get(queue.name, {"offered": 0.0})["offered"] > 0]
    return {queue.name: min(_spare(queue, simulated[queue.name], plan, caps[queue.name])) for queue in known}


def _spare(queue: Queue, found: Mapping[Hashable, float], plan: Plan, cap: float) -> list[float]:
    target, promised, limit = queue.target, promised_share(queue), abandon_limit(queue, plan)
    spare = [] if promised is None else [found["service_level_low"] - promised]
    if limit < 1:
        spare.append(limit - _known(found["abandon_share_high"], found["abandoned"] / found["offered"]))
    if target.asa_s is not None:
        spare.append((target.asa_s - _known(found["asa_high_s"], found["asa_s"])) / max(target.asa_s, 1.0))
    if cap < 1:
        spare.append(cap - _known(found["occupancy_share"], 0.0))
    return spare or [1.0]


def _known(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise


def abandon_limit(queue: Queue, plan: Plan) -> float:
    """Return the share that may leave *queue*: its own limit, else the plan's; 1 where nobody waits for an answer."""
    if queue.mode == "deferred":
        return 1.0
    own = queue.target.abandon_share
    return plan.staffing.max_abandon_share if own is None else own
