"""What a contact brings with it: its work, its patience and when it is due, compiled."""

from __future__ import annotations

import math

from omnistaff.simulate.compiled import compiled, compiled_inline
from omnistaff.simulate.state import Centre
from omnistaff.simulate.streams import HANDLE, PATIENCE, uniform, unit_draw


@compiled
def draw_works(c: Centre, queue: int) -> None:
    """Draw the work of all contacts of *queue* that is not given, in one go, which is quicker than one by one."""
    for number in range(c.first[queue + 1] - c.first[queue]):
        place = c.first[queue] + number
        if not c.work[place] >= 0.0:
            c.work[place] = draw_work(c, queue, c.cells[place], number)


@compiled
def draw_work(c: Centre, queue: int, cell: int, number: int) -> float:
    """Return the seconds of work of contact *number* of *queue*, which arrives in interval *cell*."""
    u = uniform(c.keys[queue, HANDLE], number)
    spread, table = c.handle_spread[queue, cell], c.handle_table[queue]
    return c.handle_s[queue, cell] * unit_draw(c.handle_kind[queue], spread, table, u)


@compiled_inline
def draw_patience(c: Centre, queue: int, number: int) -> float:
    """Return the seconds contact *number* of *queue* would wait: those it is given or else drawn."""
    place = c.first[queue] + number
    if place < c.patience.size and place < c.first[queue + 1] and c.patience[place] >= 0.0:
        return c.patience[place]
    u = uniform(c.keys[queue, PATIENCE], number)
    return c.patience_s[queue] * unit_draw(c.patience_kind[queue], 0.0, c.patience_table[queue], u)


@compiled_inline
def due_at(c: Centre, queue: int, now: float) -> float:
    """Return when a contact that arrives *now* is due: due_s of the queue's running time later."""
    due_s = c.due_s[queue]
    if due_s == math.inf:
        return math.inf
    last = c.open_from.shape[1] - 1  # a stretch that begins at inf ends the list
    low, high = 0, last
    while low < high:  # the last stretch that begins at or before now
        middle = (low + high + 1) >> 1
        if c.open_from[queue, middle] <= now:
            low = middle
        else:
            high = middle - 1
    ran = min(
        c.open_before[queue, low] + max(now - c.open_from[queue, low], 0.0),
        c.open_before[queue, min(low + 1, last)],
    )
    left = ran + due_s
    while low + 1 < last and c.open_before[queue, low + 1] < left:
        low += 1
    return c.open_from[queue, low] + left - c.open_before[queue, low]
