"""Do ranges hold what they promise? Coverage of 80 and 95 % ranges by lead, for intervals and for day totals.

    python benchmarks/forecast_ranges.py FOLDER [--series bank] [--every 2]

At each origin, every open day of the judged part of a series (every so many, ``--every``, where it has more than a
hundred), the default model's means get the product's own level and distribution: learnt from forecasts it made at
past origins and that were verified by then. Ranks are randomised (counts are whole). Day totals, and totals of whole
weeks, are judged by the product's joint paths; as a control the same intervals are drawn independently, which must
fail.

Beside each coverage stands its sampling error, from blocks of origins four weeks long, since forecasts of the same
days err alike: a figure outside the asked band by less than twice that is "unclear" rather than "MISSED".
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_accuracy import STEPS, judged_origins, lead_bucket
from forecast_data import Series, load_folder

from omnistaff.forecast.calibration import NORMAL, Spread
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.level import learn_level, set_level
from omnistaff.forecast.metrics import covered, ranks
from omnistaff.forecast.models import get_model
from omnistaff.forecast.outlook import VERIFIED_EVERY, VERIFIED_ORIGINS
from omnistaff.forecast.paths import correlated_normals, draw_paths
from omnistaff.forecast.rolling import FLOOR, PastForecasts, choose_origins, roll

PATHS = 300
BLOCK_DAYS = 28
MANY = 100  # origins that are enough
BANDS = {80: (76, 86), 95: (92, 98)}


class Cover(NamedTuple):
    """Percent of actuals inside a range, its sampling error in points, and of how many days' forecasts."""

    percent: float
    error: float
    days: int

    def verdict(self, level: int) -> str:
        """Return met, MISSED, or unclear where the sampling error alone may be why it is outside the band."""
        low, high = BANDS[level]
        beyond = max(low - 0.5 - self.percent, self.percent - high - 0.5, 0.0)
        return "met" if beyond == 0 else "unclear" if beyond <= 2 * self.error else "MISSED"


@dataclass
class Account:
    """Shares of actuals inside the 80 and 95 % ranges, one row a forecast day (or week), with its origin."""

    origin: list[int] = field(default_factory=list)
    inside: list[tuple[float, float]] = field(default_factory=list)

    def add(self, origin: int, below: np.ndarray, upto: np.ndarray) -> None:
        """Add the ranks of one forecast day's cells, or of its total."""
        upto = np.maximum(upto, below + 1e-9)
        self.origin.append(origin)
        self.inside.append((covered(below, upto, 80), covered(below, upto, 95)))

    def cover(self, level: int) -> Cover:
        """Return the coverage of a range."""
        inside = 100 * np.array(self.inside)[:, (80, 95).index(level)]
        block = (np.array(self.origin) - min(self.origin)) // BLOCK_DAYS
        number = np.bincount(block).astype(float)
        number, total = number[number > 0], np.bincount(block, weights=inside)[number > 0]
        blocks = len(number)
        least = float(inside.std() / np.sqrt(len(np.unique(self.origin))))
        if blocks < 2:
            return Cover(float(inside.mean()), least, len(inside))
        off = total - number * inside.mean()
        spread = float(np.sqrt((off**2).sum() * blocks / (blocks - 1)) / number.sum())
        return Cover(float(inside.mean()), max(spread, least), len(inside))


class Seen:
    """Forecasts of the default model, each origin's made once, and what the product learns from them."""

    def __init__(self, series: Series) -> None:
        self.days, self.model = series.days, get_model("blend")
        self.made: dict[int, PastForecasts] = {}

    def at(self, origin: int) -> PastForecasts:
        """Return the forecast that the model alone made at *origin*."""
        if origin not in self.made:
            self.made[origin] = roll(self.model, self.days, np.array([origin]), STEPS)
        return self.made[origin]

    def verified(self, origin: int) -> PastForecasts:
        """Return the forecasts that the product looks back on at *origin*."""
        parts = [self.at(int(one)) for one in choose_origins(origin, VERIFIED_ORIGINS, VERIFIED_EVERY)]
        columns = [np.concatenate([getattr(p, name) for p in parts]) for name in PastForecasts.__annotations__]
        return PastForecasts(*columns).before(origin)

    def means(self, origin: int) -> np.ndarray:
        """Return the product's means at *origin*, lead days × slots: the model's, their level set right."""
        return np.maximum(learn_level(self.verified(origin)) * self.at(origin).mean[0], FLOOR)


def all_origins(series: Series, every: int = 0) -> list[tuple[int, np.ndarray]]:
    """Return (row of the origin, its open days ahead as leads); 0 takes about a hundred of them."""
    rows = np.flatnonzero(series.days.calendar.weekday < series.week)
    places = range(series.first, len(rows) - series.week + 1)
    chosen = places[:: every or max(1, len(places) // MANY)]
    horizon = max(len(ahead) for _, ahead in judged_origins(series))
    return [(int(rows[place]), (rows[place:] - rows[place])[:horizon]) for place in chosen]


def measure(series: Series, every: int = 0) -> dict[str, dict[str, Account]]:
    """Return, by lead bucket and for special days, how intervals, day totals, weeks and the control are covered."""
    seen, rng = Seen(series), np.random.default_rng(7)
    found: dict[str, dict[str, Account]] = {}
    for origin, ahead in all_origins(series, every):
        made, dispersion = seen.at(origin), learn_dispersion(set_level(seen.verified(origin)))
        mean, actual, special = seen.means(origin), made.actual[0], made.special[0]
        known = ~np.isnan(actual) & ~np.isnan(mean)
        usable, came = np.where(known, mean, 0.0), np.rint(np.where(known, actual, 0.0))
        spread = dispersion.spread(np.arange(STEPS), special, np.maximum(usable.sum(axis=1), FLOOR))
        excess = spread.day[:, None] + spread.interval
        normal = correlated_normals(PATHS, STEPS, dispersion.memory, rng)
        joint = draw_paths(usable, spread, normal=normal, rng=rng).sum(axis=2)
        plain = np.broadcast_to(NORMAL, (STEPS, 2))
        alone = draw_paths(usable, Spread(np.zeros(STEPS), excess, plain, plain), normal=normal, rng=rng).sum(axis=2)
        for number, lead in enumerate(ahead):
            cells = known[lead]
            if not cells.any():
                continue
            reach = np.broadcast_to(spread.interval_reach[lead], (int(cells.sum()), 2))
            inner = ranks(mean[lead, cells], actual[lead, cells], excess[lead, cells], reach)
            kind = "special" if special[lead] > 0 else f"lead {lead_bucket(series, number)}"
            account = found.setdefault(kind, {"interval": Account(), "day": Account(), "control": Account()})
            account["interval"].add(origin, *inner)
            account["day"].add(origin, *_rank(joint[:, lead], came[lead].sum()))
            account["control"].add(origin, *_rank(alone[:, lead], came[lead].sum()))
        _add_weeks(found, origin, joint, came.sum(axis=1), known.any(axis=1))
    return found


def _add_weeks(
    found: dict[str, dict[str, Account]], origin: int, joint: np.ndarray, came: np.ndarray, known: np.ndarray
) -> None:
    for week in range(4):
        days = slice(7 * week, 7 * week + 7)
        if known[days].sum() >= 5:
            account = found.setdefault("weeks", {"total": Account()})["total"]
            account.add(origin, *_rank(joint[:, days].sum(axis=1), came[days].sum()))


def _rank(drawn: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (share of draws below, share at or below) with half a draw's worth of care at both ends."""
    number = len(drawn) + 1
    return np.array([((drawn < total).sum() + 0.5) / number]), np.array([((drawn <= total).sum() + 0.5) / number])


def report(series: Series, every: int) -> None:
    """Print one line a lead bucket: percent inside the 80 and the 95 % range ± sampling error."""
    for kind, accounts in sorted(measure(series, every).items()):
        parts = []
        for name, account in accounts.items():
            near, far = account.cover(80), account.cover(95)
            parts.append(f"{name} {near.percent:3.0f} ±{near.error:2.0f} / {far.percent:3.0f} ±{far.error:2.0f}")
        print(f"{series.name:22s} {kind:8s} {' | '.join(parts)} | {near.days} days", flush=True)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", default="")
    parser.add_argument("--every", type=int, default=0)
    arguments = parser.parse_args()
    for series in load_folder(arguments.folder):
        if arguments.series in series.name and series.days.counts.shape[1] > 1:
            report(series, arguments.every)


if __name__ == "__main__":
    main()
