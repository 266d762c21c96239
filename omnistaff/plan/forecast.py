"""Sections ``demand`` and ``forecast``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

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

    @property
    def factor(self) -> float:
        """What contacts are multiplied by: more or fewer that come, less those that a bot or a page settles."""
        return self.volume_factor * (1 - self.contained_share)

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Adjustment:
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"end: {self.end} is before start {self.start}")
        return self


ModelName = Literal[
    "seasonal_naive", "like_days", "recent_days", "profile", "day_vectors", "blend", "combine", "glm", "ets", "mstl",
    "prophet", "prophet_default", "boosting",
]  # fmt: skip


class Driver(Settings):
    """Something outside that moves demand, known or assumed for every day ahead: orders, spend, temperature."""

    name: str = Field(min_length=1)
    path: str | None = Field(
        None, description="CSV with date and a column called as the driver, relative to the plan"
    )
    values: dict[dt.date, float] = Field({}, description="values by day; they win over the file's")
    queues: list[str] = Field([], description="queues it moves; all if none is named")
    scale: Literal["linear", "log"] = Field("linear", description="log where twice as much counts, not so much more")
    future_factor: float = Field(1, ge=0, description="multiplies the days ahead: a scenario")

    @model_validator(mode="after")
    def _has_values(self) -> Driver:
        if self.path is None and not self.values:
            raise ValueError("expected a path or values")
        return self


class Adoption(Settings):
    """Demand of a queue without a past: new customers times their contacts by age."""

    like: str = Field(description="the queue whose week, day and handle time it borrows")
    contacts_by_age: dict[Annotated[int, Field(ge=0)], Annotated[float, Field(ge=0)]] = Field(
        min_length=1,
        description="contacts a customer and day, from that age in days on: {0: 0.2, 7: 0.03, 60: 0.005}",
    )
    orders: str | None = Field(None, description="a driver whose values are new customers a day")
    market: float | None = Field(None, gt=0, description="customers in the end, adopting as Bass (1969) says")
    start: dt.date | None = Field(None, description="first day of sale; the order plan's first if not given")
    innovation: float = Field(0.03, gt=0, description="Bass's p, a year")
    imitation: float = Field(0.38, ge=0, description="Bass's q, a year")
    error_share: float = Field(0.3, gt=0, description="standard deviation of the level, as a share of it")

    @model_validator(mode="after")
    def _has_customers(self) -> Adoption:
        if (self.orders is None) == (self.market is None):
            raise ValueError("expected either orders or market")
        if self.market is not None and self.start is None:
            raise ValueError("start: expected the first day of sale beside market")
        return self


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
    drivers: list[Driver] = Field([], description="what moves demand from outside")
    adoptions: dict[str, Adoption] = Field({}, description="by queue that has no past yet")
    groups: dict[str, list[str]] = Field({}, description="sites, channels, reasons, segments: name: [queues]")
    reconcile: Literal["bottom_up", "top_down", "least_squares"] = Field(
        "bottom_up", description="how queues agree with their groups: added up, scaled to them, or both moved"
    )
    workers: Literal["processes", "dask", "spark"] = Field("processes", description="where many queues are forecast")

    def driver(self, name: str) -> Driver:
        """Return the driver called *name*."""
        return next(driver for driver in self.drivers if driver.name == name)

    @model_validator(mode="after")
    def _hangs_together(self) -> ForecastSettings:
        names = {driver.name for driver in self.drivers}
        problems = [
            f"adoptions.{queue}.orders: no driver is called {adoption.orders!r}"
            for queue, adoption in self.adoptions.items()
            if adoption.orders is not None and adoption.orders not in names
        ]
        members = [queue for queues in self.groups.values() for queue in queues]
        twice = sorted({queue for queue in members if members.count(queue) > 1})
        if self.reconcile == "top_down" and twice:
            problems.append(f"groups: {', '.join(twice)} in several groups, which top_down cannot serve")
        if problems:
            raise ValueError("; ".join(problems))
        return self
