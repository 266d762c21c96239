"""The sums under every formula, one number at a time, compiled by numba.

All terms are positive, so nothing cancels, and all sums start at their largest term, so nothing overflows.
Times are in mean handle times (the service rate is 1), *theta* is handle time / mean patience.
`arrays` has the same sums for whole arrays without numba.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from omnistaff.queueing import wide
from omnistaff.queueing.domain import Floats

NEGLIGIBLE = 1e-20
LONGEST_WAIT = 700.0  # e^-700: nobody waits that many patience times
FRACTION_STEPS = 34  # halvings of one agent: 6e-11


@njit(cache=True)
def inverse_fraction(load: float, fraction: float) -> float:
    """Return 1 / B(fraction, load) for 0 <= fraction < 1, load > 0: e^a a^-f Gamma(f + 1, a).

    Continued fraction of the incomplete gamma function from load 1.5, its power series below.
    Source: Jagerman, Some properties of the Erlang loss function, BSTJ 53 (1974), continuous in servers.
    """
    if fraction == 0.0:
        return 1.0
    if load < 1.5:
        term, total, k = 1.0 / (fraction + 1.0), 0.0, 1.0
        while term > 1e-18:
            total += term
            k += 1.0
            term *= load / (fraction + k)
        return float(math.gamma(fraction + 1.0) * math.exp(load) * load**-fraction - load * total)
    b = load - fraction
    c, d = 1e300, 1.0 / b
    h = d
    for i in range(1, 500):
        a = -i * (i - 1.0 - fraction)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return load * h


@njit(cache=True)
def inverse_b(load: float, servers: float) -> float:
    """Return 1 / B, B the Erlang loss probability; infinite where B is below 1e-308.

    1/B(n) = 1 + (n/a) / B(n-1), summed backward from the load and stepped forward to the servers.
    """
    if load <= 0.0:
        return 1.0 if servers == 0.0 else np.inf
    whole = math.floor(servers)
    fraction = servers - whole
    start = min(whole, math.floor(max(0.0, load - fraction)))
    total, term, k = 0.0, 1.0, start
    while k >= 1 and term > 1e-18 * total:
        total += term
        term *= (k + fraction) / load
        k -= 1
    if k < 1:
        total += term * inverse_fraction(load, fraction)
    k = start + 1
    while k <= whole and total < np.inf:
        total = 1.0 + (k + fraction) / load * total
        k += 1
    return total


@njit(cache=True)
def log_b(load: float, servers: float) -> float:
    """Return ln B where B is too small for a float: past 1e-290 each step is load / servers."""
    if load <= 0.0:
        return 0.0 if servers == 0.0 else -np.inf
    whole = math.floor(servers)
    fraction = servers - whole
    k = min(whole, math.floor(max(0.0, load - fraction)))
    total = inverse_b(load, k + fraction)
    while k < whole and total < 1e290:
        k += 1
        total = 1.0 + (k + fraction) / load * total
    rest = math.lgamma(servers + 1.0) - math.lgamma(k + fraction + 1.0) - (whole - k) * math.log(load)
    return -math.log(total) - rest


@njit(cache=True)
def digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function, x > 0."""
    shift = 0.0
    while x < 12.0:
        shift -= 1.0 / x
        x += 1.0
    s = 1.0 / (x * x)
    tail = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132)))))
    return shift + math.log(x) - 0.5 / x - tail


is_wide = njit(cache=True)(wide.is_wide)
series_wide = njit(cache=True)(wide.series_wide)


@njit(cache=True, inline="always")  # so that sums a caller does not use cost it nothing
def series(load: float, servers: float, theta: float) -> tuple[float, float, float, float, float]:
    """Return (first, rest, queue, served, peak) of the sum over j waiting of t_j = prod a / (n + i theta).

    Scaled so that the largest term, at *peak* waiting, is 1: t_0; the sum from 1; the sum of j t_j; the sum of
    t_j times the wait of one who finds j waiting and is served.
    """
    if is_wide(load, servers, theta):
        first, rest, queue, served, peak = series_wide(load, servers, theta)
        return first, rest, queue, served, peak
    peak = float(np.floor(max(0.0, load - servers) / theta))
    if peak == 0.0:
        waited = 0.0
    else:
        x = servers / theta
        waited = (digamma(x + peak + 1.0) - digamma(x + 1.0)) / theta
    first, rest, queue, served = 0.0, 0.0, 0.0, 0.0
    term, j, wait = 1.0, peak, waited
    while term > NEGLIGIBLE * (first + rest):
        if j == 0.0:
            first = term
        else:
            rest += term
        step = 1.0 / (servers + (j + 1.0) * theta)
        wait += step
        queue += j * term
        served += term * servers * step * wait
        term *= load * step
        j += 1.0
    term, j, wait = 1.0, peak, waited
    while j > 0.0 and term > NEGLIGIBLE * rest:
        here = servers + j * theta
        term *= here / load
        j -= 1.0
        if j == 0.0:
            first = term
        else:
            rest += term
        served += term * servers / here * wait
        wait -= 1.0 / here
    if peak > 0.0:  # flows in and out of the queue agree: all terms positive
        queue = ((load - servers) * (first + rest) + servers * first) / theta
    return first, rest, queue, served, peak


@njit(cache=True)
def poisson(k: float, mean: float, theta: float) -> float:
    """Return e^-m m^k / Gamma(k + 1) of k / theta and m = mean / theta (Loader 2000: saddle-point expansion)."""
    count = k / theta
    if count < 15.0:
        return math.exp(count * math.log(mean / theta) - mean / theta - math.lgamma(count + 1.0))
    s = 1.0 / (count * count)
    stirling = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / count
    return math.exp(-stirling - deviance(k, mean) / theta) / math.sqrt(2.0 * math.pi * count)


@njit(cache=True)
def deviance(k: float, mean: float) -> float:
    """Return k ln(k / m) + m - k without cancellation near k = m."""
    difference = k - mean
    if abs(difference) >= 0.1 * (k + mean):
        return k * math.log(k / mean) - difference
    v = difference / (k + mean)
    total = difference * v
    term, j = 2.0 * k * v, 1
    while True:
        term *= v * v
        more = total + term / (2 * j + 1)
        if more == total:
            return more
        total = more
        j += 1


@njit(cache=True)
def still_waiting(
    load: float, servers: float, theta: float, wait: float, base: float, peak: float
) -> tuple[float, float]:
    """Return (R, S): P(W > T) = P_wait e^-thetaT R, and the share S of R's sum with somebody ahead.

    R = A(x, z) E / A(x, y) of the notation in `abandonment`; *base* is first + rest and *peak* the peak of
    ``series(load, servers, theta)``.
    """
    u = theta * wait
    if u > LONGEST_WAIT:
        return 0.0, 0.0
    fewer = load * math.exp(-u)
    first, rest, _, _, top = series(fewer, servers, theta)
    share = rest / (first + rest)
    if load <= servers:
        bend = u * u * (0.5 - u * (1 / 6 - u * (1 / 24 - u / 120))) if u < 1e-3 else u + math.expm1(-u)
        exponent = (servers - load) * wait + load * bend / theta
        return math.exp(-exponent) * (first + rest) / base, share
    now = poisson(servers + theta * top, fewer, theta) * (first + rest)
    return now / (poisson(servers + theta * peak, load, theta) * base), share


@njit(cache=True)
def waiting_a(
    load: float, servers: float, theta: float, wait: float, inverse: float
) -> tuple[float, float, float, float, float, float]:
    """Return Erlang A's (wait, abandon, mean wait, served wait, late, late and served), times in handle times."""
    first, rest, queue, served, peak = series(load, servers, theta)
    base = first + rest
    total = first * (inverse - 1.0) + base if first > 0.0 else base
    waits = base / total
    abandons = theta * queue / (load * total)
    ratio, share = still_waiting(load, servers, theta, wait, base, peak)
    late = waits * math.exp(-theta * wait) * ratio
    late_served = waits * ratio * servers / load * share
    return waits, min(1.0, abandons), queue / (load * total), served / total, late, late_served


@njit(cache=True)
def inverse_b_all(loads: Floats, servers: Floats, out: Floats) -> None:
    """Fill *out* with 1 / B."""
    for i in range(loads.size):
        out[i] = inverse_b(loads[i], servers[i])


@njit(cache=True)
def log_b_all(loads: Floats, servers: Floats, out: Floats) -> None:
    """Fill *out* with ln B."""
    for i in range(loads.size):
        out[i] = log_b(loads[i], servers[i])


@njit(cache=True)
def waiting_a_all(
    loads: Floats, servers: Floats, thetas: Floats, waits: Floats, inverses: Floats, out: Floats
) -> None:
    """Fill the rows of *out* with the six results of Erlang A; loads and thetas above 0."""
    for i in range(loads.size):
        row = waiting_a(loads[i], servers[i], thetas[i], waits[i], inverses[i])
        for k in range(6):
            out[k, i] = row[k]
