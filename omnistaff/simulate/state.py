"""The centre as arrays that compiled code can use: what the event loop reads and what it changes.

Times are seconds from the start of the simulated window. Contacts of a queue wait in a ring: place ``n`` of the
line is ``ring[q, n % size]``, the front is ``queues[q].head`` and the end is ``queues[q].tail``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LIVE, MESSAGING, DEFERRED = 0, 1, 2  # modes of a queue, and what an agent is busy with
OFF, ON, LEAVING = 0, 1, 2  # duty of an agent; who is leaving has something to finish
NOTHING = -1

FINISH, HARD_STOP, FIRST_TO_FINISH, OVERTIME = range(4)  # what happens at the end of a shift

# columns of the counts kept for each interval of arrival and queue
(
    OFFERED, ANSWERED, ABANDONED, WITHIN, LEFT_WITHIN, SHORT, WAIT_S, LEFT_WAIT_S,
    ON_TIME, LATE, BACKLOG, WORK_S, TRANSFERRED, REDIALLED, CALLED_BACK, UNSERVED,
) = range(16)  # fmt: skip
COUNTS = 16

CONTACT = np.dtype(
    [
        ("at", "f8"),  # arrival
        ("leaves_at", "f8"),  # patience ends; inf if it never does
        ("due", "f8"),  # deferred: to be finished by
        ("work", "f8"),  # seconds of undivided work left
        ("cell", "i8"),  # interval of arrival
        ("queue", "i8"),
        ("is_started", "i8"),  # an agent has had it before
        ("number", "i8"),  # how many arrived before it in its queue
    ],
    align=True,
)
QUEUE = np.dtype(
    [
        ("head", "i8"),
        ("tail", "i8"),
        ("returned", "i8"),  # contacts passed on to it or come back so far
        ("open_items", "i8"),  # deferred contacts that are not finished
        ("next_arrival", "i8"),  # how many of its arrival times have passed
        ("next_at", "f8"),  # the first that has not, inf if all have
    ],
    align=True,
)
AGENT = np.dtype(
    [
        ("group", "i8"),
        ("kind", "i8"),  # LIVE, MESSAGING, DEFERRED or NOTHING
        ("level", "i8"),  # conversations at once
        ("duty", "i8"),  # OFF, ON or LEAVING
        ("list_state", "i8"),  # which list of its group it stands in, -1 for none
        ("list_place", "i8"),
        ("since", "f8"),  # the conversations' remaining work is as of this instant
        ("ends_at", "f8"),  # end of the shift for who is leaving
    ],
    align=True,
)
DUTY = np.dtype(
    [
        ("at", "f8"),
        ("agent", "i8"),
        ("block", "i8"),
        ("beside", "i8"),  # the agent's block that ends where this one starts, or starts where it ends; -1 for none
        ("is_start", "i8"),
    ],
    align=True,
)
#: What happens to a contact, in the trace of a replication.
(ARRIVED, TAKEN, RESUMED, HANDED_BACK, ENDED, LEFT, ASKED_BACK, PASSED_ON, DIALLED_AGAIN) = range(9)
EVENTS = (
    "arrived", "answered", "resumed", "handed_back", "ended", "abandoned", "callback", "transferred", "redialled",
)  # fmt: skip
TRACE = np.dtype([("at", "f8"), ("event", "i8"), ("queue", "i8"), ("number", "i8"), ("agent", "i8")], align=True)
REENTRY = np.dtype([("at", "f8"), ("queue", "i8"), ("number", "i8")], align=True)


class Centre(NamedTuple):
    """Everything that one replication reads and changes; dtypes and dimensions are in LAYOUT."""

    # what does not change from replication to replication
    edges: np.ndarray  # seconds, one more than there are intervals
    options: np.ndarray  # rules, see SHIFT_END ...
    mode: np.ndarray  # queue
    room: np.ndarray  # queue: conversations an agent works at once
    speeds: np.ndarray  # queue, level - 1
    paces: np.ndarray  # queue, level - 1: 1 / speed
    skill: np.ndarray  # agent, queue: speed beside the forecast's handle times
    effort: np.ndarray  # agent, queue: 1 / speed
    is_open: np.ndarray  # queue, interval and the time after the end: 1 where redials and transfers come in
    target_s: np.ndarray  # queue: answered within
    short_s: np.ndarray  # queue: leaving before this is a misdial
    patience_kind: np.ndarray  # queue
    patience_s: np.ndarray  # queue
    patience_table: np.ndarray  # queue, quantiles with mean 1
    handle_kind: np.ndarray  # queue
    handle_s: np.ndarray  # queue, interval
    handle_spread: np.ndarray  # queue, interval: sigma of the lognormal
    handle_table: np.ndarray  # queue, quantiles with mean 1
    open_from: np.ndarray  # queue, stretch: start of the time in which due time runs
    open_before: np.ndarray  # queue, stretch: seconds of such time before it
    due_s: np.ndarray  # queue: due time, inf for live queues
    kept_free: np.ndarray  # queue: so many free people who serve it take nothing of queues that keep fewer
    closings: np.ndarray  # seconds at which queues that keep people close, inf at the end
    rank: np.ndarray  # group, queue: lower is served first
    queue_order: np.ndarray  # group: its queues by rank, -1 to the end
    group_order: np.ndarray  # queue: its groups, those with fewest live skills first, -1 to the end
    duty: np.ndarray  # DUTY records by time
    agent_group: np.ndarray  # agent
    transfer: np.ndarray  # from queue, to queue: cumulated share of finished contacts
    redial: np.ndarray  # queue: share of leavers who dial again, mean delay in seconds
    callback: np.ndarray  # queue: share who accept, seconds the front must have waited
    # what one replication is given
    times: np.ndarray  # arrival times, queue after queue
    cells: np.ndarray  # interval of each
    first: np.ndarray  # where each queue's times begin, one more than there are queues
    work: np.ndarray  # seconds of work of each contact; NaN is drawn
    patience: np.ndarray  # seconds of patience of each contact; empty or NaN to draw it
    keys: np.ndarray  # queue, purpose: streams
    is_present: np.ndarray  # duty block
    # what changes during a replication
    agents: np.ndarray  # AGENT records
    slots: np.ndarray  # agent, slot: CONTACT records in work
    queues: np.ndarray  # QUEUE records
    ring: np.ndarray  # queue, place: CONTACT records waiting; the size is a power of two
    finish_at: np.ndarray  # agent: when it next finishes something, inf for nothing; the size is a power of two
    winner: np.ndarray  # who is first of the two below, a tree of agents; 1 is the root, the second half the agents
    later: np.ndarray  # REENTRY records, a heap by time
    lists: np.ndarray  # group, list state, place: agents that could take something
    list_size: np.ndarray  # group, list state
    free: np.ndarray  # queue: people who serve it and have nothing to do but deferred work that they would drop
    debt: np.ndarray  # group: people who leave as soon as anybody finishes
    scalars: np.ndarray  # see LATER_SIZE ...
    counts: np.ndarray  # interval, queue, COUNTS
    spent: np.ndarray  # group, interval (one more for after the end), BUSY ... seconds
    active: np.ndarray  # group: people BUSY ... now
    trace: np.ndarray  # TRACE records in order; empty to keep none


SHIFT_END, PRE_EMPTS, RESERVED_IDLE, PACKS, MOST_OVERTIME, KEEPS = range(6)  # places in options
LATER_SIZE, CELL, NEXT_QUEUE, TRACE_SIZE = range(4)  # places in scalars
BUSY, ON_DUTY, OVER = range(3)  # how people spend time: in work, on duty, and there after the end of their shift

#: Lengths of last dimensions that are known when the loop is compiled.
LAST = {"counts": COUNTS, "spent": 3, "active": 3, "keys": 6, "redial": 2, "callback": 2}
_F, _I = np.dtype("f8"), np.dtype("i8")
LAYOUT: dict[str, tuple[np.dtype, int]] = {
    "edges": (_F, 1), "options": (_I, 1), "mode": (_I, 1), "room": (_I, 1), "speeds": (_F, 2), "paces": (_F, 2),
    "skill": (_F, 2), "effort": (_F, 2), "is_open": (np.dtype("u1"), 2),
    "target_s": (_F, 1), "short_s": (_F, 1), "patience_kind": (_I, 1), "patience_s": (_F, 1),
    "patience_table": (_F, 2), "handle_kind": (_I, 1), "handle_s": (_F, 2), "handle_spread": (_F, 2),
    "handle_table": (_F, 2), "open_from": (_F, 2), "open_before": (_F, 2), "due_s": (_F, 1),
    "kept_free": (_I, 1), "closings": (_F, 1), "rank": (_I, 2),
    "queue_order": (_I, 2), "group_order": (_I, 2), "duty": (DUTY, 1), "agent_group": (_I, 1),
    "transfer": (_F, 2), "redial": (_F, 2), "callback": (_F, 2),
    "times": (_F, 1), "cells": (np.dtype("i8"), 1), "first": (_I, 1), "work": (_F, 1), "patience": (_F, 1),
    "keys": (np.dtype("u8"), 2), "is_present": (np.dtype("u1"), 1),
    "agents": (AGENT, 1), "slots": (CONTACT, 2), "queues": (QUEUE, 1), "ring": (CONTACT, 2), "finish_at": (_F, 1),
    "winner": (_I, 1), "later": (REENTRY, 1), "lists": (_I, 3), "list_size": (_I, 2), "free": (_I, 1),
    "debt": (_I, 1), "scalars": (_I, 1), "counts": (_F, 3), "spent": (_F, 3),
    "active": (_I, 2),
    "trace": (TRACE, 1),
}  # fmt: skip
