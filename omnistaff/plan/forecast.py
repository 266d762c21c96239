"""Sections ``demand`` and ``forecast``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from omnistaff.plan.base import Settings, Share

Level = Annotated[float, Field(gt=0, lt=1)]


class DemandSettings(Settings):
    """How contacts become demand."""

    missing: Literal["zero", "unknown"] = Field("zero", description="what an open interval without contacts means")
    cut_off: dt.datetime | None = Field(None, description="ignore later data, local time; the last full day")
    redial_minutes: float = Field(10, ge=0, description="a redial after an abandonment within this is one demand")


class Adjustment(Settings):
    """A planner's correction of the forecast: what the history cannot know."""

    queues: list[str] = Field([], description="queues it moves; all if none is named")
    volume_factor: float = Field(1, ge=0, description="1.1 for ten per cent more contacts")
    contained_share: Share = Field(0, description="share of contacts that a bot or a web page will settle")
    handle_change_s: float = Field(0, description="seconds added to each contact's handle time; negative to save")
    start: dt.date | None = Field(None, description="first local day; the horizon's first if not given")
    end: dt.date | None = Field(None, description="last local day; the horizon's last if not given")


ModelName = Literal[
    "seasonal_naive", "like_days", "recent_days", "profile", "day_vectors", "blend", "combine", "glm", "ets", "mstl",
    "prophet", "prophet_default", "boosting",
]  # fmt: skip


class ForecastSettings(Settings):
    """What to forecast, how far and with which models."""

    start: Literal["auto"] | dt.date = Field("auto", description="first day; the first Monday after the history")
    horizon_days: int = Field(28, ge=1, le=400)
    history_days: int = Field(400, ge=7, description="older days are not looked at")
    models: Literal["auto"] | list[ModelName] = Field(
        "auto", description="auto races the quick ones on past days; one name is taken as it is; several are raced"
    )
    levels: list[Level] = Field([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95], description="quantiles to give")
    paths: int = Field(200, ge=0, le=10_000, description="joint draws of the whole horizon")
    backtest_origins: int = Field(8, ge=0, description="past days' ends at which the models are judged")
    adjustments: list[Adjustment] = Field([], description="the planner's own corrections, one after another")
