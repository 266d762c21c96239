"""How far the handle times of a day may lie off those of the forecast, all of a day together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DayErrors:
    """Standard errors of a day's mean handle time, as a share of it."""

    share: np.ndarray  # queue, interval of the simulator
    day: np.ndarray  # of each interval, from 0

    def drawn(self, seed: int, replication: int, names: Sequence[int]) -> np.ndarray:
        """Return what handle times are multiplied by, lognormal with mean 1, by queue and interval.

        Each queue (*names* are their keys) has a stream of its own; one number a day.
        """
        days = int(self.day.max(initial=-1)) + 1
        luck = [np.random.default_rng((seed, replication, name)).standard_normal(days)[self.day] for name in names]
        spread = np.sqrt(np.log1p(self.share**2))
        factors: np.ndarray = np.exp(spread * np.array(luck).reshape(spread.shape) - 0.5 * spread**2)
        return factors
