"""The proof of a pool: its people as a roster of their own, simulated, and what the promises have to spare.

Formulas for shared agents are a starting point; the simulator judges. It is handed in by the caller, since stages
do not know each other. Each round meets contacts that no earlier round has met, so the round that passes is an
independent proof of the people it was made for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue
from omnistaff.staffing.model import PoolAnswer, PoolProblem
from omnistaff.tables import Agents, DemandForecast, Outcomes, Roster, check, conform

Floats = npt.NDArray[np.float64]
Simulate = Callable[[DataFrame[Roster], DemandForecast, DataFrame[Agents], Plan], DataFrame[Outcomes]]
FIRST_SEED = 1_000_003  # of the proofs; the roster's own simulation takes the plan's seed


def virtual_roster(
    answer: PoolAnswer, problem: PoolProblem, plan: Plan
) -> tuple[DataFrame[Roster], DataFrame[Agents]]:
    """Return a roster of whole people who are on duty exactly when the pool asks for them, and these people.

    Fractions are carried to the next interval, so that hours are kept to within one interval of each skill set.
    """
    pieces, people = [], []
    for name, agents in zip(problem.skills.names, answer.agents, strict=True):
        present = np.arange(int(np.ceil(agents.max(initial=0.0))) + 1)[:, None] < _whole(agents)[None]
        for k in np.flatnonzero(present.any(axis=1)):
            pieces.append(_duty(f"{name}#{k}", present[k], problem.starts, plan.interval_minutes))
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


def promised_share(queue: Queue) -> float | None:
    """Return the share of contacts that *queue* promises to serve in time, None if it promises something else."""
    return queue.target.on_time_share if queue.mode == "deferred" else queue.target.answered_share


def margins(outcomes: DataFrame[Outcomes], plan: Plan) -> dict[str, float]:
    """Return by how much each simulated queue keeps its promise over the horizon, as a share; below 0 it misses it.

    The service level counts at its lower 95 % limit, abandonment and speed of answer at their mean.
    """
    rows = outcomes[outcomes["period"] == "horizon"].set_index("queue")
    columns = ["offered", "abandoned", "service_level_low", "asa_s"]
    simulated = dict(zip(rows.index, rows[columns].itertuples(index=False, name=None), strict=True))
    result = {}
    for queue in plan.queues:
        offered, abandoned, low, asa_s = simulated.get(queue.name, (0.0, 0.0, 0.0, 0.0))
        if not offered > 0:
            continue
        target, promised = queue.target, promised_share(queue)
        spare = [] if promised is None else [low - promised]
        if target.abandon_share is not None:
            spare.append(target.abandon_share - abandoned / offered)
        if target.asa_s is not None:
            spare.append((target.asa_s - asa_s) / max(target.asa_s, 1.0))
        result[queue.name] = float(min(spare))
    return result
