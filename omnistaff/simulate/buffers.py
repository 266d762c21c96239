"""What a replication changes: its arrays at the start, with more room, and a copy for each thread."""

from __future__ import annotations

import math

import numpy as np

from omnistaff.simulate.state import CONTACT, NOTHING, REENTRY, Centre

CHANGING = (
    "agents", "slots", "queues", "ring", "finish_at", "winner", "later", "lists", "list_size", "free",
    "debt", "scalars", "counts", "spent", "active", "trace",
)  # fmt: skip
CACHE_LINE = 64  # bytes; records of agents and contacts are as long


def reset(centre: Centre) -> None:
    """Bring the arrays that a replication changes to their start: everybody off duty, nobody waiting."""
    whole = (centre.list_size, centre.free, centre.debt, centre.scalars, centre.active)
    for array in (centre.agents, centre.queues, *whole):
        array.fill(0)
    centre.counts.fill(0.0)
    centre.spent.fill(0.0)
    agents, group = centre.agents, centre.agent_group
    off_duty = centre.list_size.shape[1] - 1
    place = np.zeros(len(group), dtype=np.int64)
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        place[members] = np.arange(len(members))
        centre.lists[number, off_duty, : len(members)] = members
        centre.list_size[number, off_duty] = len(members)
    agents["group"], agents["list_place"] = group, place
    agents["list_state"], agents["kind"] = off_duty, NOTHING
    centre.finish_at.fill(math.inf)
    width = len(centre.finish_at)
    centre.winner[width:] = np.arange(width)
    while width > 1:
        width //= 2
        centre.winner[width : 2 * width] = centre.winner[2 * width : 4 * width : 2]


def enlarged(centre: Centre, *, line: bool) -> Centre:
    """Return *centre* with twice the room for who waits in line, or else for who comes back."""
    if line:
        queues, size = centre.ring.shape
        return centre._replace(ring=zeros((queues, 2 * size), CONTACT))
    return centre._replace(later=np.zeros(2 * centre.later.size, dtype=REENTRY))


def own_copy(centre: Centre) -> Centre:
    """Return a Centre that shares what never changes and has its own arrays for what does."""
    shared = {name: getattr(centre, name) for name in CHANGING}
    own = centre._replace(**{name: zeros(array.shape, array.dtype) for name, array in shared.items()})
    for name, array in shared.items():
        getattr(own, name)[...] = array
    return own


def zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of zeros that begins with a line of the cache, so that no record of a line lies in two."""
    size = math.prod(shape) * dtype.itemsize
    buffer = np.zeros(size + CACHE_LINE, dtype=np.uint8)
    start = -buffer.ctypes.data % CACHE_LINE
    return buffer[start : start + size].view(dtype).reshape(shape)
