"""What the pooled staffing program is given and what it answers, by skill set, queue and interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff.staffing.skills import SkillSets
from omnistaff.staffing.solve import Solution

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Together:
    """Live queues that share agents, by their rows of the need, and how many agents they need by interval."""

    members: Integers
    agents: Floats


@dataclass(frozen=True)
class LiveNeed:
    """Live and messaging queues by interval: agents on their own, and work in agents; 0 where closed."""

    columns: Integers  # of the skill sets
    agents: Floats  # queue, interval
    work: Floats
    occupancy: Floats  # the largest, by queue
    together: list[Together]  # every set of queues that shares agents
    ready: Floats  # at least so many who can serve it and are not at deferred work; queue, interval


@dataclass(frozen=True)
class DeferredNeed:
    """One deferred queue: work in agent-intervals by its own intervals, and when each is due."""

    column: int
    intervals: Integers
    work: Floats
    last: Integers
    occupancy: float
    reserve: float | Floats = 0.0  # time held ready for it above its work, as a share; by interval

    def planned(self) -> Floats:
        """Return the work with its reserve."""
        return self.work * (1 + self.reserve)

    def backlog(self) -> Floats:
        """Return the most that may be left at the end of each interval: what has come and is not due."""
        due = np.zeros(len(self.work))
        np.add.at(due, self.last, self.planned())
        return np.maximum(np.cumsum(self.planned()) - np.cumsum(due), 0.0)


@dataclass(frozen=True)
class PoolProblem:
    """Everything the program needs."""

    skills: SkillSets
    live: LiveNeed
    deferred: tuple[DeferredNeed, ...]
    starts: pd.DatetimeIndex
    floors: Floats  # at least so many at work who can serve it; queue, interval
    blending_share: float

    @property
    def intervals(self) -> int:
        """Return the number of intervals."""
        return len(self.starts)


@dataclass(frozen=True)
class PoolAnswer:
    """Agents by skill set and interval, the work they do by queue, and the solved program."""

    agents: Floats  # skill set, interval
    work: Floats  # skill set, queue, interval
    solution: Solution
