"""Erlang B, C and A against 40-digit arithmetic, and staffing rules against the exact equations, as asked / measured.

    python -m benchmarks.queueing_accuracy

The yardsticks share nothing with the formulas: finite sums for B and C, integrals over the offered wait (Zeltyn &
Mandelbaum 2005) for A, the Kolmogorov equations in steps of a minute for the day of changing load (40 erlangs at the
peak, two humps, a centre that is running when the day begins, target: 20 % wait). The measure of a day is the
worst chance of waiting at any minute in any of its intervals, with the worst mean of an interval behind it.
"""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np

from omnistaff.queueing import (
    erlang_b,
    erlang_c,
    fewest_servers_c,
    log_erlang_b,
    log_erlang_c,
    modified_offered_load,
    queue_measures,
    transient_measures,
)

DRAWS = 40
RAMP = 0.25  # share by which the load grows in an interval that is staffed for its end


def exact_inverse_b(load: float, servers: int) -> mp.mpf:
    """Return 1 / B: the sum of n (n-1) ... (n-k+1) / a^k."""
    a, term, total = mp.mpf(load), mp.mpf(1), mp.mpf(0)
    for k in range(servers + 1):
        total += term
        term *= (servers - k) / a
        if servers - k < a and term < total * mp.mpf(10) ** -38:
            break
    return total


def errors_b_and_c(draw: np.random.Generator) -> tuple[float, float]:
    """Return the largest relative error of B and C (of their logarithms below 1e-300) over random loads."""
    worst_b = worst_c = 0.0
    for exponent in draw.uniform(-6, 6, DRAWS):
        load = float(10**exponent)
        servers = max(1, int(load + draw.normal(1, 4) * math.sqrt(load)))
        inverse = exact_inverse_b(load, servers)
        share = servers / ((servers - mp.mpf(load)) * inverse + mp.mpf(load)) if servers > load else mp.mpf(1)
        worst_b = max(worst_b, error(1 / inverse, erlang_b(load, servers), log_erlang_b(load, servers)))
        worst_c = max(worst_c, error(share, erlang_c(load, servers), log_erlang_c(load, servers)))
    return worst_b, worst_c


def error(exact: mp.mpf, value: float, logarithm: float) -> float:
    """Return the relative error of a value, of its logarithm where the value is below 1e-300."""
    if exact > mp.mpf(10) ** -300:
        return float(abs(mp.mpf(float(value)) / exact - 1))
    return float(abs(mp.mpf(float(logarithm)) / mp.log(exact) - 1))


def exact_a(load: float, servers: int, theta: float, wait: float) -> list[float]:
    """Return wait share, abandonment, service level and late share of Erlang A in handle times."""
    a, n, th, t = (mp.mpf(value) for value in (load, servers, theta, wait))
    top = max(mp.mpf(0), mp.log(a / n) / th)
    height = a * (1 - mp.e ** (-th * top)) / th - n * top
    scale = 1 / mp.sqrt(th * n) if a >= n else min(1 / (n - a), 1 / mp.sqrt(th * a))
    steps = [top + k * scale for k in (*range(-16, 17, 2), 32, 48, 64, 80)]
    steps += [top + k / n for k in (5, 10, 20, 40, 80)]

    def integral(function, low):
        edges = sorted({mp.mpf(low), *(x for x in steps if x > low)})
        return mp.quad(function, edges) if edges[-1] > low else mp.mpf(0)

    def density(x):
        return a * mp.e ** (a * (1 - mp.e ** (-th * x)) / th - n * x - height)

    waiting = integral(density, 0)
    everything = (exact_inverse_b(load, servers) - 1) * a / n * mp.e ** (-height) + waiting
    left = integral(lambda x: density(x) * (1 - mp.e ** (-th * x)), 0) / everything
    late = mp.e ** (-th * t) * integral(density, t) / everything
    late_served = integral(lambda x: density(x) * mp.e ** (-th * x), t) / everything
    return [float(v) for v in (waiting / everything, left, 1 - left - late_served, late)]


def error_a(draw: np.random.Generator, overload: bool) -> float:
    """Return the largest absolute error of Erlang A over random settings up to 1e5 erlangs."""
    worst = 0.0
    for exponent in draw.uniform(0, 5, DRAWS // 2):
        load = float(10**exponent)
        share = draw.uniform(0.3, 1) if overload else 1 + abs(draw.normal(0, 2)) / math.sqrt(load)
        servers, theta = max(1, round(load * share)), float(10 ** draw.uniform(-3, 1.5))
        wait = float(draw.uniform(0, 2) / math.sqrt(load))
        m = queue_measures(arrivals_per_s=load, handle_s=1, servers=servers, within_s=wait, patience_s=1 / theta)
        ours = [float(v) for v in (m.wait_share, m.abandon_share, m.service_level, m.late_share)]
        worst = max(worst, *(abs(p - q) for p, q in zip(ours, exact_a(load, servers, theta, wait), strict=True)))
    return worst


def worst_wait(minutes: int, *, rule: str, opens: bool = False) -> tuple[float, float]:
    """Return the worst chance of waiting, of an interval's mean and of a minute, when 20 % are allowed to wait."""
    handle = 60 * minutes
    hour = np.arange(7.125, 21, 0.25)
    shape = 0.35 + 0.65 * np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((hour - 16) / 2.5) ** 2))
    rate = 40 * shape / shape.max() / handle
    start = 0.0 if opens else rate[0] * handle
    ramp = RAMP if rule == "ramp" else math.inf
    load = modified_offered_load(rate, handle, interval_s=900, start_erlangs=start, ramp_share=ramp)
    agents = np.repeat(fewest_servers_c(rate * handle if rule == "stationary" else load, 0.2), 15)
    day = transient_measures(np.repeat(rate, 15), agents, handle_s=handle, interval_s=60, start=round(start))
    return float(day.wait_share.reshape(-1, 15).mean(axis=1).max()), float(day.wait_share.max())


def staffing_rules() -> None:
    """Print what each rule does to the chance of waiting."""
    for minutes in (5, 30, 60):
        for name, rule, opens, asked in (
            ("modified offered load, running centre", "mean", False, "at most 0.26"),
            ("the same, opening empty", "mean", True, "-"),
            ("the same, ramps staffed for their end", "ramp", True, "at most 0.26"),
            ("interval by interval, running centre", "stationary", False, "above 0.45" if minutes > 5 else "-"),
        ):
            mean, minute = worst_wait(minutes, rule=rule, opens=opens)
            show(f"worst wait, handle {minutes} min, {name}", asked, f"{minute:.3f} (mean of interval {mean:.3f})")


def show(name: str, asked: str, measured: str) -> None:
    """Print one row."""
    print(f"{name:<72}{asked:<14}{measured}", flush=True)


def main() -> None:
    """Print every figure beside what is asked."""
    draw = np.random.default_rng(12)
    show("", "asked", "measured")
    with mp.workdps(40):
        worst_b, worst_c = errors_b_and_c(draw)
        show("Erlang B, relative error, 1e-6 to 1e6 erlangs", "1e-12", f"{worst_b:.1e}")
        show("Erlang C, the same", "1e-12", f"{worst_c:.1e}")
        show("Erlang A, absolute error, to 1e5 erlangs", "1e-10", f"{error_a(draw, False):.1e}")
        show("Erlang A in overload, the same", "1e-10", f"{error_a(draw, True):.1e}")
    staffing_rules()


if __name__ == "__main__":
    main()
