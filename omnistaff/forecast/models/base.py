"""What a forecasting model is."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from omnistaff.forecast.days import Days, FloatArray
from omnistaff.forecast.training import Training, make_training

LEAST_A_DAY = 0.2  # contacts over all slots: a mean below this claims more than counts can teach


class Model(Protocol):
    """A way to forecast the mean of demand, usable alone.

    ``forecast`` returns expected counts, *steps* days from row *origin* on × slots. It reads ``days.counts`` before
    *origin* only; the calendar may be read for all days.
    """

    @property
    def name(self) -> str:
        """The model's name in plans and tables."""

    def forecast(self, days: Days, origin: int, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from *origin* on."""


class Trained(Protocol):
    """A model that forecasts from a ``Training``, so that several can share one."""

    def ahead(self, training: Training, days: Days, steps: int) -> FloatArray:
        """Return expected counts of *steps* days from the training's origin on; there are days to learn from."""


def forecast_trained(model: Trained, days: Days, origin: int, steps: int) -> FloatArray:
    """Return what *model* forecasts at *origin*; zeros without any history."""
    training = make_training(days, origin)
    if not len(training.rows):
        return np.zeros((steps, days.counts.shape[1]))
    return model.ahead(training, days, steps)


def raised(mean: FloatArray) -> FloatArray:
    """Return *mean* (days × slots), each slot at least as large as its part of LEAST_A_DAY.

    By day, so that short intervals and nights, in which next to nothing comes, do not add up to contacts.
    """
    return np.asarray(np.maximum(mean, LEAST_A_DAY / mean.shape[-1]))
