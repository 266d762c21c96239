"""The sums of `kernels` for whole arrays, in NumPy alone: same terms, same order, same answers.

Loops run over terms; elements whose sum is complete leave the active set.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from omnistaff.queueing.domain import Floats
from omnistaff.queueing.wide import is_wide, series_wide

NEGLIGIBLE = 1e-20
LONGEST_WAIT = 700.0
BLOCK = 8  # terms between two looks at which sums are complete


def inverse_fraction(loads: Floats, fractions: Floats) -> Floats:
    """Return 1 / B(fraction, load), 0 <= fraction < 1: e^a a^-f Gamma(f + 1, a)."""
    result = np.ones_like(loads)
    low = (fractions > 0) & (loads < 1.5)
    high = (fractions > 0) & ~low
    a, f = loads[low], fractions[low]
    term, total, k = 1 / (f + 1), np.zeros_like(a), 1.0
    while np.any(term > 1e-18):
        total += term
        k += 1
        term = term * a / (f + k)
    result[low] = special.gamma(f + 1) * np.exp(a) * a**-f - a * total
    result[high] = _continued_fraction(loads[high], fractions[high])
    return result


def _continued_fraction(loads: Floats, fractions: Floats) -> Floats:
    b = loads - fractions
    c, d = np.full_like(b, 1e300), 1 / b
    h = d.copy()
    for i in range(1, 500):
        step = -i * (i - 1.0 - fractions)
        b = b + 2.0
        d = 1 / (step * d + b)
        c = b + step / c
        h *= d * c
        if np.all(np.abs(d * c - 1) < 1e-16):
            break
    return loads * h


def inverse_b(loads: Floats, servers: Floats) -> Floats:
    """Return 1 / B; infinite where B is below 1e-308."""
    result = np.where(servers == 0, 1.0, np.inf)
    some = loads > 0
    start, inverse = _backward(loads[some], servers[some])
    result[some] = _forward(loads[some], servers[some], start, inverse)
    return result


def _backward(loads: Floats, servers: Floats) -> tuple[Floats, Floats]:
    """Return the whole servers at or below the load, and 1 / B there (with the servers' fraction)."""
    whole = np.floor(servers)
    fraction = servers - whole
    start = np.minimum(whole, np.floor(np.maximum(0.0, loads - fraction)))
    total = np.empty_like(loads)
    plain = fraction == 0
    total[plain] = _sum_whole(loads[plain], start[plain])
    total[~plain] = _sum_fractional(loads[~plain], start[~plain], fraction[~plain])
    return start, total


def _sum_whole(loads: Floats, start: Floats) -> Floats:
    """Return the sum of n (n-1) ... / a^k, n whole: terms end by themselves at 0."""
    result = np.empty_like(loads)
    live = np.arange(len(loads))
    total, term, k = np.zeros_like(loads), np.ones_like(loads), start.copy()
    while live.size:
        for _ in range(BLOCK):
            total += term
            term *= k / loads
            k -= 1
        done = term <= 1e-18 * total
        result[live[done]] = total[done]
        live, loads, total, term, k = live[~done], loads[~done], total[~done], term[~done], k[~done]
    return result


def _sum_fractional(loads: Floats, start: Floats, fraction: Floats) -> Floats:
    total, term, k = np.zeros_like(loads), np.ones_like(loads), start.copy()
    live = np.flatnonzero(k >= 1)
    while live.size:
        total[live] += term[live]
        term[live] *= (k[live] + fraction[live]) / loads[live]
        k[live] -= 1
        live = live[(k[live] >= 1) & (term[live] > 1e-18 * total[live])]
    end = k < 1
    total[end] += term[end] * inverse_fraction(loads[end], fraction[end])
    return total


def _forward(loads: Floats, servers: Floats, start: Floats, inverse: Floats) -> Floats:
    whole = np.floor(servers)
    fraction = servers - whole
    total, k = inverse.copy(), start + 1
    live = np.flatnonzero(k <= whole)
    with np.errstate(over="ignore"):
        while live.size:
            total[live] = 1 + (k[live] + fraction[live]) / loads[live] * total[live]
            k[live] += 1
            live = live[(k[live] <= whole[live]) & np.isfinite(total[live])]
    return total


def log_b(loads: Floats, servers: Floats) -> Floats:
    """Return ln B, also where B is below 1e-308."""
    inverse = inverse_b(loads, servers)
    result = -np.log(inverse)
    for i in np.flatnonzero(np.isinf(inverse) & (loads > 0)):
        result[i] = _log_b_far(loads[i], servers[i])
    return result


def _log_b_far(load: float, servers: float) -> float:
    """Return ln B where 1 / B overflows: past 1e290 each step is servers / load."""
    whole = np.floor(servers)
    start, total = _backward(np.array([load]), np.array([servers]))
    k, inverse = float(start[0]), float(total[0])
    fraction = servers - whole
    while k < whole and inverse < 1e290:
        k += 1
        inverse = 1 + (k + fraction) / load * inverse
    rest = special.gammaln(servers + 1) - special.gammaln(k + fraction + 1) - (whole - k) * np.log(load)
    return float(-np.log(inverse) - rest)


def series(loads: Floats, servers: Floats, thetas: Floats) -> Floats:
    """Return rows first, rest, queue, served, peak; see `kernels.series`."""
    result = np.empty((5, loads.size))
    far = is_wide(loads, servers, thetas)
    result[:, far] = series_wide(loads[far], servers[far], thetas[far])
    result[:, ~far] = _series_near(loads[~far], servers[~far], thetas[~far])
    return result


def _series_near(loads: Floats, servers: Floats, thetas: Floats) -> Floats:
    peak = np.floor(np.maximum(0.0, loads - servers) / thetas)
    x = servers / thetas
    waited = np.where(peak > 0, (special.digamma(x + peak + 1) - special.digamma(x + 1)) / thetas, 0.0)
    sums = np.zeros((5, loads.size))
    sums[4] = peak
    _rising(loads, servers, thetas, waited, sums)
    _falling(loads, servers, thetas, waited, sums)
    balance = ((loads - servers) * (sums[0] + sums[1]) + servers * sums[0]) / thetas
    sums[2] = np.where(peak > 0, balance, sums[2])
    return sums


def _add(sums: Floats, live: np.ndarray, term: Floats, j: Floats) -> None:
    sums[0, live] = np.where(j == 0, term, sums[0, live])
    sums[1, live] += np.where(j == 0, 0.0, term)
    sums[2, live] += j * term


def _rising(loads: Floats, servers: Floats, thetas: Floats, waited: Floats, sums: Floats) -> None:
    live = np.arange(loads.size)
    load, count, theta, j, wait, term = loads, servers, thetas, sums[4].copy(), waited.copy(), np.ones_like(loads)
    while live.size:
        _add(sums, live, term, j)
        step = 1 / (count + (j + 1) * theta)
        wait = wait + step
        sums[3, live] += term * count * step * wait
        term = term * load * step
        j = j + 1
        keep = term > NEGLIGIBLE * (sums[0, live] + sums[1, live])
        if not keep.all():
            live, term, j, wait = live[keep], term[keep], j[keep], wait[keep]
            load, count, theta = load[keep], count[keep], theta[keep]


def _falling(loads: Floats, servers: Floats, thetas: Floats, waited: Floats, sums: Floats) -> None:
    live = np.flatnonzero(sums[4] > 0)
    load, count, theta, j, wait = loads[live], servers[live], thetas[live], sums[4, live], waited[live]
    term = np.ones_like(load)
    while live.size:
        here = count + j * theta
        term = term * here / load
        j = j - 1
        _add(sums, live, term, j)
        sums[3, live] += term * count / here * wait
        wait = wait - 1 / here
        keep = (j > 0) & (term > NEGLIGIBLE * sums[1, live])
        if not keep.all():
            live, term, j, wait = live[keep], term[keep], j[keep], wait[keep]
            load, count, theta = load[keep], count[keep], theta[keep]


def poisson(k: Floats, mean: Floats, thetas: Floats) -> Floats:
    """Return e^-m m^k / Gamma(k + 1) of k / theta and m = mean / theta (Loader 2000)."""
    count = k / thetas
    far = np.maximum(count, 15.0)
    s = 1 / (far * far)
    stirling = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / far
    large = np.exp(-stirling - deviance(k, mean) / thetas) / np.sqrt(2 * np.pi * far)
    near = np.minimum(count, 15.0)
    small = np.exp(near * np.log(mean / thetas) - mean / thetas - special.gammaln(near + 1))
    return np.where(count < 15, small, large)


def deviance(k: Floats, mean: Floats) -> Floats:
    """Return k ln(k / m) + m - k without cancellation near k = m."""
    difference = k - mean
    v = np.clip(difference / (k + mean), -0.1, 0.1)
    total, term = difference * v, 2 * k * v
    for j in range(1, 12):
        term = term * v * v
        total = total + term / (2 * j + 1)
    return np.where(np.abs(difference) >= 0.1 * (k + mean), k * np.log(k / mean) - difference, total)


def still_waiting(
    loads: Floats, servers: Floats, thetas: Floats, waits: Floats, sums: Floats
) -> tuple[Floats, Floats]:
    """Return (R, S) of `kernels.still_waiting`; *sums* are those of `series`."""
    u = thetas * waits
    ends = u > LONGEST_WAIT
    fewer = loads * np.exp(-np.where(ends, 0.0, u))
    first, rest, _, _, top = series(fewer, servers, thetas)
    small = u * u * (0.5 - u * (1 / 6 - u * (1 / 24 - u / 120)))
    bend = np.where(u < 1e-3, small, u + np.expm1(-u))
    scale = (first + rest) / (sums[0] + sums[1])
    under = loads <= servers
    exponent = np.where(under, (servers - loads) * waits + loads * bend / thetas, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        now = poisson(servers + thetas * top, fewer, thetas) * scale
        over = now / poisson(servers + thetas * sums[4], loads, thetas)
    ratio = np.where(under, np.exp(-exponent) * scale, over)
    return np.where(ends, 0.0, ratio), np.where(ends, 0.0, rest / (first + rest))


def waiting_a(loads: Floats, servers: Floats, thetas: Floats, waits: Floats, inverse: Floats) -> Floats:
    """Return rows of Erlang A: wait, abandon, mean wait, served wait, late, late and served."""
    sums = series(loads, servers, thetas)
    first, rest, queue, served, _ = sums
    base = first + rest
    total = np.where(first > 0, first * (np.where(first > 0, inverse, 1.0) - 1), 0.0) + base
    share = base / total
    ratio, ahead = still_waiting(loads, servers, thetas, waits, sums)
    mean = queue / (loads * total)
    late = share * np.exp(-thetas * waits) * ratio
    late_served = share * ratio * servers / loads * ahead
    return np.stack([share, np.minimum(1.0, thetas * mean), mean, served / total, late, late_served])
