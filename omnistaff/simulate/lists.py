"""Compiled containers of the event loop: who finishes next, who stands free, who waits."""

from __future__ import annotations

import math

import numpy as np

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.state import CELL, HEAP_SIZE, LATER_SIZE, TRACE_SIZE, Centre

# -- agents by the time their next conversation ends: a binary heap that knows each agent's place ------------


@compiled_inline
def _place(c: Centre, place: int, at: float, agent: int) -> None:
    entry = c.heap[place]
    entry.at, entry.agent = at, agent
    c.heap_place[agent] = place


@compiled
def _rise(c: Centre, place: int, at: float, agent: int) -> None:
    while place > 0:
        above = c.heap[(place - 1) >> 1]
        if above.at <= at:
            break
        _place(c, place, above.at, above.agent)
        place = (place - 1) >> 1
    _place(c, place, at, agent)


@compiled
def _sink(c: Centre, place: int, at: float, agent: int) -> None:
    """Let *agent* sink to the bottom, always below the sooner, and rise from there, mostly one step (Floyd 1964)."""
    size = c.scalars[HEAP_SIZE]
    child = 2 * place + 2
    while child <= size:
        child -= int(child == size or c.heap[child - 1].at < c.heap[child].at)
        below = c.heap[child]
        _place(c, place, below.at, below.agent)
        place, child = child, 2 * child + 2
    _rise(c, place, at, agent)


@compiled
def set_finish(c: Centre, agent: int, at: float) -> None:
    """Note that *agent* next finishes something at *at*."""
    place = c.heap_place[agent]
    if place < 0:
        place = c.scalars[HEAP_SIZE]
        c.scalars[HEAP_SIZE] = place + 1
        _rise(c, place, at, agent)
    elif at < c.heap[place].at:
        _rise(c, place, at, agent)
    else:
        _sink(c, place, at, agent)


@compiled
def drop_finish(c: Centre, agent: int) -> None:
    """Note that *agent* has nothing to finish."""
    place = c.heap_place[agent]
    if place < 0:
        return
    c.heap_place[agent] = -1
    size = c.scalars[HEAP_SIZE] - 1
    c.scalars[HEAP_SIZE] = size
    if place < size:
        last = c.heap[size]
        _sink(c, place, last.at, last.agent)


@compiled_inline
def next_finish(c: Centre) -> float:
    """Return when the next conversation ends, inf if none is under way."""
    return c.heap[0].at if c.scalars[HEAP_SIZE] > 0 else math.inf


# -- agents of a group who could take something: unordered lists -----------------------------------------------


@compiled_inline
def leave_list(c: Centre, agent: int) -> None:
    """Take *agent* out of the list it stands in."""
    record = c.agents[agent]
    kind = record.list_state
    if kind < 0:
        return
    group, place = record.group, record.list_place
    size = c.list_size[group, kind] - 1
    moved = c.lists[group, kind, size]
    c.lists[group, kind, place] = moved
    c.agents[moved].list_place = place
    c.list_size[group, kind] = size
    record.list_state = -1


@compiled
def join_list(c: Centre, agent: int, kind: int) -> None:
    """Put *agent* into list *kind* of its group."""
    record = c.agents[agent]
    if record.list_state == kind:
        return
    leave_list(c, agent)
    size = c.list_size[record.group, kind]
    c.lists[record.group, kind, size] = agent
    c.list_size[record.group, kind] = size + 1
    record.list_state = kind
    record.list_place = size


# -- contacts that wait ------------------------------------------------------------------------------------------


@compiled_inline
def copy_contact(target: np.ndarray, i: int, j: int, source: np.ndarray, k: int, m: int) -> None:
    """Copy CONTACT record ``source[k, m]`` to ``target[i, j]``."""
    new, old = target[i, j], source[k, m]
    new.at, new.leaves_at, new.due, new.work = old.at, old.leaves_at, old.due, old.work
    new.cell, new.queue, new.is_started, new.number = old.cell, old.queue, old.is_started, old.number


# -- contacts that come back: a heap by time ---------------------------------------------------------------------


@compiled
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


@compiled
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


@compiled
def _copy_later(c: Centre, place: int, source: int) -> None:
    record = c.later[source]
    _write_later(c, place, record.at, record.queue, record.number)


@compiled
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


@compiled
def spend(c: Centre, edges: np.ndarray, group: int, kind: int, span: tuple[float, float]) -> None:
    """Add the seconds of *span* to the group's busy (kind 0), on-duty (1) or over- (2) time, interval by interval."""
    start, end = span
    cell = c.scalars[CELL]
    while cell > 0 and edges[cell] > start:
        cell -= 1
    last = edges.size - 2
    while start < end and cell <= last:
        stop = min(end, edges[cell + 1])
        if stop > start:
            c.spent[group, cell, kind] += stop - start
            start = stop
        cell += 1


@compiled_inline
def next_return(c: Centre) -> float:
    """Return when the next contact comes back, inf if none does."""
    return c.later[0].at if c.scalars[LATER_SIZE] > 0 else math.inf
