"""How many people keep every promise, found again and again on other simulated contacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.certify import Simulate
from omnistaff.staffing.loads import queue_loads
from omnistaff.staffing.model import PoolModel
from omnistaff.staffing.pool import judge_of, pool_problem
from omnistaff.staffing.problem import PoolProblem
from omnistaff.staffing.rounds import Trial, certified
from omnistaff.staffing.skills import required_sets
from omnistaff.tables import Agents, DemandForecast, Pool, Requirement

SEED_STEP = 7919  # between repeats


@dataclass(frozen=True)
class NeededPeople:
    """Pooled people who keep every promise: agent-hours, what these cost, and people at the busiest time.

    `unproved_queues` is of how many queues the last simulation does not prove that, None where it is not known.
    """

    agent_hours: float
    cost: float
    peak_agents: float
    unproved_queues: int | None = None


def repeated(
    problem: PoolProblem, forecast: DemandForecast, plan: Plan, simulate: Simulate, repeats: Iterable[int]
) -> list[Trial]:
    """Return the certified people of each of *repeats*: the same paths, other contacts; 0 is the plan's own proof."""
    model, trials = PoolModel(problem, goal="most_skilled"), []
    for repeat in repeats:
        other = plan.model_copy(update={"seed": plan.seed + SEED_STEP * repeat})
        trials.append(certified(problem, model, judge_of(simulate, problem, forecast, other), other)[0])
    return trials


def people_of(trial: Trial, problem: PoolProblem, plan: Plan) -> NeededPeople:
    """Return what the people of *trial* are."""
    agents, share = trial.answer.agents, plan.interval_minutes / 60
    return NeededPeople(
        float(agents.sum() * share),
        float((agents.sum(axis=1) @ problem.skills.hourly_cost) * share),
        float(agents.sum(axis=0).max()),
        len(trial.missed),
    )


def people_in_pool(
    pool: DataFrame[Pool], requirement: DataFrame[Requirement], agents: DataFrame[Agents], plan: Plan
) -> NeededPeople:
    """Return hours, cost and peak of a pool made for *requirement*."""
    if pool.empty:
        return NeededPeople(0.0, 0.0, 0.0)
    skills = required_sets(requirement, agents, plan)
    hourly = pool["skills"].map(dict(zip(skills.names, skills.hourly_cost.tolist(), strict=True)))
    hours = pool["agents"] * plan.interval_minutes / 60
    peak = pool.groupby("interval_start")["agents"].sum().max()
    return NeededPeople(float(hours.sum()), float((hours * hourly).sum()), float(peak))


def people_again(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    agents: DataFrame[Agents],
    plan: Plan,
    simulate: Simulate,
    *,
    repeats: Iterable[int],
) -> list[NeededPeople]:
    """Return what each of *repeats* finds to be needed; 0 would find the pool that ``pool_staff`` certifies.

    Two plans meet the same contacts in the same repeat, so that differences between them can be taken repeat by
    repeat. A search ends near the fewest people, not at them: how near is what repeats tell.
    """
    loads = queue_loads(forecast.table, plan)
    if not loads:
        return [NeededPeople(0.0, 0.0, 0.0, 0) for _ in repeats]
    problem = pool_problem(loads, requirement, agents, plan)
    return [people_of(trial, problem, plan) for trial in repeated(problem, forecast, plan, simulate, repeats)]
