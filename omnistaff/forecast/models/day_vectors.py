"""Day vectors: square-root counts of a day as a vector in a few directions, each direction forecast by itself.

Shen and Huang (2008), Interday forecasting and intraday updating of call center arrivals, M&SOM 10(3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dsyevr

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.base import forecast_trained
from omnistaff.forecast.regression import carry_on, fit_calendar
from omnistaff.forecast.roots import HALF_LIFE_DAYS, roots_of, weighted_products
from omnistaff.forecast.training import Training, borrow_unseen


@dataclass(frozen=True)
class DayVectors:
    """Square-root counts, low rank; each score is a calendar regression with AR(1) errors."""

    name: str = "day_vectors"
    rank: int = 5

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on; zeros without any history."""
        return forecast_trained(self, days, origin, steps)

    def ahead(self, training: Training, days: Days, steps: int) -> FloatArray:
        """Return the forecast from what was learnt before."""
        origin = training.origin
        weight = training.decay(HALF_LIFE_DAYS)
        whole = training.is_whole
        roots = days.roots.values[:origin] if whole else roots_of(training.full)
        products = days.roots.products(origin) if whole else weighted_products(roots, weight)
        basis, power = leading_directions(products, self.rank)
        scores = (roots @ basis)[training.rows] if whole else roots @ basis
        fitted, residual = fit_calendar(training, scores, weight)
        memory = carry_on(residual, training.steps_ahead(steps))
        ahead = (fitted[origin : origin + steps] + memory) @ basis.T
        noise = np.maximum(products.diagonal() - basis**2 @ power, 0.0) / weight.sum()
        means = np.maximum(ahead, 0.3) ** 2 - 0.25 + 0.9 * noise
        return borrow_unseen(np.maximum(means, 0.0), training, days)


def leading_directions(products: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Return the *rank* leading eigenvectors of a matrix of *products* as columns, and their eigenvalues.

    Each has its largest entry positive.
    """
    slots = len(products)
    rank = min(rank, slots)
    power, basis, *_ = dsyevr(products, range="I", il=slots - rank + 1, iu=slots, lower=1)
    power, basis = power[:rank][::-1], basis[:, :rank][:, ::-1]
    largest = np.abs(basis).argmax(axis=0)
    return np.ascontiguousarray(basis * np.sign(basis[largest, np.arange(rank)])), power
