"""The time axis of a roster: local days of the operation, cut into slots of UTC.

A slot is the largest stretch that divides every interval, start, length and break, so that all of them begin and
end on slots. A shift lasts its length in elapsed time, also when clocks change under it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan

Ints = npt.NDArray[np.int32]
MARGIN_SLOTS_HOURS = 48  # room before the first and after the last local day: zones apart, nights


@dataclass(frozen=True)
class Horizon:
    """Days of the roster and the slots they are cut into."""

    dates: tuple[dt.date, ...]
    origin: pd.Timestamp  # UTC, start of slot 0
    slot_minutes: int
    slots: int

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Weekday of each day, 0 = Monday."""
        return tuple(date.weekday() for date in self.dates)

    @property
    def weeks(self) -> tuple[int, ...]:
        """Week of each day, in sevens from the first."""
        return tuple(d // 7 for d in range(len(self.dates)))

    @property
    def slot_hours(self) -> float:
        """Length of a slot in hours."""
        return self.slot_minutes / 60

    def slots_of(self, times: pd.Series[pd.Timestamp]) -> npt.NDArray[np.float64]:
        """Return each instant as slots from the origin, fractional where it is not on a slot; NaN for NaT."""
        seconds = (times - self.origin) / pd.Timedelta(minutes=self.slot_minutes)
        return cast("npt.NDArray[np.float64]", seconds.to_numpy(dtype="float64"))

    def times(self, slots: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
        """Return the instants at which slots begin."""
        step = np.timedelta64(self.slot_minutes * 60_000_000, "us")
        values = self.origin.tz_localize(None).to_datetime64().astype("datetime64[us]") + slots * step
        return pd.DatetimeIndex(values.astype("datetime64[us]"), tz="UTC")

    def local_starts(self, minutes: Sequence[int], zone: str) -> Ints:
        """Return the slots at which the wall clock of *zone* shows *minutes*, by [day, minute]; -1 where never."""
        days = pd.DatetimeIndex([pd.Timestamp(date) for date in self.dates]).as_unit("us")
        offsets = pd.to_timedelta(np.tile(np.array(minutes), len(days)), unit="min")
        instants, _ = timegrid.localize(pd.Series(days.repeat(len(minutes)) + offsets), zone, ambiguous="first")
        slots = self.slots_of(instants)
        whole = np.isfinite(slots) & (np.abs(slots - np.round(slots)) < 1e-9)
        found = np.where(whole, np.round(np.nan_to_num(slots)), -1).astype(np.int32)
        return found.reshape(len(days), len(minutes))


def make_horizon(first: dt.date, plan: Plan) -> Horizon:
    """Return the horizon of *plan* that begins on *first*."""
    days = 7 * plan.schedule.weeks
    dates = tuple(first + dt.timedelta(days=k) for k in range(days))
    minutes = _slot_minutes(plan)
    origin = timegrid.day_start(first, plan.time_zone) - pd.Timedelta(hours=24)
    end = timegrid.day_start(first + dt.timedelta(days=days), plan.time_zone)
    end += pd.Timedelta(hours=MARGIN_SLOTS_HOURS)
    return Horizon(dates, origin.as_unit("us"), minutes, int((end - origin) / pd.Timedelta(minutes=minutes)))


def _slot_minutes(plan: Plan) -> int:
    """Return the longest slot that divides all that can begin or end."""
    parts = [plan.interval_minutes, plan.schedule.break_step_minutes]
    for pattern in plan.schedule.patterns:
        parts += [
            timegrid.clock_minutes(pattern.start_from),
            pattern.step_minutes,
            pattern.min_stretch_minutes,
            pattern.max_stretch_minutes or 0,
        ]
        parts += [round(60 * length) for length in pattern.hours]
        for pause in pattern.breaks:
            parts += [pause.minutes, pause.earliest_after_minutes]
    parts += [meeting.minutes for meeting in plan.schedule.meetings]
    parts += [
        part
        for duty in plan.schedule.on_call
        for part in (timegrid.clock_minutes(duty.start), round(60 * duty.hours))
    ]
    return math.gcd(*(part for part in parts if part))
