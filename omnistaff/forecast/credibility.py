"""A day's common factor from its seen part alone, by credibility: no history needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff.forecast.days import FloatArray


@dataclass(frozen=True)
class DayFactor:
    """What the seen part of a day tells of its common factor: mean and variance given that part."""

    factor: float
    variance: float


def learn_factor(mean: FloatArray, actual: FloatArray, day: float, interval: float) -> DayFactor:
    """Return the day's factor given *actual* counts beside their forecast *mean*.

    With a factor of mean 1 and variance *day*, and counts of variance M + b Σm² around it (b is *interval*), the best
    linear estimate is 1 + z (N / M - 1), z = day / (day + (M + b Σm²) / M²), with variance (1 - z) day.

    >>> learn_factor(np.array([50.0, 50.0]), np.array([60.0, 60.0]), 0.01, 0.0)
    DayFactor(factor=1.1, variance=0.005)
    """
    total = max(float(mean.sum()), 1e-9)
    noise = (total + interval * float((mean**2).sum())) / total**2
    weight = day / (day + noise) if day > 0 else 0.0
    return DayFactor(1 + weight * (float(actual.sum()) / total - 1), (1 - weight) * day)


def split_variance(paths: pd.DataFrame, cells: pd.DataFrame) -> tuple[float, float]:
    """Return (day, interval) variances of forecast *cells*: their sum from the cells, the split from the paths.

    A total over cells has variance M + a M² + b Σm², each cell m + (a + b) m²: two equations for a and b. Without
    paths both are taken as equal.
    """
    mean = cells["mean"].to_numpy()
    squares = max(float((mean**2).sum()), 1e-9)
    both = max(float((cells["variance"].to_numpy() - mean).sum()) / squares, 0.0)
    drawn = paths.merge(cells[["queue", "interval_start"]], on=["queue", "interval_start"], how="inner")
    if drawn.empty or len(cells) < 2:
        return both / 2, both / 2
    total = drawn.groupby("path")["arrivals"].sum().to_numpy()
    day = (float(total.var(ddof=1)) - float(mean.sum()) - both * squares) / max(
        float(mean.sum()) ** 2 - squares, 1e-9
    )
    day = float(np.clip(day, 0.0, both))
    return day, both - day
