"""A combination of models, weighted by how each did on the queue's own past days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.baselines import LikeDays, RecentDays
from omnistaff.forecast.models.blend import SMALL
from omnistaff.forecast.models.day_vectors import DayVectors
from omnistaff.forecast.models.profile import Profile

if TYPE_CHECKING:
    from omnistaff.forecast.models.base import Model

ORIGINS = 5
EVERY_DAYS = 10
STEPS = 14
SHARPNESS = 12.0  # weight ~ error**-12: a model 10 % worse weighs a third


@dataclass(frozen=True)
class Combine:
    """Weighted geometric mean of quick models; weights from their absolute errors at five earlier origins."""

    name: str = "combine"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on."""
        models: list[Model] = [Profile(), DayVectors(), LikeDays(), RecentDays()]
        weights = self.weights(models, days, origin)
        logs = [np.log(model.forecast(days, origin, steps) + SMALL) for model in models]
        together = np.exp(sum(w * part for w, part in zip(weights, logs, strict=True)))
        return np.asarray(np.maximum(together - SMALL, 0.0))

    def weights(self, models: list[Model], days: Days, origin: int) -> FloatArray:
        """Return each model's weight, learnt before *origin*; equal for the first two with little history."""
        starts = [start for k in range(1, ORIGINS + 1) if (start := origin - EVERY_DAYS * k) >= 28]
        if not starts:
            return np.array([0.5, 0.5, *np.zeros(len(models) - 2)])
        error = np.zeros(len(models))
        for start in starts:
            ahead = min(STEPS, origin - start)
            actual = days.counts[start : start + ahead]
            known = ~np.isnan(actual)
            for k, model in enumerate(models):
                error[k] += np.abs(model.forecast(days, start, ahead) - actual)[known].sum()
        error = np.maximum(error, 1e-9)  # where nothing ever came, all are right
        power = (error / error.min()) ** -SHARPNESS
        return np.asarray(power / power.sum())
