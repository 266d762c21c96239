"""What people are worth who learn a queue more, one by one or one after another."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.certify import Simulate
from omnistaff.staffing.loads import queue_loads
from omnistaff.staffing.model import PoolModel
from omnistaff.staffing.pool import judge_of, pool_problem, sharing
from omnistaff.staffing.problem import PoolAnswer, PoolProblem
from omnistaff.staffing.rounds import certified
from omnistaff.staffing.skills import SkillSets
from omnistaff.tables import Agents, DemandForecast, Requirement
from omnistaff.tables.skills import SEPARATOR

WORTH_IT = 1e-6  # of the cost; less is nothing
Pair = tuple[int, int]  # a skill set and a queue


@dataclass(frozen=True)
class Training:
    """What one more person of a skill set saves by learning a queue: agent-hours and money over the horizon."""

    skills: str
    learns: str
    saved_hours: float
    saved_cost: float


def worth_of_training(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    agents: DataFrame[Agents],
    plan: Plan,
    simulate: Simulate | None = None,
) -> list[Training]:
    """Return every pair of a skill set and a queue to learn, what pays most first.

    One person of the set learns the queue and costs as much as before; the program is solved again with the demands
    that simulation made of the pool as it is (none without *simulate*).
    """
    problem = _problem(forecast, requirement, agents, plan, simulate)
    if problem is None:
        return []
    desk = _Desk(problem, plan)
    found = [desk.worth(pair) for pair in desk.pairs()]
    return sorted(found, key=lambda t: (-t.saved_cost, t.skills, t.learns))


def next_trainings(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    count: int = 5,
    simulate: Simulate | None = None,
) -> list[Training]:
    """Return up to *count* trainings to give one after another, each the best after those before it.

    The first is the best of ``worth_of_training``; what each saves is beyond what those before it save. After the
    first, pairs are tried again in the order of what they were worth when last tried, until one is worth as much as
    the next was then (Minoux 1978): exact where a training never makes another worth more. Ends where nothing pays.
    """
    problem = _problem(forecast, requirement, agents, plan, simulate)
    if problem is None:
        return []
    desk = _Desk(problem, plan)
    waiting = [(-desk.worth(pair).saved_cost, pair) for pair in desk.pairs()]
    given: list[Training] = []
    while waiting and len(given) < count:
        heapq.heapify(waiting)
        best = _best(desk, waiting)
        if best is None:
            break
        training, (skill, queue) = best
        given.append(training)
        known = {other: value for value, (group, other) in waiting if group == skill}
        new = desk.give((skill, queue))
        waiting += [(known[other], (new, other)) for other in known if other != queue]
        waiting = [entry for entry in waiting if desk.has_people(entry[1][0])]
    return given


def _best(desk: _Desk, waiting: list[tuple[float, Pair]]) -> tuple[Training, Pair] | None:
    """Return the pair that pays most now, None if none pays; *waiting* is a heap and learns what is found."""
    fresh: dict[Pair, Training] = {}
    while True:
        value, pair = waiting[0]
        if -value <= WORTH_IT * desk.cost:
            return None
        if pair in fresh:
            return fresh[pair], pair
        fresh[pair] = desk.worth(pair)
        heapq.heapreplace(waiting, (-fresh[pair].saved_cost, pair))


def _problem(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    agents: DataFrame[Agents],
    plan: Plan,
    simulate: Simulate | None,
) -> PoolProblem | None:
    """Return the program's data with the demands of simulation, None where no queue is ever open."""
    loads = queue_loads(forecast.table, plan)
    if not loads:
        return None
    problem = pool_problem(loads, requirement, agents, plan)
    if simulate is None:
        return problem
    model = PoolModel(problem, goal="most_skilled")
    trial, _ = certified(problem, model, judge_of(simulate, problem, forecast, plan), plan)
    return trial.lift.of(problem)


class _Desk:
    """Who has which skills now, and what the best staffing with them costs."""

    def __init__(self, problem: PoolProblem, plan: Plan) -> None:
        self._problem, self._hours = problem, plan.interval_minutes / 60
        self._one = plan.available_share(pd.Series(problem.starts))
        self._base = PoolModel(problem, goal="least_cost").answer()

    @property
    def cost(self) -> float:
        """Return what the best staffing costs now."""
        return self._cost(self._problem.skills, self._base)

    def pairs(self) -> list[Pair]:
        """Return the skill sets of people and the queues that each does not serve."""
        skills = self._problem.skills
        return [
            (k, int(q))
            for k in range(len(skills.names))
            if self.has_people(k)
            for q in np.flatnonzero(~skills.serves[k])
        ]

    def has_people(self, skill: int) -> bool:
        """Return whether anybody has a skill set."""
        return bool((self._problem.skills.count[skill] > self._one / 2).any())

    def worth(self, pair: Pair) -> Training:
        """Return what one training saves."""
        skills, trained = self._problem.skills, self._trained(pair)
        other = PoolModel(self._with(trained), goal="least_cost").answer()
        hours = float((self._base.agents.sum() - other.agents.sum()) * self._hours)
        return Training(skills.names[pair[0]], skills.queues[pair[1]], hours, self.cost - self._cost(trained, other))

    def give(self, pair: Pair) -> int:
        """Give a training; return the number of the skill set of who has had it."""
        self._problem = self._with(self._trained(pair))
        self._base = PoolModel(self._problem, goal="least_cost").answer()
        return len(self._problem.skills.names) - 1

    def _with(self, skills: SkillSets) -> PoolProblem:
        """Return the problem with other skills, and so with other queues that share people."""
        live = self._problem.live
        together = sharing(skills, live.columns, live.agents, live.work)
        return replace(self._problem, skills=skills, live=replace(live, together=together))

    def _cost(self, skills: SkillSets, answer: PoolAnswer) -> float:
        return float((answer.agents.sum(axis=1) @ skills.hourly_cost) * self._hours)

    def _trained(self, pair: Pair) -> SkillSets:
        """Return the skill sets after one person of one has learnt a queue, as a set of its own."""
        skills, (k, q) = self._problem.skills, pair
        count = np.vstack([skills.count, self._one])
        count[k] = np.maximum(count[k] - self._one, 0.0)
        serves = skills.serves[k] | (np.arange(len(skills.queues)) == q)
        name = SEPARATOR.join(sorted([*skills.names[k].split(SEPARATOR), skills.queues[q]]))
        return replace(
            skills,
            names=(*skills.names, name),
            serves=np.vstack([skills.serves, serves]),
            speed=np.vstack([skills.speed, skills.speed[k]]),
            count=count,
            hourly_cost=np.append(skills.hourly_cost, skills.hourly_cost[k]),
        )
