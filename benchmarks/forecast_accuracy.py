"""Accuracy by rolling origin on real series, with the product's defaults and its peers side by side.

    python benchmarks/forecast_accuracy.py FOLDER [--models blend,mstl,prophet] [--series bank] [--every 4]

FOLDER holds the public files named in ``forecast_data.py``. Each model sees only days before the origin; ranges are
learnt from its own earlier, since verified forecasts. Ratios are to the same slot last week on the same origins.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_data import Series, load_folder

from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.metrics import LEVELS, Judged, covered, crps
from omnistaff.forecast.models import get_model
from omnistaff.forecast.negative_binomial import quantiles
from omnistaff.forecast.rolling import PastForecasts, roll

LEADS = {5: [(0, 1), (1, 5), (5, 10), (10, 20)], 7: [(0, 1), (1, 7), (7, 14), (14, 28)]}
Z80, Z95 = 1.2816, 1.95996


@dataclass
class Account:
    """Sums over judged days of one lead bucket."""

    error: float = 0.0
    actual: float = 0.0
    crps: float = 0.0
    floor: float = 0.0
    cells: list[Judged] = field(default_factory=list)
    days80: list[bool] = field(default_factory=list)
    days95: list[bool] = field(default_factory=list)
    independent80: list[bool] = field(default_factory=list)


def open_rows(series: Series) -> np.ndarray:
    """Return the rows of the series' regular open days."""
    weekday = series.days.calendar.weekday
    return np.flatnonzero(weekday < series.week)


def run(series: Series, model: str, every: int = 1) -> tuple[dict[str, Account], float]:
    """Return accounts by lead bucket and for special days, and CPU milliseconds a fit."""
    rows = open_rows(series)
    places = np.arange(series.first - series.warm, len(rows) - series.week + 1, series.step * every)
    started = time.process_time()
    past = roll(get_model(model), series.days, rows[places], 28)
    cpu = 1000 * (time.process_time() - started) / len(places)
    accounts: dict[str, Account] = {}
    for k, place in enumerate(places):
        if place >= series.first:
            _judge_origin(series, past, k, rows[place:] - rows[place], accounts)
    return accounts, cpu


def _judge_origin(
    series: Series, past: PastForecasts, k: int, ahead: np.ndarray, accounts: dict[str, Account]
) -> None:
    dispersion = learn_dispersion(past.before(int(past.origins[k])))
    for bucket, (first, last) in enumerate(LEADS[series.week]):
        for lead in ahead[first:last]:
            mean, actual = past.mean[k, lead], past.actual[k, lead]
            known = ~np.isnan(actual)
            if not known.any():
                continue
            special = past.special[k, lead]
            day, interval = dispersion.of(np.array([lead]), np.array([special]))
            for name in (f"lead {bucket}", *(["special"] if special > 0 else [])):
                account = accounts.setdefault(name, Account())
                _add(account, mean[known], actual[known], float(day[0]), float(interval[0]))


def _add(account: Account, mean: np.ndarray, actual: np.ndarray, day: float, interval: float) -> None:
    levels = quantiles(mean, np.full(len(mean), day + interval), LEVELS)
    account.error += float(np.abs(mean - actual).sum())
    account.actual += float(actual.sum())
    account.crps += float(crps(actual, levels).sum())
    account.floor += float(np.sqrt(2 * mean / np.pi).sum())
    account.cells.append(Judged(mean, actual, np.full(len(mean), day + interval), levels, mean))
    total, squares = mean.sum(), (mean**2).sum()
    off = abs(actual.sum() - total)
    spread = np.sqrt(total + day * total**2 + interval * squares)
    account.days80.append(bool(off < Z80 * spread))
    account.days95.append(bool(off < Z95 * spread))
    account.independent80.append(bool(off < Z80 * np.sqrt(total + (day + interval) * squares)))


def merge(accounts: list[Account]) -> Account:
    """Return one account of several."""
    result = Account()
    for one in accounts:
        result.error, result.actual = result.error + one.error, result.actual + one.actual
        result.crps, result.floor = result.crps + one.crps, result.floor + one.floor
        result.cells += one.cells
        result.days80 += one.days80
        result.days95 += one.days95
        result.independent80 += one.independent80
    return result


def wape(account: Account) -> float:
    """Return the sum of absolute errors in percent of the sum of actuals."""
    return 100 * account.error / max(account.actual, 1e-9)


def coverage(account: Account) -> str:
    """Return what intervals and day totals of 80 and 95 % cover, and 80 % day totals with independent intervals."""
    cells = Judged(*(np.concatenate([getattr(c, name) for c in account.cells]) for name in Judged.__annotations__))
    shares = (100 * np.mean(account.days80), 100 * np.mean(account.days95), 100 * np.mean(account.independent80))
    return (
        f"{100 * covered(cells, 80):3.0f}/{100 * covered(cells, 95):3.0f} day {shares[0]:3.0f}/{shares[1]:3.0f}"
        f" indep {shares[2]:3.0f}"
    )


def report(series: Series, models: list[str], every: int) -> None:
    """Print one line a model."""
    base: dict[str, float] = {}
    for model in models:
        accounts, cpu = run(series, model, every)
        leads = [accounts[f"lead {k}"] for k in range(4) if f"lead {k}" in accounts]
        everything = merge(leads)
        found = {"all": wape(everything), "day 1": wape(leads[0])}
        base = base or found
        special = accounts.get("special", Account())
        crps_share = 100 * everything.crps / everything.actual
        by_lead = " ".join(f"{wape(lead):6.2f}" for lead in leads)
        print(
            f"{series.name:28s} {model:15s} WAPE {found['all']:6.2f} ratio {found['all'] / base['all']:.3f} day 1 "
            f"{found['day 1'] / base['day 1']:.3f} | {by_lead} | wCRPS {crps_share:5.2f}"
            f" floor x{everything.error / everything.floor:.2f} | cover {coverage(everything)}"
            f" | special {wape(special):5.1f} | {cpu:.1f} ms",
            flush=True,
        )
        if model == models[-1]:
            for k, lead in enumerate(leads):
                print(f"{'':44s} lead {k}: cover {coverage(lead)}")
            if special.cells:
                print(f"{'':44s} special: cover {coverage(special)}", flush=True)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="seasonal_naive,like_days,profile,day_vectors,blend")
    parser.add_argument("--series", default="", help="only series whose name contains this")
    parser.add_argument("--every", type=int, default=1, help="take every so many origins, for slow models")
    arguments = parser.parse_args()
    for series in load_folder(arguments.folder):
        if arguments.series in series.name:
            report(series, arguments.models.split(","), arguments.every)


if __name__ == "__main__":
    main()
