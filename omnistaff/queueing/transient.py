"""A queue while arrivals and agents change: the Kolmogorov equations of M(t)/M/s(t)+M, exact to the step.

Slow beside the formulas, and free of their assumption that each interval is in its steady state: the yardstick for
modified offered load, and what carries a backlog from one overloaded interval into the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats, Numbers

STEP = 0.2  # largest step x largest rate out of a state
MOST_STATES = 20_000


@dataclass(frozen=True)
class Transient:
    """Means over each interval."""

    wait_share: Floats  # chance that all agents are busy
    busy: Floats  # agents busy
    queue_length: Floats
    abandoned_per_s: Floats


def transient_measures(
    arrivals_per_s: Numbers,
    servers: Numbers,
    *,
    handle_s: float,
    interval_s: float,
    patience_s: float = np.inf,
    start: int = 0,
) -> Transient:
    """Return the measures of consecutive intervals, from *start* customers in the system on.

    An agent whose work ends at a change hands it over (the chain knows numbers only). The equations are integrated
    by Heun's method in steps of at most a fifth of the fastest rate's time. DomainError when more than 20,000 states
    matter.

    >>> day = transient_measures([0.1] * 40, [40] * 40, handle_s=300, interval_s=900)
    >>> round(float(day.wait_share[-1]), 4)
    0.0552
    """
    rate, count = np.asarray(arrivals_per_s, dtype=float), np.asarray(servers, dtype=float)
    load = rate * handle_s
    leave = handle_s / patience_s
    states = int(max(count.max(), load.max()) + 12 * np.sqrt(load.max() + 1) + 40 + start)
    if not leave and (load >= count).any():
        states += int(np.maximum(load - count, 0).sum() * interval_s / handle_s * 1.5)
    if states > MOST_STATES:
        raise DomainError(f"{states} states are too many: the load is too high or the overload too long")
    number = np.arange(states + 1, dtype=float)
    chance = np.zeros(states + 1)
    chance[start] = 1.0
    rows = []
    for arrivals, agents in zip(load, count, strict=True):
        out = np.minimum(number, agents) + leave * np.maximum(number - agents, 0.0)
        steps = int(np.ceil((arrivals + out[-1]) * interval_s / handle_s / STEP))
        chance, mean = _advance(chance, arrivals, out, steps, interval_s / handle_s / steps)
        queue = float(mean @ np.maximum(number - agents, 0.0))
        rows.append((mean[number >= agents].sum(), mean @ np.minimum(number, agents), queue, queue / patience_s))
    return Transient(*np.asarray(rows, dtype=float).T)


def _advance(chance: Floats, arrivals: float, out: Floats, steps: int, step: float) -> tuple[Floats, Floats]:
    """Return chances at the end of an interval and their mean over it."""
    total = np.zeros_like(chance)
    for _ in range(steps):
        first = _flow(chance, arrivals, out)
        second = _flow(chance + step * first, arrivals, out)
        after = chance + 0.5 * step * (first + second)
        total += 0.5 * (chance + after)
        chance = after
    return chance, total / steps


def _flow(chance: Floats, arrivals: float, out: Floats) -> Floats:
    """Return the rate of change of the chance of each number in the system; the last state takes no arrivals."""
    change = -out * chance
    change[:-1] -= arrivals * chance[:-1]
    change[1:] += arrivals * chance[:-1]
    change[:-1] += out[1:] * chance[1:]
    return change
