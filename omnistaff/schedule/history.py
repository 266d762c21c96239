"""What the previous roster leaves behind: when each person is rested, and which days they worked before the first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from omnistaff.plan import Contract
from omnistaff.schedule.horizon import Horizon

LOOK_BACK_DAYS = 28
OFF_ACTIVITIES = ("leave", "sick", "absent")


@dataclass(frozen=True)
class History:
    """Ends of last shifts (slots, negative before the origin) and worked days by agent."""

    slot_minutes: int
    last_end: dict[str, float] = field(default_factory=dict)
    worked: dict[str, tuple[bool, ...]] = field(default_factory=dict)

    def ready_slot(self, agent_id: str, contract: Contract) -> float:
        """Return the first slot in which the agent is rested from the previous roster; minus infinity if unknown."""
        if agent_id not in self.last_end:
            return -np.inf
        return self.last_end[agent_id] + 60 * contract.min_rest_hours / self.slot_minutes

    def worked_before(self, agent_id: str) -> tuple[bool, ...]:
        """Return which of the days before the first were worked, oldest first; empty if unknown."""
        return self.worked.get(agent_id, ())


def read_history(previous: pd.DataFrame | None, horizon: Horizon) -> History:
    """Return what the *previous* roster says about the days before the first day of *horizon*."""
    if previous is None or previous.empty:
        return History(horizon.slot_minutes)
    first = pd.Timestamp(horizon.dates[0])
    rows = previous[(previous["schedule_date"] < first) & ~previous["activity"].isin(OFF_ACTIVITIES)]
    ends = horizon.slots_of(rows["end_at"])
    last_end = {
        str(a): float(e) for a, e in pd.Series(ends, index=rows.index).groupby(rows["agent_id"]).max().items()
    }
    known = min(LOOK_BACK_DAYS, (first - previous["schedule_date"].min()).days)
    days = [pd.Timestamp(horizon.dates[0] - dt.timedelta(days=k)) for k in range(known, 0, -1)]
    worked = {
        str(agent): tuple(day in dates for day in days)
        for agent, dates in rows.groupby("agent_id")["schedule_date"].agg(set).items()
    }
    return History(horizon.slot_minutes, last_end, worked)
