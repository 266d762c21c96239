"""Is the mean the mean? What came over what was forecast, summed over all origins and leads, and its cost in WAPE.

    python benchmarks/forecast_means.py FOLDER [--series boston]

Beside the default model alone stands the product's forecast: the model's means with their level set right by
forecasts verified before each origin. Errors are weighed by WAPE, which likes medians, so the medians' WAPE and the
means' root of squared errors are told too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from forecast_accuracy import WEEK, judged_origins, poisson_medians
from forecast_data import Series, load_folder
from forecast_ranges import STEPS, Seen

from omnistaff.forecast.calibration import calibrated_quantiles
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.level import set_level
from omnistaff.forecast.rolling import FLOOR


class Means(NamedTuple):
    """Percent by which what came lies above the forecast, of the model alone and of the product; WAPE of both.

    Of the product also the root of the mean squared error, the WAPE of its medians and of those of Poisson counts
    around its means, and the sums of its absolute errors by week of the day forecast.
    """

    above_alone: float
    above: float
    wape_alone: float
    wape: float
    rmse: float
    wape_median: float
    wape_poisson: float
    weekly: np.ndarray


def measure(series: Series, every: int = 1) -> Means:
    """Return how fair the means of the default model and of the product are."""
    seen = Seen(series)
    sums = np.zeros((2, 2))
    total = squares = missed = missed_poisson = 0.0
    cells, weekly = 0, np.zeros(len(series.days.counts) // WEEK + 1)
    for origin, ahead in judged_origins(series, every):
        made = seen.at(origin)
        actual = made.actual[0, ahead]
        known = ~np.isnan(actual)
        total += actual[known].sum()
        for row, means in enumerate((made.mean[0], seen.means(origin))):
            mean = means[ahead]
            sums[row] += mean[known].sum(), np.abs(mean - actual)[known].sum()
        np.add.at(weekly, (origin + ahead) // WEEK, np.where(known, np.abs(mean - actual), 0.0).sum(axis=1))
        squares += float(((mean - actual)[known] ** 2).sum())
        cells += int(known.sum())
        missed_poisson += float(np.abs(poisson_medians(mean) - actual)[known].sum())
        missed += float(np.abs(_medians(seen, origin)[ahead] - actual)[known].sum())
    above, wape = 100 * (total / sums[:, 0] - 1), 100 * sums[:, 1] / total
    medians = (100 * missed / total, 100 * missed_poisson / total)
    return Means(*above.tolist(), *wape.tolist(), float(np.sqrt(squares / cells)), *medians, weekly)


def _medians(seen: Seen, origin: int) -> np.ndarray:
    """Return the product's medians at *origin*, lead days × slots."""
    mean, past = seen.means(origin), set_level(seen.verified(origin))
    made = seen.at(origin)
    total = np.where(np.isnan(made.actual[0]), 0.0, mean).sum(axis=1)
    spread = learn_dispersion(past).spread(np.arange(STEPS), made.special[0], np.maximum(total, FLOOR))
    known, medians = ~np.isnan(mean), np.full(mean.shape, np.nan)
    reach = np.broadcast_to(spread.interval_reach[:, None, :], (*mean.shape, 2))[known]
    excess = (spread.day[:, None] + spread.interval)[known]
    medians[known] = calibrated_quantiles(mean[known], excess, reach, np.array([0.5]))[:, 0]
    return medians


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--series", default="")
    arguments = parser.parse_args()
    print(f"{'':22s} came above forecast, % (alone) | WAPE % (alone)")
    for series in load_folder(arguments.folder):
        if arguments.series in series.name:
            found = measure(series)
            print(
                f"{series.name:22s} {found.above:+8.1f} ({found.above_alone:+.1f})"
                f" | {found.wape:.2f} ({found.wape_alone:.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
