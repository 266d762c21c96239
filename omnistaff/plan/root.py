"""The plan: every setting of a run, in the order of the plan file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, PrivateAttr, model_validator

from omnistaff.plan.base import Settings, ZoneName
from omnistaff.plan.calendar import Calendar
from omnistaff.plan.forecast import DemandSettings, ForecastSettings
from omnistaff.plan.identity import Identity
from omnistaff.plan.ingest import Source
from omnistaff.plan.queues import Queue
from omnistaff.plan.schedule import ScheduleSettings
from omnistaff.plan.simulate import EngineSettings, ReportSettings, SimulateSettings
from omnistaff.plan.staffing import StaffingSettings, Whom
from omnistaff.plan.timeline import TimelineSettings
from omnistaff.timegrid import OpeningHours, mean_over, public_holidays


class Plan(Settings):
    """Everything a run needs to know."""

    name: str = Field(min_length=1)
    time_zone: ZoneName = Field(description="IANA zone of the operation")
    interval_minutes: Literal[5, 10, 15, 20, 30, 60] = 30
    seed: int = Field(7, ge=0)
    threads: int = Field(2, ge=1)
    ingest: list[Source] = []
    identity: Identity = Identity()
    timeline: TimelineSettings = TimelineSettings()
    queues: list[Queue] = Field(min_length=1)
    calendar: Calendar = Calendar()
    demand: DemandSettings = DemandSettings()
    forecast: ForecastSettings = ForecastSettings()
    staffing: StaffingSettings = StaffingSettings()
    agents: str | None = Field(None, description="CSV of agents, relative to the plan")
    absences: str | None = None
    preferences: str | None = None
    schedule: ScheduleSettings = ScheduleSettings()
    simulate: SimulateSettings = SimulateSettings()
    report: ReportSettings = ReportSettings()
    engine: EngineSettings = EngineSettings()

    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _hangs_together(self) -> Plan:
        problems = self._name_problems()
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _name_problems(self) -> list[str]:
        problems = []
        names = [queue.name for queue in self.queues]
        problems += [f"queues: {name!r} is named twice" for name in sorted({n for n in names if names.count(n) > 1})]
        sources = [source.name or source.reader for source in self.ingest]
        problems += [
            f"ingest: two sources are called {name!r}, give each its own name"
            for name in sorted({n for n in sources if sources.count(n) > 1})
        ]
        events = [event.name for event in self.calendar.events]
        for k, event in enumerate(self.calendar.events):
            unknown = sorted(set(event.queues) - set(names))
            problems += [f"calendar.events.{k}.queues: no queue is called {name!r}" for name in unknown]
            if event.analogue is not None and event.analogue not in events[:k] + events[k + 1 :]:
                problems.append(f"calendar.events.{k}.analogue: no other event is called {event.analogue!r}")
        for k, adjustment in enumerate(self.forecast.adjustments):
            unknown = sorted(set(adjustment.queues) - set(names))
            problems += [f"forecast.adjustments.{k}.queues: no queue is called {name!r}" for name in unknown]
        problems += self._forecast_problems(set(names))
        problems += self.simulate.problems({queue.name: queue.mode for queue in self.queues})
        patterns = {pattern.name for pattern in self.schedule.patterns}
        for name, contract in self.schedule.contracts.items():
            unknown = sorted(set(contract.patterns) - patterns)
            problems += [f"schedule.contracts.{name}.patterns: no pattern is called {p!r}" for p in unknown]
        return problems

    def _forecast_problems(self, names: set[str]) -> list[str]:
        """Return where the forecast names queues that do not exist."""
        named = {
            **{f"drivers.{k}.queues": set(one.queues) for k, one in enumerate(self.forecast.drivers)},
            **{f"groups.{group}": set(queues) for group, queues in self.forecast.groups.items()},
            "adoptions": set(self.forecast.adoptions),
            **{f"adoptions.{queue}.like": {one.like} for queue, one in self.forecast.adoptions.items()},
        }
        problems = [
            f"forecast.{where}: no queue is called {name!r}"
            for where, queues in named.items()
            for name in sorted(queues - names)
        ]
        problems += [
            f"forecast.adoptions.{queue}.like: {one.like} has no past of its own either"
            for queue, one in self.forecast.adoptions.items()
            if one.like in self.forecast.adoptions
        ]
        listed = {queue.name for queue in self.queues if queue.outbound}
        problems += [
            f"forecast.adoptions.{queue}.like: {one.like} has outbound lists, expected a queue that is contacted"
            for queue, one in self.forecast.adoptions.items()
            if one.like in listed
        ]
        return problems

    @property
    def folder(self) -> Path:
        """The folder that relative paths in the plan start from."""
        return self._folder

    def queue(self, name: str) -> Queue:
        """Return the queue called *name*."""
        return next(queue for queue in self.queues if queue.name == name)

    def zone_of(self, queue: Queue) -> str:
        """Return the IANA zone of a queue's customers."""
        return queue.time_zone or self.time_zone

    def holidays_of(self, queue: Queue, years: range) -> dict[dt.date, str]:
        """Return {date: name} of the holidays of a queue: public ones, the plan's own and its holiday events."""
        country = queue.country or self.calendar.country
        region = queue.region if queue.country else queue.region or self.calendar.region
        own = self.calendar.holidays | {
            event.start + dt.timedelta(days=k): event.name
            for event in self.calendar.events
            if event.kind == "holiday" and event.touches(queue.name)
            for k in range(((event.end or event.start) - event.start).days + 1)
        }
        return public_holidays(country, region, list(years), own)

    def hours_of(self, queue: Queue, years: range) -> OpeningHours:
        """Return a queue's opening hours in whole intervals, holidays of *years* included."""
        return OpeningHours(queue.hours, self.zone_of(queue), self.holidays_of(queue, years), self.interval_minutes)

    def is_open(self, queue: Queue, times: pd.Series[pd.Timestamp] | pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
        """Return whether a queue is open at each instant (UTC), holidays of its years included."""
        years = pd.DatetimeIndex(times).year
        hours = self.hours_of(queue, range(years.min() - 1, years.max() + 2) if len(years) else range(0))
        return np.asarray(hours.is_open(times), dtype=bool)

    def available_share(
        self, times: pd.Series[pd.Timestamp], *, whom: Whom = "paid", minutes: npt.ArrayLike | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the share of *whom* that is ready for work in the interval from each instant (UTC).

        ``paid``: of all who are paid; ``rostered``: of who is on the roster, where the parts that the roster takes
        itself are off already; ``on_site``: of who has come. Intervals of the plan, or so many *minutes*.
        """
        kept = self.staffing.ready_by_minute(self.staffing.losses(whom))
        length = self.interval_minutes if minutes is None else minutes
        return mean_over(kept, times, length, self.time_zone)

    def with_patience(self, patience_s: Mapping[str, float]) -> Plan:
        """Return the plan with measured patience in seconds where a queue says ``estimate``."""
        queues = [
            queue.model_copy(update={"patience_s": patience_s[queue.name]})
            if queue.patience_s == "estimate" and queue.name in patience_s
            else queue
            for queue in self.queues
        ]
        return self.replace(queues=queues)

    def without_shrinkage(self) -> Plan:
        """Return the plan in which everybody is there who is on the roster."""
        return self.replace(staffing=self.staffing.model_copy(update={"shrinkage_share": {}}))

    def replace(self, **sections: object) -> Plan:
        """Return a copy with other values of some sections, given as checked settings, and the same folder."""
        plan = self.model_copy(update=sections)
        plan._folder = self._folder
        return plan
