"""Fixed days: who must work or must be off, and at which times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Span, day_minute
from omnistaff.tables import Preferences, empty
from omnistaff.timegrid import DAY_MINUTES, clock_minutes, parse_weekdays

MUST_WORK, MUST_BE_OFF = "must_work", "must_be_off"


def read_fixed(preferences: pd.DataFrame | None) -> pd.DataFrame:
    """Return the rows of *preferences* that settle a day."""
    wishes = empty(Preferences) if preferences is None else preferences
    return wishes[wishes["preference"].isin((MUST_WORK, MUST_BE_OFF))]


def check_fixed(person: Person, fixed: pd.DataFrame, span: Span) -> Iterator[Found]:
    """Yield days that are not as *fixed*, the person's rows of preferences, asks. Who is away need not work."""
    dates = [span.first + k * ONE_DAY for k in range(7 * span.weeks)]
    for row in fixed.to_dict("records"):
        for date in dates:
            if _speaks_of(row, date):
                yield from _check_day(person, date, row)


def _speaks_of(row: dict[Hashable, Any], date: dt.date) -> bool:
    """Return whether a row of preferences is about *date*: its date, else its weekday or weekdays, else any day."""
    if row["date"]:
        return str(row["date"]) == date.isoformat()
    return not row["weekday"] or date.weekday() in parse_weekdays(str(row["weekday"]))


def _check_day(person: Person, date: dt.date, row: dict[Hashable, Any]) -> Iterator[Found]:
    who, when = person.agent_id, day_minute(date, person.zone)
    shifts = [shift for shift in person.shifts if shift.date == date]
    if row["preference"] == MUST_BE_OFF:
        if shifts:
            yield Found("fixed_days", who, when, f"{who}: works on {date}, which is fixed as a day off")
    elif not shifts:
        end = when + 2 * DAY_MINUTES
        is_away = any(one.start < end and one.end > when for one in person.away)
        if not is_away and person.employed[0] <= when and end <= person.employed[1]:
            yield Found("fixed_days", who, when, f"{who}: is off on {date}, which is fixed as a working day")
    elif row["start_from"]:
        first, last = clock_minutes(str(row["start_from"])), clock_minutes(str(row["start_to"] or row["start_from"]))
        if not all(first <= shift.local_minute <= last for shift in shifts):
            text = f"{who}: starts on {date} outside {row['start_from']} to {row['start_to'] or row['start_from']}"
            yield Found("fixed_days", who, when, text)
