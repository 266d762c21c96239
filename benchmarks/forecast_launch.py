"""Launch terms judged on a real base load: launches of random size, rise and decay put into the bank's day totals.

    python benchmarks/forecast_launch.py bank_calls_5min.csv.gz

The forecaster knows its base forecast, five past launches of the kind and the launch date; later also the first 3 or
7 days. The truth is drawn from other parameters than the shipped prior.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_data import load_bank

from omnistaff.forecast.lifts import draw_thetas, fit_lift, lift_curve, pool_events, weigh, wide_prior
from omnistaff.forecast.models import get_model

DAYS = 28  # calendar days, 20 open ones
TRUE_MEAN, TRUE_SD = np.array([np.log(0.35), np.log(5.0), np.log(1.8)]), np.array([0.5, 0.45, 0.3])
DAY, LEVEL = 0.04**2, 0.035**2  # variances of the base's day noise and level noise


@dataclass(frozen=True)
class Launches:
    """Percent: day-total WAPE of a method over the rest of the days, and what its 80 % range held (NaN: no range)."""

    wape: float
    held: float


def measure(file: Path, repeats: int) -> dict[tuple[int, str], Launches]:
    """Return, by (days seen, method), how launches put into the bank's real day totals were forecast."""
    days = load_bank(file)[0].days
    rng = np.random.default_rng(7)
    total = np.where(np.isnan(days.counts).any(axis=1), np.nan, np.nan_to_num(days.counts).sum(axis=1))
    weekday = np.flatnonzero(days.calendar.weekday < 5)
    model, t = get_model("blend"), np.arange(20.0)
    origins = weekday[84 : len(weekday) - 20 : 3]
    bases = {int(o): model.forecast(days, int(o), DAYS).sum(axis=1) for o in origins}
    sums = {(seen, name): np.zeros(4) for seen in (0, 3, 7) for name in ("none", "pooled", "true curve")}
    for _ in range(repeats):
        for origin, base in bases.items():
            opened = np.flatnonzero(days.calendar.weekday[origin : origin + DAYS] < 5)[:20]
            truth = TRUE_MEAN + TRUE_SD * rng.standard_normal(3)
            past = [TRUE_MEAN + TRUE_SD * rng.standard_normal(3) for _ in range(5)]
            thetas = np.array([fit_lift(lift_curve(p, t) + rng.normal(0, 0.06, 20), wide_prior()) for p in past])
            curves = lift_curve(draw_thetas(pool_events(thetas, wide_prior()), rng), t)
            actual = total[origin + opened] * (1 + lift_curve(truth, t))
            for seen in (0, 3, 7):
                ratio = np.where(t < seen, actual / base[opened], np.nan)
                picked = curves[rng.choice(len(curves), len(curves), p=weigh(curves, ratio, DAY, LEVEL))]
                noise = rng.normal(0, np.sqrt(DAY), picked.shape) + rng.normal(0, np.sqrt(LEVEL), (len(picked), 1))
                ranges = np.quantile(base[opened] * (1 + picked) * np.exp(noise), [0.1, 0.5, 0.9], axis=0)
                known = ~np.isnan(actual) & (t >= seen)
                means = {
                    "none": base[opened],
                    "pooled": ranges[1],
                    "true curve": base[opened] * (1 + lift_curve(truth, t)),
                }
                for name, mean in means.items():
                    inside = ((actual >= ranges[0]) & (actual <= ranges[2]))[known].sum()
                    sums[seen, name] += [np.abs(mean - actual)[known].sum(), actual[known].sum(), inside, known.sum()]
    return {
        key: Launches(100 * error / came, 100 * held / number if key[1] == "pooled" else float("nan"))
        for key, (error, came, held, number) in sums.items()
    }


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=6)
    arguments = parser.parse_args()
    for (seen, name), found in measure(arguments.file, arguments.repeats).items():
        held = f", 80 % range covers {found.held:.0f} %" if name == "pooled" else ""
        print(f"{seen} days seen, {name:10s}: day-total WAPE {found.wape:5.2f} %{held}")


if __name__ == "__main__":
    main()
