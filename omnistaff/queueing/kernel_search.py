"""Fewest agents, one queue at a time, compiled by numba.

A queue is a row: load, time within, theta (times in handle times; theta 0 is infinite patience), then the least
answered share, the longest mean wait of the answered, the largest abandonment and the largest occupancy.
Every measure improves with each agent, so the first number that satisfies them all is the answer.
"""

from __future__ import annotations

import math

from numba import njit

from omnistaff.queueing.domain import Floats
from omnistaff.queueing.kernels import FRACTION_STEPS, inverse_b, series, still_waiting

ROUNDING = 1e-12  # a cap met up to rounding is met
SINGLE_STEPS = 6  # before steps double
SQRT2 = math.sqrt(2.0)


@njit(cache=True)
def lower_bound(row: Floats) -> float:
    """Return agents that no plan can go below: work conservation, nobody served faster than agents can."""
    load, theta = row[0], row[2]
    if theta == 0.0:
        fewest = max(math.floor(load) + 1.0, math.floor(load / row[6] * (1.0 - ROUNDING)))
        while load > row[6] * fewest * (1.0 + ROUNDING):
            fewest += 1.0
        return float(fewest)
    return float(math.ceil(load * max(row[3], 1.0 - row[5]) * (1.0 - ROUNDING)))


@njit(cache=True)
def enough_c(row: Floats, servers: float, inverse: float) -> bool:
    """Return whether *servers* meet every limit when nobody leaves."""
    spare = servers - row[0]
    if spare <= 0.0 or row[0] > row[6] * servers * (1.0 + ROUNDING):
        return False
    wait = servers / (spare * inverse + row[0])
    if wait > row[4] * spare:
        return False
    return bool(1.0 - wait >= row[3] or 1.0 - wait * math.exp(-spare * row[1]) >= row[3])


@njit(cache=True)
def enough_a(row: Floats, servers: float, inverse: float) -> bool:
    """Return whether *servers* meet every limit when customers leave."""
    load, wait, theta = row[0], row[1], row[2]
    if servers <= 0.0:
        return bool(row[3] <= 0.0 and row[5] >= 1.0 and row[6] >= 1.0 and math.isinf(row[4]))
    first, rest, queue, _, peak = series(load, servers, theta)
    base = first + rest
    total = first * (inverse - 1.0) + base if first > 0.0 else base
    left = min(1.0, theta * queue / (load * total))
    if left > row[5] or load * (1.0 - left) > row[6] * servers * (1.0 + ROUNDING):
        return False
    if row[4] < math.inf and series(load, servers, theta)[3] / total > row[4] * (1.0 - left):
        return False
    waits = base / total
    if 1.0 - waits >= row[3]:
        return True
    ratio, share = still_waiting(load, servers, theta, wait, base, peak)
    return bool(1.0 - left - waits * ratio * servers / load * share >= row[3])


@njit(cache=True)
def enough(row: Floats, servers: float) -> bool:
    """Return whether *servers*, fractional or not, meet every limit."""
    inverse = inverse_b(row[0], servers)
    return bool(enough_c(row, servers, inverse) if row[2] == 0.0 else enough_a(row, servers, inverse))


@njit(cache=True)
def fewest_c(row: Floats, most: float) -> float:
    """Return the fewest whole servers when nobody leaves, -1 when more than *most*."""
    load, per_load = row[0], 1.0 / row[0]
    servers = lower_bound(row)
    inverse = inverse_b(load, servers)
    late, decay = math.exp(-(servers - load) * row[1]), math.exp(-row[1])
    while servers <= most:
        spare = servers - load
        busy = spare * inverse + load  # servers / busy is Erlang C
        if servers * late <= (1.0 - row[3]) * busy and servers <= row[4] * spare * busy:
            return float(servers)
        servers += 1.0
        late *= decay
        inverse = 1.0 + servers * per_load * inverse
    return -1.0


@njit(cache=True)
def guess_a(load: float, wait: float, theta: float, share: float) -> float:
    """Return about how many servers give *share* within *wait*: heavy-traffic limit, three secant steps.

    Source: Garnett, Mandelbaum & Reiman 2002, with a + b sqrt(a) servers.
    """
    root, scale = math.sqrt(load), math.sqrt(theta)
    shift = scale * root * wait / SQRT2
    b = 0.0
    for _ in range(3):
        x, late = b / scale / SQRT2, 0.0
        if x > 5.0:
            break
        tail = math.erfc(x)
        ratio = scale * math.exp(0.5 * b * b - x * x) * math.erfc(-b / SQRT2) / tail
        waits = 1.0 / (1.0 + ratio)
        late = waits * math.erfc(x + shift) / tail
        b += (share - 1.0 + late + 0.5 * theta * wait * (waits - late)) / 0.35
    return float(math.floor(load + min(5.0, max(-5.0, b)) * root) + 1)


@njit(cache=True)
def fewest_a(row: Floats, most: float) -> float:
    """Return the fewest whole servers when customers leave, -1 when more than *most*.

    Steps away from a guess; single steps up reuse the recursion of 1 / B, later ones double.
    """
    load, bound = row[0], lower_bound(row)
    high = max(bound, guess_a(load, row[1], row[2], row[3]))
    inverse = inverse_b(load, high)
    if enough_a(row, high, inverse):
        return float(fewest_below(row, bound, high))
    step, steps = 1.0, 0
    while True:
        low = high
        steps += 1
        if steps > SINGLE_STEPS:
            step *= 2.0
        high = low + step
        if high > most:
            return float(halve(row, low, most)) if low < most and enough(row, most) else -1.0
        inverse = 1.0 + high / load * inverse if step == 1.0 else inverse_b(load, high)
        if enough_a(row, high, inverse):
            return float(halve(row, low, high))


@njit(cache=True)
def fewest_below(row: Floats, bound: float, high: float) -> float:
    """Return the fewest whole servers from *bound* to *high*, which is enough."""
    step = 1.0
    while high > bound:
        low = max(bound, high - step)
        if not enough(row, low):
            return float(halve(row, low, high))
        high = low
        step *= 2.0
    return high


@njit(cache=True)
def halve(row: Floats, low: float, high: float) -> float:
    """Return the fewest whole servers above *low*, which is not enough; *high* is."""
    while high - low > 1.0:
        middle = float(math.floor((low + high) / 2.0))  # a whole number would be compiled apart
        if enough(row, middle):
            high = middle
        else:
            low = middle
    return high


@njit(cache=True)
def refine(row: Floats, whole: float) -> float:
    """Return the fewest servers between *whole* - 1 and *whole* in the continuous extension."""
    low, high = max(0.0, whole - 1.0), whole
    if low == 0.0 and enough(row, 0.0):
        return 0.0
    for _ in range(FRACTION_STEPS):
        middle = 0.5 * (low + high)
        if enough(row, middle):
            high = middle
        else:
            low = middle
    return high


@njit(cache=True)
def fewest_all(rows: Floats, most: float, fractional: bool, out: Floats) -> None:
    """Fill *out* with the fewest servers of each row, 0 at load 0, -1 when more than *most*."""
    for i in range(out.size):
        row = rows[i]
        if row[0] <= 0.0:
            out[i] = 0.0
            continue
        servers = fewest_c(row, most) if row[2] == 0.0 else fewest_a(row, most)
        out[i] = refine(row, servers) if fractional and servers > 0.0 else servers
