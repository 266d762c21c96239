"""The sums of Erlang A where millions of terms matter: long queues of very patient customers.

The terms then lie on a smooth curve, so a sum is its integral with the corrections of Euler and Maclaurin where
nobody waits.
Works on numbers and on arrays alike: `kernels` compiles it, `arrays` calls it as it is.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from omnistaff.queueing.domain import Floats

Number = TypeVar("Number", float, Floats)

WIDTH = 1e3  # standard deviations, in customers, from which sums become integrals
PANELS = 24
HEAD = 32  # reciprocals added one by one before their logarithm is exact
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def is_wide(load: Number, servers: Number, theta: Number) -> Any:
    """Return whether the terms fall so slowly, in both directions, that an integral is exact: bool, or bools."""
    return (load > WIDTH * WIDTH * theta) & (load > WIDTH * (servers - load))


def series_wide(load: Number, servers: Number, theta: Number) -> tuple[Number, Number, Number, Number, Number]:
    """Return (first, rest, queue, served, peak) of `kernels.series`, relative error about 1e-13.

    In units of work: q = theta (j - peak), and t_j = exp(-E(q)) sqrt(m / (m + q)) by Stirling's series around the
    rate m = n + theta peak at which customers go when the queue is at its likeliest.
    """
    peak, spare = np.maximum(0.0, load - servers), np.maximum(0.0, servers - load)
    rate, slope = servers + peak, np.log1p(spare / load)
    spread = 10.0 * np.sqrt(load * theta)
    low, high = -np.minimum(peak, spread), spread * spread / (spare + np.sqrt(spare * spare + spread * spread))
    head = 0.0 * load
    for i in range(1, HEAD + 1):
        head = head + 1.0 / (servers + i * theta)
    origin = servers + (HEAD + 0.5) * theta
    total, queue, served = 0.0 * load, 0.0 * load, 0.0 * load
    half = 0.5 * (high - low) / PANELS
    for panel in range(PANELS):
        middle = low + (2 * panel + 1) * half
        for node in range(_NODES.size):
            q = middle + half * _NODES[node]
            v = q / (2.0 * rate + q)
            w = v * v
            bend = q * v + 2.0 * (rate + q) * v * w * (1 / 3 + w * (1 / 5 + w * (1 / 7 + w / 9)))
            stirling = theta / 12.0 * (1.0 / rate - 1.0 / (rate + q))
            term = np.exp(stirling - (slope * q + bend) / theta) * np.sqrt(rate / (rate + q)) * _WEIGHTS[node]
            s = q + peak
            later = 1.0 / (servers + s + 1.5 * theta)
            curve = theta * theta / 24.0 * (later * later - 1.0 / (origin * origin))
            wait = head + (np.log1p((s - (HEAD - 1.0) * theta) / origin) + curve) / theta
            total = total + term
            queue = queue + term * s
            served = served + term * servers / (servers + s + theta) * wait
    # the term of the empty queue, where the bell reaches it
    v = -peak / (2.0 * rate - peak)
    w = v * v
    bend = -peak * v + 2.0 * servers * v * w * (1 / 3 + w * (1 / 5 + w * (1 / 7 + w / 9)))
    stirling = theta / 12.0 * (1.0 / rate - 1.0 / servers)
    edge = np.exp(np.minimum(0.0, stirling - bend / theta)) * np.sqrt(rate / servers)
    first = edge * (peak <= spread)
    fall = np.log(load / servers) - theta / (2.0 * servers)
    total = total * half / theta + first * (0.5 - fall / 12.0)
    balance = (total * peak + servers * first) / theta  # flows in and out of the queue agree; all terms positive
    queue = (peak > 0.0) * balance + (peak == 0.0) * (queue * half / (theta * theta) - first / 12.0)
    served = served * half / theta + first * servers / ((servers + theta) * (servers + theta)) * (5 / 12)
    return first, total - first, queue, served, peak / theta
