"""The pooled staffing program: people by skill set and interval for all queues together.

Rows, for each interval t, skill set g, live or messaging queue q, deferred queue d:

- work is conserved: work y[g,q] and z[g,d] that g does at its speed fits into its agents, live work at its largest
  occupancy, both together at that of deferred work;
- waiting is short: every set of live queues that shares agents has R = load + safety, where the safety of a set is
  the root of the sum of squares of its queues' own (as in square-root staffing; independent errors add like that),
  in agents of speed 1: people count with their speed, in a set of queues with that at which they are quickest;
- as many as a floor asks for can serve each queue;
- deferred work fills what live work leaves: what is above R, and a share (`blending_share`) of the live agents'
  idle time; it is never done before it arrives nor after it is due.

Agents of a skill set get far dearer above their number, so that missing people are said plainly. Where simulation
will judge (`most_skilled`), people with more skills are preferred at about the same cost: the formulas take every set
of queues as served by the right person at once, which is the truer the more everybody serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from omnistaff.staffing.problem import DeferredNeed, Floats, Integers, PoolAnswer, PoolProblem
from omnistaff.staffing.solve import Program, Solver

Goal = Literal["least_cost", "most_skilled", "fewest_hours"]
VERSATILE = 0.1  # of the cost by which a person who serves a queue more is preferred
LEAST_PRICE = 0.5  # of the cost, with any number of skills
MISSING = 10.0  # cost of an agent who is not there
RAMP = 0.1  # cost of doing more deferred work than in the interval before
TINY = 1e-12


class PoolModel:
    """The program for the cheapest agents, plainly or of more skills, or the fewest hours; needs can change.

    The fewest hours are a lower bound: deferred work takes all idle time, ramps and people who are not there are
    free, and every set of queues that shares agents is served as one queue would be.
    """

    def __init__(self, problem: PoolProblem, *, goal: Goal) -> None:
        by_cost = goal != "fewest_hours"
        program = Program()
        self._skills, self._intervals = problem.skills, problem.intervals
        self._agents = _agent_columns(program, problem, goal)
        self._live = _live_work(program, problem)
        ramp = RAMP * float(problem.skills.hourly_cost.mean()) if by_cost else 0.0
        self._deferred = [_deferred_work(program, problem, need, ramp) for need in problem.deferred]
        self._work = [self._live, *(work for work, _ in self._deferred)]
        _work_fits(program, problem, self._agents, self._live, self._work[1:])
        filling = self._work[1:] if by_cost else []
        _waiting_is_short(program, problem, self._agents, filling)
        _skills_are_there(program, problem, self._agents)
        self._ready = _people_are_ready(program, problem, self._agents, filling) if by_cost else []
        self._solver = Solver(program)

    def answer(self) -> PoolAnswer:
        """Return the optimum for the needs as they are now."""
        solution = self._solver.solve()
        work = np.zeros((len(self._skills.names), len(self._skills.queues), self._intervals))
        for part in self._work:
            np.add.at(work, (part.skill, part.queue, part.interval), solution.values[part.column])
        return PoolAnswer(solution.values[self._agents].sum(axis=0), work, solution)

    def change(self, problem: PoolProblem) -> None:
        """Take ready people and reserves of deferred queues from *problem*; everything else stays as it was made."""
        for (rows, when), ready in zip(self._ready, problem.live.ready, strict=True):
            self._solver.limit_rows(rows, ready[when])
        for (_, stock), need in zip(self._deferred, problem.deferred, strict=True):
            self._solver.limit_rows(stock.balance, need.planned(), need.planned())
            self._solver.limit_columns(stock.backlog, need.backlog())


def solve_pool(problem: PoolProblem, *, goal: Goal) -> PoolAnswer:
    """Return the cheapest agents, or the fewest hours (a lower bound, see PoolModel)."""
    return PoolModel(problem, goal=goal).answer()


@dataclass(frozen=True)
class Stock:
    """Rows and columns of a deferred queue."""

    balance: Integers
    backlog: Integers


@dataclass(frozen=True)
class Work:
    """Variables of work done: which skill set does which queue's work when, how fast; `share` is occupancy."""

    column: Integers
    skill: Integers
    queue: Integers
    interval: Integers
    speed: Floats
    share: Floats


def _agent_columns(program: Program, problem: PoolProblem, goal: Goal) -> Integers:
    """Add agents by whether they are there, skill set and interval."""
    skills, count = problem.skills, problem.intervals
    cost = skills.hourly_cost
    if goal == "fewest_hours":
        return program.add_columns(np.ones((1, len(cost), count)))
    more = skills.serves.sum(axis=1) - 1 if goal == "most_skilled" else 0
    price = cost * np.maximum(1 - VERSATILE * more, LEAST_PRICE)
    blocks = [
        program.add_columns(np.repeat(price[:, None], count, axis=1), skills.count),
        program.add_columns(np.repeat(MISSING * cost[:, None], count, axis=1)),
    ]
    return np.stack(blocks)


def _live_work(program: Program, problem: PoolProblem) -> Work:
    """Add the work of live queues by skill set, and the rows that all of it is done."""
    need = problem.live
    open_queue, interval = np.nonzero(need.work > TINY)
    row = program.add_rows(need.work[open_queue, interval], np.full(len(interval), np.inf))
    able = problem.skills.serves[:, need.columns]
    skill, which = np.nonzero(able[:, open_queue])
    column = program.add_columns(np.zeros(len(skill)))
    program.put(row[which], column, 1.0)
    queue = open_queue[which]
    speed = problem.skills.speed[skill, need.columns[queue]]
    return Work(column, skill, need.columns[queue], interval[which], speed, need.occupancy[queue])


def _deferred_work(program: Program, problem: PoolProblem, need: DeferredNeed, ramp: float) -> tuple[Work, Stock]:
    """Add the work of a deferred queue by skill set, and its backlog: at least 0, at most what is not yet due.

    Each agent more than in the interval before costs *ramp*, so that work is even where nothing else decides.
    """
    count = len(need.intervals)
    backlog = program.add_columns(np.zeros(count), need.backlog())
    skill = np.repeat(np.flatnonzero(problem.skills.serves[:, need.column]), count)
    which = np.tile(np.arange(count), len(skill) // count)
    column = program.add_columns(np.zeros(len(skill)))
    balance = program.add_rows(need.planned(), need.planned())
    program.put(balance, backlog, 1.0)
    program.put(balance[1:], backlog[:-1], -1.0)
    program.put(balance[which], column, 1.0)
    if ramp > 0.0:
        rise = program.add_columns(np.full(count - 1, ramp))
        row = program.add_rows(np.zeros(count - 1), np.full(count - 1, np.inf))
        program.put(row, rise, 1.0)
        program.put(row[which[which > 0] - 1], column[which > 0], -1.0)
        program.put(row[which[which < count - 1]], column[which < count - 1], 1.0)
    queue = np.full(len(skill), need.column)
    speed = problem.skills.speed[skill, need.column]
    work = Work(column, skill, queue, need.intervals[which], speed, np.full(len(skill), need.occupancy))
    return work, Stock(balance, backlog)


def _work_fits(program: Program, problem: PoolProblem, agents: Integers, live: Work, deferred: list[Work]) -> None:
    """Live work of a skill set needs agents at its largest occupancy, with deferred work at that of deferred work."""
    skills, count = len(problem.skills.names), problem.intervals
    row = program.add_rows(np.zeros((skills, count)), np.full((skills, count), np.inf))
    program.put(row[None], agents, 1.0)
    program.put(row[live.skill, live.interval], live.column, -1.0 / (live.share * live.speed))
    fullest = np.zeros(skills)
    for part in deferred:
        np.maximum.at(fullest, part.skill, part.share)
    filling = np.flatnonzero(fullest > 0)
    both = np.full((skills, count), -1)
    both[filling] = program.add_rows(np.zeros((len(filling), count)), np.full((len(filling), count), np.inf))
    program.put(both[filling][None], agents[:, filling], 1.0)
    for part in deferred:
        program.put(both[part.skill, part.interval], part.column, -1.0 / (part.share * part.speed))
    mixed = fullest[live.skill] > 0
    share = (np.maximum(fullest[live.skill], live.share) * live.speed)[mixed]
    program.put(both[live.skill[mixed], live.interval[mixed]], live.column[mixed], -1.0 / share)


def _waiting_is_short(program: Program, problem: PoolProblem, agents: Integers, deferred: list[Work]) -> None:
    """Every set of live queues that shares agents has them, also while they do deferred work.

    Rows that say less than that the work fits are left out.
    """
    need = problem.live
    busy = need.work / need.occupancy[:, None]
    for each in need.together:
        members, required, work = each.members, each.agents, need.work[each.members].sum(axis=0)
        fits = busy[members].sum(axis=0) + TINY
        worth = _quickest(problem, need.columns[members])
        _agents_at_least(program, agents, worth, np.where(required > fits, required, 0.0))
        if not deferred:
            continue
        eta = problem.blending_share
        fill = (1 - eta) * required + eta * np.minimum(work, required)
        place = _agents_at_least(program, agents, worth, np.where(fill > fits, fill, 0.0))
        _less_deferred(program, place, worth, deferred)


def _skills_are_there(program: Program, problem: PoolProblem, agents: Integers) -> None:
    """Add rows that every queue's floor of people who can serve it is kept, whatever they do."""
    for serves, floor in zip(problem.skills.serves.T, problem.floors, strict=True):
        _agents_at_least(program, agents, serves.astype(float), floor)


def _people_are_ready(
    program: Program, problem: PoolProblem, agents: Integers, deferred: list[Work]
) -> list[tuple[Integers, Integers]]:
    """Add rows that each live queue has `ready` people in its open intervals; return (rows, intervals) by queue."""
    need, result = problem.live, []
    for row, column in enumerate(need.columns):
        when = np.flatnonzero(need.work[row] > TINY)
        worth = _quickest(problem, np.array([column]))
        able = np.flatnonzero(worth)
        rows = program.add_rows(need.ready[row, when], np.full(len(when), np.inf))
        program.put(rows, agents[:, able][:, :, when], worth[able, None])
        place = np.full(problem.intervals, -1)
        place[when] = rows
        _less_deferred(program, place, worth, deferred)
        result.append((rows, when))
    return result


def _quickest(problem: PoolProblem, columns: Integers) -> Floats:
    """Return what a person of each skill set is worth for the queues *columns*: its best speed, 0 for none."""
    skills = problem.skills
    return np.asarray((skills.speed * skills.serves)[:, columns].max(axis=1))


def _less_deferred(program: Program, place: Integers, worth: Floats, deferred: list[Work]) -> None:
    """Take people who do deferred work, *worth* so much, off the rows in *place* by interval, -1 for none."""
    for part in deferred:
        mine = (worth[part.skill] > 0) & (place[part.interval] >= 0)
        program.put(place[part.interval[mine]], part.column[mine], -(worth[part.skill] / part.speed)[mine])


def people_ready(problem: PoolProblem, answer: PoolAnswer) -> Floats:
    """Return who can serve each live queue (rows) in each interval and is not at deferred work, by speed."""
    skills, at_work = problem.skills, np.zeros_like(answer.agents)
    for need in problem.deferred:
        at_work += answer.work[:, need.column] / skills.speed[:, [need.column]]
    able = (skills.speed * skills.serves)[:, problem.live.columns]
    return np.asarray(able.T @ (answer.agents - at_work))


def _agents_at_least(program: Program, agents: Integers, worth: Floats, required: Floats) -> Integers:
    """Add rows that *agents* (block, skill set, interval), each *worth* so much, do for *required*.

    Return the rows by interval, -1 for none.
    """
    when, able = np.flatnonzero(required > TINY), np.flatnonzero(worth)
    row = program.add_rows(required[when], np.full(len(when), np.inf))
    program.put(row, agents[:, able][:, :, when], worth[able, None])
    place = np.full(len(required), -1)
    place[when] = row
    return place
