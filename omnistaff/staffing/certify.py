"""The proof of a pool: its people as a roster of their own, to be simulated.

Formulas for shared agents are a starting point; the simulator judges. It is handed in by the caller, since stages
do not know each other. Each round draws arrivals within the forecast's paths, handle times and patience anew, so the
round that passes is a proof of people who were not made for its draws; the paths are those of every round.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.staffing.problem import PoolAnswer, PoolProblem
from omnistaff.staffing.skills import SkillSets
from omnistaff.tables import Agents, DemandForecast, Outcomes, Roster, conform, empty
from omnistaff.tables.skills import SEPARATOR

Floats = npt.NDArray[np.float64]
Simulate = Callable[[DataFrame[Roster], DemandForecast, DataFrame[Agents], Plan], DataFrame[Outcomes]]
FIRST_SEED = 1_000_003  # of the proofs; the roster's own simulation takes the plan's seed


def virtual_roster(
    answer: PoolAnswer, problem: PoolProblem, plan: Plan
) -> tuple[DataFrame[Roster], DataFrame[Agents]]:
    """Return a roster of whole people who are on duty exactly when the pool asks for them, and these people.

    Hours are kept to within one interval of each skill set, and all people of an interval to within half a person.
    """
    names, speeds, present = [], [], []
    for k, agents in enumerate(whole_people(answer.agents)):
        there = np.arange(int(agents.max(initial=0)))[:, None] < agents[None]
        names += [problem.skills.names[k]] * len(there)
        speeds += [_proficiency(problem.skills, k)] * len(there)
        present.append(there)
    if not names:
        return empty(Roster), empty(Agents)
    number = np.concatenate([np.arange(len(there)) for there in present])
    staff = pd.DataFrame({"skills": names, "proficiency": speeds}).assign(
        agent_id=lambda t: t["skills"] + "#" + number.astype(str)
    )
    staff = staff.assign(name=staff["agent_id"], time_zone=plan.time_zone, contract="pool", hourly_cost=0.0)
    roster = _duty(staff["agent_id"], np.concatenate(present), problem.starts, plan.interval_minutes)
    dates = timegrid.local_dates(roster["start_at"], plan.time_zone)
    roster = roster.assign(schedule_date=dates, activity="work", is_paid=True)
    # built right for one look by the simulator, many times over: not checked like a table that is kept
    return cast("DataFrame[Roster]", conform(Roster, roster)), cast("DataFrame[Agents]", conform(Agents, staff))


def _proficiency(skills: SkillSets, k: int) -> str | None:
    """Return the speeds of a skill set's people as the table of agents has them, None where all are 1."""
    terms = zip(skills.queues, skills.speed[k].tolist(), strict=True)
    return SEPARATOR.join(f"{queue}={speed!r}" for queue, speed in terms if speed != 1) or None


def whole_people(agents: Floats) -> npt.NDArray[np.int64]:
    """Return whole people by skill set and interval: what is cut off one skill set goes to another, or is carried on.

    The largest remainders are rounded up, as many as keep the people of each interval nearest to what was asked.
    """
    result = np.zeros(agents.shape, dtype=np.int64)
    carried = np.zeros(len(agents))
    for k, asked in enumerate(agents.T):
        wanted = np.where(asked > 0, asked + carried, 0.0)
        whole = np.maximum(np.floor(wanted), 0.0)
        more = max(0, round(float((wanted - whole).sum())))
        whole[np.argsort(whole - wanted, kind="stable")[:more]] += 1
        carried = np.where(asked > 0, np.clip(wanted - whole, -1.0, 1.0), carried)
        result[:, k] = whole
    return result


def _duty(
    agents: pd.Series[str], present: npt.NDArray[np.bool_], starts: pd.DatetimeIndex, minutes: int
) -> pd.DataFrame:
    """Return the stretches of work of people (rows of *present*, by interval): consecutive intervals joined."""
    step = np.timedelta64(minutes, "m")
    person, interval = np.nonzero(present)
    begin = starts[interval]
    joins = (person[1:] == person[:-1]) & (begin[1:] == begin[:-1] + step)
    first, last = np.concatenate([[True], ~joins]), np.concatenate([~joins, [True]])
    agent = agents.take(person[first]).reset_index(drop=True)
    frame = pd.DataFrame({"agent_id": agent, "start_at": begin[first], "end_at": begin[last] + step})
    piece = frame.groupby("agent_id", sort=False).cumcount().astype("str")
    return frame.assign(shift_id=frame["agent_id"] + "/" + piece)


def proof_plan(plan: Plan, number: int, part: float = 1.0) -> Plan:
    """Return the plan for proof *number*: everybody on the roster is there, other random numbers, and *part* of the
    replications.
    """
    count = math.ceil(part * plan.simulate.replications)
    simulate = plan.simulate.model_copy(update={"replications": count})
    seed = plan.seed + FIRST_SEED * (number + 1)
    return plan.without_shrinkage().replace(simulate=simulate, seed=seed)
