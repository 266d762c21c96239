"""The cheapest people by skill set and interval who serve all queues together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.certify import Simulate, proof_plan, virtual_roster
from omnistaff.staffing.due import last_intervals
from omnistaff.staffing.floors import skill_floors
from omnistaff.staffing.loads import QueueLoad, queue_loads
from omnistaff.staffing.model import PoolModel, solve_pool
from omnistaff.staffing.problem import DeferredNeed, LiveNeed, PoolAnswer, PoolProblem, Together
from omnistaff.staffing.rounds import Judge, certified
from omnistaff.staffing.skills import SkillSets, joint_sets, pooled_agents, skill_sets
from omnistaff.tables import (
    Agents,
    Allocation,
    DemandForecast,
    Outcomes,
    Pool,
    PooledStaff,
    Requirement,
    check,
    empty,
)

Floats = npt.NDArray[np.float64]
VISIBLE = 1e-6  # agents below this are none


def pool_staff(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    certify: Simulate | None = None,
) -> PooledStaff:
    """Return the cheapest net agents by skill set and interval, and which queue they serve.

    Live queues covered jointly, deferred work moved within its due time into the gaps. `bound` is the fewest
    agent-hours that square-root staffing allows: every set of queues that shares agents served as one queue, all work
    done (no bound on every routing); `silo` is the sum of the requirements. With *certify* (``simulate_roster``) the
    people are simulated, and staffing is raised until every service level holds with 95 % confidence or the plan's
    rounds are over; `service` is the last simulation. People count with their speed (``agents.proficiency``),
    while they are employed and have a skill (``skill_dates``). `missed` names the queues that are not proved then.
    """
    loads = queue_loads(forecast.table, plan)
    if not loads:
        return PooledStaff(empty(Pool), empty(Allocation), 0.0, 0.0)
    problem = pool_problem(loads, requirement, agents, plan)
    hours = plan.interval_minutes / 60
    bound = fewest_hours(problem)
    model = PoolModel(problem, goal="least_cost" if certify is None else "most_skilled")
    service, rounds = None, 0
    missed: tuple[str, ...] = ()
    if certify is None:
        best = model.answer()
    else:
        trial, rounds = certified(problem, model, judge_of(certify, problem, forecast, plan), plan)
        best, service, missed = trial.answer, trial.service, trial.missed
    return PooledStaff(
        table=_pool_table(best, problem),
        allocation=_allocation_table(best, problem),
        bound=bound * hours,
        silo=float(requirement["agents"].sum() * hours),
        service=service,
        rounds=rounds,
        missed=missed,
    )


def fewest_hours(problem: PoolProblem) -> float:
    """Return the fewest agent-intervals of the program, everybody as quick as the quickest of the same skills."""
    quickest = replace(problem, skills=replace(problem.skills, speed=problem.skills.fastest))
    return float(solve_pool(quickest, goal="fewest_hours").agents.sum())


def judge_of(certify: Simulate, problem: PoolProblem, forecast: DemandForecast, plan: Plan) -> Judge:
    """Return what simulates the people of an answer on contacts of a number, in a part of the replications."""

    def judge(answer: PoolAnswer, number: int, part: float = 1.0) -> DataFrame[Outcomes]:
        roster, people = virtual_roster(answer, problem, plan)
        return certify(roster, forecast, people, proof_plan(plan, number, part))

    return judge


def pool_problem(
    loads: list[QueueLoad], requirement: DataFrame[Requirement], agents: DataFrame[Agents], plan: Plan
) -> PoolProblem:
    """Return the program's data on the union of all intervals."""
    starts = pd.DatetimeIndex(
        np.unique(np.concatenate([load.starts.asi8 for load in loads])).astype("M8[us]"), tz="UTC"
    )
    place = {load.queue.name: starts.get_indexer(load.starts) for load in loads}
    names = tuple(load.queue.name for load in loads)
    live = [k for k, load in enumerate(loads) if load.queue.mode != "deferred"]
    need, erlangs = np.zeros((len(live), len(starts))), np.zeros((len(live), len(starts)))
    for row, k in enumerate(live):
        name = loads[k].queue.name
        mine = requirement[requirement["queue"] == name].sort_values("interval_start")
        need[row, place[name]] = mine["agents"]
        answered = 1 - mine["abandon_share"].fillna(0.0)
        erlangs[row, place[name]] = mine["load_erlangs"] * answered
    columns = np.array(live, dtype=np.int64)
    cap = np.array([loads[k].queue.max_occupancy_share for k in live])
    work = erlangs / np.array([loads[k].queue.capacity for k in live])[:, None]
    skills = skill_sets(agents, names, starts, plan)
    together = sharing(skills, columns, need, work)
    return PoolProblem(
        skills=skills,
        live=LiveNeed(columns, need, work, cap, together, ready=np.zeros_like(need)),
        deferred=tuple(
            _deferred_need(load, k, place[load.queue.name], plan)
            for k, load in enumerate(loads)
            if load.queue.mode == "deferred"
        ),
        starts=starts,
        floors=skill_floors(loads, starts, agents, plan),
        blending_share=plan.staffing.blending_share,
    )


def sharing(skills: SkillSets, columns: npt.NDArray[np.int64], agents: Floats, work: Floats) -> list[Together]:
    """Return the sets of live queues (*columns*) that share people, with the agents they need by interval."""
    sets = [np.searchsorted(columns, members) for members in joint_sets(skills, columns)]
    return [Together(rows, pooled_agents(agents[rows], work[rows])[0]) for rows in sets]


def _deferred_need(load: QueueLoad, column: int, intervals: npt.NDArray[np.int64], plan: Plan) -> DeferredNeed:
    level = plan.staffing.meet_target_with_probability
    rate = load.rate if level is None else load.rate_at(level)
    return DeferredNeed(
        column=column,
        intervals=intervals,
        work=rate * load.handle_s,
        last=last_intervals(load.starts, load.queue, load.interval_s),
        occupancy=load.queue.max_occupancy_share,
    )


def _pool_table(answer: PoolAnswer, problem: PoolProblem) -> DataFrame[Pool]:
    skill, interval = np.nonzero(answer.agents > VISIBLE)
    frame = pd.DataFrame(
        {
            "interval_start": problem.starts[interval],
            "skills": pd.Series(np.array(problem.skills.names, dtype=object)[skill], dtype="str"),
            "agents": answer.agents[skill, interval],
        }
    )
    return check(Pool, frame)


def _allocation_table(answer: PoolAnswer, problem: PoolProblem) -> DataFrame[Allocation]:
    """Return what each skill set serves: deferred queues the agents for their work, live queues the rest by work."""
    queues, done = np.zeros_like(answer.work), answer.work / problem.skills.speed[:, :, None]
    for need in problem.deferred:
        queues[:, need.column] = done[:, need.column] / need.occupancy
    rest = np.maximum(answer.agents - queues.sum(axis=1), 0.0)[:, None, :]
    live = problem.live.columns
    work = done[:, live]
    total = work.sum(axis=1, keepdims=True)
    able = problem.skills.serves[:, live].astype(float)[:, :, None]
    even = able / np.maximum(able.sum(axis=1, keepdims=True), 1.0)
    queues[:, live] = rest * np.where(total > VISIBLE, work / np.maximum(total, VISIBLE), even)
    queues *= np.where(queues.sum(axis=1) > 0, answer.agents / np.maximum(queues.sum(axis=1), 1e-12), 0.0)[:, None]
    skill, queue, interval = np.nonzero(queues > VISIBLE)
    frame = pd.DataFrame(
        {
            "interval_start": problem.starts[interval],
            "skills": pd.Series(np.array(problem.skills.names, dtype=object)[skill], dtype="str"),
            "queue": pd.Series(np.array(problem.skills.queues, dtype=object)[queue], dtype="str"),
            "agents": queues[skill, queue, interval],
        }
    )
    return check(Allocation, frame)
