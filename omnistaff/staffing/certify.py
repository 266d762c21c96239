"""The proof of a pool: its people as a roster of their own, simulated, and corrected where a promise is missed.

Formulas for shared agents are a starting point; the simulator judges. It is handed in by the caller, since stages
do not know each other. Each round meets contacts that no earlier round has met, so the round that passes is an
independent proof of the people it was made for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.staffing.model import PoolAnswer, PoolProblem
from omnistaff.tables import Agents, DemandForecast, Outcomes, Roster, check, conform

Floats = npt.NDArray[np.float64]
Simulate = Callable[[DataFrame[Roster], DemandForecast, DataFrame[Agents], Plan], DataFrame[Outcomes]]
FIRST_SEED = 1_000_003  # of the proofs; the roster's own simulation takes the plan's seed
SAFETY_GAIN = 4.0  # safety grows by this for each share of service missing
WORK_GAIN = 1.0
LEAST = 0.015  # share of service that counts as missing in one round
MOST_LIVE, MOST_DEFERRED = 0.15, 0.3


@dataclass(frozen=True)
class Shortfall:
    """By how much a queue's simulated service misses its promise, as a share."""

    queue: str
    share: float


def virtual_roster(
    answer: PoolAnswer, problem: PoolProblem, starts: pd.DatetimeIndex, plan: Plan
) -> tuple[DataFrame[Roster], DataFrame[Agents]]:
    """Return a roster of whole people who are on duty exactly when the pool asks for them, and these people.

    Fractions are carried to the next interval, so that hours are kept to within one interval of each skill set.
    """
    pieces, people = [], []
    for name, agents in zip(problem.skills.names, answer.agents, strict=True):
        present = np.arange(int(np.ceil(agents.max(initial=0.0))) + 1)[:, None] < _whole(agents)[None]
        for k in np.flatnonzero(present.any(axis=1)):
            pieces.append(_duty(f"{name}#{k}", present[k], starts, plan.interval_minutes))
            people.append((f"{name}#{k}", name))
    staff = pd.DataFrame(people, columns=["agent_id", "skills"]).assign(
        name=lambda t: t["agent_id"], time_zone=plan.time_zone, contract="pool", hourly_cost=0.0
    )
    roster = pd.concat(pieces, ignore_index=True)
    dates = timegrid.local_dates(roster["start_at"], plan.time_zone)
    roster = roster.assign(schedule_date=dates, activity="work", is_paid=True)
    return check(Roster, conform(Roster, roster)), check(Agents, conform(Agents, staff))


def _whole(agents: Floats) -> npt.NDArray[np.int64]:
    """Return whole agents of each interval, what is cut off carried on."""
    result, carried = np.zeros(len(agents), dtype=np.int64), 0.0
    for k, value in enumerate(agents.tolist()):
        result[k] = max(0, round(value + carried))
        carried = min(0.5, max(-0.5, value + carried - int(result[k])))
    return result


def _duty(agent: str, present: npt.NDArray[np.bool_], starts: pd.DatetimeIndex, minutes: int) -> pd.DataFrame:
    """Return the stretches of work of one person: consecutive intervals joined."""
    step = np.timedelta64(minutes, "m")
    begin = starts[present]
    end = begin + step
    joins = begin[1:] == end[:-1]
    first = np.concatenate([[True], ~joins])
    last = np.concatenate([~joins, [True]])
    return pd.DataFrame(
        {
            "agent_id": agent,
            "start_at": begin[first],
            "end_at": end[last],
            "shift_id": [f"{agent}/{k}" for k in range(int(first.sum()))],
        }
    )


def proof_plan(plan: Plan, number: int) -> Plan:
    """Return the plan for the proof of round *number*: everybody on the roster is there, and other random numbers."""
    staffing = plan.staffing.model_copy(update={"shrinkage_share": {}})
    return plan.model_copy(update={"staffing": staffing, "seed": plan.seed + FIRST_SEED * (number + 1)})


def shortfalls(outcomes: DataFrame[Outcomes], plan: Plan) -> list[Shortfall]:
    """Return the queues that are not shown to keep their service level or abandonment over the horizon.

    The service level must hold at its lower 95 % limit.
    """
    horizon = outcomes[outcomes["period"] == "horizon"]
    result = []
    for queue in plan.queues:
        rows = horizon[horizon["queue"] == queue.name]
        if rows.empty:
            continue
        row = rows.iloc[0]
        target = queue.target
        promised = target.on_time_share if queue.mode == "deferred" else target.answered_share
        missing = (promised or 0.0) - float(row["service_level_low"])
        if target.abandon_share is not None and row["offered"] > 0:
            missing = max(missing, float(row["abandoned"]) / float(row["offered"]) - target.abandon_share)
        if missing > 0:
            result.append(Shortfall(queue.name, missing))
    return result


def raised(problem: PoolProblem, missing: list[Shortfall]) -> PoolProblem:
    """Return the program with more safety, and less work an agent, for the queues that missed their promise."""
    place = {name: k for k, name in enumerate(problem.skills.queues)}
    share = {place[short.queue]: max(LEAST, short.share) for short in missing if short.queue in place}
    live = problem.live
    lack = np.array([min(MOST_LIVE, share.get(int(k), 0.0)) for k in live.columns])[:, None]
    safety = np.maximum(live.agents - live.work, 0.0) * (1 + SAFETY_GAIN * lack) + np.minimum(
        live.agents - live.work, 0.0
    )
    agents = np.where(live.agents > 0, live.work + safety, live.agents)
    deferred = tuple(
        replace(need, occupancy=need.occupancy / (1 + WORK_GAIN * min(MOST_DEFERRED, share.get(need.column, 0.0))))
        for need in problem.deferred
    )
    occupancy = live.occupancy / (1 + WORK_GAIN * lack[:, 0])
    return replace(problem, live=replace(live, agents=agents, occupancy=occupancy), deferred=deferred)
