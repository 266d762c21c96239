"""What a forecasting model is."""

from __future__ import annotations

from typing import Protocol

from omnistaff.forecast.days import Days, FloatArray


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
