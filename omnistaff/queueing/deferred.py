"""Deferred work: when to do what is not due yet.

Cumulative work done must stay below what has arrived and above what is due. The shortest path between the two
curves (taut string) is the smoothest plan: it has the lowest peak and the lowest sum of any convex cost at once.
Source: Yao, Demers & Shenker 1995.
"""

from __future__ import annotations

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats, Numbers


def due_curve(work: Floats, last: np.ndarray) -> Floats:
    """Return the cumulative work that must be done by the end of each interval.

    *work* arrives in each interval and must be done by the end of interval *last* of the same row.
    """
    due = np.zeros(len(work))
    np.add.at(due, last, work)
    return np.cumsum(due)


def smoothest_work(arrived: Numbers, due: Numbers) -> Floats:
    """Return the work to do in each interval, as even as arrivals and due times allow.

    *arrived* and *due* are cumulative by the end of each interval and end at the same total. DomainError when more is
    due than has arrived.

    >>> smoothest_work([4, 4, 4, 8], [0, 2, 4, 8]).round(3).tolist()
    [1.333, 1.333, 1.333, 4.0]
    """
    top = [0.0, *np.asarray(arrived, dtype=float).tolist()]
    bottom = [0.0, *np.asarray(due, dtype=float).tolist()]
    slack = 1e-9 * (1 + top[-1])
    if len(top) != len(bottom) or any(b > t + slack for b, t in zip(bottom, top, strict=False)):
        raise DomainError("more work is due than has arrived: check the due times against the arrivals")
    bottom[-1] = top[-1]
    done = [0.0] * len(top)
    i = 0
    while i < len(top) - 1:
        j, level = _next_turn(top, bottom, i, done[i])
        for k in range(i + 1, j + 1):
            done[k] = done[i] + (level - done[i]) * (k - i) / (j - i)
        i = j
    return np.diff(np.asarray(done))


def _next_turn(top: list[float], bottom: list[float], i: int, here: float) -> tuple[int, float]:
    """Return where the string that leaves interval *i* at level *here* bends next, and its level there."""
    steepest, flattest = -np.inf, np.inf
    at_bottom = at_top = i + 1
    for j in range(i + 1, len(top)):
        low, high = (bottom[j] - here) / (j - i), (top[j] - here) / (j - i)
        if low > flattest:
            return at_top, top[at_top]
        if high < steepest:
            return at_bottom, bottom[at_bottom]
        if low >= steepest:
            steepest, at_bottom = low, j
        if high <= flattest:
            flattest, at_top = high, j
    return len(top) - 1, top[-1]
