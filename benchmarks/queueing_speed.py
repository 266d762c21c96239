"""Speed of the searches for agents, beside NumPy alone and pyworkforce where it is installed.

    python benchmarks/queueing_speed.py [intervals]

pyworkforce pins an old pandas: give it an environment of its own next to this package's sources,
``python -m venv peers && peers/bin/pip install pyworkforce numba && PYTHONPATH=. peers/bin/python -m
benchmarks.queueing_speed``, and both run in one process. Asked: C at most 0.5 s, A 3 s, C in NumPy alone 3 s.

Loads are lognormal with median 33 erlangs, 80/20 at 300 s, patience 180 s. CPU seconds of one core after compilation.
"""

from __future__ import annotations

import importlib.util
import sys
import time

import numpy as np

from omnistaff.queueing import array_search, fewest_agents

HANDLE_S, WITHIN_S, SHARE, PATIENCE_S = 300.0, 20.0, 0.8, 180.0
PEERS = 2_000


def seconds(run) -> tuple[float, np.ndarray]:
    """Return CPU seconds and the answer of *run*."""
    started = time.process_time()
    answer = run()
    return time.process_time() - started, answer


def searches(intervals: int) -> None:
    """Time Erlang C and A for many intervals."""
    rate = 33 * np.exp(np.random.default_rng(2).normal(0, 1, intervals)) / HANDLE_S
    named = {"handle_s": HANDLE_S, "within_s": WITHIN_S, "answered_share": SHARE}
    fewest_agents(arrivals_per_s=[0.1], patience_s=PATIENCE_S, **named)
    waits, by_c = seconds(lambda: fewest_agents(arrivals_per_s=rate, **named))
    leaves, _ = seconds(lambda: fewest_agents(arrivals_per_s=rate, patience_s=PATIENCE_S, **named))
    ones = np.ones(intervals)
    columns = (rate * HANDLE_S, WITHIN_S / HANDLE_S * ones, 0 * ones, SHARE * ones, np.inf * ones, ones, ones)
    rows = np.stack(columns, axis=1)
    plain, by_numpy = seconds(lambda: array_search.fewest(rows, 1e7, fractional=False))
    print(f"{intervals:,} intervals, CPU s (asked for 1,000,000)")
    for name, spent, asked in (("C", waits, 0.5), ("A", leaves, 3.0), ("C in NumPy alone", plain, 3.0)):
        print(f"  Erlang {name:<18} asked {asked * intervals / 1e6:.2f}, measured {spent:.2f}")
    print(f"NumPy and numba differ in {int((by_c != by_numpy).sum())} intervals")
    if importlib.util.find_spec("pyworkforce") is None:
        print("pyworkforce is not installed: not compared")
        return
    from pyworkforce.queuing import ErlangC

    def peer() -> np.ndarray:
        return np.array(
            [
                ErlangC(transactions=r * 1800, aht=HANDLE_S / 60, interval=30, asa=WITHIN_S / 60).required_positions(
                    service_level=SHARE
                )["raw_positions"]
                for r in rate[:PEERS]
            ]
        )

    spent, answer = seconds(peer)
    ratio = spent / PEERS / (waits / intervals)
    differ = int((answer != by_c[:PEERS]).sum())
    print(f"pyworkforce {spent / PEERS * 1e6:.0f} us an interval, {ratio:.0f} times ours; {differ} answers differ")


if __name__ == "__main__":
    searches(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
