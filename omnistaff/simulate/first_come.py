"""The single first-come queue without an event list: each contact takes the server that is free first, compiled.

Right for one queue, equal servers and any distributions; ten times quicker than a general event loop, for studies
that need very many contacts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from omnistaff.errors import DomainError
from omnistaff.simulate.streams import (
    ARRIVAL,
    CONSTANT,
    EXPONENTIAL,
    HANDLE,
    LOGNORMAL,
    PATIENCE,
    name_key,
    stream_keys,
    uniform,
    unit_draw,
)

_KINDS = {"exponential": EXPONENTIAL, "lognormal": LOGNORMAL, "constant": CONSTANT}


class Line(NamedTuple):
    """One queue: Poisson arrivals, equal servers, patience that is exponential (endless: inf)."""

    arrivals_per_s: float
    handle_s: float
    servers: int
    patience_s: float = math.inf
    within_s: float = 20.0
    handle_sd_s: float = 0.0  # of the lognormal


@dataclass(frozen=True)
class LineResult:
    """Shares and means over the contacts of a run."""

    service_level: float  # answered within the time / offered
    abandon_share: float
    asa_s: float  # mean wait of the answered
    wait_s: float  # mean wait of all


def simulate_line(
    line: Line, *, contacts: int, seed: int, replication: int = 0, handle: str = "exponential", warm_up: int = 0
) -> LineResult:
    """Return the service of *contacts* customers after *warm_up* others who are not counted.

    *handle* is exponential, lognormal or constant. Raises DomainError for rates or times that are not positive,
    no server, or an unknown distribution.
    """
    if not (line.arrivals_per_s > 0 and line.handle_s > 0 and line.servers >= 1 and line.patience_s > 0):
        raise DomainError(f"{line}: expected rates and times above 0 and at least one server")
    if handle not in _KINDS:
        raise DomainError(f"handle is {handle!r}, expected one of {', '.join(_KINDS)}")
    keys = stream_keys(np.uint64(seed), replication, np.array([name_key("line")], dtype=np.uint64))[0]
    spread = math.sqrt(math.log1p((line.handle_sd_s / line.handle_s) ** 2))
    free = np.zeros(line.servers)
    answered, within, wait, left_wait = _serve(line, (_KINDS[handle], spread), keys, free, (warm_up, contacts))
    return LineResult(
        service_level=within / contacts,
        abandon_share=1 - answered / contacts,
        asa_s=wait / answered if answered else math.nan,
        wait_s=(wait + left_wait) / contacts,
    )


@njit(cache=True, nogil=True)
def _serve(
    line: Line, handle: tuple[int, float], keys: np.ndarray, free: np.ndarray, numbers: tuple[int, int]
) -> tuple[int, int, float, float]:
    """Return (answered, answered in time, their waits, waits of those who left) of the contacts that count.

    *free* holds when each server is free next, as a heap with the soonest first.
    """
    kind, spread = handle
    warm_up, contacts = numbers
    table = free[:1]
    answered, within, wait, left_wait = 0, 0, 0.0, 0.0
    at = 0.0
    for n in range(warm_up + contacts):
        at -= math.log(uniform(keys[ARRIVAL], n)) / line.arrivals_per_s
        waits = free[0] - at
        counts = n >= warm_up
        if waits > 0.0:
            patience = -math.log(uniform(keys[PATIENCE], n)) * line.patience_s
            if patience < waits:
                left_wait += patience if counts else 0.0
                continue
        else:
            waits = 0.0
        if counts:
            answered += 1
            wait += waits
            within += waits <= line.within_s
        work = line.handle_s * unit_draw(kind, spread, table, uniform(keys[HANDLE], n))
        _replace_first(free, at + waits + work)
    return answered, within, wait, left_wait


@njit(nogil=True)
def _replace_first(heap: np.ndarray, value: float) -> None:
    """Replace the smallest entry of a heap by *value*: sink the gap to the bottom, then lift the value."""
    size, place = heap.size, 0
    child = 1
    while child + 1 < size:
        child += heap[child + 1] < heap[child]
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    if child < size:
        heap[place] = heap[child]
        place = child
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] <= value:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = value
