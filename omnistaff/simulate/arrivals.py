"""When contacts arrive: drawn from expected or given numbers by interval, one stream a queue, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from omnistaff.simulate.streams import ARRIVAL, uniform


@njit(cache=True)
def draw_poisson(
    expected: np.ndarray, edges: np.ndarray, keys: np.ndarray, times: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Fill *times* and *cells* with Poisson arrivals of rate ``expected[queue, interval]``; return where each
    queue's begin.

    By inversion of the cumulated rate (Cinlar 1975): one exponential step a contact. Returns an array with a
    negative first entry when *times* is too short.
    """
    queues = expected.shape[0]
    first = np.zeros(queues + 1, dtype=np.int64)
    n = 0
    for queue in range(queues):
        key = keys[queue, ARRIVAL]
        drawn = 0
        left = -math.log(uniform(key, 0))
        for cell in range(expected.shape[1]):
            mean = expected[queue, cell]
            used = 0.0
            while left <= mean - used:
                used += left
                if n >= times.size:
                    first[0] = -1
                    return first
                times[n] = edges[cell] + (edges[cell + 1] - edges[cell]) * (used / mean)
                cells[n] = cell
                n += 1
                drawn += 1
                left = -math.log(uniform(key, drawn))
            left -= mean - used
        first[queue + 1] = n
    return first


@njit(cache=True)
def place_counts(
    counts: np.ndarray, edges: np.ndarray, keys: np.ndarray, times: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """As ``draw_poisson`` for given numbers of contacts, spread evenly at random within each interval.

    A fractional number is rounded up with the probability of its fraction. Sorted uniforms by the recursion of
    the smallest of those that are left.
    """
    queues = counts.shape[0]
    first = np.zeros(queues + 1, dtype=np.int64)
    n = 0
    for queue in range(queues):
        key = keys[queue, ARRIVAL]
        drawn = 0
        for cell in range(counts.shape[1]):
            left = int(counts[queue, cell] + uniform(key, drawn))
            drawn += 1
            at = 0.0
            while left > 0:
                if n >= times.size:
                    first[0] = -1
                    return first
                at += (1.0 - at) * (1.0 - uniform(key, drawn) ** (1.0 / left))
                drawn += 1
                times[n] = edges[cell] + (edges[cell + 1] - edges[cell]) * at
                cells[n] = cell
                n += 1
                left -= 1
        first[queue + 1] = n
    return first
