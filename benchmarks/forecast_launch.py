"""Launch terms judged on a real base load: launches of random size, rise and decay put into the bank's day totals.

    python benchmarks/forecast_launch.py bank_calls_5min.csv.gz

The forecaster knows its base forecast, five past launches of the kind and the launch date; later also the first 3 or
7 days. The truth is drawn from other parameters than the shipped prior.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_data import load_bank

from omnistaff.forecast.lifts import draw_thetas, fit_lift, lift_curve, pool_events, weigh, wide_prior
from omnistaff.forecast.models import get_model

DAYS = 28  # calendar days, 20 open ones
TRUE_MEAN, TRUE_SD = np.array([np.log(0.35), np.log(5.0), np.log(1.8)]), np.array([0.5, 0.45, 0.3])
DAY, LEVEL = 0.04**2, 0.035**2  # variances of the base's day noise and level noise


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=6)
    arguments = parser.parse_args()
    days = load_bank(arguments.file)[0].days
    rng = np.random.default_rng(7)
    total = np.where(np.isnan(days.counts).any(axis=1), np.nan, np.nan_to_num(days.counts).sum(axis=1))
    weekday = np.flatnonzero(days.calendar.weekday < 5)
    model = get_model("blend")
    origins = weekday[84 : len(weekday) - 20 : 3]
    bases = {int(o): model.forecast(days, int(o), DAYS).sum(axis=1) for o in origins}
    sums = {(seen, name): np.zeros(4) for seen in (0, 3, 7) for name in ("none", "pooled", "true curve")}
    clock = np.arange(DAYS)
    for _ in range(arguments.repeats):
        for origin, base in bases.items():
            opened = np.flatnonzero(days.calendar.weekday[origin : origin + DAYS] < 5)[:20]
            truth = TRUE_MEAN + TRUE_SD * rng.standard_normal(3)
            past = [TRUE_MEAN + TRUE_SD * rng.standard_normal(3) for _ in range(5)]
            t = np.arange(20.0)
            thetas = np.array([fit_lift(lift_curve(p, t) + rng.normal(0, 0.06, 20), wide_prior()) for p in past])
            curves = lift_curve(draw_thetas(pool_events(thetas, wide_prior()), rng), t)
            actual = total[origin + opened] * (1 + lift_curve(truth, t))
            for seen in (0, 3, 7):
                ratio = np.where(t < seen, actual / base[opened], np.nan)
                _add(
                    sums,
                    seen,
                    base[opened],
                    curves,
                    weigh(curves, ratio, DAY, LEVEL),
                    actual,
                    lift_curve(truth, t),
                    rng,
                )
    for (seen, name), (error, came, held, number) in sums.items():
        band = f", 80 % range covers {100 * held / number:.0f} %" if name == "pooled" else ""
        print(f"{seen} days seen, {name:10s}: day-total WAPE {100 * error / came:5.2f} %{band}")
    print(f"{len(clock)} calendar days, {len(bases)} origins, {arguments.repeats} launches each")


def _add(sums, seen, base, curves, weights, actual, truth, rng) -> None:  # type: ignore[no-untyped-def]
    picked = curves[rng.choice(len(curves), len(curves), p=weights)]
    noise = rng.normal(0, np.sqrt(DAY), picked.shape) + rng.normal(0, np.sqrt(LEVEL), (len(picked), 1))
    low, middle, high = np.quantile(base * (1 + picked) * np.exp(noise), [0.1, 0.5, 0.9], axis=0)
    known = ~np.isnan(actual) & (np.arange(len(actual)) >= seen)
    means = {"none": base, "pooled": middle, "true curve": base * (1 + truth)}
    for name, mean in means.items():
        inside = ((actual >= low) & (actual <= high))[known].sum()
        sums[seen, name] += [np.abs(mean - actual)[known].sum(), actual[known].sum(), inside, known.sum()]


if __name__ == "__main__":
    main()
