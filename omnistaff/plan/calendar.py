"""Section ``calendar``: public holidays and the planner's own events."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from omnistaff.plan.base import Settings, Share


class Event(Settings):
    """Something that moves demand: a launch, a campaign, an outage, a local feast."""

    name: str = Field(min_length=1)
    kind: Literal["launch", "campaign", "holiday", "outage", "other"] = "other"
    start: dt.date
    end: dt.date | None = Field(None, description="last day; open for a launch that decays")
    queues: list[str] = Field([], description="queues it moves; all if none is named")
    analogue: str | None = Field(None, description="a past event to borrow size and shape from")
    volume: float | None = Field(None, gt=0, description="extra contacts expected in all")
    volume_low: float | None = Field(None, gt=0, description="lower end of an 80 % range")
    volume_high: float | None = Field(None, gt=0, description="upper end of an 80 % range")
    half_life_days: float = Field(7, gt=0, description="days in which the extra contacts halve")
    lasting_share: Share = Field(0, description="share of the lift that stays for good: a step, not a wave")

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Event:
        if self.end and self.end < self.start:
            raise ValueError(f"end: {self.end} is before start {self.start}")
        return self

    @model_validator(mode="after")
    def _states_a_range_around_its_volume(self) -> Event:
        low, high = self.volume_low, self.volume_high
        if low is None and high is None:
            return self
        if self.volume is None or low is None or high is None:
            raise ValueError("volume, volume_low and volume_high: a range needs all three")
        if not low <= self.volume <= high:
            raise ValueError(f"expected volume_low {low:g} <= volume {self.volume:g} <= volume_high {high:g}")
        return self

    def touches(self, queue: str) -> bool:
        """Return whether the event moves the queue called *queue*: all if none is named."""
        return not self.queues or queue in self.queues

    @property
    def last_day(self) -> dt.date:
        """The last day the event is felt: its end, or five half-lives when it has none (3 % are left)."""
        return self.end or self.start + dt.timedelta(days=round(5 * self.half_life_days))


class Calendar(Settings):
    """Days that are not like others."""

    country: str | None = Field(None, description="ISO code, for public holidays")
    region: str | None = Field(None, description="subdivision, for regional holidays")
    holidays: dict[dt.date, str] = Field({}, description="own holidays: date: name")
    events: list[Event] = []
