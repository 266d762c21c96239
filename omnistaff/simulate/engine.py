"""The event loop: one replication of the centre as it is run, compiled.

Five kinds of events: a conversation ends, duty begins or ends, a contact comes back, a queue that keeps people free
closes, a contact arrives. Customers who lose patience are no events: they are found gone when their turn comes, which
gives the same counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from numba import njit

from omnistaff.simulate import changeover, contacts, lists, routing, service, state, streams
from omnistaff.simulate import compiled as access
from omnistaff.simulate.changeover import change_duty, leave_soon, next_duty, work_on
from omnistaff.simulate.compiled import at_address, compiled, compiled_inline, fingerprint
from omnistaff.simulate.contacts import draw_patience, draw_work, draw_works, due_at
from omnistaff.simulate.lists import come_back, drop_first_later, next_finish, next_return, note
from omnistaff.simulate.routing import count_leaver
from omnistaff.simulate.service import (
    end_conversation,
    find_work,
    release,
    serve_line,
    settle,
    take_new,
)
from omnistaff.simulate.state import (
    ARRIVED,
    ASKED_BACK,
    BACKLOG,
    CALLED_BACK,
    CELL,
    DEFERRED,
    DIALLED_AGAIN,
    LATE,
    LATER_SIZE,
    LEFT,
    NEXT_QUEUE,
    NOTHING,
    OFFERED,
    ON,
    PASSED_ON,
    REDIALLED,
    TRANSFERRED,
    UNSERVED,
    Centre,
)
from omnistaff.simulate.streams import DELAY, ROUTE, uniform

DONE, LINE_FULL, RETURNS_FULL = range(3)
NO_ROOM = -2  # in place of the next queue: its ring is full
_TRANSFER, _REDIAL, _CALLBACK = range(3)  # decisions of one contact, drawn from its queue's ROUTE stream


@compiled
def _run(c: Centre) -> int:
    """Run one replication; return DONE, or which buffer is too small."""
    for queue in range(c.mode.size):
        draw_works(c, queue)
        _see_next(c, queue)
    arrival = _next_arrival(c)
    duty_next, closing = next_duty(c, 0), 0
    status = DONE
    while status == DONE:
        duty = c.duty[duty_next].at if duty_next < c.duty.size else math.inf
        finish, back = next_finish(c), next_return(c)
        closes = c.closings[closing]
        now = min(min(finish, duty), min(back, arrival), closes)
        if now == math.inf:
            break
        _close_intervals(c, now)
        if finish == now:
            _finish(c, now)
        elif duty == now:
            change_duty(c, duty_next, now)
            duty_next = next_duty(c, duty_next + 1)
        elif back == now:
            _return(c, now)
        elif closes == now:
            release(c, now)
            closing += 1
        else:
            _arrive(c, now)
            arrival = _next_arrival(c)
        status = _full_buffer(c)
    _close_intervals(c, math.inf)
    _clear_lines(c)
    return status


@compiled_inline
def _full_buffer(c: Centre) -> int:
    """Return which buffer is too small for this replication, DONE if none is."""
    if c.scalars[NEXT_QUEUE] == NO_ROOM:
        return LINE_FULL
    return RETURNS_FULL if c.scalars[LATER_SIZE] >= c.later.size - 2 else DONE


@compiled_inline
def _see_next(c: Centre, queue: int) -> None:
    """Note when the next contact of *queue* arrives."""
    place = c.first[queue] + c.queues[queue].next_arrival
    c.queues[queue].next_at = c.times[place] if place < c.first[queue + 1] else math.inf


@compiled_inline
def _next_arrival(c: Centre) -> float:
    """Return when the next contact arrives and note its queue."""
    soonest, which = math.inf, -1
    for queue in range(c.mode.size):
        at = c.queues[queue].next_at
        if at < soonest:
            soonest, which = at, queue
    if c.scalars[NEXT_QUEUE] != NO_ROOM:
        c.scalars[NEXT_QUEUE] = which
    return soonest


@compiled
def _close_intervals(c: Centre, now: float) -> None:
    """Note the backlog and the time spent at the end of every interval that *now* has passed."""
    cell = c.scalars[CELL]
    while cell < c.edges.size - 1 and now >= c.edges[cell + 1]:
        for queue in range(c.mode.size):
            if c.mode[queue] == DEFERRED:
                c.counts[cell, queue, BACKLOG] = c.queues[queue].open_items
        for group in range(c.active.shape[0]):
            for kind in range(3):
                c.spent[group, cell, kind] += c.active[group, kind] * (c.edges[cell + 1] - c.edges[cell])
        cell += 1
    c.scalars[CELL] = cell


# -- contacts --------------------------------------------------------------------------------------------------


@compiled_inline
def _arrive(c: Centre, now: float) -> None:
    queue = c.scalars[NEXT_QUEUE]
    number = c.queues[queue].next_arrival
    c.queues[queue].next_arrival = number + 1
    _see_next(c, queue)
    _enter(c, queue, number, (now, c.cells[c.first[queue] + number]))


@compiled
def _enter(c: Centre, queue: int, number: int, moment: tuple[float, int]) -> None:
    """Give a new contact to who can take it at once, else put it at the end of its line and serve the line."""
    now, cell = moment
    line = c.queues[queue]
    place = c.first[queue] + number
    work = c.work[place] if place < c.first[queue + 1] else draw_work(c, queue, cell, number)
    c.counts[cell, queue, OFFERED] += 1.0
    note(c, now, ARRIVED, (queue, number), NOTHING)
    if c.mode[queue] == DEFERRED:
        line.open_items += 1
    if line.head == line.tail and take_new(c, queue, number, moment, work):
        return
    size = c.ring.shape[1]
    if line.tail - line.head >= size - c.slots.shape[0] * c.slots.shape[1] - 1:
        c.scalars[NEXT_QUEUE] = NO_ROOM  # the ring is full: the replication starts again with a larger one
        return
    contact = c.ring[queue, line.tail & (size - 1)]
    contact.at, contact.leaves_at, contact.due, contact.work = now, math.inf, due_at(c, queue, now), work
    contact.cell, contact.queue, contact.is_started, contact.number = cell, queue, 0, number
    is_first = line.head == line.tail
    line.tail += 1
    if not is_first:
        serve_line(c, queue, now)
    if line.head < line.tail:  # it is still there: only who waits needs patience
        contact.leaves_at = now + draw_patience(c, queue, number)
        if c.redial[queue, 0] > 0.0 or c.callback[queue, 0] > 0.0:
            _offer_callback(c, queue, now)


@compiled_inline
def _enter_again(c: Centre, queue: int, now: float) -> None:
    """Put a contact that was passed on or comes back at the end of its line."""
    number = c.first[queue + 1] - c.first[queue] + c.queues[queue].returned
    c.queues[queue].returned += 1
    cell = min(c.scalars[CELL], c.edges.size - 2)
    _enter(c, queue, number, (now, cell))


@compiled_inline
def _offer_callback(c: Centre, queue: int, now: float) -> None:
    """Offer a call that has to wait a callback, else note when its patience ends, for the redial."""
    line = c.queues[queue]
    mask = c.ring.shape[1] - 1
    contact = c.ring[queue, (line.tail - 1) & mask]
    waited = now - c.ring[queue, line.head & mask].at
    u = uniform(c.keys[queue, ROUTE], 3 * contact.number + _CALLBACK)
    if waited >= c.callback[queue, 1] and u < c.callback[queue, 0]:
        contact.leaves_at = math.inf
        c.counts[contact.cell, queue, CALLED_BACK] += 1.0
        note(c, now, ASKED_BACK, (queue, contact.number), NOTHING)
    elif c.redial[queue, 0] > 0.0 and contact.leaves_at < math.inf:
        come_back(c, contact.leaves_at, queue, line.tail - 1)


@compiled_inline
def _return(c: Centre, now: float) -> None:
    """Handle the end of a caller's patience (who may dial again later) or a contact that comes back."""
    event = c.later[0]
    queue, place = event.queue, event.number
    drop_first_later(c)
    cell = min(c.scalars[CELL], c.edges.size - 2)
    if place < 0:
        if c.is_open[queue, c.scalars[CELL]] == 1:
            c.counts[cell, queue, REDIALLED] += 1.0
            _enter_again(c, queue, now)
        return
    contact = c.ring[queue, place & (c.ring.shape[1] - 1)]
    has_left = place >= c.queues[queue].head and contact.leaves_at <= now
    if has_left and uniform(c.keys[queue, ROUTE], 3 * contact.number + _REDIAL) < c.redial[queue, 0]:
        note(c, now, DIALLED_AGAIN, (queue, contact.number), NOTHING)
        delay = -math.log(uniform(c.keys[queue, DELAY], contact.number))
        come_back(c, now + delay * c.redial[queue, 1], queue, -1)


@compiled_inline
def _finish(c: Centre, now: float) -> None:
    """End the conversation that is due first; its agent leaves or looks for work, its customer may be passed on."""
    agent = c.winner[1]
    record = c.agents[agent]
    number, queue = end_conversation(c, agent, now)
    if record.level == 0 and record.duty == ON and c.debt[record.group] > 0:
        c.debt[record.group] -= 1
        leave_soon(c, agent, now)
    if record.duty == ON:
        find_work(c, agent, now)
    elif record.level == 0:
        work_on(c, agent, now)
    else:
        settle(c, agent, now)
    last = c.transfer.shape[1] - 1
    if c.transfer[queue, last] > 0.0:
        u = uniform(c.keys[queue, ROUTE], 3 * number + _TRANSFER)
        if u < c.transfer[queue, last]:
            target = 0
            while c.transfer[queue, target] <= u:
                target += 1
            if c.is_open[target, c.scalars[CELL]] == 1:
                cell = min(c.scalars[CELL], c.edges.size - 2)
                c.counts[cell, queue, TRANSFERRED] += 1.0
                note(c, now, PASSED_ON, (queue, number), NOTHING)
                _enter_again(c, target, now)


@compiled_inline
def _clear_lines(c: Centre) -> None:
    """Count who is still in line when nobody works any more."""
    end = c.edges[c.edges.size - 1]
    for queue in range(c.mode.size):
        line = c.queues[queue]
        while line.head < line.tail:
            contact = c.ring[queue, line.head & (c.ring.shape[1] - 1)]
            line.head += 1
            if contact.leaves_at < math.inf:
                note(c, contact.leaves_at, LEFT, (queue, contact.number), NOTHING)
                count_leaver(c, queue, contact.cell, contact.leaves_at - contact.at)
                continue
            if contact.is_started == 0 or c.mode[queue] == DEFERRED:
                c.counts[contact.cell, queue, UNSERVED] += 1.0
            if c.mode[queue] == DEFERRED and contact.due <= end:
                c.counts[contact.cell, queue, LATE] += 1.0


def _cached_entry(sources: str) -> Callable[[int], int]:
    """Return the compiled loop; *sources*, being part of the closure, makes numba's cache depend on all modules."""

    @njit(cache=True, nogil=True)
    def run_replication(address: int) -> int:
        return _run(at_address(address)) if len(sources) > 0 else DONE

    return cast("Callable[[int], int]", run_replication)


#: Runs one replication of the Centre whose table is at the given address; returns DONE, or which buffer is too
#: small. Fills ``counts`` and ``spent``; the other arrays must be as ``centre.reset`` leaves them.
run_replication = _cached_entry(fingerprint(access, changeover, contacts, lists, routing, service, state, streams))
