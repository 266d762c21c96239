"""Do ranges hold what they promise? Coverage of 80 and 95 % ranges by lead, for intervals and for day totals.

    python benchmarks/forecast_ranges.py FOLDER [--series bank]

At each judged origin the default model's means get the product's own distribution: dispersion learnt from forecasts
it made at past origins and that were verified by then. Ranks are randomised (counts are whole). Day totals are judged
by the product's joint paths; as a control the same intervals are drawn independently, which must fail.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_accuracy import STEPS, judged_origins, lead_bucket
from forecast_data import Series, load_folder

from omnistaff.forecast.calibration import NORMAL, Spread
from omnistaff.forecast.dispersion import Dispersion, learn_dispersion
from omnistaff.forecast.metrics import covered, ranks
from omnistaff.forecast.models import get_model
from omnistaff.forecast.outlook import VERIFIED_EVERY, VERIFIED_ORIGINS
from omnistaff.forecast.paths import correlated_normals, draw_paths
from omnistaff.forecast.rolling import PastForecasts, choose_origins, roll

PATHS = 300
Ranks = list[tuple[np.ndarray, np.ndarray]]


class Seen:
    """Forecasts of the default model, each origin's made once."""

    def __init__(self, series: Series) -> None:
        self.days, self.model = series.days, get_model("blend")
        self.made: dict[int, PastForecasts] = {}

    def at(self, origin: int) -> PastForecasts:
        """Return the forecast made at *origin*."""
        if origin not in self.made:
            self.made[origin] = roll(self.model, self.days, np.array([origin]), STEPS)
        return self.made[origin]

    def dispersion(self, origin: int) -> Dispersion:
        """Return what the product would have learnt at *origin*."""
        parts = [self.at(int(one)) for one in choose_origins(origin, VERIFIED_ORIGINS, VERIFIED_EVERY)]
        columns = [np.concatenate([getattr(p, name) for p in parts]) for name in PastForecasts.__annotations__]
        return learn_dispersion(PastForecasts(*columns).before(origin))


def measure(series: Series, every: int = 1) -> dict[str, dict[str, Ranks]]:
    """Return, by lead bucket and for special days, the ranks of intervals, totals and totals of the control."""
    seen, rng = Seen(series), np.random.default_rng(7)
    found: dict[str, dict[str, Ranks]] = {}
    for origin, ahead in judged_origins(series, every):
        made, dispersion = seen.at(origin), seen.dispersion(origin)
        mean, actual, special = made.mean[0], made.actual[0], made.special[0]
        spread = dispersion.spread(np.arange(STEPS), special)
        excess = spread.day[:, None] + spread.interval
        normal = correlated_normals(PATHS, STEPS, dispersion.memory, rng)
        usable = np.nan_to_num(mean)
        joint = draw_paths(usable, spread, normal=normal, rng=rng)
        plain = np.broadcast_to(NORMAL, (STEPS, 2))
        alone = draw_paths(usable, Spread(np.zeros(STEPS), excess, plain, plain), normal=normal, rng=rng)
        for number, lead in enumerate(ahead):
            known = ~np.isnan(actual[lead]) & ~np.isnan(mean[lead])
            if not known.any():
                continue
            reach = np.broadcast_to(spread.interval_reach[lead], (int(known.sum()), 2))
            cells = ranks(mean[lead, known], actual[lead, known], excess[lead, known], reach)
            total = np.rint(actual[lead, known]).sum()
            kinds = [f"lead {lead_bucket(series, number)}", *(["special"] if special[lead] > 0 else [])]
            for kind in kinds:
                account = found.setdefault(kind, {"interval": [], "day": [], "control": []})
                account["interval"].append(cells)
                account["day"].append(_rank(joint[:, lead][:, known].sum(axis=1), total))
                account["control"].append(_rank(alone[:, lead][:, known].sum(axis=1), total))
    return found


def _rank(drawn: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (share of draws below, share at or below) with half a draw's worth of care at both ends."""
    number = len(drawn) + 1
    return np.array([((drawn < total).sum() + 0.5) / number]), np.array([((drawn <= total).sum() + 0.5) / number])


def coverage(pairs: Ranks) -> tuple[float, float]:
    """Return the percent of actuals inside the 80 and the 95 % ranges."""
    below, upto = (np.concatenate(side) for side in zip(*pairs, strict=True))
    upto = np.maximum(upto, below + 1e-9)
    return 100 * covered(below, upto, 80), 100 * covered(below, upto, 95)


def report(series: Series) -> None:
    """Print one line a lead bucket."""
    for kind, account in sorted(measure(series).items()):
        text = " | ".join(f"{name} {'{:3.0f}/{:3.0f}'.format(*coverage(pairs))}" for name, pairs in account.items())
        print(f"{series.name:22s} {kind:8s} {text} | {len(account['day'])} days", flush=True)


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", default="")
    arguments = parser.parse_args()
    for series in load_folder(arguments.folder):
        if arguments.series in series.name:
            report(series)


if __name__ == "__main__":
    main()
