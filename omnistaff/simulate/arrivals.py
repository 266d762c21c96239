"""When contacts arrive: drawn from expected or given numbers by interval, one stream a queue, compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from omnistaff.simulate.streams import ARRIVAL, uniform


class Slots(NamedTuple):
    """The intervals in which contacts arrive and how they map to the simulator's."""

    starts: np.ndarray  # queue, interval: start in seconds, padded with intervals without contacts
    length_s: float  # of an arrival interval
    cell_s: float  # of an interval of the simulator
    cells: int
    waiting: np.ndarray  # queue: contacts there from the start


@njit(cache=True, nogil=True)
def draw_poisson(
    expected: np.ndarray, slots: Slots, keys: np.ndarray, times: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Fill *times* and *cells* with Poisson arrivals; return where each queue's begin, one entry more than queues.

    ``expected[queue, interval]`` contacts on average, by inversion of the cumulated rate (Cinlar 1975): one
    exponential step a contact. The first entry is -1 when *times* is too short.
    """
    first = np.zeros(expected.shape[0] + 1, dtype=np.int64)
    n = 0
    for queue in range(expected.shape[0]):
        if times.size < n + slots.waiting[queue]:
            first[0] = -1
            return first
        n = _put_waiting(slots.waiting[queue], n, times, cells)
        key = keys[queue, ARRIVAL]
        drawn = 0
        left = -math.log(uniform(key, 0))
        for j in range(expected.shape[1]):
            mean, used = expected[queue, j], 0.0
            while left <= mean - used:
                used += left
                if n >= times.size:
                    first[0] = -1
                    return first
                times[n] = slots.starts[queue, j] + slots.length_s * (used / mean)
                cells[n] = min(int(times[n] / slots.cell_s), slots.cells - 1)
                n += 1
                drawn += 1
                left = -math.log(uniform(key, drawn))
            left -= mean - used
        first[queue + 1] = n
    return first


@njit(cache=True, nogil=True)
def place_counts(
    counts: np.ndarray, slots: Slots, keys: np.ndarray, times: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """As ``draw_poisson`` for given numbers of contacts, spread evenly at random within each interval.

    A fractional number is rounded up with the probability of its fraction. Sorted uniforms by the recursion of
    the smallest of those that are left (Bentley & Saxe 1980).
    """
    first = np.zeros(counts.shape[0] + 1, dtype=np.int64)
    n = 0
    for queue in range(counts.shape[0]):
        if times.size < n + slots.waiting[queue]:
            first[0] = -1
            return first
        n = _put_waiting(slots.waiting[queue], n, times, cells)
        key = keys[queue, ARRIVAL]
        drawn = 0
        for j in range(counts.shape[1]):
            left = int(counts[queue, j] + uniform(key, drawn))
            drawn += 1
            at = 0.0
            while left > 0:
                if n >= times.size:
                    first[0] = -1
                    return first
                at += (1.0 - at) * (1.0 - uniform(key, drawn) ** (1.0 / left))
                drawn += 1
                times[n] = slots.starts[queue, j] + slots.length_s * at
                cells[n] = min(int(times[n] / slots.cell_s), slots.cells - 1)
                n += 1
                left -= 1
        first[queue + 1] = n
    return first


@njit(cache=True, nogil=True)
def _put_waiting(waiting: int, n: int, times: np.ndarray, cells: np.ndarray) -> int:
    for _ in range(waiting):
        times[n] = 0.0
        cells[n] = 0
        n += 1
    return n
