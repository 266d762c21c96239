"""Section ``queues``: what is planned, when it is open, and what is promised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from omnistaff.errors import ConfigError
from omnistaff.plan.base import PositiveShare, Seconds, Settings, Share, ZoneName
from omnistaff.plan.week import WeekPeople
from omnistaff.timegrid import OpeningHours

FOREVER_S = 1e9  # patience of who is called: nobody waits for it
Abandons = Literal["answered_only", "ignored", "positive", "negative", "short_out"]


class Target(Settings):
    """The promise to customers; several may hold at once."""

    answered_share: PositiveShare | None = Field(None, description="share answered within within_s")
    within_s: Seconds = 20
    abandons: Abandons = Field("negative", description="how abandons count in the service level")
    asa_s: Seconds | None = Field(None, description="mean speed of answer at most")
    abandon_share: Share | None = Field(None, description="share leaving at most")
    per: Literal["interval", "day"] = Field(
        "interval", description="day: kept over each local day, with fewer people where one more would save least"
    )
    on_time_share: PositiveShare | None = Field(None, description="deferred: share finished within due_hours")
    due_hours: float = Field(24, gt=0)
    clock: Literal["open", "calendar"] = Field("open", description="due time runs in opening hours or always")


#: Settings of a target that only queues of one kind read.
LIVE_KEYS = frozenset({"answered_share", "within_s", "abandons", "asa_s", "abandon_share", "per"})
DEFERRED_KEYS = frozenset({"on_time_share", "due_hours", "clock"})


class OutboundList(Settings):
    """Customers to be contacted: known, not forecast."""

    date: dt.date = Field(description="first day on which they may be contacted")
    contacts: int = Field(ge=1, description="dials or messages, repeated attempts included")
    until: dt.date | None = Field(
        None, description="live: last day, over whose hours they are spread; date if not given"
    )

    @model_validator(mode="after")
    def _has_days(self) -> OutboundList:
        if self.until and self.until < self.date:
            raise ValueError("until: before date")
        return self


class Queue(Settings):
    """One planned queue."""

    name: str = Field(min_length=1)
    contacts: dict[str, list[str]] = Field(
        {}, description="contacts column: values that belong here, all columns must match"
    )
    mode: Literal["live", "messaging", "deferred"] = "live"
    hours: dict[str, str] = Field({"daily": "24h"}, description="mon-fri: HH:MM-HH:MM; holidays: closed")
    time_zone: ZoneName | None = Field(None, description="zone of the customers; the plan's if not given")
    country: str | None = Field(None, description="holidays of this country; the calendar's if not given")
    region: str | None = None
    target: Target = Target(answered_share=0.8)
    patience_s: Literal["estimate"] | float = "estimate"
    max_occupancy_share: PositiveShare = 0.88
    concurrency: int = Field(1, ge=1, description="conversations an agent works at once")
    concurrency_speeds: list[PositiveShare] = Field(
        [], description="speed of each conversation with 1, 2, ... at once; 1, .85, .72 ... if not given"
    )
    data_concurrency: float = Field(
        1, ge=1, description="mean conversations at once behind the handle times of the data; 1: as if alone"
    )
    handle_s: Seconds | None = Field(None, gt=0, description="handle time where the data has none")
    closing_minutes: int = Field(
        0,
        ge=0,
        description="so long people stay after closing to serve who waits and end what goes on, in whole intervals; "
        "0: shifts may end at closing, what goes on is ended after them, and who still waits may be lost",
    )
    min_agents: WeekPeople = Field(
        0, description='people for this queue at least, always or by the hour: {default: 1, "mon-fri 08:00-10:00": 2}'
    )
    min_able_agents: WeekPeople = Field(
        0,
        description="people at work who can serve it at least while it is open, whatever they do; always or by hour",
    )
    priority: int = Field(0, description="higher is served first")
    outbound: list[OutboundList] = Field(
        [],
        description="the queue works on these lists in its hours, and is not forecast; deferred: when there is time, "
        "within due_hours; live: evenly, by people who are there for it",
    )

    @field_validator("hours", mode="before")
    @classmethod
    def _dates_may_be_bare(cls, hours: Any) -> Any:
        if not isinstance(hours, Mapping):
            return hours
        return {key.isoformat() if isinstance(key, dt.date) else key: text for key, text in hours.items()}

    @field_validator("hours")
    @classmethod
    def _hours_can_be_read(cls, hours: dict[str, str]) -> dict[str, str]:
        try:
            OpeningHours(hours, "UTC")
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return hours

    @model_validator(mode="before")
    @classmethod
    def _who_is_called_does_not_wait(cls, content: Any) -> Any:
        if isinstance(content, Mapping) and content.get("outbound") and "patience_s" not in content:
            return {**content, "patience_s": FOREVER_S}
        return content

    @model_validator(mode="after")
    def _lists_can_be_worked_on(self) -> Queue:
        if not self.outbound:
            return self
        problems = []
        if self.mode == "messaging":
            problems.append("outbound: a list is worked on by a deferred or a live queue")
        if self.handle_s is None:
            problems.append("outbound: handle_s is missing, the time of one contact of the list")
        if not self.contacts:
            problems.append(
                "outbound: say by contacts what theirs look like in the logs, else it would take everything"
            )
        for k, one in enumerate(self.outbound):
            if one.until and self.mode == "deferred":
                problems.append(f"outbound.{k}.until: means nothing for a deferred queue, target.due_hours says when")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @model_validator(mode="after")
    def _fits_its_mode(self) -> Queue:
        target = self.target
        if self.mode == "deferred" and target.on_time_share is None:
            raise ValueError("target: a deferred queue needs on_time_share and due_hours")
        live_targets = (target.answered_share, target.asa_s, target.abandon_share)
        if self.mode != "deferred" and all(value is None for value in live_targets):
            raise ValueError("target: a live or messaging queue needs answered_share, asa_s or abandon_share")
        idle = target.model_fields_set & (LIVE_KEYS if self.mode == "deferred" else DEFERRED_KEYS)
        if idle:
            raise ValueError(f"target: {', '.join(sorted(idle))} means nothing for a {self.mode} queue, leave it out")
        if self.mode == "deferred" and self.closing_minutes:
            raise ValueError("closing_minutes: means nothing for a deferred queue, its work waits for the next day")
        if self.concurrency_speeds and len(self.concurrency_speeds) < self.concurrency:
            raise ValueError(
                f"concurrency_speeds: expected {self.concurrency} speeds, one for each conversation at once"
            )
        if not isinstance(self.patience_s, str) and self.patience_s <= 0:
            raise ValueError("patience_s: expected seconds above 0, or estimate")
        return self

    @property
    def speeds(self) -> tuple[float, ...]:
        """Speed of each conversation with 1, 2, ... ``concurrency`` at once."""
        if self.concurrency_speeds:
            return tuple(self.concurrency_speeds)
        return tuple(1 / (1 + 0.18 * k) for k in range(self.concurrency))

    @property
    def capacity(self) -> float:
        """Conversations an agent with ``concurrency`` of them finishes while another finishes one alone."""
        return self.concurrency * self.speeds[self.concurrency - 1]

    @property
    def alone_share(self) -> float:
        """Handle time of a conversation that is alone / agent's time a conversation in the data."""
        levels = range(len(self.speeds) + 1)
        work = [0.0, *(k * self.speeds[k - 1] for k in levels[1:])]
        low = min(int(self.data_concurrency), len(self.speeds) - 1)
        return work[low] + (min(self.data_concurrency, len(self.speeds)) - low) * (work[low + 1] - work[low])
