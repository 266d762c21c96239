"""What the report reads: the tables of a work folder, each at most once, seen in the planner's zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.tables.files import Workspace


class Inputs:
    """The tables of one run and the plan behind them."""

    def __init__(
        self,
        work: Workspace,
        plan: Plan,
        manifest: Mapping[str, Any] | None = None,
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        self.work = work
        self.plan = plan
        self.manifest = dict(manifest or {})
        self.previous = dict(previous or {})
        self._tables: dict[str, pd.DataFrame] = {}

    def has(self, name: str) -> bool:
        """Return whether a table has been made."""
        return name in self._tables or self.work.has(name)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; MissingTableError when it has not been made."""
        if name not in self._tables:
            self._tables[name] = self.work.read(name)
        return self._tables[name]

    @property
    def interval_hours(self) -> float:
        """Length of an interval in hours."""
        return self.plan.interval_minutes / 60

    @property
    def queues(self) -> list[str]:
        """Planned queues in the plan's order."""
        return [queue.name for queue in self.plan.queues]

    @property
    def live_queues(self) -> list[str]:
        """Queues whose customers wait."""
        return [queue.name for queue in self.plan.queues if queue.mode != "deferred"]

    def local(self, name: str, column: str = "interval_start") -> pd.DataFrame:
        """Return a table with date, weekday and minute_of_day of *column* in the plan's zone."""
        return self.with_local(self.table(name), column)

    def with_local(self, frame: pd.DataFrame, column: str = "interval_start") -> pd.DataFrame:
        """Return *frame* with date, weekday and minute_of_day of *column* in the plan's zone."""
        return pd.concat([frame, timegrid.local_parts(frame[column], self.plan.time_zone)], axis=1)

    def closed_dates(self, first: pd.Timestamp, last: pd.Timestamp) -> set[pd.Timestamp]:
        """Return the public holidays between two local dates."""
        calendar, years = self.plan.calendar, list(range(first.year, last.year + 1))
        found = timegrid.public_holidays(calendar.country, calendar.region, years, calendar.holidays)
        return {pd.Timestamp(date) for date in found}

    def wall(self, times: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
        """Return *times* as wall clock of the plan's zone."""
        return timegrid.wall_clock(times, self.plan.time_zone)

    def is_known(self, contact_ids: pd.Series[str]) -> np.ndarray:
        """Return whether each contact carries any identifier."""
        import pyarrow as pa
        import pyarrow.compute as pc

        carriers = pa.array(self.table("identifiers")["contact_id"])
        return np.asarray(pc.is_in(pa.array(contact_ids), value_set=carriers))

    def facts(self, stages: tuple[str, ...]) -> tuple[str, ...]:
        """Return the headline figures of *stages* as text."""
        if not self.has("figures"):
            return ()
        figures = self.table("figures")
        return tuple(text for stage in stages for text in figures.loc[figures["stage"] == stage, "text"] if text)

    def figure(self, stage: str, name: str) -> float:
        """Return one headline figure, NaN where there is none."""
        if not self.has("figures"):
            return float("nan")
        figures = self.table("figures")
        found = figures.loc[(figures["stage"] == stage) & (figures["figure"] == name), "value"]
        return float(found.iloc[0]) if len(found) else float("nan")

    def figure_text(self, stage: str, name: str) -> str:
        """Return one headline figure in words, empty where there is none."""
        if not self.has("figures"):
            return ""
        figures = self.table("figures")
        found = figures.loc[(figures["stage"] == stage) & (figures["figure"] == name), "text"]
        return str(found.iloc[0]) if len(found) else ""


def weighted(values: pd.Series[float], weights: pd.Series[float]) -> float:
    """Return the mean of *values* weighted by *weights* where both exist, NaN where nothing does."""
    known = np.asarray(values.notna() & weights.notna() & (weights > 0))
    if not known.any():
        return float("nan")
    return float(np.average(cast("Any", values[known]), weights=cast("Any", weights[known])))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *frame* as dicts."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def highest(frame: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return the first row with the greatest *column*; the frame must have a value there."""
    return records(frame.iloc[[int(frame[column].argmax())]])[0]


def lowest(frame: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return the first row with the smallest *column*; the frame must have a value there."""
    return records(frame.iloc[[int(frame[column].argmin())]])[0]
