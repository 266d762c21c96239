"""Meetings: who misses one that the plan asks for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.plan.schedule import Meeting
from omnistaff.schedule.check.records import Found, Person, Span, Stretch, day_minute

Free = dict[str, list[Stretch]]  # by person, time in meetings that none has claimed yet


def check_meetings(people: Sequence[Person], teams: Mapping[str, str], span: Span, plan: Plan) -> Iterator[Found]:
    """Yield who misses which meeting or training: never hard, who is off cannot come.

    Only time of the meeting's activity and length within its days and hours counts, each stretch for one meeting;
    of a common meeting only its one time, at which most are there. Meetings with the narrowest hours choose first.
    """
    free = {one.agent_id: [piece for shift in one.shifts for piece in shift.pieces] for one in people}
    missed: dict[str, list[str]] = {}
    for meeting in sorted(plan.schedule.meetings, key=lambda meeting: (not meeting.together, _width(meeting, span))):
        invited = [
            one for one in people if one.agent_id in meeting.agents or (teams[one.agent_id] or None) in meeting.teams
        ]
        came = _come_together(meeting, invited, free, span, plan) if meeting.together else None
        for one in invited:
            fits = [p for p in free[one.agent_id] if _fits(p, meeting, span, plan) and came in (None, p.start)]
            if fits:
                free[one.agent_id].remove(fits[0])
            else:
                text = f"{meeting.name} ({meeting.minutes} minutes of {meeting.activity})"
                missed.setdefault(one.agent_id, []).append(text)
    for one in people:
        if one.agent_id in missed:
            text = f"{one.agent_id}: misses {', '.join(sorted(missed[one.agent_id]))}"
            yield Found("meetings", one.agent_id, day_minute(span.first, one.zone), text)


def _come_together(meeting: Meeting, invited: Sequence[Person], free: Free, span: Span, plan: Plan) -> int:
    """Return when most of the *invited* are in a meeting that can be this one; -1 if nobody ever is."""
    starts = Counter(
        start for one in invited for start in {p.start for p in free[one.agent_id] if _fits(p, meeting, span, plan)}
    )
    return max(starts, key=lambda start: (starts[start], -start), default=-1)


def _fits(piece: Stretch, meeting: Meeting, span: Span, plan: Plan) -> bool:
    """Return whether a stretch can be this meeting."""
    if piece.activity != meeting.activity or piece.end - piece.start != meeting.minutes:
        return False
    local = pd.Timestamp(60 * piece.start, unit="s", tz="UTC").tz_convert(plan.time_zone)
    first, last = _days(meeting, span)
    begin, end = timegrid.clock_minutes(meeting.start_from), timegrid.clock_minutes(meeting.start_to)
    return first <= local.date() <= last and begin <= 60 * local.hour + local.minute <= end


def _days(meeting: Meeting, span: Span) -> tuple[dt.date, dt.date]:
    return meeting.first_day or span.first, meeting.last_day or span.last - dt.timedelta(days=1)


def _width(meeting: Meeting, span: Span) -> int:
    """Return how many minutes there are at which the meeting may begin."""
    first, last = _days(meeting, span)
    hours = timegrid.clock_minutes(meeting.start_to) - timegrid.clock_minutes(meeting.start_from) + 1
    return ((last - first).days + 1) * hours
