"""Sections ``demand`` and ``forecast``."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from omnistaff.plan.base import PositiveShare, Settings


class DemandSettings(Settings):
    """How contacts become demand."""

    missing: Literal["zero", "unknown"] = Field("zero", description="what an open interval without contacts means")
    cut_off: dt.datetime | None = Field(None, description="ignore later data, local time; the last full day")
    redial_minutes: float = Field(10, ge=0, description="a redial after an abandonment within this is one demand")
    histories: list[str] = Field([], description="interval histories (CSV or Parquet of the demand table)")


class ForecastSettings(Settings):
    """What to forecast, how far and with which models."""

    start: Literal["auto"] | dt.date = Field("auto", description="first day; the first Monday after the history")
    horizon_days: int = Field(28, ge=1, le=400)
    history_days: int = Field(400, ge=7)
    models: Literal["auto"] | list[str] = "auto"
    levels: list[PositiveShare] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    paths: int = Field(200, ge=0, le=10_000)
    backtest_origins: int = Field(8, ge=0)
