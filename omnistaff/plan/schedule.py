"""Section ``schedule``: shift patterns, contracts, rules."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from omnistaff.plan.base import Clock, Settings


class Break(Settings):
    """A break or meal within a shift."""

    activity: Literal["break", "meal"] = "break"
    minutes: int = Field(15, gt=0)
    is_paid: bool = True
    earliest_after_minutes: int = Field(60, ge=0, description="from the start of the shift")
    latest_after_minutes: int = Field(360, ge=0, description="the break begins no later than this")


class Pattern(Settings):
    """A family of shifts: start window, lengths and breaks."""

    name: str = Field(min_length=1)
    start_from: Clock
    start_to: Clock
    step_minutes: int = Field(30, gt=0)
    hours: list[float] = Field(description="lengths from start to end, unpaid breaks included", min_length=1)
    breaks: list[Break] = []
    weekdays: str = Field("daily", description="mon-fri, sat,sun, daily ...")


class Contract(Settings):
    """What a kind of employment allows."""

    hours_per_week: float = Field(40, gt=0, description="paid hours")
    tolerance_hours: float = Field(0, ge=0, description="allowed more or less a week")
    max_days_per_week: int = Field(5, ge=1, le=7)
    min_days_per_week: int = Field(0, ge=0, le=7)
    max_consecutive_days: int = Field(6, ge=1)
    min_rest_hours: float = Field(11, ge=0)
    weekends_off_in_four: int = Field(1, ge=0, le=4)
    patterns: list[str] = Field([], description="patterns it may work; all if none is named")


class Rules(Settings):
    """Weights of what is wished but not demanded."""

    understaffing_cost: float = Field(60, ge=0, description="cost of one missing agent-hour")
    overstaffing_cost: float = Field(0, ge=0, description="cost of one agent-hour above the need")
    preference_cost: float = Field(10, ge=0, description="cost of one refused wish of weight 1")


class ScheduleSettings(Settings):
    """Who may work when."""

    start: Literal["auto"] | dt.date = Field("auto", description="first day; the forecast's first day")
    weeks: int = Field(4, ge=1, le=53)
    patterns: list[Pattern] = []
    contracts: dict[str, Contract] = {}
    rules: Rules = Rules()
    time_limit_s: float = Field(120, gt=0)
    gap_share: float = Field(0.01, ge=0)
