"""The search for the cheapest people whose proof holds: staff, simulate, raise what is short, take back too much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.certify import margins, promised_share
from omnistaff.staffing.model import Floats, PoolAnswer, PoolModel, PoolProblem, people_ready
from omnistaff.tables import Outcomes

Judge = Callable[[PoolAnswer, int], DataFrame[Outcomes]]  # the proof of round k
SAFETY_GAIN = 5.0  # safety grows by this for each share of service missing; the reserve of deferred work by 1
FASTER = 0.25  # each round that fails makes the next step longer by this
LEAST_LIVE, LEAST_DEFERRED = 0.02, 0.04  # share of service that counts as missing in one round
MOST_LIVE, MOST_DEFERRED = 0.15, 0.3
MOST_WEIGHT = 4.0
POLISH = 2  # rounds that take back what was too much
AIM = 0.003  # margin aimed at when taking back
WORTH_A_ROUND = 0.002  # hours as a share
SPARE = 0.002  # margin that a proof leaves to the luck of other seeds


@dataclass(frozen=True)
class Lift:
    """What proofs ask for: people ready by live queue and interval, and the reserve of each deferred queue."""

    ready: Floats
    reserve: Floats

    def of(self, problem: PoolProblem) -> PoolProblem:
        """Return *problem* with these demands."""
        live = replace(problem.live, ready=self.ready)
        deferred = tuple(
            replace(need, reserve=more) for need, more in zip(problem.deferred, self.reserve.tolist(), strict=True)
        )
        return replace(problem, live=live, deferred=deferred)


@dataclass(frozen=True)
class Trial:
    """One round: people, what the simulator said of them, and what each promise has to spare (below 0: misses)."""

    lift: Lift
    answer: PoolAnswer
    service: DataFrame[Outcomes]
    margins: dict[str, float]

    @property
    def passed(self) -> bool:
        """Return whether every promise holds."""
        return all(margin >= SPARE for margin in self.margins.values())

    @property
    def hours(self) -> float:
        """Return agent-intervals."""
        return float(self.answer.agents.sum())


def certified(problem: PoolProblem, model: PoolModel, judge: Judge, plan: Plan) -> tuple[Trial, int]:
    """Return the cheapest round that passed, else the last one, and how many rounds followed the first.

    Safety and reserves of queues that miss their promise are raised, most where and when they miss most, until all
    hold; then what was too much is taken back between the last round that failed and the one that passed.
    """
    rounds, number = plan.staffing.certify_rounds, 0

    def attempt(lift: Lift) -> Trial:
        model.change(lift.of(problem))
        answer = model.answer()
        service = judge(answer, number)
        return Trial(lift, answer, service, margins(service, plan))

    nothing = Lift(np.zeros_like(problem.live.ready), np.zeros(len(problem.deferred)))
    failed = trial = attempt(nothing)
    while not trial.passed and number < rounds:
        number, failed = number + 1, trial
        trial = attempt(raised(trial, problem, plan, pace=1 + FASTER * (number - 1)))
    best = trial
    for _ in range(POLISH):
        small = best.hours - failed.hours <= WORTH_A_ROUND * best.hours
        if not best.passed or small or number >= rounds:
            break
        number += 1
        trial = attempt(between(failed, best, problem))
        best, failed = (trial, failed) if trial.passed else (best, trial)
    return best, number


def raised(trial: Trial, problem: PoolProblem, plan: Plan, *, pace: float = 1.0) -> Lift:
    """Return more people ready for the live queues that missed their promise, and more time for deferred work.

    A cut for each interval in which contacts were late: more people who can serve the queue than there were. It can
    be met by others of the same number, so that skills are moved before people are added.
    """
    live, lift, names = problem.live, trial.lift, problem.skills.queues

    def lack(columns: Iterable[int], least: float, most: float) -> Floats:
        missing = [SPARE - trial.margins.get(names[k], SPARE) for k in columns]
        return np.array([min(most, max(least, share)) if share > 0 else 0.0 for share in missing])

    share = lack(live.columns.tolist(), LEAST_LIVE, MOST_LIVE)[:, None]
    weight = np.stack([misses(trial.service, names[k], problem, plan) for k in live.columns])
    safety = np.where(live.work > 0, np.maximum(live.agents - live.work, 0.5 * np.sqrt(live.work)), 0.0)
    step = pace * SAFETY_GAIN * share * weight * safety
    ready = np.maximum(people_ready(problem, trial.answer) + step, lift.ready)
    more = lack((need.column for need in problem.deferred), LEAST_DEFERRED, MOST_DEFERRED)
    return Lift(np.where(step > 0, ready, lift.ready), (1 + lift.reserve) * (1 + pace * more) - 1)


def misses(service: DataFrame[Outcomes], name: str, problem: PoolProblem, plan: Plan) -> Floats:
    """Return how much each interval is to blame for the contacts not served in time; 1 on average over contacts."""
    rows: pd.DataFrame = service[(service["period"] == "interval") & (service["queue"] == name)]
    rows = rows.set_index("interval_start").reindex(problem.starts)
    offered = rows["offered"].fillna(0.0).to_numpy(dtype=float)
    promised = promised_share(plan.queue(name)) or 1.0
    late = np.maximum(promised - rows["service_level"].fillna(promised).to_numpy(dtype=float), 0.0)
    total = float((late * offered).sum())
    if total <= 0:
        return np.ones(len(rows))
    return np.asarray(np.minimum(late * offered.sum() / total, MOST_WEIGHT))


def between(failed: Trial, passed: Trial, problem: PoolProblem) -> Lift:
    """Return additions between two rounds at which, on a straight line, each promise would just hold."""

    def part(column: int) -> float:
        low, high = (trial.margins.get(problem.skills.queues[column], SPARE) for trial in (failed, passed))
        return min(1.0, (AIM - low) / (high - low)) if low < SPARE <= high else 1.0

    live = np.array([part(int(k)) for k in problem.live.columns])[:, None]
    deferred = np.array([part(need.column) for need in problem.deferred])
    floor = np.where(failed.lift.ready > 0, failed.lift.ready, people_ready(problem, failed.answer))
    floor = np.where(passed.lift.ready > 0, floor, 0.0)
    return Lift(
        floor + live * (passed.lift.ready - floor),
        failed.lift.reserve + deferred * (passed.lift.reserve - failed.lift.reserve),
    )
