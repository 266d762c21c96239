"""The people each queue needs on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue
from omnistaff.queueing import (
    QueueMeasures,
    concurrent_measures,
    fewest_agents,
    fewest_concurrent,
    queue_measures,
)
from omnistaff.queueing.deferred import due_curve, smoothest_work
from omnistaff.staffing.due import last_intervals
from omnistaff.staffing.loads import Floats, QueueLoad, queue_loads
from omnistaff.staffing.promises import abandon_limit
from omnistaff.tables import DemandForecast, Requirement, check, empty

LEVELS = np.array([0.001, *np.arange(0.05, 0.96, 0.05), 0.98, 0.99, 0.999])
LEVEL_HALVINGS = 12
MIXTURE = (np.arange(9) + 0.5) / 9  # levels at which the rate stands for a ninth of its distribution


def required_staff(forecast: DemandForecast, plan: Plan) -> DataFrame[Requirement]:
    """Return the net and gross agents each queue needs on its own, interval by interval, with what they achieve.

    Live queues by Erlang A or C on the modified offered load, messaging by concurrency chains, deferred queues by
    the smoothest work within due times; targets hold with the plan's probability, the occupancy cap at the mean.
    """
    tables = [_required(load, plan) for load in queue_loads(forecast.table, plan)]
    if not tables:
        return empty(Requirement)
    return check(Requirement, pd.concat(tables, ignore_index=True))


def _required(load: QueueLoad, plan: Plan) -> pd.DataFrame:
    match load.queue.mode:
        case "live" | "messaging":
            need = _waiting(load, plan)
        case "deferred":
            need = _deferred(load, plan)
        case _:
            assert_never(load.queue.mode)
    columns = {
        "queue": pd.Series(load.queue.name, index=range(len(load.starts)), dtype="str"),
        "interval_start": load.starts.as_unit("us"),
        **need,
        "gross_agents": need["agents"] / plan.staffing.available_share,
    }
    return pd.DataFrame(columns)


def needed_agents(load: QueueLoad, plan: Plan) -> Floats:
    """Return the net agents of each interval that ``required_staff`` asks for, without what they achieve."""
    queue = load.queue
    if queue.mode == "deferred":
        return np.maximum(_planned_work(load, plan) / queue.max_occupancy_share, queue.min_agents)
    level, promise = plan.staffing.meet_target_with_probability, promise_of(queue, plan)
    mean = load.erlangs(load.rate)
    planned = mean if level is None else load.erlangs(load.rate_at(level))
    kept = promise.agents(planned, load.handle_s)
    return np.maximum(np.maximum(kept, promise.agents_not_rushed(mean, load.handle_s)), queue.min_agents)


# -- live and messaging ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """A queue's target as the formulas take it."""

    queue: Queue
    patience_s: float
    abandon_share: float
    max_agents: float

    def agents(self, erlangs: Floats, handle_s: Floats) -> Floats:
        """Return the fewest agents, fractional, who keep the promise at a load."""
        target, rate = self.queue.target, erlangs / handle_s
        share, asa = target.answered_share or 0.0, np.inf if target.asa_s is None else target.asa_s
        if self.queue.mode == "messaging":
            return fewest_concurrent(
                arrivals_per_s=rate,
                handle_s=handle_s,
                speeds=self.queue.speeds[: self.queue.concurrency],
                within_s=target.within_s,
                answered_share=share,
                patience_s=self.patience_s,
                asa_s=asa,
                abandon_share=self.abandon_share,
                max_agents=self.max_agents,
                fractional=True,
            )
        return fewest_agents(
            arrivals_per_s=rate,
            handle_s=handle_s,
            within_s=target.within_s,
            answered_share=share,
            patience_s=self.patience_s,
            asa_s=asa,
            abandon_share=self.abandon_share,
            max_agents=self.max_agents,
            fractional=True,
        )

    def agents_not_rushed(self, erlangs: Floats, handle_s: Floats) -> Floats:
        """Return the fewest agents, fractional, whose occupancy stays at the queue's largest or below."""
        rate, cap = erlangs / handle_s, self.queue.max_occupancy_share
        if self.queue.mode == "messaging":
            return fewest_concurrent(
                arrivals_per_s=rate,
                handle_s=handle_s,
                speeds=self.queue.speeds[: self.queue.concurrency],
                patience_s=self.patience_s,
                max_occupancy_share=cap,
                max_agents=self.max_agents,
                fractional=True,
            )
        return fewest_agents(
            arrivals_per_s=rate,
            handle_s=handle_s,
            patience_s=self.patience_s,
            max_occupancy_share=cap,
            max_agents=self.max_agents,
            fractional=True,
        )

    def measures(self, erlangs: Floats, handle_s: Floats, agents: Floats) -> QueueMeasures:
        """Return what *agents* achieve at a load."""
        rate, within = erlangs / handle_s, self.queue.target.within_s
        if self.queue.mode == "messaging":
            return concurrent_measures(
                arrivals_per_s=rate,
                handle_s=handle_s,
                agents=agents,
                speeds=self.queue.speeds[: self.queue.concurrency],
                within_s=within,
                patience_s=self.patience_s,
            )
        return queue_measures(
            arrivals_per_s=rate, handle_s=handle_s, servers=agents, within_s=within, patience_s=self.patience_s
        )

    def kept(self, erlangs: Floats, handle_s: Floats, agents: Floats) -> npt.NDArray[np.bool_]:
        """Return whether *agents* keep the promise at a load, rounding aside."""
        target, measures = self.queue.target, self.measures(erlangs, handle_s, agents)
        asa = np.inf if target.asa_s is None else target.asa_s
        in_time = (measures.service_level >= (target.answered_share or 0.0) - 1e-8) & (measures.asa_s <= asa + 1e-6)
        return np.asarray(in_time & (measures.abandon_share <= self.abandon_share + 1e-8))


def promise_of(queue: Queue, plan: Plan) -> Promise:
    """Return what *queue* promises: its own limits, the plan's abandonment cap where it names none."""
    settings = plan.staffing
    match settings.model:
        case "erlang_a":
            patience = settings.default_patience_s if isinstance(queue.patience_s, str) else queue.patience_s
        case "erlang_c":
            patience = np.inf
        case _:
            assert_never(settings.model)
    return Promise(
        queue=queue,
        patience_s=float(patience),
        abandon_share=abandon_limit(queue, plan),
        max_agents=settings.max_agents,
    )


def _waiting(load: QueueLoad, plan: Plan) -> dict[str, Floats]:
    promise, agents = promise_of(load.queue, plan), needed_agents(load, plan)
    return {
        "load_erlangs": load.erlangs(load.rate),
        "agents": agents,
        **expected(load, promise, agents),
        "probability": chance_kept(load, promise, agents),
    }


def expected(load: QueueLoad, promise: Promise, agents: Floats) -> dict[str, Floats]:
    """Return the measures *agents* achieve on average over the arrival rate: contacts weigh, not intervals."""
    rates = np.stack([load.rate_at(float(level)) for level in MIXTURE])
    measures = promise.measures(load.erlangs(rates), load.handle_s, agents)
    total = rates.sum(axis=0)
    weight = np.where(total > 0, rates / np.where(total > 0, total, 1.0), 1 / len(MIXTURE))
    asa = (weight * np.where(weight > 0, measures.asa_s, 0.0)).sum(axis=0)
    return {
        "service_level": np.clip((weight * measures.service_level).sum(axis=0), 0.0, 1.0),
        "asa_s": np.where(np.isfinite(asa), asa, np.nan),
        "abandon_share": np.clip((weight * measures.abandon_share).sum(axis=0), 0.0, 1.0),
        "occupancy_share": np.clip(measures.occupancy_share.mean(axis=0), 0.0, 1.0),
    }


def chance_kept(load: QueueLoad, promise: Promise, agents: Floats) -> Floats:
    """Return the probability that the arrival rate is one at which *agents* keep the promise.

    More arrivals never improve the service, so the level of the rate up to which they do is found by halving.
    """
    erlangs = load.erlangs(np.stack([load.rate_at(float(level)) for level in LEVELS]))
    low, high = np.full_like(agents, LEVELS[0]), np.full_like(agents, LEVELS[-1])
    low = np.where(promise.kept(erlangs[-1], load.handle_s, agents), high, low)
    for _ in range(LEVEL_HALVINGS):
        middle = 0.5 * (low + high)
        fits = promise.kept(_between(erlangs, middle), load.handle_s, agents)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    never = ~promise.kept(erlangs[0], load.handle_s, agents)
    return np.where(never, 0.0, np.where(low >= LEVELS[-1], 1.0, low))


def _between(erlangs: Floats, level: Floats) -> Floats:
    """Return the load of each interval at its own *level*, on the straight line between LEVELS."""
    above = np.clip(np.searchsorted(LEVELS, level), 1, len(LEVELS) - 1)
    column = np.arange(len(level))
    share = (level - LEVELS[above - 1]) / (LEVELS[above] - LEVELS[above - 1])
    mixed: Floats = (1 - share) * erlangs[above - 1, column] + share * erlangs[above, column]
    return mixed


# -- deferred ------------------------------------------------------------------------------------------------


def _planned_work(load: QueueLoad, plan: Plan) -> Floats:
    """Return the smoothest work within due times, in erlangs."""
    level = plan.staffing.meet_target_with_probability
    work = (load.rate if level is None else load.rate_at(level)) * load.handle_s
    last = last_intervals(load.starts, load.queue, load.interval_s)
    return smoothest_work(np.cumsum(work), due_curve(work, last))


def _deferred(load: QueueLoad, plan: Plan) -> dict[str, Floats]:
    level = plan.staffing.meet_target_with_probability
    done, agents = _planned_work(load, plan), needed_agents(load, plan)
    nothing = np.full(len(agents), np.nan)
    share = np.where(agents > 0, done / np.where(agents > 0, agents, 1.0), 0.0)
    return {
        "load_erlangs": load.rate * load.handle_s,
        "agents": agents,
        "service_level": nothing,
        "asa_s": nothing,
        "abandon_share": nothing,
        "occupancy_share": np.clip(share, 0.0, 1.0),
        "probability": nothing if level is None else np.full(len(agents), level),
    }
