"""The default: the geometric mean of volume × profile and day vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.models.base import forecast_trained
from omnistaff.forecast.models.day_vectors import DayVectors
from omnistaff.forecast.models.profile import Profile
from omnistaff.forecast.training import Training

SMALL = 0.05  # contacts an interval: far below, the mean is an arithmetic one, as one of the two may say none at all


@dataclass(frozen=True)
class Blend:
    """Geometric mean of the two models; their errors differ, so the mean beats both."""

    name: str = "blend"

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on."""
        return forecast_trained(self, days, origin, steps)

    def ahead(self, training: Training, days: Days, steps: int) -> FloatArray:
        """Return the forecast from what was learnt before."""
        one = Profile().ahead(training, days, steps)
        two = DayVectors().ahead(training, days, steps)
        return np.asarray(np.maximum(np.sqrt((one + SMALL) * (two + SMALL)) - SMALL, 0.0))
