"""A roster as the checker reads it: stretches of time, shifts, persons. Minutes are counted since 1970."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.plan import Contract, Plan

SHIFT_ACTIVITIES = ("work", "break", "meal", "gap", "meeting", "training")
ONE_DAY = dt.timedelta(days=1)


class Found(NamedTuple):
    """One broken rule; time in minutes since 1970."""

    rule: str
    agent_id: str
    minute: int
    message: str


class Stretch(NamedTuple):
    """A stretch of time in minutes since 1970 (UTC)."""

    start: int
    end: int
    activity: str
    is_paid: bool
    date: dt.date


@dataclass(frozen=True)
class Shift:
    """One shift as the table tells it."""

    shift_id: str
    pieces: tuple[Stretch, ...]
    date: dt.date
    start: int
    end: int
    local_date: dt.date
    local_minute: int

    @property
    def paid(self) -> int:
        """Paid minutes."""
        return sum(piece.end - piece.start for piece in self.pieces if piece.is_paid)

    def is_night(self, plan: Plan) -> bool:
        """Return whether enough of the shift lies in the night by the clock of the day it starts."""
        night = plan.schedule.night
        begin, end = timegrid.clock_minutes(night.begin), timegrid.clock_minutes(night.end)
        end += 0 if begin < end else timegrid.DAY_MINUTES
        first, last = self.local_minute, self.local_minute + self.end - self.start
        windows = range(-timegrid.DAY_MINUTES, last, timegrid.DAY_MINUTES)
        inside = sum(max(0, min(last, end + day) - max(first, begin + day)) for day in windows)
        return inside >= 60 * night.min_hours


@dataclass(frozen=True)
class Person:
    """What the checker knows of one agent."""

    agent_id: str
    zone: str
    contract: Contract
    employed: tuple[float, float]
    away: tuple[Stretch, ...]
    shifts: tuple[Shift, ...]  # of this roster, in order of time
    before: tuple[Shift, ...]  # of the previous roster
    known_from: dt.date | None  # first day the previous roster tells of


@dataclass(frozen=True)
class Span:
    """The days that a roster is about."""

    first: dt.date
    weeks: int

    @property
    def last(self) -> dt.date:
        """The day after the last."""
        return self.first + 7 * self.weeks * ONE_DAY


def minutes_of(times: pd.Series[pd.Timestamp]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return minutes since 1970 of UTC times."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(naive.astype("datetime64[m]").astype("int64"))


def clock_of(minute: int) -> str:
    """Return a minute of the local day, or of a day near it, as HH:MM."""
    return f"{minute % timegrid.DAY_MINUTES // 60:02d}:{minute % 60:02d}"


def day_minute(date: dt.date, zone: str) -> int:
    """Return the first minute of a local day, in minutes since 1970."""
    return int(timegrid.day_start(date, zone).timestamp() // 60)


def read_stretches(frame: pd.DataFrame) -> dict[str, list[Stretch]]:
    """Return each agent's rows in order of time."""
    result: dict[str, list[Stretch]] = {}
    dates = frame["schedule_date"] if "schedule_date" in frame else frame["start_at"]
    columns = (
        frame["agent_id"], minutes_of(frame["start_at"]), minutes_of(frame["end_at"]), frame["activity"],
        frame["is_paid"], dates.dt.date,
    )  # fmt: skip
    for agent, start, end, activity, is_paid, date in zip(*columns, strict=True):
        result.setdefault(str(agent), []).append(Stretch(int(start), int(end), str(activity), bool(is_paid), date))
    return {agent: sorted(rows) for agent, rows in result.items()}


def read_shifts(roster: pd.DataFrame, agents: pd.DataFrame) -> dict[str, tuple[Shift, ...]]:
    """Return each agent's shifts in order; rows that are only leave or the like are no shifts."""
    zones = dict(zip(agents["agent_id"], agents["time_zone"], strict=True))
    busy = roster[roster["activity"].isin(SHIFT_ACTIVITIES) & roster["agent_id"].isin(list(zones))]
    result: dict[str, list[Shift]] = {}
    for zone, rows in busy.groupby(busy["agent_id"].map(zones)):
        local = timegrid.local_parts(rows["start_at"], str(zone))
        walls = zip(local["date"].dt.date, local["minute_of_day"], strict=True)
        columns = (rows["agent_id"], rows["shift_id"], minutes_of(rows["start_at"]), minutes_of(rows["end_at"]))
        more = (rows["activity"], rows["is_paid"], rows["schedule_date"].dt.date, walls)
        gathered: dict[tuple[str, str], list[tuple[Stretch, dt.date, int]]] = {}
        for agent, shift, start, end, activity, is_paid, date, (day, minute) in zip(*columns, *more, strict=True):
            piece = Stretch(int(start), int(end), str(activity), bool(is_paid), date)
            gathered.setdefault((str(agent), str(shift)), []).append((piece, day, int(minute)))
        for (agent, shift), found in gathered.items():
            found.sort()
            pieces = tuple(piece for piece, _, _ in found)
            if any(piece.activity == "work" for piece in pieces):
                end = max(piece.end for piece in pieces)
                one = Shift(shift, pieces, pieces[0].date, pieces[0].start, end, found[0][1], found[0][2])
                result.setdefault(agent, []).append(one)
    return {agent: tuple(sorted(shifts, key=lambda s: s.start)) for agent, shifts in result.items()}


def read_people(
    agents: pd.DataFrame,
    plan: Plan,
    away: dict[str, list[Stretch]],
    here: dict[str, tuple[Shift, ...]],
    past: pd.DataFrame | None,
) -> Iterator[Person]:
    """Yield every agent with contract, absences and shifts; *past* is the roster before the first day."""
    before = {} if past is None or past.empty else read_shifts(past, agents)
    known = None if past is None or past.empty else past["schedule_date"].min().date()
    firsts, lasts = agents["valid_from"], agents["valid_to"]
    columns = (agents["agent_id"], agents["contract"], agents["time_zone"], firsts, lasts)
    for name, contract, zone, begin, end in zip(*columns, strict=True):
        if contract not in plan.schedule.contracts:
            raise ConfigError(f"schedule.contracts: no contract is called {contract!r}, agent {name} has it")
        employed = (
            -np.inf if pd.isna(begin) else begin.timestamp() / 60,
            np.inf if pd.isna(end) else end.timestamp() / 60,
        )
        rules = plan.schedule.contracts[contract]
        mine = tuple(away.get(name, ()))
        yield Person(str(name), str(zone), rules, employed, mine, here.get(name, ()), before.get(name, ()), known)
