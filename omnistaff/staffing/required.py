"""The people each queue needs on its own."""

from __future__ import annotations

from typing import assert_never

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.queueing.deferred import due_curve, smoothest_work
from omnistaff.staffing.due import last_intervals
from omnistaff.staffing.floors import minimum_staff
from omnistaff.staffing.loads import Floats, QueueLoad, queue_loads
from omnistaff.staffing.targets import Days, Promise, kept_by_day, local_days, promise_of
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
        "gross_agents": need["agents"] / plan.available_share(pd.Series(load.starts)),
    }
    return pd.DataFrame(columns)


def needed_agents(load: QueueLoad, plan: Plan) -> Floats:
    """Return the net agents of each interval that ``required_staff`` asks for, without what they achieve."""
    queue = load.queue
    if queue.mode == "deferred":
        return np.maximum(_planned_work(load, plan) / queue.max_occupancy_share, minimum_staff(load, plan))
    level, promise = plan.staffing.meet_target_with_probability, promise_of(queue, plan)
    mean = load.erlangs(load.rate)
    planned = mean if level is None else load.erlangs(load.rate_at(level))
    kept = promise.agents(planned, load.handle_s)
    least = np.maximum(promise.agents_not_rushed(mean, load.handle_s), minimum_staff(load, plan))
    if queue.target.per == "day":
        kept = kept_by_day(promise, planned, load.handle_s, kept, least, local_days(load, plan))
    return np.maximum(kept, least)


# -- live and messaging ----------------------------------------------------------------------------------


def _waiting(load: QueueLoad, plan: Plan) -> dict[str, Floats]:
    promise, agents = promise_of(load.queue, plan), needed_agents(load, plan)
    return {
        "load_erlangs": load.erlangs(load.rate),
        "agents": agents,
        **expected(load, promise, agents),
        "probability": chance_kept(load, promise, agents, local_days(load, plan)),
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


def chance_kept(load: QueueLoad, promise: Promise, agents: Floats, days: Days) -> Floats:
    """Return the probability that the arrival rate is one at which *agents* keep the promise, by interval or by day.

    More arrivals never improve the service, so the level of the rate up to which they do is found by halving.
    """
    erlangs = load.erlangs(np.stack([load.rate_at(float(level)) for level in LEVELS]))
    low, high = np.full_like(agents, LEVELS[0]), np.full_like(agents, LEVELS[-1])
    low = np.where(promise.kept(erlangs[-1], load.handle_s, agents, days), high, low)
    for _ in range(LEVEL_HALVINGS):
        middle = 0.5 * (low + high)
        fits = promise.kept(_between(erlangs, middle), load.handle_s, agents, days)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    never = ~promise.kept(erlangs[0], load.handle_s, agents, days)
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
