"""The people there must be whatever the load: minimum staff of a queue, and how many who can serve it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.staffing.loads import QueueLoad
from omnistaff.tables import Agents
from omnistaff.tables.skills import can_serve
from omnistaff.timegrid import WeekProfile

Floats = npt.NDArray[np.float64]


def minimum_staff(load: QueueLoad, plan: Plan) -> Floats:
    """Return the net agents that a queue has at least in each of its intervals."""
    return WeekProfile(load.queue.min_agents).at(pd.Series(load.starts), plan.zone_of(load.queue))


def skill_floors(loads: list[QueueLoad], starts: pd.DatetimeIndex, agents: DataFrame[Agents], plan: Plan) -> Floats:
    """Return the fewest net agents at work who can serve each queue, as (queue, interval); 0 where it is closed.

    Of deferred queues the minimum staff counts too. Raises ConfigError naming queues that ask for more people than
    have the skill.
    """
    floors, problems = np.zeros((len(loads), len(starts))), []
    for row, load in zip(floors, loads, strict=True):
        queue, times = load.queue, pd.Series(load.starts)
        least = WeekProfile(queue.min_able_agents).at(times, plan.zone_of(queue))
        least = np.where(plan.is_open(queue, times), least, 0.0)  # not after closing
        able = int(can_serve(agents, queue.name).sum())
        if least.max(initial=0.0) > able:
            problems.append(
                f"queues.{queue.name}.min_able_agents: {least.max():g} asked for, {able} have the skill: train "
                "or hire people, or ask for fewer"
            )
        if queue.mode == "deferred":
            least = np.maximum(least, minimum_staff(load, plan))
        row[starts.get_indexer(load.starts)] = least
    if problems:
        raise ConfigError("there are not enough people with a skill", problems)
    return floors
