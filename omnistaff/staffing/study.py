"""What pooling is worth: arrangements of the same demand, each certified by simulation, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame
from scipy.special import stdtrit

from omnistaff.plan import Plan
from omnistaff.staffing.certify import Simulate
from omnistaff.staffing.loads import queue_loads
from omnistaff.staffing.model import PoolModel
from omnistaff.staffing.needed import people_of, repeated
from omnistaff.staffing.pool import pool_problem
from omnistaff.staffing.problem import PoolProblem
from omnistaff.staffing.required import required_staff
from omnistaff.staffing.rounds import Trial
from omnistaff.staffing.skills import with_skills
from omnistaff.tables import Agents, DemandForecast, Requirement, check
from omnistaff.tables.skills import SEPARATOR, can_serve

Floats = npt.NDArray[np.float64]
SOME = 10  # every tenth person learns everything
CONFIDENCE = 0.95
ROUNDING = 1e-6  # of a person: no reason for one more


@dataclass(frozen=True)
class Arrangement:
    """One way to give people skills: what keeps every promise costs, and what it saves against the first one.

    Means over repeats with other random numbers, limits of 95 % (nothing with one repeat).
    """

    name: str
    agent_hours: float
    cost: float
    peak_agents: float
    saved_share: float
    saved_low: float
    saved_high: float
    saved_cost: float
    saved_cost_low: float
    saved_cost_high: float
    abandoned_share: float  # of all live contacts
    promises_kept: bool
    whole_hours: float  # agent-hours where every skill set has whole people in every interval
    saved_whole_share: float


@dataclass(frozen=True)
class Sources:
    """Where the saving of a pool is from, by formula: agent-hours, and people at the peak."""

    small_groups_hours: float  # live queues share their safety
    deferred_fill_hours: float  # deferred work is done in the gaps
    peak_offset_agents: float  # peaks of the queues are not at the same time


def usual_arrangements(agents: DataFrame[Agents], plan: Plan) -> dict[str, DataFrame[Agents]]:
    """Return people as silos, as they are, with every tenth one able to do everything, and all so."""
    names = [queue.name for queue in plan.queues]
    everything = SEPARATOR.join(sorted(names))
    some = agents.sort_values(["skills", "agent_id"], ignore_index=True)
    tenth = np.arange(len(some)) % SOME == SOME // 2
    return {
        "silos": silos(agents, names),
        "skills as they are": agents,
        "every tenth can do all": check(Agents, with_skills(some, some["skills"].mask(tenth, everything))),
        "everybody can do all": check(
            Agents, with_skills(agents, pd.Series(everything, index=agents.index, dtype="str"))
        ),
    }


def silos(agents: DataFrame[Agents], queues: list[str]) -> DataFrame[Agents]:
    """Return people with one skill each, for every queue as many as there are people, at its people's mean cost."""
    parts = []
    for queue in queues:
        able = can_serve(agents, queue)
        cost = float(agents.loc[able if able.any() else able | True, "hourly_cost"].mean())
        mine = with_skills(agents, pd.Series(queue, index=agents.index, dtype="str"))
        parts.append(mine.assign(agent_id=agents["agent_id"] + "/" + queue, hourly_cost=cost))
    return check(Agents, pd.concat(parts, ignore_index=True))


def pooling_study(
    forecast: DemandForecast,
    arrangements: Mapping[str, DataFrame[Agents]],
    plan: Plan,
    simulate: Simulate,
    *,
    repeats: int = 3,
) -> list[Arrangement]:
    """Return what each of *arrangements* costs when every promise holds in simulation; the first is the base.

    Every arrangement meets the same contacts, and each repeat other ones. All keep the same promises, abandonment
    included where the plan promises it, so that hours compare at equal quality.
    """
    requirement = required_staff(forecast, plan)
    rows, base = [], None
    for name, people in arrangements.items():
        problem = pool_problem(queue_loads(forecast.table, plan), requirement, people, plan)
        trials = repeated(problem, forecast, plan, simulate, range(repeats))
        figures = _figures(trials, problem, plan)
        base = figures if base is None else base
        rows.append(_arrangement(name, figures, base, trials, plan))
    return rows


def _figures(trials: list[Trial], problem: PoolProblem, plan: Plan) -> Floats:
    """Return (hours, cost, peak, hours in whole people) by repeat."""
    share = plan.interval_minutes / 60
    people = [people_of(trial, problem, plan) for trial in trials]
    whole = [np.ceil(trial.answer.agents - ROUNDING).sum() * share for trial in trials]
    return np.array(
        [(each.agent_hours, each.cost, each.peak_agents, up) for each, up in zip(people, whole, strict=True)]
    )


def _arrangement(name: str, figures: Floats, base: Floats, trials: list[Trial], plan: Plan) -> Arrangement:
    live = [queue.name for queue in plan.queues if queue.mode != "deferred"]
    lost = np.zeros(2)
    for trial in trials:
        rows = trial.service[(trial.service["period"] == "horizon") & trial.service["queue"].isin(live)]
        lost += rows["abandoned"].sum(), rows["offered"].sum()
    hours, cost, peak, whole = figures.mean(axis=0).tolist()
    return Arrangement(
        name,
        hours,
        cost,
        peak,
        *_limits(1 - figures[:, 0] / base[:, 0]),
        *_limits(base[:, 1] - figures[:, 1]),
        abandoned_share=float(lost[0] / max(lost[1], 1.0)),
        promises_kept=all(trial.passed for trial in trials),
        whole_hours=whole,
        saved_whole_share=float((1 - figures[:, 3] / base[:, 3]).mean()),
    )


def _limits(values: Floats) -> tuple[float, float, float]:
    """Return the mean and its 95 % limits."""
    mean, half = float(values.mean()), half_width(values)
    return mean, mean - half, mean + half


def half_width(values: Floats) -> float:
    """Return half the width of the 95 % limits of a mean over repeats (Student's t); NaN for a single one."""
    count = len(values)
    if count < 2:
        return float("nan")
    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / np.sqrt(count))


def sources_of_saving(
    forecast: DemandForecast, requirement: DataFrame[Requirement], agents: DataFrame[Agents], plan: Plan
) -> Sources:
    """Return where the pool saves against silos, by the formulas: first live queues alone, then deferred work too."""
    problem = pool_problem(queue_loads(forecast.table, plan), requirement, agents, plan)
    share = plan.interval_minutes / 60
    pooled = PoolModel(problem, goal="least_cost").answer()
    live = PoolModel(replace(problem, deferred=()), goal="least_cost").answer()
    deferred = requirement["queue"].isin([queue.name for queue in plan.queues if queue.mode == "deferred"])
    alone = requirement.groupby("queue")["agents"].max().sum()
    together = requirement.groupby("interval_start")["agents"].sum().max()
    live_hours, deferred_hours = (
        float(requirement.loc[rows, "agents"].sum() * share) for rows in (~deferred, deferred)
    )
    shared = float(live.agents.sum() * share)
    return Sources(
        small_groups_hours=live_hours - shared,
        deferred_fill_hours=deferred_hours + shared - float(pooled.agents.sum() * share),
        peak_offset_agents=float(alone - together),
    )
