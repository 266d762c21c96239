"""Closer looks at a simulated roster: how its people are used, and what happened to single contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.simulate.outcomes import Summary
from omnistaff.simulate.replications import run_replications
from omnistaff.simulate.run import read_scene
from omnistaff.simulate.state import EVENTS, TRACE
from omnistaff.tables import Agents, DemandForecast, GroupOutcomes, Roster, Trace, check, conform

FIRST_ROOM = 1 << 16  # events


def simulate_groups(
    roster: DataFrame[Roster], forecast: DemandForecast, agents: DataFrame[Agents], plan: Plan
) -> DataFrame[GroupOutcomes]:
    """Return how much the people of each skill set work, with limits, and their overtime.

    All of ``simulate.replications`` are run, with the contacts that ``simulate_roster`` draws. Raises as that does.
    """
    scene = read_scene(forecast, plan)
    staff, centre, given = scene.staffed(roster, agents, plan)
    summary = Summary(plan, scene.window, staff.groups)
    numbers = range(plan.simulate.replications)
    summary.add(run_replications(centre, given, numbers=numbers, threads=plan.threads))
    return summary.group_outcomes()


def trace_contacts(
    roster: DataFrame[Roster],
    forecast: DemandForecast,
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    replication: int = 0,
) -> DataFrame[Trace]:
    """Return every event of every contact of one replication, the very one that ``simulate_roster`` counts.

    Contacts have numbers within their queue, in order of arrival; who comes back gets a new one. Who lost patience is
    found when the turn comes, so ``abandoned`` stands there in order and has the earlier time. Raises as
    ``simulate_roster``.
    """
    scene = read_scene(forecast, plan)
    staff, centre, given = scene.staffed(roster, agents, plan)
    room = FIRST_ROOM
    while True:
        traced = centre._replace(trace=np.zeros(room, dtype=TRACE))
        result = next(run_replications(traced, given, numbers=range(replication, replication + 1), threads=1))
        if result.traced <= room:
            break
        room = result.traced
    rows = result.trace[: result.traced]
    who = np.array([*staff.names, None], dtype=object)  # -1 is nobody
    frame = pd.DataFrame(
        {
            "step": np.arange(len(rows)),
            "at": scene.window.start + pd.to_timedelta(np.round(rows["at"] * 1e6), unit="us"),
            "event": np.array(EVENTS, dtype=object)[rows["event"]],
            "queue": np.array([queue.name for queue in plan.queues], dtype=object)[rows["queue"]],
            "contact": rows["number"],
            "agent_id": who[rows["agent"]],
        }
    )
    return check(Trace, conform(Trace, frame))
