"""Section ``schedule``: shift patterns, contracts, rules."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, PositiveFloat, field_validator, model_validator

from omnistaff.errors import ConfigError
from omnistaff.plan.base import Clock, PositiveShare, Settings, Share
from omnistaff.plan.week import WeekPeople
from omnistaff.timegrid import DAY_MINUTES, clock_minutes, parse_weekdays


class Break(Settings):
    """A break or meal within a shift, or the gap of a split shift; the roster chooses when it begins."""

    activity: Literal["break", "meal", "gap"] = Field(
        "break", description="gap: free time between the parts of a split shift"
    )
    minutes: int = Field(15, gt=0, multiple_of=5)
    is_paid: bool = True
    earliest_after_minutes: int = Field(60, ge=0, description="from the start of the shift")
    latest_after_minutes: int = Field(360, ge=0, description="the break begins no later than this")

    @model_validator(mode="after")
    def _gaps_are_unpaid(self) -> Break:
        if self.activity == "gap" and self.is_paid:
            raise ValueError("is_paid: the gap of a split shift is free time, write is_paid: false")
        return self


class Pattern(Settings):
    """A family of shifts: start window, lengths and breaks."""

    name: str = Field(min_length=1)
    start_from: Clock
    start_to: Clock = Field(description="last start; not before start_from")
    step_minutes: int = Field(30, gt=0, multiple_of=5)
    hours: list[float] = Field(description="lengths from start to end, unpaid breaks included", min_length=1)
    breaks: list[Break] = Field([], description="in the order in which they are taken")
    min_stretch_minutes: int = Field(0, ge=0, description="least time between two breaks")
    max_stretch_minutes: int | None = Field(
        None, gt=0, multiple_of=5, description="most time at work without a break, from start to end of the shift"
    )
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
        if not self._stretches_can_be_short(length):
            raise ValueError(f"max_stretch_minutes: no places of the breaks keep it in a shift of {length / 60:g} h")

    def _stretches_can_be_short(self, length: int) -> bool:
        """Return whether some places of the breaks, in steps of 5 minutes, leave no stretch that is too long."""
        if self.max_stretch_minutes is None:
            return True
        ends = {0}
        for pause in self.breaks:
            last = min(pause.latest_after_minutes, length - pause.minutes)
            ends = {
                begin + pause.minutes
                for begin in range(pause.earliest_after_minutes, last + 1, 5)
                if any(
                    (self.min_stretch_minutes if end else 0) <= begin - end <= self.max_stretch_minutes
                    for end in ends
                )
            }
        return any(length - end <= self.max_stretch_minutes for end in ends)

    def paid_minutes(self, length_minutes: int) -> int:
        """Return the paid minutes of a shift of this pattern."""
        return length_minutes - sum(pause.minutes for pause in self.breaks if not pause.is_paid)


SoftRule = Literal[
    "hours_per_week", "hours_per_month", "days_per_week", "consecutive_days", "days_off_together", "weekends_off",
    "nights_in_a_row", "nights_in_four_weeks", "same_start",
]  # fmt: skip


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
    rest_after_nights_hours: float = Field(0, ge=0, description="from the end of a night to the next other shift")
    weekends_off: int = Field(1, ge=0, description="of any of_weekends weekends in a row, wholly free")
    of_weekends: int = Field(4, ge=1, le=8)
    max_overtime_hours: float = Field(0, ge=0, description="paid hours a week above hours_per_week and tolerance")
    hours_per_month: float | None = Field(None, gt=0, description="paid hours in a calendar month")
    month_tolerance_hours: float = Field(0, ge=0, description="allowed more or less a month")
    max_nights_in_a_row: int | None = Field(None, ge=0)
    max_nights_in_four_weeks: int | None = Field(None, ge=0, description="in each 28 days from the first day")
    same_start_in_week: bool = Field(False, description="shifts of a week begin at the same time of day")
    patterns: list[str] = Field([], description="patterns it may work; all if none is named")
    soft: dict[SoftRule, PositiveFloat] = Field(
        {}, description="rules that may be broken, with the cost of each day, hour, night, weekend or change"
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Contract:
        if self.min_days_per_week > self.max_days_per_week:
            raise ValueError("min_days_per_week: more than max_days_per_week")
        if self.min_consecutive_days > self.max_consecutive_days:
            raise ValueError("min_consecutive_days: more than max_consecutive_days")
        if self.weekends_off > self.of_weekends:
            raise ValueError("weekends_off: more than of_weekends")
        return self


class Night(Settings):
    """Which shifts are nights: those of which enough lies in the window, by the clock of the day they start."""

    begin: Clock = "23:00"
    end: Clock = "06:00"
    min_hours: float = Field(3, gt=0, description="hours of a shift in the window that make it a night")


Burden = Literal["nights", "weekend_days", "late_shifts"]


class Rules(Settings):
    """Weights of what is wished but not demanded."""

    understaffing_cost: float = Field(
        60,
        gt=0,
        description="cost of a missing agent-hour; of the first that a queue misses where its curve is known",
    )
    late_cost_share: Share = Field(
        0.5, description="what a contact served later than promised costs, as share of one that leaves unserved"
    )
    overstaffing_cost: float = Field(0, ge=0, description="cost of one agent-hour above the need")
    preference_cost: float = Field(10, ge=0, description="cost of one refused wish of weight 1")
    seniority_share: float = Field(
        0, ge=0, description="by how much a wish is worth more for each year since the agent's valid_from"
    )
    fairness_cost: float = Field(
        0, ge=0, description="cost of the first shift above a fair share; the second costs twice as much, and so on"
    )
    fair_shares: list[Burden] = Field(
        ["nights", "weekend_days", "late_shifts"], description="shared out fairly, the previous roster included"
    )
    change_cost: float = Field(30, ge=0, description="cost of one changed shift of a published roster")
    same_day_overtime_hours: float = Field(2, ge=0, description="overtime that may be offered on the running day")
    max_changed_share: PositiveShare = Field(
        0.03, description="of the published shifts that no absence hits, at most this share is changed by a re-plan"
    )
    paid_cost_share: float = Field(1.0, ge=0, description="cost of a paid hour, of the agent's hourly cost")
    overtime_cost_share: float = Field(
        1.5, ge=0, description="cost of an overtime hour, of the agent's hourly cost; at least that of a paid hour"
    )
    spare_share: float = Field(
        0.15, ge=0, description="staff above the need that still shorten waits, as share of the need"
    )
    spare_cost_share: PositiveShare = Field(
        0.05, description="what a missing spare hour costs, as share of understaffing_cost"
    )


class Meeting(Settings):
    """A meeting or training within the shifts, placed by the roster where it costs least service."""

    name: str = Field(min_length=1)
    activity: Literal["meeting", "training"] = "meeting"
    minutes: int = Field(60, gt=0, multiple_of=5)
    agents: list[str] = Field([], description="who takes part, by agent_id")
    teams: list[str] = Field([], description="whose people take part, by the agents' team")
    together: bool = Field(True, description="all at one time, as many as can come; else each person alone")
    first_day: dt.date | None = Field(None, description="of the roster if not given")
    last_day: dt.date | None = None
    start_from: Clock = "08:00"
    start_to: Clock = Field("17:00", description="last start, by the clock of the operation")

    @model_validator(mode="after")
    def _hangs_together(self) -> Meeting:
        if not self.agents and not self.teams:
            raise ValueError("agents: nobody takes part, name agents or teams")
        if clock_minutes(self.start_to) < clock_minutes(self.start_from):
            raise ValueError("start_to: before start_from")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day: before first_day")
        return self


class OnCall(Settings):
    """On-call duty: people who stay within reach outside their shifts; it covers no queue and is no working time."""

    name: str = Field(min_length=1)
    weekdays: str = Field("daily", description="mon-fri, sat,sun, daily ...: the day the duty starts on")
    start: Clock = Field(description="by the clock of the operation")
    hours: float = Field(gt=0, le=24)
    agents: int = Field(1, ge=1, description="people on call at a time")
    skills: list[str] = Field([], description="queues that whoever is on call must be able to serve, all of them")
    teams: list[str] = Field(
        [], description="whose people take turns, by the agents' team; everybody if none is named"
    )
    paid_share: Share = Field(0.25, description="what an hour on call costs, of the agent's hourly cost")

    @model_validator(mode="after")
    def _times_can_be_read(self) -> OnCall:
        if abs(self.hours * 60 - round(self.hours * 60)) > 1e-6 or round(self.hours * 60) % 5:
            raise ValueError(f"hours: {self.hours} h is not a length in steps of 5 minutes")
        try:
            parse_weekdays(self.weekdays)
        except ConfigError as error:
            raise ValueError(f"weekdays: {error}") from error
        return self


class ScheduleSettings(Settings):
    """Who may work when."""

    start: Literal["auto"] | dt.date = Field("auto", description="first day; the forecast's first day")
    weeks: int = Field(4, ge=1, le=53)
    previous_roster: str | None = Field(
        None,
        description="roster before the first day (roster.csv or the table), relative to the plan; looked back into",
    )
    patterns: list[Pattern] = []
    contracts: dict[str, Contract] = {}
    meetings: list[Meeting] = []
    on_call: list[OnCall] = []
    start_together: list[str] = Field([], description="teams whose people begin at one time of day in each week")
    seats: dict[str, WeekPeople] = Field(
        {},
        description='people a site has seats for: {madrid: 30}, by the hour {madrid: {default: 30, "sat,sun": 12}}',
    )
    seat_cost: PositiveFloat | None = Field(
        None, description="cost of an hour of one person above the seats; without it there are never more"
    )
    night: Night = Night()
    late_after: Clock = Field("20:00", description="a shift that ends later and is no night is a late one")
    rules: Rules = Rules()
    break_step_minutes: int = Field(
        15, gt=0, multiple_of=5, description="breaks begin on multiples of this after the start"
    )
    time_limit_s: float = Field(120, gt=0, description="safety net; a roster that stops by it may differ by machine")
    gap_share: float = Field(0.001, ge=0, description="proven distance from the best at which the search stops")

    @model_validator(mode="after")
    def _names_are_unique(self) -> ScheduleSettings:
        for key, named in (("patterns", self.patterns), ("on_call", self.on_call)):
            names = [one.name for one in named]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{key}: {', '.join(twice)} named twice")
        return self

    def patterns_of(self, contract: Contract) -> list[Pattern]:
        """Return the patterns that a contract may work, in the order of the plan."""
        return [pattern for pattern in self.patterns if not contract.patterns or pattern.name in contract.patterns]
