"""Who takes which contact: compiled rules of routing by skill, priority, level and age."""

from __future__ import annotations

import math

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.lists import note
from omnistaff.simulate.state import (
    ABANDONED,
    CELL,
    DEFERRED,
    KEEPS,
    LEFT,
    LEFT_WAIT_S,
    LEFT_WITHIN,
    LIVE,
    MESSAGING,
    NOTHING,
    ON,
    PACKS,
    PRE_EMPTS,
    RESERVED_IDLE,
    SHORT,
    Centre,
)


@compiled
def drop_leavers(c: Centre, queue: int, now: float) -> bool:
    """Take those whose patience has ended off the front of the line; return whether anybody waits."""
    line = c.queues[queue]
    size = c.ring.shape[1]
    while line.head < line.tail:
        contact = c.ring[queue, line.head & (size - 1)]
        if contact.leaves_at > now:
            return True
        line.head += 1
        note(c, contact.leaves_at, LEFT, (queue, contact.number), NOTHING)
        count_leaver(c, queue, contact.cell, contact.leaves_at - contact.at)
    return False


@compiled_inline
def count_leaver(c: Centre, queue: int, cell: int, wait: float) -> None:
    """Count a contact that left after *wait* seconds."""
    row = c.counts[cell, queue]
    row[ABANDONED] += 1.0
    row[LEFT_WAIT_S] += wait
    if wait <= c.target_s[queue]:
        row[LEFT_WITHIN] += 1.0
    if wait <= c.short_s[queue]:
        row[SHORT] += 1.0


@compiled_inline
def idle_agents(c: Centre) -> int:
    """Return how many agents stand ready without work."""
    total = 0
    for group in range(c.list_size.shape[0]):
        total += c.list_size[group, 0]
    return total


@compiled
def choose_queue(c: Centre, agent: int, now: float) -> int:
    """Return the queue *agent*, who has room, should take the next contact from, NOTHING if none.

    Lowest rank first, then the oldest contact (deferred: the earliest due). An agent in conversations takes no
    further one while a call of better rank or age waits, so that calls are not starved.
    """
    group, level = c.agents[agent].group, c.agents[agent].level
    best, best_rank, best_key = NOTHING, 0, math.inf
    for j in range(c.queue_order.shape[1]):
        queue = c.queue_order[group, j]
        if queue < 0:
            break
        line = c.queues[queue]
        if line.head == line.tail:
            continue
        rank = c.rank[group, queue]
        if best >= 0 and rank > best_rank:
            break
        if not _may_take(c, agent, queue) or not drop_leavers(c, queue, now):
            continue
        front = c.ring[queue, line.head & (c.ring.shape[1] - 1)]
        key = front.due if c.mode[queue] == DEFERRED else front.at
        if key < best_key:
            best, best_rank, best_key = queue, rank, key
    if level > 0 and best >= 0 and c.mode[best] != MESSAGING:
        return NOTHING
    return best


@compiled_inline
def _may_spare(c: Centre, group: int, queue: int, counted: int) -> bool:
    """Return whether one of *group*, *counted* (1) among the free or not (0), may take a contact of *queue*.

    Of its other queues those that are open and keep more people than *queue* have as many free without this one.
    """
    if c.options[KEEPS] == 0 or (c.mode[queue] == DEFERRED and c.options[PRE_EMPTS] == 1):
        return True
    for j in range(c.queue_order.shape[1]):
        other = c.queue_order[group, j]
        if other < 0:
            break
        kept = c.kept_free[other]
        is_short = kept > c.kept_free[queue] and c.free[other] - counted < kept
        if is_short and c.is_open[other, c.scalars[CELL]] == 1:
            return False
    return True


@compiled_inline
def _may_take(c: Centre, agent: int, queue: int) -> bool:
    """Return whether *agent* may begin a contact of *queue*, which is not so if another queue needs who is free.

    Deferred work is not begun after the shift, and after it nobody is kept.
    """
    mode, record = c.mode[queue], c.agents[agent]
    if record.level == 0 and record.duty == ON and not _may_spare(c, record.group, queue, 0):
        return False
    if mode == DEFERRED:
        is_free = record.level == 0 and record.duty == ON
        return is_free and (c.options[RESERVED_IDLE] == 0 or idle_agents(c) >= c.options[RESERVED_IDLE])
    return mode == LIVE or record.level < c.room[queue]


@compiled_inline
def _idle(c: Centre, queue: int) -> int:
    """Return an idle agent who serves *queue*, NOTHING if none.

    One from the group with most of them idle, so that no group runs dry before others (Gurvich & Whitt 2009); of
    equally many from that with fewest skills.
    """
    best, most = NOTHING, 0
    for j in range(c.group_order.shape[1]):
        group = c.group_order[queue, j]
        if group < 0:
            break
        size = c.list_size[group, 0]
        if size > most and _may_spare(c, group, queue, 1):
            best, most = group, size
    return c.lists[best, 0, most - 1] if most > 0 else NOTHING


@compiled_inline
def _call_waits(c: Centre, group: int, queue: int, now: float) -> bool:
    """Return whether a call that *group* would rather take than a contact of *queue* waits."""
    for j in range(c.queue_order.shape[1]):
        other = c.queue_order[group, j]
        if other < 0 or c.rank[group, other] >= c.rank[group, queue]:
            return False
        line = c.queues[other]
        if c.mode[other] == LIVE and line.head < line.tail and drop_leavers(c, other, now):
            return True
    return False


@compiled_inline
def _with_room(c: Centre, queue: int, level: int, now: float) -> int:
    """Return an agent in *level* conversations who can take one more of *queue*, NOTHING if none."""
    for j in range(c.group_order.shape[1]):
        group = c.group_order[queue, j]
        if group < 0:
            break
        size = c.list_size[group, level]
        if size > 0 and not _call_waits(c, group, queue, now):
            return c.lists[group, level, size - 1]
    return NOTHING


@compiled_inline
def _pre_emptible(c: Centre, queue: int) -> int:
    """Return an agent whose deferred work ranks below *queue*, NOTHING if none."""
    kind = c.list_size.shape[1] - 2
    for j in range(c.group_order.shape[1]):
        group = c.group_order[queue, j]
        if group < 0:
            break
        size = c.list_size[group, kind]
        if size > 0:
            agent = c.lists[group, kind, size - 1]
            ranks_first = c.rank[group, queue] < c.rank[group, c.slots[agent, 0].queue]
            if ranks_first and _may_spare(c, group, queue, 1):
                return agent
    return NOTHING


@compiled_inline
def _chatting(c: Centre, queue: int, now: float) -> int:
    """Return an agent in conversations with room for one more, fewest first (most first if packed)."""
    most = c.room[queue] - 1
    for k in range(1, most + 1):
        found = _with_room(c, queue, most + 1 - k if c.options[PACKS] == 1 else k, now)
        if found >= 0:
            return found
    return NOTHING


@compiled
def find_agent(c: Centre, queue: int, now: float) -> int:
    """Return who takes the front contact of *queue*, NOTHING if it must wait.

    Idle agents first, then those on deferred work if it may be pre-empted, those with fewest skills before others;
    for messaging then those in fewer conversations, or, packed, those in most conversations before all others.
    """
    mode = c.mode[queue]
    if mode == DEFERRED and c.options[RESERVED_IDLE] > 0 and idle_agents(c) <= c.options[RESERVED_IDLE]:
        return NOTHING
    if mode == MESSAGING and c.options[PACKS] == 1:
        found = _chatting(c, queue, now)
        if found >= 0:
            return found
    found = _idle(c, queue)
    if found < 0 and c.options[PRE_EMPTS] == 1:
        found = _pre_emptible(c, queue)
    if found < 0 and mode == MESSAGING:
        found = _chatting(c, queue, now)
    return found
