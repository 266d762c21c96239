"""The search for the cheapest people whose proof holds: staff, simulate, raise what is short, take back too much."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.model import TINY, PoolModel, people_ready
from omnistaff.staffing.problem import Floats, PoolAnswer, PoolProblem
from omnistaff.staffing.promises import Spare, abandon_limit, promised_share, spares
from omnistaff.tables import Outcomes


class Judge(Protocol):
    """Simulates people on contacts that belong to a number, in a part of the plan's replications."""

    def __call__(self, answer: PoolAnswer, number: int, part: float = 1.0) -> DataFrame[Outcomes]: ...


PARTS, WHOLE = (0.125, 0.5), 1.0  # of the replications: in the first rounds, in the last ones
LEAST_REPLICATIONS = 25  # of a part; with fewer all rounds take all replications
FEWEST_ROUNDS = 6  # the same with fewer rounds
SAFETY_GAIN = 5.0  # safety grows by this for each share of service missing; the reserve of deferred work by 1
LEAST_BROUGHT = 0.15  # of what a step was to add: where it brought less, the next is as long as if it brought this
LEAST_LIVE, LEAST_DEFERRED = 0.01, 0.01  # share of service that counts as missing in one round
MOST_LIVE, MOST_DEFERRED = 0.1, 0.08
MOST_WEIGHT = 4.0
LEAST_KEPT = 0.5  # of the time held for deferred work in an interval, from round to round
POLISH = (0.0, 0.5)  # rounds that take back what was too much: keep at least this part of it
AIM = 0.001  # margin aimed at
WORTH_CHANGING = 0.95  # part of a demand above which it is left as it is
SPARE = 0.004  # margin that a proof leaves at most to the luck of other seeds
LUCK = 2.0  # of the error of its limits
SKETCHED = 0.4  # the same where each path is met once at most


@dataclass(frozen=True)
class Lift:
    """What proofs ask for by interval: people ready for live queues, the reserve of deferred ones."""

    ready: Floats
    reserve: tuple[Floats, ...]
    dose: Floats  # by queue, how much service the last step was to add

    @staticmethod
    def nothing(problem: PoolProblem) -> Lift:
        """Return no demand."""
        columns = np.zeros(len(problem.skills.queues))
        none = tuple(np.zeros_like(need.work) for need in problem.deferred)
        return Lift(np.zeros_like(problem.live.ready), none, columns)

    def of(self, problem: PoolProblem) -> PoolProblem:
        """Return *problem* with these demands."""
        live = replace(problem.live, ready=self.ready)
        deferred = tuple(
            replace(need, reserve=more) for need, more in zip(problem.deferred, self.reserve, strict=True)
        )
        return replace(problem, live=live, deferred=deferred)


@dataclass(frozen=True)
class Trial:
    """One round: people, what the simulator said of them, and by how much each queue passes (below 0: fails)."""

    lift: Lift
    answer: PoolAnswer
    service: DataFrame[Outcomes]
    margins: dict[str, float]

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the queues that do not pass."""
        return tuple(name for name, margin in self.margins.items() if margin < 0)

    @property
    def passed(self) -> bool:
        """Return whether every promise holds."""
        return not self.missed

    @property
    def hours(self) -> float:
        """Return agent-intervals."""
        return float(self.answer.agents.sum())


def fullest(problem: PoolProblem) -> dict[str, float]:
    """Return the largest occupancy that the people who serve each queue may have by any queue of theirs."""
    skills, cap = problem.skills, np.zeros(len(problem.skills.queues))
    cap[problem.live.columns] = problem.live.occupancy
    for need in problem.deferred:
        cap[need.column] = need.occupancy
    by_set = (skills.serves * cap).max(axis=1)
    by_queue = (skills.serves * by_set[:, None]).max(axis=0)
    return dict(zip(skills.queues, by_queue.tolist(), strict=True))


def certified(problem: PoolProblem, model: PoolModel, judge: Judge, plan: Plan) -> tuple[Trial, int]:
    """Return the people whose last proof passed, else the last ones, and how often they were changed.

    Safety and reserves of queues that miss their promise are raised, most where and when they miss most, until all
    hold; then what was too much is taken back, for each queue between the last round that failed it and the best.
    First by few replications and their averages, which tell the way; only the last proofs take all of them and judge
    at the limits.
    """
    search = Search(problem, model, judge, plan)
    rounds, count = plan.staffing.certify_rounds, plan.simulate.replications
    sketches = [part for part in PARTS if part * count >= LEAST_REPLICATIONS and rounds >= FEWEST_ROUNDS]
    trial = None
    for k, part in enumerate(sketches):
        until = math.ceil((k + 1) / (len(sketches) + 1) * rounds)
        trial = search.polished(search.raised(trial, part, until), part, until)
    trial = search.raised(trial, WHOLE, rounds)
    return trial if sketches else search.polished(trial, WHOLE, rounds), search.changes


class Search:
    """People who are changed and simulated again, round by round."""

    def __init__(self, problem: PoolProblem, model: PoolModel, judge: Judge, plan: Plan) -> None:
        self.changes = 0
        self._problem, self._model, self._judge, self._plan = problem, model, judge, plan
        self._caps, self._failed, self._judged = fullest(problem), Failures(problem), 0

    def raised(self, trial: Trial | None, part: float, until: int) -> Trial:
        """Return the first people, at least those of *trial*, who pass in *part* of the replications.

        The last ones if none do within *until* changes.
        """
        trials = [self._attempt(Lift.nothing(self._problem) if trial is None else trial.lift, part)]
        while self._failed.note(trials[-1]) and self.changes < until:
            self.changes += 1
            trials.append(self._attempt(raised(trials, self._problem, self._plan), part))
        return trials[-1]

    def polished(self, best: Trial, part: float, until: int) -> Trial:
        """Return the cheapest people who pass, *best* or with some of its demands taken back."""
        for least in POLISH if best.passed else ():
            lift = self._failed.between(best, least=least)
            if self.changes >= until or lift is best.lift:
                break
            self.changes += 1
            trial = self._attempt(lift, part)
            best = best if self._failed.note(trial) or trial.hours >= best.hours else trial
        return best

    def _attempt(self, lift: Lift, part: float) -> Trial:
        self._model.change(lift.of(self._problem))
        answer = self._model.answer()
        service = self._judge(answer, self._judged, part)
        self._judged += 1
        found = spares(service, self._plan, self._caps)
        return Trial(lift, answer, service, {name: min(map(needed(part), each)) for name, each in found.items()})


def needed(part: float) -> Callable[[Spare], float]:
    """Return what of a margin is beyond that which a proof in *part* of the replications asks for.

    In all of them so much at the limit that other seeds pass as well; in a part of them, whose limits are mostly
    those of unlike paths, about as much on average.
    """

    def beyond(spare: Spare) -> float:
        if part < WHOLE:
            return spare.average - min(SPARE, SKETCHED * spare.error)
        return spare.average - spare.error - min(SPARE, LUCK * spare.error)

    return beyond


class Failures:
    """For each queue the last round that failed it: what it asked for there, and how much was missing."""

    def __init__(self, problem: PoolProblem) -> None:
        self._problem = problem
        self._last: dict[str, Trial] = {}

    def note(self, trial: Trial) -> bool:
        """Return whether *trial* failed any queue, and remember which."""
        self._last.update(dict.fromkeys(trial.missed, trial))
        return not trial.passed

    def between(self, passed: Trial, *, least: float) -> Lift:
        """Return demands at which, on a straight line from the last failure of each queue, it would just pass.

        At least the part *least* of what *passed* asks for more is kept; where nothing is worth taking back, all is.
        """
        ready, reserve = passed.lift.ready.copy(), list(passed.lift.reserve)
        names, changed = self._problem.skills.queues, False
        for row, column in enumerate(self._problem.live.columns.tolist()):
            low, part = self._back(passed, names[column], least)
            if low is not None:
                there = people_ready(self._problem, low.answer)[row]
                floor = np.where(low.lift.ready[row] > 0, low.lift.ready[row], there)
                floor = np.where(passed.lift.ready[row] > 0, np.minimum(floor, passed.lift.ready[row]), 0.0)
                ready[row], changed = floor + part * (passed.lift.ready[row] - floor), True
        for row, need in enumerate(self._problem.deferred):
            low, part = self._back(passed, names[need.column], least)
            if low is not None:
                reserve[row] = low.lift.reserve[row] + part * (reserve[row] - low.lift.reserve[row])
                changed = True
        return Lift(ready, tuple(reserve), passed.lift.dose) if changed else passed.lift

    def _back(self, passed: Trial, name: str, least: float) -> tuple[Trial | None, float]:
        """Return the last failure of a queue and the part of the way from there to keep, None where all is kept."""
        low = self._last.get(name)
        part = 1.0 if low is None else max(least, _part(low, passed, name))
        return (low, part) if part < WORTH_CHANGING else (None, 1.0)


def _part(failed: Trial, passed: Trial, name: str) -> float:
    low, high = failed.margins[name], passed.margins.get(name, 0.0)
    return min(1.0, (AIM - low) / (high - low)) if low < 0 <= high else 1.0


def raised(trials: list[Trial], problem: PoolProblem, plan: Plan) -> Lift:
    """Return more people ready for the live queues that missed their promise, and more time for deferred work.

    A cut for each interval whose contacts were late or lost: more people who can serve the queue than there were, or
    more time for deferred work. It can be met by others of the same number, so that skills are moved before people
    are added. How much more is read from what the round before brought. Time held for deferred work where little of
    it was late goes back when the queue misses its promise.
    """
    live, trial, names = problem.live, trials[-1], problem.skills.queues
    dose = doses(trials, problem)
    weight = np.stack([misses(trial.service, names[k], problem.starts, plan) for k in live.columns])
    safety = np.where(live.work > 0, np.maximum(live.agents - live.work, 0.5 * np.sqrt(live.work)), 0.0)
    step = SAFETY_GAIN * dose[live.columns][:, None] * weight * safety
    ready = np.maximum(people_ready(problem, trial.answer) + step, trial.lift.ready)
    reserve = []
    for need, given in zip(problem.deferred, trial.lift.reserve, strict=True):
        blame = misses(trial.service, names[need.column], problem.starts[need.intervals], plan)
        kept = given * np.clip(blame, LEAST_KEPT, 1.0) if dose[need.column] > 0 else given
        reserve.append((1 + kept) * (1 + dose[need.column] * blame) - 1)
    return Lift(np.where(step > 0, ready, trial.lift.ready), tuple(reserve), dose)


def doses(trials: list[Trial], problem: PoolProblem) -> Floats:
    """Return by queue how much service is to be added: what is missing, over what a step before has brought."""
    trial, result = trials[-1], np.zeros(len(problem.skills.queues))
    is_live = np.isin(np.arange(len(result)), problem.live.columns)
    for k, name in enumerate(problem.skills.queues):
        margin = trial.margins.get(name, 0.0)
        if margin >= 0:
            continue
        given = trial.lift.dose[k]
        brought = (margin - trials[-2].margins[name]) / given if given > 0 and len(trials) > 1 else 1.0
        least, most = (LEAST_LIVE, MOST_LIVE) if is_live[k] else (LEAST_DEFERRED, MOST_DEFERRED)
        result[k] = min(most, max(least, (AIM - margin) / min(1.0, max(LEAST_BROUGHT, brought))))
    return result


def misses(service: DataFrame[Outcomes], name: str, starts: pd.DatetimeIndex, plan: Plan) -> Floats:
    """Return how much each interval is to blame for contacts served late or lost; 1 on average over contacts.

    Contacts that come in none of the intervals from *starts* belong to the next one, as deferred work does.
    """
    rows: pd.DataFrame = service[(service["period"] == "interval") & (service["queue"] == name)]
    queue = plan.queue(name)
    promised = promised_share(queue) or 1.0
    offered = rows["offered"].to_numpy(dtype=float)
    late = np.maximum(promised - rows["service_level"].fillna(promised).to_numpy(dtype=float), 0.0)
    left = rows["abandoned"].to_numpy(dtype=float) / np.maximum(offered, TINY)
    late += np.maximum(left - abandon_limit(queue, plan), 0.0)
    place = starts.searchsorted(rows["interval_start"])
    contacts, missed = (
        np.bincount(place, values, minlength=len(starts) + 1)[:-1] for values in (offered, offered * late)
    )
    if missed.sum() <= 0:
        return np.ones(len(starts))
    share = np.divide(missed, contacts, out=np.zeros(len(starts)), where=contacts > 0)
    return np.asarray(np.minimum(share * contacts.sum() / missed.sum(), MOST_WEIGHT))
