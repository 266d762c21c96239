"""What queues promise, and what a simulated service has to spare against it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

import numpy as np
from pandera.typing import DataFrame

from omnistaff.plan import Plan, Queue
from omnistaff.tables import Outcomes

MEASURES = [
    "offered",
    "abandoned",
    "service_level",
    "service_level_low",
    "abandon_share_high",
    "asa_s",
    "asa_high_s",
    "occupancy_share",
]


def promised_share(queue: Queue) -> float | None:
    """Return the share of contacts that *queue* promises to serve in time, None if it promises something else."""
    return queue.target.on_time_share if queue.mode == "deferred" else queue.target.answered_share


class Spare(NamedTuple):
    """By how much one promise is kept, as a share: on average, and less by *error* at its 95 % limit."""

    average: float
    error: float


def margins(outcomes: DataFrame[Outcomes], plan: Plan, caps: Mapping[str, float]) -> dict[str, float]:
    """Return by how much each simulated queue keeps its promises over the horizon, as a share; below 0 it misses one.

    Service level, abandonment and speed of answer count at the 95 % limit that is worse for the customer, occupancy
    at its mean; *caps* is the largest occupancy of the people who serve each queue.
    """
    return {name: min(s.average - s.error for s in all_of) for name, all_of in spares(outcomes, plan, caps).items()}


def spares(outcomes: DataFrame[Outcomes], plan: Plan, caps: Mapping[str, float]) -> dict[str, list[Spare]]:
    """Return what each simulated queue has to spare of each of its promises, see ``margins``."""
    rows = outcomes[outcomes["period"] == "horizon"]
    simulated = dict(zip(rows["queue"], rows[MEASURES].to_dict("records"), strict=True))
    known = [queue for queue in plan.queues if simulated.get(queue.name, {"offered": 0.0})["offered"] > 0]
    return {queue.name: _spares(queue, simulated[queue.name], plan, caps[queue.name]) for queue in known}


def _spares(queue: Queue, found: Mapping[Hashable, float], plan: Plan, cap: float) -> list[Spare]:
    target, promised, limit = queue.target, promised_share(queue), abandon_limit(queue, plan)
    level, left = found["service_level"], found["abandoned"] / found["offered"]
    unjudged = queue.mode == "deferred" and not np.isfinite(level)  # nothing was due: nothing late
    result = [] if promised is None or unjudged else [Spare(level - promised, level - found["service_level_low"])]
    if limit < 1:
        result.append(Spare(limit - left, _known(found["abandon_share_high"] - left)))
    if target.asa_s is not None:
        scale = max(target.asa_s, 1.0)
        late = Spare((target.asa_s - found["asa_s"]) / scale, _known(found["asa_high_s"] - found["asa_s"]) / scale)
        result.append(late)
    if cap < 1:
        result.append(Spare(cap - _known(found["occupancy_share"]), 0.0))
    return result or [Spare(1.0, 0.0)]


def _known(value: float) -> float:
    return value if np.isfinite(value) else 0.0


def abandon_limit(queue: Queue, plan: Plan) -> float:
    """Return the share that may leave *queue*: its own limit, else the plan's; 1 where nobody waits for an answer."""
    if queue.mode == "deferred":
        return 1.0
    own = queue.target.abandon_share
    return plan.staffing.max_abandon_share if own is None else own
