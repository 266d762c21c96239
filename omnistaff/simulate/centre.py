"""The arrays of a Centre from plan, people and volume, and their state at the start of a replication."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue
from omnistaff.plan.simulate import SimulateSettings
from omnistaff.simulate.buffers import zeros
from omnistaff.simulate.duty import Staff
from omnistaff.simulate.state import (
    AGENT,
    CONTACT,
    COUNTS,
    DEFERRED,
    FINISH,
    FIRST_TO_FINISH,
    HARD_STOP,
    LIVE,
    MESSAGING,
    NOTHING,
    OVERTIME,
    QUEUE,
    REENTRY,
    TRACE,
    Centre,
)
from omnistaff.simulate.streams import CONSTANT, EXPONENTIAL, LOGNORMAL, TABLE
from omnistaff.simulate.volume import Volume, Window

MODES = {"live": LIVE, "messaging": MESSAGING, "deferred": DEFERRED}
SHIFT_ENDS = {"finish": FINISH, "hard_stop": HARD_STOP, "first_to_finish": FIRST_TO_FINISH, "overtime": OVERTIME}
HANDLE_KINDS = {"lognormal": LOGNORMAL, "exponential": EXPONENTIAL, "constant": CONSTANT, "empirical": TABLE}
DUE_HORIZON_DAYS = 60  # due times reach so far beyond the window
TABLE_SIZE = 401  # points of an empirical distribution
GRID_MINUTES = 5  # opening hours begin and end on multiples of it


def make_centre(plan: Plan, staff: Staff, volume: Volume, window: Window, *, rules: dict[str, np.ndarray]) -> Centre:
    """Return the arrays of a centre of ``queue_rules``; ``reset`` and the caller fill in each replication."""
    queues, people = len(plan.queues), len(staff.agent_group)
    levels = max(_room(queue) for queue in plan.queues)
    groups = max(len(staff.groups), 1)
    ring = 1 << math.ceil(math.log2(4 * people * levels + 1024))
    lists = levels + 2
    leaves = 1 << math.ceil(math.log2(max(people, 1)))
    return Centre(
        **rules,
        **_routes(plan, staff.groups),
        handle_s=volume.handle_s,
        handle_spread=np.sqrt(np.log1p((volume.handle_sd_s / volume.handle_s) ** 2)),
        duty=staff.events,
        agent_group=staff.agent_group,
        skill=staff.speeds,
        effort=1 / staff.speeds,
        times=np.zeros(0),
        cells=np.zeros(0, dtype=np.int64),
        first=np.zeros(queues + 1, dtype=np.int64),
        work=np.zeros(0),
        patience=np.zeros(0),
        keys=np.zeros((queues, 6), dtype=np.uint64),
        is_present=np.ones(len(staff.blocks), dtype=np.uint8),
        agents=zeros((people,), AGENT),
        slots=zeros((people, levels), CONTACT),
        queues=np.zeros(queues, dtype=QUEUE),
        ring=zeros((queues, ring), CONTACT),
        finish_at=np.zeros(leaves),
        winner=np.tile(np.arange(leaves), 2),
        later=np.zeros(1024, dtype=REENTRY),
        lists=np.zeros((groups, lists, people), dtype=np.int64),
        list_size=np.zeros((groups, lists), dtype=np.int64),
        free=np.zeros(queues, dtype=np.int64),
        debt=np.zeros(groups, dtype=np.int64),
        scalars=np.zeros(4, dtype=np.int64),
        counts=zeros((window.cells, queues, COUNTS), np.dtype("f8")),
        spent=np.zeros((groups, window.cells + 1, 3)),
        active=np.zeros((groups, 3), dtype=np.int64),
        trace=np.zeros(0, dtype=TRACE),
    )


def _room(queue: Queue) -> int:
    return queue.concurrency if queue.mode == "messaging" else 1


def queue_rules(plan: Plan, window: Window) -> dict[str, np.ndarray]:
    """Return the settings of the queues as arrays."""
    settings, queues = plan.simulate, plan.queues
    levels = max(_room(queue) for queue in queues)
    speeds = np.ones((len(queues), levels))
    for k, queue in enumerate(queues):
        if queue.mode == "messaging":
            speeds[k, : queue.concurrency] = queue.speeds[: queue.concurrency]
            speeds[k, queue.concurrency :] = queue.speeds[-1]
    open_from, open_before = _due_clocks(plan, window)
    is_live = np.array([queue.mode != "deferred" for queue in queues])
    due_s = np.array([queue.target.due_hours * 3600 for queue in queues])
    patience = np.array([patience_of(queue, plan) for queue in queues])
    tables, has_table = _quantile_tables(settings.patience_quantiles_s, plan)
    patience = np.where(has_table, _means(tables), patience)
    handle_tables, _ = _quantile_tables(settings.handle_quantiles_s, plan)
    is_open = _is_open(plan, window)
    kept = np.array([settings.kept_free.get(queue.name, 0) for queue in queues], dtype=np.int64)
    return {
        "edges": window.edges,
        "options": _options(settings),
        "mode": np.array([MODES[queue.mode] for queue in queues]),
        "room": np.array([_room(queue) for queue in queues]),
        "speeds": speeds,
        "paces": 1 / speeds,
        "is_open": is_open,
        "target_s": np.array([queue.target.within_s for queue in queues], dtype=np.float64),
        "short_s": np.full(len(queues), settings.short_abandon_s, dtype=np.float64),
        "patience_kind": np.where(has_table, TABLE, EXPONENTIAL),
        "patience_s": np.where(is_live, patience, math.inf),
        "patience_table": tables / _means(tables)[:, np.newaxis],
        "handle_kind": np.full(len(queues), HANDLE_KINDS[settings.handle_times]),
        "handle_table": handle_tables / _means(handle_tables)[:, np.newaxis],
        "open_from": open_from,
        "open_before": open_before,
        "due_s": np.where(is_live, math.inf, due_s),
        "kept_free": kept,
        "closings": _closings(is_open[kept > 0], window),
        **_returns(plan),
    }


def _options(settings: SimulateSettings) -> np.ndarray:
    """Return the rules of the whole centre, in the places that ``state`` names."""
    return np.array(
        [
            SHIFT_ENDS[settings.shift_end],
            int(settings.deferred_work == "pre_empted"),
            settings.reserved_idle,
            int(settings.conversations == "packed"),
            round(settings.max_overtime_minutes * 60),
            int(any(settings.kept_free.values())),
        ]
    )


def _quantile_tables(quantiles_s: Mapping[str, Sequence[float]], plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return a row of TABLE_SIZE quantiles a queue, on lines between the plan's, and which queues have any."""
    names = [queue.name for queue in plan.queues]
    tables, at = np.ones((len(names), TABLE_SIZE)), np.linspace(0, 1, TABLE_SIZE)
    for table, name in zip(tables, names, strict=True):
        if values := quantiles_s.get(name):
            table[:] = np.interp(at, np.linspace(0, 1, len(values)), values)
    return tables, np.array([name in quantiles_s for name in names])


def _means(tables: np.ndarray) -> np.ndarray:
    """Return the mean of each row's distribution, straight lines between quantiles."""
    means: np.ndarray = (tables[:, 1:] + tables[:, :-1]).mean(axis=1) / 2
    return means


def _returns(plan: Plan) -> dict[str, np.ndarray]:
    """Return who is passed on, dials again or is called back."""
    settings, names = plan.simulate, [queue.name for queue in plan.queues]
    transfer = np.array([[settings.transfers.get(a, {}).get(b, 0.0) for b in names] for a in names])
    redial, callback = np.zeros((len(names), 2)), np.zeros((len(names), 2))
    for k, name in enumerate(names):
        if again := settings.redials.get(name):
            redial[k] = again.share, again.after_s
        if offer := settings.callbacks.get(name):
            callback[k] = offer.share, offer.from_wait_s
    return {
        "transfer": np.cumsum(transfer, axis=1),
        "redial": redial,
        "callback": callback,
    }


def patience_of(queue: Queue, plan: Plan) -> float:
    """Return a queue's mean patience in seconds, the default where nothing was measured."""
    return plan.staffing.default_patience_s if isinstance(queue.patience_s, str) else queue.patience_s


def _is_open(plan: Plan, window: Window) -> np.ndarray:
    """Return, by queue and interval, where who dials again or is passed on comes in.

    A last interval stands for the time after the end, when nobody dials any more; deferred work always comes in.
    """
    rows = np.ones((len(plan.queues), window.cells + 1), dtype=np.uint8)
    years = range(window.start.year - 1, window.start.year + 3)
    for row, queue in zip(rows, plan.queues, strict=True):
        if queue.mode != "deferred":
            row[:-1], row[-1] = plan.hours_of(queue, years).is_open(window.cell_starts), 0
    return rows


def _closings(is_open: np.ndarray, window: Window) -> np.ndarray:
    """Return the seconds at which a queue of *is_open* (queue, interval) closes, inf at the end."""
    closes = np.flatnonzero((np.diff(is_open.astype(np.int8), axis=1) < 0).any(axis=0))
    return np.append(window.edges[closes + 1], math.inf)


def _due_clocks(plan: Plan, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return, by queue, the stretches in which due time runs: starts, and seconds run before each.

    A last stretch that begins at infinity carries the total.
    """
    days = DUE_HORIZON_DAYS + math.ceil(window.seconds / 86400)
    lists = [
        _open_spans(queue, plan, window, days)
        if queue.mode == "deferred" and queue.target.clock == "open"
        else np.array([[0.0, math.inf]])
        for queue in plan.queues
    ]
    longest = max(len(spans) for spans in lists) + 1
    open_from = np.full((len(lists), longest), math.inf)
    open_before = np.full((len(lists), longest), math.inf)
    for k, spans in enumerate(lists):
        lengths = np.diff(spans, axis=1)[:, 0]
        open_from[k, : len(spans)] = spans[:, 0]
        open_before[k, : len(spans) + 1] = np.concatenate([[0.0], np.cumsum(lengths)])
    return open_from, open_before


def _open_spans(queue: Queue, plan: Plan, window: Window, days: int) -> np.ndarray:
    """Return [start, end] in seconds of the queue's opening hours; all time when it is never open."""
    zone = plan.zone_of(queue)
    first = window.start.tz_convert(zone).date()
    grid = timegrid.interval_grid(first, days, zone, GRID_MINUTES)
    is_open = plan.hours_of(queue, range(first.year, first.year + 3)).is_open(grid)
    changes = np.flatnonzero(np.diff(np.concatenate([[False], is_open, [False]])))
    if not len(changes):
        return np.array([[0.0, math.inf]])
    seconds = (grid - window.start).total_seconds().to_numpy()
    edges = np.append(seconds, seconds[-1] + GRID_MINUTES * 60.0)[changes]
    return cast("np.ndarray", edges.reshape(-1, 2))


def _routes(plan: Plan, groups: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Return ranks and orders: priority first, then live before messaging before deferred; specialists first.

    Specialists are those with fewest skills for what cannot wait: deferred work keeps nobody from a call.
    """
    names = [queue.name for queue in plan.queues]
    ranks = sorted({(-queue.priority, MODES[queue.mode]) for queue in plan.queues})
    rank = np.array([ranks.index((-queue.priority, MODES[queue.mode])) for queue in plan.queues])
    members = [[names.index(name) for name in group] for group in groups] or [[]]
    urgent = {k for k, queue in enumerate(plan.queues) if queue.mode != "deferred"}
    breadth = [(len(urgent.intersection(queues)), len(queues)) for queues in members]
    orders = {"|".join(sorted(skills.split("|"))): order for skills, order in plan.simulate.first_queues.items()}
    own_rank = np.tile(rank, (len(members), 1))
    queue_order = np.full((len(members), len(names) + 1), NOTHING)
    group_order = np.full((len(names), len(members) + 1), NOTHING)
    for g, queues in enumerate(members):
        first = [names.index(name) for name in orders.get("|".join(sorted(groups[g])), ())] if groups else []
        own_rank[g, first] = np.arange(len(first)) - len(first)
        ordered = sorted(queues, key=lambda q: (own_rank[g, q], q))
        queue_order[g, : len(ordered)] = ordered
    for q in range(len(names)):
        fitting = sorted((g for g, queues in enumerate(members) if q in queues), key=lambda g: (*breadth[g], g))
        group_order[q, : len(fitting)] = fitting
    return {"rank": own_rank, "queue_order": queue_order, "group_order": group_order}
