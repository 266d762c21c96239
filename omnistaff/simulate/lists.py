"""Compiled containers of the event loop: who finishes next, who stands free, who waits."""

from __future__ import annotations

import math

import numpy as np

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.state import CELL, LATER_SIZE, PRE_EMPTS, TRACE_SIZE, Centre

# -- agents by the time their next conversation ends: a tournament, each node of which knows its winner ---------


@compiled
def set_finish(c: Centre, agent: int, at: float) -> None:
    """Note that *agent* next finishes something at *at*, inf for nothing.

    All levels are played, without a look whether anything changed: equal steps are quicker than fewer.
    """
    c.finish_at[agent] = at
    first, first_at = agent, at
    place = agent + c.finish_at.size
    while place > 1:
        other = c.winner[place ^ 1]
        other_at = c.finish_at[other]
        first = other if other_at < first_at else first
        first_at = min(other_at, first_at)
        place >>= 1
        c.winner[place] = first


@compiled_inline
def next_finish(c: Centre) -> float:
    """Return when the next conversation ends, inf if none is under way."""
    return c.finish_at[c.winner[1]]


# -- agents of a group who could take something: unordered lists -----------------------------------------------


@compiled_inline
def _count_free(c: Centre, group: int, kind: int, step: int) -> None:
    """Note that one of *group* more (*step* 1) or less (-1) is free, if that is what list *kind* says."""
    if kind == 0 or (kind == c.list_size.shape[1] - 2 and c.options[PRE_EMPTS] == 1):
        for j in range(c.queue_order.shape[1]):
            queue = c.queue_order[group, j]
            if queue < 0:
                break
            c.free[queue] += step


@compiled_inline
def move(c: Centre, agent: int, kind: int) -> None:
    """Put *agent* into list *kind* of its group, -1 for none, and take it out of the one it stands in."""
    record = c.agents[agent]
    old, group = record.list_state, record.group
    if old == kind:
        return
    if old >= 0:
        place, size = record.list_place, c.list_size[group, old] - 1
        last = c.lists[group, old, size]
        c.lists[group, old, place] = last
        c.agents[last].list_place = place
        c.list_size[group, old] = size
        _count_free(c, group, old, -1)
    if kind >= 0:
        size = c.list_size[group, kind]
        c.lists[group, kind, size] = agent
        c.list_size[group, kind] = size + 1
        record.list_place = size
        _count_free(c, group, kind, 1)
    record.list_state = kind


# -- contacts that wait ------------------------------------------------------------------------------------------


@compiled_inline
def copy_contact(target: np.ndarray, i: int, j: int, source: np.ndarray, k: int, m: int) -> None:
    """Copy CONTACT record ``source[k, m]`` to ``target[i, j]``."""
    new, old = target[i, j], source[k, m]
    new.at, new.leaves_at, new.due, new.work = old.at, old.leaves_at, old.due, old.work
    new.cell, new.queue, new.is_started, new.number = old.cell, old.queue, old.is_started, old.number


# -- contacts that come back: a heap by time ---------------------------------------------------------------------


@compiled_inline
def come_back(c: Centre, at: float, queue: int, number: int) -> None:
    """Note an event of *queue* at *at*: a re-entry (number < 0) or the end of a caller's patience."""
    place = c.scalars[LATER_SIZE]
    c.scalars[LATER_SIZE] = place + 1
    while place > 0:
        parent = (place - 1) >> 1
        if c.later[parent].at <= at:
            break
        _copy_later(c, place, parent)
        place = parent
    _write_later(c, place, at, queue, number)


@compiled_inline
def drop_first_later(c: Centre) -> None:
    """Take the earliest event out of the heap."""
    size = c.scalars[LATER_SIZE] - 1
    c.scalars[LATER_SIZE] = size
    last = c.later[size]
    at, queue, number = last.at, last.queue, last.number
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and c.later[child + 1].at < c.later[child].at:
            child += 1
        if c.later[child].at >= at:
            break
        _copy_later(c, place, child)
        place = child
    _write_later(c, place, at, queue, number)


@compiled_inline
def _copy_later(c: Centre, place: int, source: int) -> None:
    record = c.later[source]
    _write_later(c, place, record.at, record.queue, record.number)


@compiled_inline
def _write_later(c: Centre, place: int, at: float, queue: int, number: int) -> None:
    record = c.later[place]
    record.at, record.queue, record.number = at, queue, number


# -- what happened, contact by contact -----------------------------------------------------------------------------


@compiled
def _write_trace(c: Centre, at: float, event: int, contact: tuple[int, int], agent: int) -> None:
    place = c.scalars[TRACE_SIZE]
    c.scalars[TRACE_SIZE] = place + 1
    if place < c.trace.size:
        record = c.trace[place]
        record.at, record.event, record.agent = at, event, agent
        record.queue, record.number = contact


@compiled_inline
def note(c: Centre, at: float, event: int, contact: tuple[int, int], agent: int) -> None:
    """Write an event of *contact* (queue, number) to the trace, if one is kept."""
    if c.trace.size > 0:
        _write_trace(c, at, np.int64(event), contact, np.int64(agent))  # one version, not one for each event


# -- time spent, by interval -------------------------------------------------------------------------------------


@compiled_inline
def clock(c: Centre, group: int, kind: int, now: float, step: int) -> None:
    """Note that one of *group* more (*step* 1) or less (-1) is BUSY, ON_DUTY or OVER from *now* on."""
    cell = c.scalars[CELL]
    c.active[group, kind] += step
    c.spent[group, cell, kind] -= step * (now - c.edges[cell])


@compiled_inline
def next_return(c: Centre) -> float:
    """Return when the next contact comes back, inf if none does."""
    return c.later[0].at if c.scalars[LATER_SIZE] > 0 else math.inf
