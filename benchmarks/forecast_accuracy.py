"""Accuracy by rolling origin on real series, the product's default and its peers side by side.

    python benchmarks/forecast_accuracy.py FOLDER [--models blend,mstl,prophet] [--series bank] [--every 4]

FOLDER holds the public files named in ``forecast_data.py``. Each model sees only days before the origin. Ratios are
to the same slot last week on the same origins; ``--every`` takes every so many origins, for slow models.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_data import Series, load_folder

from omnistaff.forecast.models import get_model
from omnistaff.forecast.negative_binomial import quantiles

LEADS = {5: [(0, 1), (1, 5), (5, 10), (10, 20)], 7: [(0, 1), (1, 7), (7, 14), (14, 28)]}
STEPS = 28
WEEK = 7
PEERS = "like_days,boosting,mstl,prophet_default,prophet"


@dataclass
class Errors:
    """Sums of absolute errors and of actuals by lead bucket and for special days; squares, cells, floor, CPU.

    ``median_error`` is the sum of absolute errors of medians, see ``poisson_medians``; ``weekly`` are those of means
    by week of the day forecast.
    """

    weekly: np.ndarray
    error: np.ndarray = field(default_factory=lambda: np.zeros(4))
    actual: np.ndarray = field(default_factory=lambda: np.zeros(4))
    median_error: float = 0.0
    squares: float = 0.0
    cells: int = 0
    floor: float = 0.0
    special_error: float = 0.0
    special_actual: float = 0.0
    cpu_ms: float = 0.0

    @property
    def wape(self) -> float:
        """Percent of the sum of actuals, over all leads."""
        return float(100 * self.error.sum() / self.actual.sum())

    @property
    def wape_median(self) -> float:
        """The same of the medians of Poisson counts around the means."""
        return float(100 * self.median_error / self.actual.sum())

    @property
    def rmse(self) -> float:
        """Root of the mean squared error of an interval, which a mean is judged by."""
        return float(np.sqrt(self.squares / self.cells))

    def agents(self, series: Series) -> float:
        """Return the mean error of an interval in agents, by the plan's handle time and occupancy."""
        queue, interval_s = series.plan.queues[0], 60 * series.plan.interval_minutes
        taken_s = float(queue.handle_s or 0.0) / queue.max_occupancy_share
        return float(self.error.sum()) / self.cells * taken_s / interval_s

    @property
    def by_lead(self) -> np.ndarray:
        """The same by lead bucket."""
        return 100 * self.error / np.maximum(self.actual, 1e-9)

    @property
    def special(self) -> float:
        """The same on special days, NaN when there are none."""
        return 100 * self.special_error / self.special_actual if self.special_actual else float("nan")


def judged_origins(series: Series, every: int = 1) -> list[tuple[int, np.ndarray]]:
    """Return (row of the origin, its open days ahead as leads) of each judged origin."""
    rows = np.flatnonzero(series.days.calendar.weekday < series.week)
    places = range(series.first, len(rows) - series.week + 1, series.step * every)
    return [(int(rows[place]), (rows[place:] - rows[place])[: LEADS[series.week][-1][1]]) for place in places]


def lead_bucket(series: Series, number: int) -> int:
    """Return the bucket of the *number*-th open day ahead (from 0)."""
    return next(k for k, (first, last) in enumerate(LEADS[series.week]) if first <= number < last)


def poisson_medians(mean: np.ndarray) -> np.ndarray:
    """Return the medians of Poisson counts of these means: what absolute errors ask for (Gneiting 2011).

    They lie a sixth of a contact below the means on average, so that where contacts are rare absolute errors favour
    means that are too low.
    """
    return quantiles(mean, np.zeros(mean.shape), np.array([0.5]))[..., 0]


class Distance(NamedTuple):
    """How much larger a model's errors are than another's, its standard error, and the weeks that tell it."""

    apart: float
    error: float
    weeks: int


def distance(own: np.ndarray, other: np.ndarray, base: np.ndarray) -> Distance:
    """Return how far weekly errors are from another model's, as shares of *base*'s; judged are weeks with some of it.

    Forecasts of one day err alike whenever they were made, so chance is told by weeks of the days forecast, not by
    origins. Weeks are taken as independent, which is too kind: an origin's error of level covers up to four of them,
    and were it the same in all four the standard error would be about twice as large. Fewer than two weeks tell
    nothing of chance.
    """
    apart = (own - other)[base > 0]
    weeks, total = len(apart), max(base.sum(), 1e-9)
    error = float(np.sqrt(weeks * apart.var(ddof=1)) / total) if weeks > 1 else float("inf")
    return Distance(float(apart.sum() / total), error, weeks)


def measure(series: Series, name: str, every: int = 1) -> Errors:
    """Return the errors of a model on a series."""
    model, found = get_model(name), Errors(np.zeros(len(series.days.counts) // WEEK + 1))
    days = replace(series.days)  # without what other models left with it, so that each pays its own cost
    special = days.calendar.specialness
    origins = judged_origins(series, every)
    for origin, ahead in origins:
        started = _cpu_s()
        mean = model.forecast(days, origin, min(STEPS, len(days.counts) - origin))
        found.cpu_ms += 1000 * (_cpu_s() - started) / len(origins)
        for number, lead in enumerate(ahead[ahead < len(mean)]):
            actual = days.counts[origin + lead]
            known = ~np.isnan(actual)
            error, came = float(np.abs(mean[lead] - actual)[known].sum()), float(actual[known].sum())
            bucket = lead_bucket(series, number)
            found.error[bucket] += error
            found.actual[bucket] += came
            found.weekly[(origin + lead) // WEEK] += error
            found.median_error += float(np.abs(poisson_medians(mean[lead]) - actual)[known].sum())
            found.squares += float(((mean[lead] - actual)[known] ** 2).sum())
            found.cells += int(known.sum())
            found.floor += float(np.sqrt(2 * mean[lead][known] / np.pi).sum())
            if special[origin + lead] > 0:
                found.special_error += error
                found.special_actual += came
    return found


def _cpu_s() -> float:
    """Return the CPU seconds of this process and of those that it waited for: Prophet fits in one of its own."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def report(series: Series, models: list[str], every: int) -> None:
    """Print one line a model: WAPE in percent, ratios to last week, by lead, special days, cost."""
    base = measure(series, "seasonal_naive", every)
    for name in models:
        found = base if name == "seasonal_naive" else measure(series, name, every)
        by_lead, floor = " ".join(f"{value:6.2f}" for value in found.by_lead), found.error.sum() / found.floor
        print(
            f"{series.name:22s} {name:15s} WAPE {found.wape:6.2f} ratio {found.wape / base.wape:.3f} day 1"
            f" {found.by_lead[0] / base.by_lead[0]:.3f} | by lead {by_lead} | floor x{floor:.2f}"
            f" | special {found.special:5.1f} | {found.cpu_ms:.1f} ms",
            flush=True,
        )


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="seasonal_naive,like_days,profile,day_vectors,combine,blend")
    parser.add_argument("--series", default="", help="only series whose name contains this")
    parser.add_argument("--every", type=int, default=1, help="take every so many origins, for slow models")
    arguments = parser.parse_args()
    for series in load_folder(arguments.folder):
        if arguments.series in series.name:
            report(series, arguments.models.split(","), arguments.every)


if __name__ == "__main__":
    main()
