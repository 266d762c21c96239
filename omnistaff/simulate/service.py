"""What agents do with contacts: compiled steps of taking, working on, finishing and handing back."""

from __future__ import annotations

import math

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.contacts import due_at
from omnistaff.simulate.lists import clock, copy_contact, move, note, set_finish
from omnistaff.simulate.routing import choose_queue, drop_leavers, find_agent
from omnistaff.simulate.state import (
    ANSWERED,
    BUSY,
    DEFERRED,
    ENDED,
    HANDED_BACK,
    KEEPS,
    LATE,
    MESSAGING,
    NOTHING,
    OFF,
    ON,
    ON_TIME,
    PRE_EMPTS,
    RESERVED_IDLE,
    RESUMED,
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
            contact.work -= passed * c.speeds[contact.queue, record.level - 1] * c.skill[agent, contact.queue]
    record.since = now


@compiled
def settle(c: Centre, agent: int, now: float) -> None:
    """Put *agent* where it can be found for what it has room for, and note when it finishes something next."""
    record = c.agents[agent]
    level, kind = record.level, record.kind
    last = c.list_size.shape[1] - 2  # the list of those on deferred work; after it, of those off duty
    place = last + 1 if record.duty == OFF else -1
    if record.duty == ON:
        if level == 0:
            place = 0
        elif kind == DEFERRED:
            place = last
        elif kind == MESSAGING and level < last:
            place = level
    move(c, agent, place)
    advance(c, agent, now)
    soonest = math.inf
    for k in range(level):
        contact = c.slots[agent, k]
        soonest = min(soonest, contact.work * c.paces[contact.queue, level - 1] * c.effort[agent, contact.queue])
    set_finish(c, agent, now + max(soonest, 0.0))


@compiled_inline
def _one_more(c: Centre, agent: int, queue: int, now: float) -> int:
    """Let *agent* begin a conversation with a contact of *queue*; return the slot that its record is to fill."""
    record = c.agents[agent]
    advance(c, agent, now)
    if record.level == 0:
        clock(c, record.group, BUSY, now, 1)
        record.kind = c.mode[queue]
    record.level += 1
    return record.level - 1


@compiled_inline
def _count_answer(c: Centre, queue: int, cell: int, wait: float, work: float) -> None:
    """Count a contact of *queue* that somebody begins to work on."""
    row = c.counts[cell, queue]
    row[WAIT_S] += wait
    row[WORK_S] += work
    if c.mode[queue] != DEFERRED:
        row[ANSWERED] += 1.0
        if wait <= c.target_s[queue]:
            row[WITHIN] += 1.0


@compiled
def take(c: Centre, agent: int, queue: int, now: float) -> None:
    """Give *agent* the front contact of *queue*."""
    line, slot = c.queues[queue], _one_more(c, agent, queue, now)
    copy_contact(c.slots, agent, slot, c.ring, queue, line.head & (c.ring.shape[1] - 1))
    line.head += 1
    contact = c.slots[agent, slot]
    note(c, now, TAKEN if contact.is_started == 0 else RESUMED, (queue, contact.number), agent)
    if contact.is_started == 0:
        contact.is_started = 1
        _count_answer(c, queue, contact.cell, now - contact.at, contact.work)


@compiled_inline
def take_new(c: Centre, queue: int, number: int, moment: tuple[float, int], work: float) -> bool:
    """Give the contact that just arrives to an agent who can take it; return False if it must wait."""
    now, cell = moment
    agent = find_agent(c, queue, now)
    if agent < 0:
        return False
    returned = hand_back(c, agent, now) if c.agents[agent].kind == DEFERRED else NOTHING
    contact = c.slots[agent, _one_more(c, agent, queue, now)]
    contact.at, contact.leaves_at, contact.due, contact.work = now, math.inf, due_at(c, queue, now), work
    contact.cell, contact.queue, contact.is_started, contact.number = cell, queue, 1, number
    note(c, now, TAKEN, (queue, number), agent)
    _count_answer(c, queue, cell, 0.0, work)
    settle(c, agent, now)
    if returned >= 0:
        _pass_on(c, returned, now)
    return True


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
    holds_back = c.options[KEEPS] == 1 or c.options[RESERVED_IDLE] > 0
    if holds_back and (record.level == 0 or record.kind == DEFERRED):  # with one more free, others may take
        release(c, now)


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
    if queue >= 0:
        _come_free(c, agent, now)
    return queue


@compiled_inline
def _come_free(c: Centre, agent: int, now: float) -> None:
    """Note that *agent* has no contact any more."""
    record = c.agents[agent]
    clock(c, record.group, BUSY, now, -1)
    record.kind = NOTHING


@compiled_inline
def _give(c: Centre, agent: int, queue: int, now: float) -> int:
    """Give *agent* the front contact of *queue*; return the queue of work dropped for it, NOTHING if none."""
    returned = hand_back(c, agent, now) if c.agents[agent].kind == DEFERRED else NOTHING
    take(c, agent, queue, now)
    settle(c, agent, now)
    return returned


@compiled
def serve_line(c: Centre, queue: int, now: float) -> None:
    """Give waiting contacts of *queue* to agents who can take them, pre-empting deferred work where allowed."""
    returned = NOTHING
    while drop_leavers(c, queue, now):
        agent = find_agent(c, queue, now)
        if agent < 0:
            break
        handed = _give(c, agent, queue, now)
        returned = handed if handed >= 0 else returned
    if returned >= 0:
        _pass_on(c, returned, now)


@compiled
def release(c: Centre, now: float) -> None:
    """Give what waits to people who were kept from it and no longer are: best rank first, then the oldest."""
    yields = c.options[PRE_EMPTS] == 1 and c.options[RESERVED_IDLE] == 0  # deferred work: nobody is kept from it
    while True:
        best, taker, best_rank, best_key = NOTHING, NOTHING, 0, math.inf
        for queue in range(c.mode.size):
            is_deferred = c.mode[queue] == DEFERRED
            if (is_deferred and yields) or not drop_leavers(c, queue, now):
                continue
            agent = find_agent(c, queue, now)
            if agent < 0:
                continue
            front = c.ring[queue, c.queues[queue].head & (c.ring.shape[1] - 1)]
            rank, key = c.rank[c.agents[agent].group, queue], front.due if is_deferred else front.at
            if best < 0 or rank < best_rank or (rank == best_rank and key < best_key):
                best, taker, best_rank, best_key = queue, agent, rank, key
        if best < 0:
            break
        returned = _give(c, taker, best, now)
        if returned >= 0:
            _pass_on(c, returned, now)


@compiled_inline
def _pass_on(c: Centre, queue: int, now: float) -> None:
    """Give what was handed back to *queue* to who is idle."""
    while drop_leavers(c, queue, now):
        agent = find_agent(c, queue, now)
        if agent < 0 or c.agents[agent].level > 0:
            break
        take(c, agent, queue, now)
        settle(c, agent, now)


@compiled_inline
def _first_done(c: Centre, agent: int, now: float) -> int:
    """Return which of the agent's conversations ends *now*, having brought all up to date."""
    advance(c, agent, now)
    level = c.agents[agent].level
    soonest, first = math.inf, 0
    for k in range(level):
        contact = c.slots[agent, k]
        left = contact.work * c.paces[contact.queue, level - 1] * c.effort[agent, contact.queue]
        if left < soonest:
            soonest, first = left, k
    return first


@compiled_inline
def end_conversation(c: Centre, agent: int, now: float) -> tuple[int, int]:
    """End the agent's conversation that is due to finish and free its slot; return its number and queue."""
    record = c.agents[agent]
    done = _first_done(c, agent, now) if record.level > 1 else 0
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
    if record.level == 0:
        _come_free(c, agent, now)
    return number, queue
