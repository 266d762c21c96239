"""How much the seen part of a day cuts the error of its rest, by the product's own correction.

    python benchmarks/forecast_intraday.py FOLDER [--series bank]

For every series with intervals: the default model's forecast made one day and two weeks ahead, a quarter, half and
three quarters of the day seen; the correction is learnt from earlier days only, as it would have been on the day.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_data import Series, load_folder

from omnistaff.forecast.models import get_model
from omnistaff.forecast.updating import learn_correction

MEMORY_DAYS = 80


def priors(series: Series, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, forecasts, fresh ones) of all judged and learnt-from days: made *lead* days ahead, and one."""
    days = series.days
    model = get_model("blend")
    opened = np.flatnonzero(days.calendar.weekday < series.week)
    rows = opened[max(series.first - 40, lead + 7) :]
    rows = rows[~np.isnan(days.counts[rows]).any(axis=1)]
    old, fresh = (
        np.array([model.forecast(days, int(row) - ahead + 1, ahead)[-1] for row in rows]) for ahead in (lead, 1)
    )
    return rows, np.maximum(old, 0.05), np.maximum(fresh, 0.05)


@dataclass(frozen=True)
class Stage:
    """Changes in percent of the rest-of-day error once *share* of the day is seen, and the share of ranges held."""

    share: float
    corrected: float
    plain_ratio: float
    held: float
    method: str


def judge(series: Series, lead: int) -> list[Stage]:
    """Return what each stage of the day brings, the forecast being made *lead* days ahead."""
    rows, means, fresh = priors(series, lead)
    actual = series.days.counts[rows]
    start = int(np.flatnonzero(series.days.calendar.weekday < series.week)[series.first])
    stages = []
    for share in (0.25, 0.5, 0.75):
        seen = round(actual.shape[1] * share)
        error, plain, chosen, held = np.zeros(2), 0.0, [], []
        for k, row in enumerate(rows):
            past = np.arange(max(0, k - MEMORY_DAYS), k)
            if row < start or not len(past):
                continue
            rule = learn_correction(means[past], fresh[past], actual[past], seen)
            rest, came = rule.rest(means[k], fresh[k], actual[k, :seen]), actual[k, seen:]
            ratio = actual[k, :seen].sum() / means[k, :seen].sum()
            error += [np.abs(means[k, seen:] - came).sum(), np.abs(rest - came).sum()]
            plain += np.abs(means[k, seen:] * ratio - came).sum()
            spread = np.sqrt(rest.sum() + rule.day * rest.sum() ** 2 + rule.interval * (rest**2).sum())
            held.append(abs(came.sum() - rest.sum()) < 1.2816 * spread)
            chosen.append(rule.method)
        used = max(set(chosen), key=chosen.count)
        change = (100 * (error[1] / error[0] - 1), 100 * (plain / error[0] - 1))
        stages.append(Stage(share, *change, float(np.mean(held)), used))
    return stages


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", default="")
    arguments = parser.parse_args()
    for series in load_folder(arguments.folder):
        if arguments.series in series.name and series.days.counts.shape[1] > 1:
            for lead in (1, 14):
                for stage in judge(series, lead):
                    print(
                        f"{series.name:16s} {lead:2d} days ahead, {stage.share:.0%} seen: corrected"
                        f" {stage.corrected:+6.1f} %, plain ratio {stage.plain_ratio:+6.1f} %, 80 % range held"
                        f" {stage.held:.0%}, mostly {stage.method}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
