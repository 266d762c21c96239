"""The rule checker: every broken rule of a roster, found from the tables and the plan alone.

Shares no code with the optimiser, on purpose: it reads stretches of time, not options, and asks of each person and
shift what the plan promises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.plan import Contract, Pattern, Plan
from omnistaff.tables import Absences, Violations, check, empty

SHIFT_ACTIVITIES = ("work", "break", "meal", "meeting", "training")
PAUSES = ("break", "meal")
LEAVE_MINUTES = 240
LEAVE_WEEKDAYS = 5
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


def check_roster(
    roster: pd.DataFrame,
    agents: pd.DataFrame,
    plan: Plan,
    *,
    absences: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
) -> DataFrame[Violations]:
    """Return every hard rule that *roster* breaks, one row each, in words; empty when it is legal."""
    here = _shifts(roster, agents)
    strangers = sorted(set(roster["agent_id"]) - set(agents["agent_id"]))
    begin = int(_minutes(roster["start_at"]).min()) if len(roster) else 0
    found = [
        Found("known_agent", who, begin, f"{who} is on the roster but not among the agents") for who in strangers
    ]
    first = _first_date(here, plan)
    if first is not None:
        away = _stretches(empty(Absences) if absences is None else absences)
        before = {} if previous is None else _shifts(previous, agents)
        for person in _people(agents, plan, away, here, before):
            found += _check_person(person, first, plan)
    frame = pd.DataFrame(found, columns=["rule", "agent_id", "minute", "message"]).assign(is_hard=True)
    frame = frame.drop_duplicates(["rule", "agent_id", "minute"])
    times = frame["minute"].to_numpy(dtype="int64").astype("datetime64[m]").astype("datetime64[us]")
    frame = frame.assign(start_at=pd.DatetimeIndex(times, tz="UTC")).drop(columns="minute")
    return check(Violations, frame.astype({"rule": "str", "agent_id": "str", "message": "str", "is_hard": "bool"}))


def _minutes(times: pd.Series[pd.Timestamp]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return minutes since 1970 of UTC times."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(naive.astype("datetime64[m]").astype("int64"))


def _minute(date: dt.date, zone: str) -> int:
    """Return the first minute of a local day, in minutes since 1970."""
    return int(timegrid.day_start(date, zone).timestamp() // 60)


def _first_date(here: dict[str, tuple[Shift, ...]], plan: Plan) -> dt.date | None:
    if plan.schedule.start != "auto":
        return plan.schedule.start
    return min((shift.date for shifts in here.values() for shift in shifts), default=None)


def _stretches(frame: pd.DataFrame) -> dict[str, list[Stretch]]:
    """Return each agent's rows in order of time."""
    result: dict[str, list[Stretch]] = {}
    dates = frame["schedule_date"] if "schedule_date" in frame else frame["start_at"]
    columns = (
        frame["agent_id"], _minutes(frame["start_at"]), _minutes(frame["end_at"]), frame["activity"],
        frame["is_paid"], dates.dt.date,
    )  # fmt: skip
    for agent, start, end, activity, is_paid, date in zip(*columns, strict=True):
        result.setdefault(str(agent), []).append(Stretch(int(start), int(end), str(activity), bool(is_paid), date))
    return {agent: sorted(rows) for agent, rows in result.items()}


def _shifts(roster: pd.DataFrame, agents: pd.DataFrame) -> dict[str, tuple[Shift, ...]]:
    """Return each agent's shifts in order; rows that are only leave or the like are no shifts."""
    zones = dict(zip(agents["agent_id"], agents["time_zone"], strict=True))
    busy = roster[roster["activity"].isin(SHIFT_ACTIVITIES) & roster["agent_id"].isin(list(zones))]
    result: dict[str, list[Shift]] = {}
    for zone, rows in busy.groupby(busy["agent_id"].map(zones)):
        local = timegrid.local_parts(rows["start_at"], str(zone))
        walls = zip(local["date"].dt.date, local["minute_of_day"], strict=True)
        columns = (rows["agent_id"], rows["shift_id"], _minutes(rows["start_at"]), _minutes(rows["end_at"]))
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


def _people(
    agents: pd.DataFrame,
    plan: Plan,
    away: dict[str, list[Stretch]],
    here: dict[str, tuple[Shift, ...]],
    before: dict[str, tuple[Shift, ...]],
) -> Iterator[Person]:
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
        yield Person(str(name), str(zone), rules, employed, mine, here.get(name, ()), before.get(name, ()))


def _check_person(person: Person, first: dt.date, plan: Plan) -> Iterator[Found]:
    for shift in person.shifts:
        yield from _check_shift(shift, person, first, plan)
        yield from _check_away(shift, person)
    yield from _check_rest(person)
    yield from _check_weeks(person, first, plan)
    days = {shift.date for shift in person.shifts}
    past = {shift.date for shift in person.before if shift.date < first}
    last = first + dt.timedelta(days=7 * plan.schedule.weeks)
    yield from _check_runs(person, days | past, first, last)
    yield from _check_weekends(person, days | past, first, last)


def _check_shift(shift: Shift, person: Person, first: dt.date, plan: Plan) -> Iterator[Found]:
    """Yield what is wrong within one shift: its pieces, its day, its pattern."""
    who, when = person.agent_id, shift.start
    if any(piece.end <= piece.start for piece in shift.pieces):
        yield Found("one_activity", who, when, f"{who}: an activity on {shift.date} ends before it starts")
    elif any(one.end != two.start for one, two in pairwise(shift.pieces)):
        yield Found("one_activity", who, when, f"{who}: the activities of {shift.date} leave gaps or overlap")
    if not first <= shift.date < first + dt.timedelta(days=7 * plan.schedule.weeks):
        yield Found("horizon", who, when, f"{who}: the shift of {shift.date} lies outside the roster")
    clock = f"{shift.local_minute // 60:02d}:{shift.local_minute % 60:02d}"
    if any(piece.date != shift.local_date for piece in shift.pieces):
        text = f"{who}: the shift that starts on {shift.local_date} at {clock} is booked on {shift.date}"
        yield Found("schedule_date", who, when, text)
    if not any(_fits(shift, pattern) for pattern in plan.schedule.patterns_of(person.contract)):
        hours = (shift.end - shift.start) / 60
        text = f"{who}: no pattern is {hours:g} h from {clock} on {shift.local_date:%a %d %b} with these breaks"
        yield Found("pattern", who, when, text)


def _fits(shift: Shift, pattern: Pattern) -> bool:
    """Return True when a pattern allows the shift's weekday, start, length and breaks."""
    begin, end = timegrid.clock_minutes(pattern.start_from), timegrid.clock_minutes(pattern.start_to)
    if shift.local_date.weekday() not in timegrid.parse_weekdays(pattern.weekdays):
        return False
    if not begin <= shift.local_minute <= end or (shift.local_minute - begin) % pattern.step_minutes:
        return False
    if not any(round(60 * hours) == shift.end - shift.start for hours in pattern.hours):
        return False
    return _breaks_fit(shift, pattern)


def _breaks_fit(shift: Shift, pattern: Pattern) -> bool:
    pauses = [piece for piece in shift.pieces if piece.activity in PAUSES]
    if len(pauses) != len(pattern.breaks) or not all(p.is_paid for p in shift.pieces if p.activity not in PAUSES):
        return False
    ready = 0
    for piece, wanted in zip(pauses, pattern.breaks, strict=True):
        at, minutes = piece.start - shift.start, piece.end - piece.start
        same = (piece.activity, minutes, piece.is_paid) == (wanted.activity, wanted.minutes, wanted.is_paid)
        if not same or not wanted.earliest_after_minutes <= at <= wanted.latest_after_minutes or at < ready:
            return False
        ready = at + minutes + pattern.min_stretch_minutes
    return True


def _check_away(shift: Shift, person: Person) -> Iterator[Found]:
    who = person.agent_id
    for away in person.away:
        if away.start < shift.end and away.end > shift.start:
            yield Found("absence", who, shift.start, f"{who}: works on {shift.date} during {away.activity}")
    if shift.start < person.employed[0] or shift.end > person.employed[1]:
        yield Found("employment", who, shift.start, f"{who}: works on {shift.date}, outside employment")


def _check_rest(person: Person) -> Iterator[Found]:
    who, due = person.agent_id, person.contract.min_rest_hours
    here = {shift.shift_id for shift in person.shifts}
    for one, two in pairwise(sorted((*person.before, *person.shifts), key=lambda shift: shift.start)):
        hours = (two.start - one.end) / 60
        if two.shift_id in here and hours < due:
            text = f"{who}: rests {hours:g} h before the shift of {two.date}, at least {due:g} h are due"
            yield Found("rest", who, two.start, text)


def _check_weeks(person: Person, first: dt.date, plan: Plan) -> Iterator[Found]:
    """Yield weeks with the wrong hours or days; leave on a Monday to Friday takes a fifth of the week's hours."""
    contract, who = person.contract, person.agent_id
    lengths = [p.paid_minutes(round(60 * max(p.hours))) for p in plan.schedule.patterns_of(contract)]
    for week in range(plan.schedule.weeks):
        begin = first + dt.timedelta(days=7 * week)
        dates = [begin + k * ONE_DAY for k in range(7)]
        shifts = [shift for shift in person.shifts if shift.date in dates]
        leave = sum(_is_leave(person, date) for date in dates)
        kept = contract.hours_per_week * (1 - leave / LEAVE_WEEKDAYS)
        high = max(0.0, kept + contract.tolerance_hours)
        low = max(0.0, kept - contract.tolerance_hours)
        paid = sum(shift.paid for shift in shifts) / 60
        when, until = _minute(begin, person.zone), _minute(begin + 7 * ONE_DAY, person.zone)
        is_cut = leave or any(away.start < until and away.end > when for away in person.away)
        few = low - max(lengths, default=0) / 60 + 0.02 if is_cut else low  # short by less than one shift
        if not few - 0.01 <= paid <= high + 0.01:
            text = f"{who}: {paid:g} paid hours in the week of {begin}, allowed {low:g} to {high:g}"
            yield Found("hours_per_week", who, when, text)
        days = len({shift.date for shift in shifts})
        least = max(0, contract.min_days_per_week - leave)
        if days < len(shifts):
            yield Found("one_shift_a_day", who, when, f"{who}: two shifts on one day in the week of {begin}")
        if not least <= days <= contract.max_days_per_week:
            text = (
                f"{who}: {days} working days in the week of {begin}, allowed {least} to {contract.max_days_per_week}"
            )
            yield Found("days_per_week", who, when, text)


def _is_leave(person: Person, date: dt.date) -> bool:
    """Return True when four hours or more of a Monday to Friday cannot be worked."""
    possible = [*((a.start, a.end) for a in person.away), (-np.inf, person.employed[0]), (person.employed[1], np.inf)]
    if date.weekday() >= LEAVE_WEEKDAYS:
        return False
    near = [(a, b) for a, b in possible if b > a]
    if not near:
        return False
    begin, end = _minute(date, person.zone), _minute(date + ONE_DAY, person.zone)
    return sum(max(0.0, min(b, end) - max(a, begin)) for a, b in near) >= LEAVE_MINUTES


def _check_runs(person: Person, days: set[dt.date], first: dt.date, last: dt.date) -> Iterator[Found]:
    """Yield runs of days that are too long or too short; runs cut by an end of the roster may be short."""
    contract, who = person.contract, person.agent_id
    start = min((date for date in days if date < first), default=first)
    for worked, begin, length in _runs(days, start, last):
        end = begin + length * ONE_DAY
        if end <= first:
            continue
        when = _minute(max(begin, first), person.zone)
        whole = end < last and begin > start and (begin >= first or not worked)
        if worked and length > contract.max_consecutive_days:
            text = f"{who}: {length} working days in a row from {begin}, at most {contract.max_consecutive_days}"
            yield Found("consecutive_days", who, when, text)
        if worked and whole and length < contract.min_consecutive_days:
            text = (
                f"{who}: only {length} working days in a row from {begin}, at least {contract.min_consecutive_days}"
            )
            yield Found("consecutive_days", who, when, text)
        if not worked and whole and length < contract.min_days_off_together:
            text = f"{who}: only {length} days off in a row from {begin}, at least {contract.min_days_off_together}"
            yield Found("days_off_together", who, when, text)


def _runs(days: set[dt.date], first: dt.date, last: dt.date) -> Iterator[tuple[bool, dt.date, int]]:
    """Yield (worked, first day, length) of every run of days from *first* to before *last*."""
    begin, date = first, first
    while date < last:
        date += ONE_DAY
        if date == last or (date in days) != (begin in days):
            yield begin in days, begin, (date - begin).days
            begin = date


def _check_weekends(person: Person, days: set[dt.date], first: dt.date, last: dt.date) -> Iterator[Found]:
    contract = person.contract
    most = contract.of_weekends - contract.weekends_off
    saturday = first - dt.timedelta(days=(first.weekday() - 5) % 7)  # the weekend that the first day is in or after
    while saturday < last:
        weekends = [saturday - dt.timedelta(days=7 * k) for k in range(contract.of_weekends)]
        worked = [date in days or date + ONE_DAY in days for date in weekends]
        is_new = saturday >= first or (saturday + ONE_DAY >= first and saturday not in days)
        if contract.weekends_off and worked[0] and is_new and sum(worked) > most:
            text = (
                f"{person.agent_id}: works {sum(worked)} of {len(weekends)} weekends up to {saturday}, at most {most}"
            )
            yield Found("weekends_off", person.agent_id, _minute(saturday, person.zone), text)
        saturday += dt.timedelta(days=7)
