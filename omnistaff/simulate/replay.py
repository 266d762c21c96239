"""A day of the past, simulated: its contacts meet the people who worked, beside what really happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import TableError
from omnistaff.plan import Plan
from omnistaff.simulate.arrivals import Slots
from omnistaff.simulate.centre import make_centre, queue_rules
from omnistaff.simulate.duty import Staff, read_staff
from omnistaff.simulate.outcomes import Summary
from omnistaff.simulate.patience import with_seen_patience
from omnistaff.simulate.replications import Counts, GivenContacts, run_replications
from omnistaff.simulate.state import (
    ABANDONED,
    ANSWERED,
    COUNTS,
    LATE,
    LEFT_WAIT_S,
    LEFT_WITHIN,
    OFFERED,
    ON_TIME,
    SHORT,
    WAIT_S,
    WITHIN,
)
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import Volume, Window, window_of
from omnistaff.tables import Agents, Contacts, Outcomes, Roster
from omnistaff.tables.matching import assign_queues

LEFT = ("abandoned", "short_abandoned")


@dataclass(frozen=True)
class Replay:
    """What happened and what the simulator makes of the same contacts and people."""

    observed: DataFrame[Outcomes]
    simulated: DataFrame[Outcomes]


def replay(
    contacts: DataFrame[Contacts],
    roster: DataFrame[Roster],
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    day: dt.date,
    days: int = 1,
) -> Replay:
    """Return observed and simulated outcomes of *days* local days from *day* on.

    Contacts that ended in a menu asked nobody and are left out. Arrival times and the handle times of answered
    contacts are the real ones. Patience, and the handle times of
    those who left, are drawn anew in each replication: patience from the Kaplan-Meier quantiles of all *contacts*
    where at least ``min_abandons`` left, else from the plan. Nobody is taken off the roster for shrinkage. Raises
    TableError when no contact of the plan's queues arrived in those days.
    """
    plan = with_seen_patience(contacts, plan)
    start = timegrid.day_start(day, plan.time_zone)
    end = timegrid.day_start(day + dt.timedelta(days=days), plan.time_zone)
    asked = contacts[contacts["is_demand"] & (contacts["direction"] == "inbound")]
    asked = asked[asked["outcome"] != "contained"]
    asked = asked[(asked["arrived_at"] >= start) & (asked["arrived_at"] < end)]
    queue = pd.Categorical(assign_queues(asked, plan), categories=[q.name for q in plan.queues]).codes
    log = asked.assign(number=queue)[queue >= 0].sort_values(["number", "arrived_at", "contact_id"])
    if log.empty:
        raise TableError(f"no contacts of the plan's queues arrived from {day} on for {days} day(s)")
    window = window_of(start, end, plan, pd.Series([start]))
    plan = plan.without_shrinkage()
    staff = read_staff(roster, agents, plan, start, window.seconds)
    staff = replace(staff, speeds=np.ones_like(staff.speeds))  # the real handle times have them
    given = _given(log, plan, window)
    simulated = Summary(plan, window, staff.groups)
    centre = make_centre(plan, staff, _volume(log, plan, window), window, rules=queue_rules(plan, window))
    numbers = range(plan.simulate.replications)
    simulated.add(run_replications(centre, given, numbers=numbers, threads=plan.threads))
    observed = Summary(plan, window, staff.groups)
    observed.add([_count(log, given, plan, staff, window)])
    return Replay(observed.outcomes(), simulated.outcomes())


def _given(log: pd.DataFrame, plan: Plan, window: Window) -> GivenContacts:
    times = (log["arrived_at"] - window.start).dt.total_seconds().to_numpy()
    number = log["number"].to_numpy()
    answered = (log["outcome"] == "answered").to_numpy()
    return GivenContacts(
        times=times,
        cells=np.minimum((times / window.cell_s).astype(np.int64), window.cells - 1),
        first=np.searchsorted(number, np.arange(len(plan.queues) + 1)).astype(np.int64),
        work=np.where(answered, log["effort_s"].to_numpy(dtype=np.float64), np.nan),
        patience=np.full(len(log), np.nan),
        names=np.array([name_key(queue.name) for queue in plan.queues], dtype=np.uint64),
        seed=plan.seed,
    )


def _volume(log: pd.DataFrame, plan: Plan, window: Window) -> Volume:
    """Return the handle times to draw from: mean and deviation of each queue's answered contacts."""
    work = log.loc[(log["outcome"] == "answered") & log["effort_s"].notna(), ["number", "effort_s"]]
    shape = (len(plan.queues), window.cells)
    mean, deviation = np.ones(shape), np.zeros(shape)
    for k, queue in enumerate(plan.queues):
        mine = work.loc[work["number"] == k, "effort_s"].to_numpy(dtype=np.float64)
        mean[k] = max(mine.mean(), 1e-3) if len(mine) else queue.handle_s or 1.0
        deviation[k] = mine.std() if len(mine) else 0.0
    slots = Slots(
        np.zeros((shape[0], 1)), window.cell_s, window.cell_s, window.cells, np.zeros(shape[0], dtype=np.int64)
    )
    return Volume(slots, np.zeros((1, shape[0], 1)), False, mean, deviation)


def _count(log: pd.DataFrame, given: GivenContacts, plan: Plan, staff: Staff, window: Window) -> Counts:
    """Return what really happened in the simulator's counts; occupancy is work over presence."""
    counts = np.zeros((window.cells, len(plan.queues), COUNTS))
    number, outcome = log["number"].to_numpy(), log["outcome"]
    answered, left = (outcome == "answered").to_numpy(), outcome.isin(LEFT).to_numpy()
    wait = log["wait_s"].fillna(0.0).to_numpy(dtype=np.float64)
    within = wait <= np.array([queue.target.within_s for queue in plan.queues])[number]
    due = np.array([queue.target.due_hours * 3600 for queue in plan.queues])[number]
    is_deferred = np.array([queue.mode == "deferred" for queue in plan.queues])[number]
    marks = {
        OFFERED: np.ones(len(log)),
        ANSWERED: answered,
        ABANDONED: left,
        WITHIN: answered & within,
        LEFT_WITHIN: left & within,
        SHORT: left & (wait <= plan.simulate.short_abandon_s),
        WAIT_S: np.where(answered, wait, 0.0),
        LEFT_WAIT_S: np.where(left, wait, 0.0),
        ON_TIME: is_deferred & answered & (wait <= due),
        LATE: is_deferred & answered & (wait > due),
    }
    for column, values in marks.items():
        np.add.at(counts[:, :, column], (given.cells, number), values.astype(np.float64))
    return Counts(0, counts, _presence(staff, window, log, given))


def _presence(staff: Staff, window: Window, log: pd.DataFrame, given: GivenContacts) -> np.ndarray:
    """Return busy and on-duty seconds by group and interval; work counts where the contact arrived, for one group
    in proportion to its presence."""
    spent = np.zeros((max(len(staff.groups), 1), window.cells, 3))
    edges = window.edges
    for event in staff.events:
        seconds = np.clip(edges[1:], None, event["at"]) - np.clip(edges[:-1], None, event["at"])
        sign = -1.0 if event["is_start"] else 1.0
        spent[staff.agent_group[event["agent"]], :, 1] += sign * seconds
    work = np.bincount(given.cells, weights=np.nan_to_num(given.work), minlength=window.cells)
    total = spent[:, :, 1].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spent[:, :, 0] = np.where(total > 0, spent[:, :, 1] / total, 0.0) * work
    return spent
