"""CPU time and memory of the default model on many year-long series of 15-minute counts, one thread.

    OMP_NUM_THREADS=1 python benchmarks/forecast_speed.py [--series 200] [--jobs 1]

Means are one fit and 28 days ahead; with ranges, the dispersion is learnt from as many past origins as the product
takes. Series are made as they are needed, so memory is that of one series and its results. ``--jobs`` spreads them
over processes; the figures are the same to the last bit.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.calendar import make_calendar
from omnistaff.forecast.days import Days
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.level import learn_levels
from omnistaff.forecast.models import get_model
from omnistaff.forecast.outlook import VERIFIED_EVERY, VERIFIED_ORIGINS
from omnistaff.forecast.rolling import choose_origins, roll
from omnistaff.plan import make_plan

DAYS, SLOTS, AHEAD = 365, 96, 28
PLAN = make_plan({"name": "speed", "time_zone": "UTC", "queues": [{"name": "q"}], "calendar": {"country": "ES"}})
DATES = np.datetime64("2025-01-01", "D") + np.arange(DAYS + AHEAD)
CALENDAR = make_calendar(DATES, PLAN.queues[0], PLAN)


def make_series(seed: int) -> Days:
    """Return a year of counts with a weekly and daily pattern, a wandering level and Poisson noise."""
    rng = np.random.default_rng(seed)
    clock = np.arange(SLOTS) / SLOTS
    peak, weekday = rng.uniform(0.35, 0.65), np.exp(rng.normal(0, 0.08, 7))
    weekday[5:] *= rng.uniform(0.2, 0.9)
    level = np.zeros(DAYS)
    for day in range(1, DAYS):
        level[day] = 0.6 * level[day - 1] + rng.normal(0, 0.06)
    shape = np.exp(-(((clock - peak) / 0.17) ** 2)) + 0.02
    rate = np.exp(rng.normal(2, 1.2)) * np.outer(
        weekday[CALENDAR.weekday[:DAYS]] * np.exp(level), shape / shape.mean()
    )
    counts = np.full((DAYS + AHEAD, SLOTS), np.nan)
    counts[:DAYS] = rng.poisson(rate)
    return Days(DATES, np.arange(SLOTS) * 15, counts, np.ones(counts.shape, dtype=bool), CALENDAR, DAYS)


def fit(seed: int) -> tuple[float, float, str]:
    """Return (milliseconds for means, for means with ranges, fingerprint of the means)."""
    days, model = make_series(seed), get_model("blend")
    started = time.process_time()
    mean = model.forecast(days, DAYS, AHEAD)
    middle = time.process_time()
    past = roll(model, days, choose_origins(DAYS, VERIFIED_ORIGINS, VERIFIED_EVERY), AHEAD)
    level, levelled = learn_levels(past)
    mean *= level
    learn_dispersion(levelled).spread(np.arange(AHEAD), np.zeros(AHEAD), mean.sum(axis=1))
    ended = time.process_time()
    return 1000 * (middle - started), 1000 * (ended - started), hashlib.sha256(mean.tobytes()).hexdigest()


@dataclass(frozen=True)
class Cost:
    """Median CPU milliseconds a series for means and with ranges, peak gigabytes of a process, and a fingerprint."""

    means_ms: float
    ranges_ms: float
    peak_gb: float
    bits: str


def measure(series: int, jobs: int) -> Cost:
    """Return the cost of *series* made-up years in one process, or spread over *jobs*."""
    fit(0)  # compiled code is loaded before the clock runs
    if jobs == 1:
        results = [fit(seed) for seed in range(series)]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            results = list(pool.map(fit, range(series), chunksize=16))
    means, ranges, prints = zip(*results, strict=True)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1e6
    bits = hashlib.sha256("".join(prints).encode()).hexdigest()[:12]
    return Cost(float(np.median(means)), float(np.median(ranges)), peak, bits)


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    found = measure(arguments.series, arguments.jobs)
    print(
        f"{arguments.series} series of {DAYS * SLOTS} points: {found.means_ms:.1f} ms for means, "
        f"{found.ranges_ms:.1f} ms with ranges (medians of CPU time), peak {found.peak_gb:.2f} GB, "
        f"fingerprint {found.bits}"
    )


if __name__ == "__main__":
    main()
