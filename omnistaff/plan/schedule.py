"""Section ``schedule``: shift patterns, contracts, rules."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, field_validator, model_validator

from omnistaff.errors import ConfigError
from omnistaff.plan.base import Clock, PositiveShare, Settings
from omnistaff.timegrid import DAY_MINUTES, clock_minutes, parse_weekdays


class Break(Settings):
    """A break or meal within a shift; the roster chooses when it begins."""

    activity: Literal["break", "meal"] = "break"
    minutes: int = Field(15, gt=0, multiple_of=5)
    is_paid: bool = True
    earliest_after_minutes: int = Field(60, ge=0, description="from the start of the shift")
    latest_after_minutes: int = Field(360, ge=0, description="the break begins no later than this")


class Pattern(Settings):
    """A family of shifts: start window, lengths and breaks."""

    name: str = Field(min_length=1)
    start_from: Clock
    start_to: Clock = Field(description="last start; not before start_from")
    step_minutes: int = Field(30, gt=0, multiple_of=5)
    hours: list[float] = Field(description="lengths from start to end, unpaid breaks included", min_length=1)
    breaks: list[Break] = Field([], description="in the order in which they are taken")
    min_stretch_minutes: int = Field(0, ge=0, description="least time between two breaks")
    weekdays: str = Field("daily", description="mon-fri, sat,sun, daily ...: the day the shift starts on")

    @field_validator("weekdays")
    @classmethod
    def _weekdays_can_be_read(cls, text: str) -> str:
        try:
            parse_weekdays(text)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return text

    @model_validator(mode="after")
    def _breaks_fit(self) -> Pattern:
        if clock_minutes(self.start_to) < clock_minutes(self.start_from):
            raise ValueError(
                "start_to: before start_from; split a start window that passes midnight into two patterns"
            )
        for length in self.hours:
            minutes = round(length * 60)
            if abs(length * 60 - minutes) > 1e-6 or minutes % 5 or not 0 < minutes <= DAY_MINUTES:
                raise ValueError(f"hours: {length} h is not a length in steps of 5 minutes, up to 24 h")
            self._check_breaks(minutes)
        return self

    def _check_breaks(self, length: int) -> None:
        ready = 0
        for k, pause in enumerate(self.breaks):
            begin = max(ready, pause.earliest_after_minutes)
            last = min(pause.latest_after_minutes, length - pause.minutes)
            if begin > last:
                raise ValueError(f"breaks.{k}: has no place in a shift of {length / 60:g} h, check its window")
            ready = begin + pause.minutes + self.min_stretch_minutes

    def paid_minutes(self, length_minutes: int) -> int:
        """Return the paid minutes of a shift of this pattern."""
        return length_minutes - sum(pause.minutes for pause in self.breaks if not pause.is_paid)


class Contract(Settings):
    """What a kind of employment allows. Weeks are counted in sevens from the first day of the roster."""

    hours_per_week: float = Field(40, gt=0, description="paid hours")
    tolerance_hours: float = Field(0, ge=0, description="allowed more or less a week")
    max_days_per_week: int = Field(5, ge=1, le=7)
    min_days_per_week: int = Field(0, ge=0, le=7)
    min_consecutive_days: int = Field(1, ge=1, description="no shorter run of working days")
    max_consecutive_days: int = Field(6, ge=1)
    min_days_off_together: int = Field(1, ge=1, description="no shorter run of days off")
    min_rest_hours: float = Field(11, ge=0, description="from the end of a shift to the start of the next")
    weekends_off_in_four: int = Field(1, ge=0, le=4, description="of any four weekends in a row, wholly free")
    patterns: list[str] = Field([], description="patterns it may work; all if none is named")

    @model_validator(mode="after")
    def _hangs_together(self) -> Contract:
        if self.min_days_per_week > self.max_days_per_week:
            raise ValueError("min_days_per_week: more than max_days_per_week")
        if self.min_consecutive_days > self.max_consecutive_days:
            raise ValueError("min_consecutive_days: more than max_consecutive_days")
        return self


class Rules(Settings):
    """Weights of what is wished but not demanded."""

    understaffing_cost: float = Field(60, gt=0, description="cost of one missing agent-hour")
    overstaffing_cost: float = Field(0, ge=0, description="cost of one agent-hour above the need")
    preference_cost: float = Field(10, ge=0, description="cost of one refused wish of weight 1")
    spare_share: float = Field(
        0.15, ge=0, description="staff above the need that still shorten waits, as share of the need"
    )
    spare_cost_share: PositiveShare = Field(
        0.05, description="what a missing spare hour costs, as share of understaffing_cost"
    )


class ScheduleSettings(Settings):
    """Who may work when."""

    start: Literal["auto"] | dt.date = Field("auto", description="first day; the forecast's first day")
    weeks: int = Field(4, ge=1, le=53)
    patterns: list[Pattern] = []
    contracts: dict[str, Contract] = {}
    rules: Rules = Rules()
    break_step_minutes: int = Field(
        15, gt=0, multiple_of=5, description="breaks begin on multiples of this after the start"
    )
    time_limit_s: float = Field(120, gt=0, description="safety net; a roster that stops by it may differ by machine")
    gap_share: float = Field(0.01, ge=0, description="proven distance from the best at which the search stops")

    @model_validator(mode="after")
    def _names_are_unique(self) -> ScheduleSettings:
        names = [pattern.name for pattern in self.patterns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"patterns: {', '.join(twice)} named twice")
        return self

    def patterns_of(self, contract: Contract) -> list[Pattern]:
        """Return the patterns that a contract may work, in the order of the plan."""
        return [pattern for pattern in self.patterns if not contract.patterns or pattern.name in contract.patterns]
