"""The rules of the chronology in one pass over contacts in order, and texts copied by row (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

LETTER = ord("M")  # matters are named after their first contact


@njit(cache=True)
def mark(columns: Any, gap_us: float, repeat_us: float) -> Any:
    """Return (row its matter begins with, place in it, repeats, switches, comes twice) of each contact.

    *columns* are those of ``order.Rows``, in the order of customer, time and contact; ``family`` is -1 where it is
    unknown. What is kept for a family (whose it was, its matter's first row, its latest row, its latest demand) is
    that of the customer at hand.
    """
    customer, at, done, family, channel, is_demand = columns
    size = len(at)
    case, position = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    repeat, switch, twice = np.zeros(size, np.bool_), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    families = 2
    for row in range(size):
        families = max(families, family[row] + 2)
    owner, first = np.full(families, -1, dtype=np.int32), np.zeros(families, dtype=np.int32)
    latest, demand = np.zeros(families, dtype=np.int32), np.zeros(families, dtype=np.int32)
    for row in range(size):
        own = family[row] + 1
        if owner[own] != customer[row] or at[row] - at[latest[own]] > gap_us:
            owner[own], first[own], demand[own], position[row] = customer[row], row, -1, 1
        else:
            position[row] = position[latest[own]] + 1
        latest[own], begin = row, first[own]
        case[row] = begin
        if not is_demand[row]:
            continue
        before, demand[own] = demand[own], row
        if before >= 0 and at[row] - at[before] <= repeat_us:
            repeat[row], switch[row] = True, channel[row] != channel[before]
        twice[row] = is_demand[begin] and channel[row] != channel[begin] and at[row] < done[begin]
    return case, position, repeat, switch, twice


@njit(cache=True)
def find_recent(at: Any, first: Any, window_us: int) -> Any:
    """Return the first row of the same customer no older than the window before each row; *first* is that of all."""
    found = np.empty(len(at), dtype=np.int64)
    low = 0
    for row in range(len(at)):
        low = max(low, first[row])
        while at[low] < at[row] - window_us:
            low += 1
        found[row] = low
    return found


@njit(cache=True)
def name_matters(starts: Any, letters: Any, rows: Any) -> Any:
    """Return (starts, letters) of the names of matters whose first contacts are *rows*.

    Text number k of a column is ``letters[starts[k]:starts[k + 1]]``, as Arrow keeps it.
    """
    begins = np.empty(len(rows) + 1, dtype=np.int32)
    begins[0] = 0
    for k in range(len(rows)):
        begins[k + 1] = begins[k] + 1 + starts[rows[k] + 1] - starts[rows[k]]
    names = np.empty(begins[-1], dtype=np.uint8)
    for k in range(len(rows)):
        names[begins[k]] = LETTER
        low = starts[rows[k]]
        for place in range(begins[k] + 1, begins[k + 1]):
            names[place] = letters[low + place - begins[k] - 1]
    return begins, names
