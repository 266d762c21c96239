"""What agents do with contacts: compiled steps of taking, working on, finishing and handing back."""

from __future__ import annotations

import math

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.lists import (
    copy_contact,
    drop_finish,
    join_list,
    leave_list,
    note,
    set_finish,
    spend,
)
from omnistaff.simulate.routing import choose_queue, drop_leavers, find_agent
from omnistaff.simulate.state import (
    ANSWERED,
    DEFERRED,
    ENDED,
    HANDED_BACK,
    LATE,
    MESSAGING,
    MOST_OVERTIME,
    NOTHING,
    ON_TIME,
    OVERTIME,
    RESUMED,
    SHIFT_END,
    TAKEN,
    WAIT_S,
    WITHIN,
    WORK_S,
    Centre,
)


@compiled_inline
def advance(c: Centre, agent: int, now: float) -> None:
    """Bring the remaining work of the agent's conversations up to *now*."""
    record = c.agents[agent]
    passed = now - record.since
    if passed > 0.0:
        for k in range(record.level):
            contact = c.slots[agent, k]
            contact.work -= passed * c.speeds[contact.queue, record.level - 1]
    record.since = now


@compiled
def settle(c: Centre, agent: int, now: float) -> None:
    """Put *agent* where it can be found for what it has room for, and note when it finishes something next."""
    advance(c, agent, now)
    record = c.agents[agent]
    level, kind = record.level, record.kind
    is_ready = record.is_on_duty == 1 and record.is_leaving == 0
    last = c.list_size.shape[1] - 2  # the list of those on deferred work; after it, of those off duty
    if record.is_on_duty == 0 and level == 0:
        join_list(c, agent, last + 1)
    elif is_ready and level == 0:
        join_list(c, agent, 0)
    elif is_ready and kind == MESSAGING and level < last:
        join_list(c, agent, level)
    elif is_ready and kind == DEFERRED:
        join_list(c, agent, last)
    else:
        leave_list(c, agent)
    if level == 0:
        drop_finish(c, agent)
        return
    soonest = math.inf
    for k in range(level):
        contact = c.slots[agent, k]
        left = contact.work * c.paces[contact.queue, level - 1]
        if left < soonest:
            soonest, record.next_slot = left, k
    set_finish(c, agent, now + max(soonest, 0.0))


@compiled_inline
def take(c: Centre, agent: int, queue: int, now: float) -> None:
    """Give *agent* the front contact of *queue*."""
    record, line = c.agents[agent], c.queues[queue]
    advance(c, agent, now)
    if record.level == 0:
        record.busy_since = now
        record.kind = c.mode[queue]
    copy_contact(c.slots, agent, record.level, c.ring, queue, line.head & (c.ring.shape[1] - 1))
    line.head += 1
    contact = c.slots[agent, record.level]
    record.level += 1
    note(c, now, TAKEN if contact.is_started == 0 else RESUMED, (queue, contact.number), agent)
    if contact.is_started == 0:
        contact.is_started = 1
        wait = now - contact.at
        row = c.counts[contact.cell, queue]
        row[WAIT_S] += wait
        row[WORK_S] += contact.work
        if c.mode[queue] != DEFERRED:
            row[ANSWERED] += 1.0
            if wait <= c.target_s[queue]:
                row[WITHIN] += 1.0


@compiled
def find_work(c: Centre, agent: int, now: float) -> None:
    """Let *agent* take what waits, as much as it has room for."""
    record = c.agents[agent]
    while record.level == 0 or record.kind == MESSAGING:
        queue = choose_queue(c, agent, now)
        if queue < 0:
            break
        take(c, agent, queue, now)
    settle(c, agent, now)


@compiled
def work_on(c: Centre, agent: int, now: float) -> None:
    """Let *agent*, whose shift is over, take what waits live while overtime is allowed, or go off duty."""
    record = c.agents[agent]
    if c.options[SHIFT_END] == OVERTIME and now < record.ends_at + c.options[MOST_OVERTIME]:
        queue = choose_queue(c, agent, now)
        if queue >= 0:
            take(c, agent, queue, now)
    if record.level == 0:
        go_off_duty(c, agent, now)
    else:
        settle(c, agent, now)


@compiled
def hand_back(c: Centre, agent: int, now: float) -> int:
    """Return all that *agent* works on to the front of its queues; return the last queue, NOTHING if none.

    What was begun keeps its work done so far, and its customer does not leave any more.
    """
    record = c.agents[agent]
    advance(c, agent, now)
    queue = NOTHING
    while record.level > 0:
        record.level -= 1
        queue = c.slots[agent, record.level].queue
        line = c.queues[queue]
        line.head -= 1
        note(c, now, HANDED_BACK, (queue, c.slots[agent, record.level].number), agent)
        place = line.head & (c.ring.shape[1] - 1)
        copy_contact(c.ring, queue, place, c.slots, agent, record.level)
        c.ring[queue, place].leaves_at = math.inf
        spend_busy(c, agent, now)
    return queue


@compiled_inline
def spend_busy(c: Centre, agent: int, now: float) -> None:
    """Book the agent's busy time when its last contact has ended."""
    record = c.agents[agent]
    if record.level == 0:
        spend(c, c.edges, record.group, 0, (record.busy_since, now))
        record.kind = NOTHING


@compiled
def serve_line(c: Centre, queue: int, now: float) -> None:
    """Give waiting contacts of *queue* to agents who can take them, pre-empting deferred work where allowed."""
    returned, line = NOTHING, c.queues[queue]
    while line.head < line.tail and drop_leavers(c, queue, now):
        agent = find_agent(c, queue, now)
        if agent < 0:
            break
        if c.agents[agent].kind == DEFERRED:
            returned = hand_back(c, agent, now)
        take(c, agent, queue, now)
        settle(c, agent, now)
    while returned >= 0 and drop_leavers(c, returned, now):
        agent = find_agent(c, returned, now)
        if agent < 0 or c.agents[agent].level > 0:
            break
        take(c, agent, returned, now)
        settle(c, agent, now)


@compiled
def end_conversation(c: Centre, agent: int, now: float) -> tuple[int, int]:
    """End the agent's conversation that is due to finish and free its slot; return its number and queue."""
    record = c.agents[agent]
    advance(c, agent, now)
    done = record.next_slot
    contact = c.slots[agent, done]
    queue, number = contact.queue, contact.number
    note(c, now, ENDED, (queue, number), agent)
    if c.mode[queue] == DEFERRED:
        c.queues[queue].open_items -= 1
        row = c.counts[contact.cell, queue]
        row[ANSWERED] += 1.0
        row[ON_TIME if now <= contact.due else LATE] += 1.0
    record.level -= 1
    if done < record.level:
        copy_contact(c.slots, agent, done, c.slots, agent, record.level)
    spend_busy(c, agent, now)
    return number, queue


@compiled
def go_off_duty(c: Centre, agent: int, now: float) -> None:
    """End the agent's duty."""
    record = c.agents[agent]
    spend(c, c.edges, record.group, 1, (record.duty_since, now))
    if record.is_leaving == 1:
        spend(c, c.edges, record.group, 2, (record.ends_at, now))
    record.is_on_duty = 0
    record.is_leaving = 0
    settle(c, agent, now)
