"""What a queue promises, as the formulas take it, and the fewest people who keep it at a load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue
from omnistaff.queueing import (
    QueueMeasures,
    concurrent_measures,
    fewest_agents,
    fewest_concurrent,
    queue_measures,
)
from omnistaff.staffing.loads import Floats, QueueLoad
from omnistaff.staffing.promises import abandon_limit
from omnistaff.staffing.trade import SHARES, Losses, cheapest

Integers = npt.NDArray[np.int64]
HALVINGS = 12
TINY, DAY_S = 1e-9, 86_400.0  # agents for none; seconds waited by who is never answered


@dataclass(frozen=True)
class Days:
    """Which local day each interval belongs to, from 0, and its contacts (any unit)."""

    number: Integers
    contacts: Floats


@dataclass(frozen=True)
class Promise:
    """A queue's target as the formulas take it."""

    queue: Queue
    patience_s: float
    abandon_share: float
    max_agents: float

    def agents(self, erlangs: Floats, handle_s: Floats) -> Floats:
        """Return the fewest agents, fractional, who keep the promise at a load."""
        target = self.queue.target
        return self._fewest(
            erlangs,
            handle_s,
            within_s=target.within_s,
            answered_share=target.answered_share or 0.0,
            asa_s=np.inf if target.asa_s is None else target.asa_s,
            abandon_share=self.abandon_share,
        )

    def agents_not_rushed(self, erlangs: Floats, handle_s: Floats) -> Floats:
        """Return the fewest agents, fractional, whose occupancy stays at the queue's largest or below."""
        return self._fewest(erlangs, handle_s, max_occupancy_share=self.queue.max_occupancy_share)

    def _fewest(self, erlangs: Floats, handle_s: Floats, **limits: float) -> Floats:
        search: Callable[..., Floats] = fewest_agents
        if self.queue.mode == "messaging":
            search = partial(fewest_concurrent, speeds=self.queue.speeds[: self.queue.concurrency])
        return search(
            arrivals_per_s=erlangs / handle_s,
            handle_s=handle_s,
            patience_s=self.patience_s,
            max_agents=self.max_agents,
            fractional=True,
            **limits,
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

    def allowed(self) -> dict[str, float]:
        """Return what a contact may lose: the share not served in time, the share that leaves, and seconds waited."""
        target = self.queue.target
        limits = {"late": 1 - (target.answered_share or 0.0), "left": self.abandon_share}
        return limits | ({} if target.asa_s is None else {"waited": target.asa_s})

    def lost(self, erlangs: Floats, handle_s: Floats, agents: Floats) -> dict[str, Floats]:
        """Return what a contact loses on average, as ``allowed`` names it."""
        found = self.measures(erlangs, handle_s, agents)
        return {
            "late": 1 - found.service_level,
            "left": found.abandon_share,
            "waited": np.minimum(found.asa_s, DAY_S),
        }

    def kept(self, erlangs: Floats, handle_s: Floats, agents: Floats, days: Days) -> npt.NDArray[np.bool_]:
        """Return whether *agents* keep the promise at a load, rounding aside: by interval or by day."""
        lost = self.lost(erlangs, handle_s, agents)
        if self.queue.target.per == "day":
            contacts = np.maximum(np.bincount(days.number, days.contacts), TINY)
            lost = {
                kind: (np.bincount(days.number, days.contacts * each) / contacts)[days.number]
                for kind, each in lost.items()
            }
        found = [lost[kind] <= limit + 1e-6 * max(limit, 0.01) for kind, limit in self.allowed().items()]
        return np.asarray(np.logical_and.reduce(found))


def local_days(load: QueueLoad, plan: Plan) -> Days:
    """Return the local days of a queue's intervals."""
    dates = timegrid.local_dates(pd.Series(load.starts), plan.zone_of(load.queue))
    return Days(np.asarray(dates.rank(method="dense").astype(np.int64) - 1), load.rate)


def kept_by_day(
    promise: Promise, erlangs: Floats, handle_s: Floats, alone: Floats, least: Floats, days: Days
) -> Floats:
    """Return the fewest agents, at least *least*, who keep the promise over each day at a load.

    *alone* keep it in every interval. Several limits are met one by one, each interval with the most any asks for.
    What straight lines between SHARES leave out, above all of Erlang C, is made up for: the most that the lines may
    lose is found by halving, so that what is really lost is just allowed.
    """
    at_shares = [promise.lost(erlangs, handle_s, np.maximum(alone * share, TINY)) for share in SHARES]
    contacts = days.contacts
    each_day = np.maximum(np.bincount(days.number, contacts), TINY)
    result = least.copy()
    for kind, limit in promise.allowed().items():
        if limit >= 1 and kind != "waited":
            continue
        each = np.stack([at[kind] for at in at_shares], axis=1)
        losses, most = Losses.of(alone, contacts[:, None] * each), limit * each_day
        low, high = np.zeros_like(most), 2 * most
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            people = np.maximum(_cheapest_by_day(losses, middle, least, days.number), TINY)
            lost = np.bincount(days.number, contacts * promise.lost(erlangs, handle_s, people)[kind])
            low, high = np.where(lost <= most, middle, low), np.where(lost <= most, high, middle)
        result = np.maximum(result, _cheapest_by_day(losses, low, least, days.number))
    return result


def _cheapest_by_day(losses: Losses, allowed: Floats, floor: Floats, days: Integers) -> Floats:
    people = floor.copy()
    for day, most in enumerate(allowed.tolist()):
        mine = days == day
        people[mine] = cheapest(Losses(losses.people[mine], losses.lost[mine]), most, floor=floor[mine])
    return people


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
