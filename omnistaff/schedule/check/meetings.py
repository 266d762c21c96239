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
    missed: dict[str, list[Meeting]] = {}
    asked = sorted(plan.schedule.meetings, key=lambda meeting: _width(meeting, span))
    for meeting in (meeting for meeting in asked if meeting.together):
        invited = [one for one in people if _is_invited(one, teams, meeting)]
        came = _come_together(meeting, {one.agent_id for one in invited}, free, span, plan)
        for one in invited:
            fits = [p for p in free[one.agent_id] if p.start == came and _fits(p, meeting, span, plan)]
            if fits:
                free[one.agent_id].remove(fits[0])
            else:
                missed.setdefault(one.agent_id, []).append(meeting)
    for one in people:
        alone = [meeting for meeting in asked if not meeting.together and _is_invited(one, teams, meeting)]
        fitting = [[p for p in free[one.agent_id] if _fits(p, meeting, span, plan)] for meeting in alone]
        all_missed = [*missed.get(one.agent_id, []), *(alone[k] for k in _unplaced(fitting))]
        if all_missed:
            texts = sorted(f"{each.name} ({each.minutes} minutes of {each.activity})" for each in all_missed)
            text = f"{one.agent_id}: misses {', '.join(texts)}"
            yield Found("meetings", one.agent_id, day_minute(span.first, one.zone), text)


def _is_invited(one: Person, teams: Mapping[str, str], meeting: Meeting) -> bool:
    return one.agent_id in meeting.agents or (teams[one.agent_id] or None) in meeting.teams


def _come_together(meeting: Meeting, invited: set[str], free: Free, span: Span, plan: Plan) -> int:
    """Return when most of the *invited* are in a meeting that can be this one; -1 if nobody ever is.

    Of several such times, that at which fewest others are: theirs is another meeting.
    """
    starts = {who: {p.start for p in pieces if _fits(p, meeting, span, plan)} for who, pieces in free.items()}
    there = Counter(start for who in sorted(invited) for start in starts[who])
    others = Counter(start for who in sorted(set(starts) - invited) for start in starts[who])
    return min(there, key=lambda start: (-there[start], others[start], start), default=-1)


def _unplaced(fitting: Sequence[Sequence[Stretch]]) -> list[int]:
    """Return which rows get no stretch when as many as can be have one of their *fitting* ones, no two the same."""
    holder: dict[Stretch, int] = {}

    def place(row: int, tried: set[Stretch]) -> bool:
        for piece in fitting[row]:
            if piece not in tried:
                tried.add(piece)
                if piece not in holder or place(holder[piece], tried):
                    holder[piece] = row
                    return True
        return False

    return [row for row in range(len(fitting)) if not place(row, set())]


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
