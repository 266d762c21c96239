"""Meetings: who has less time in them than the plan asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import Found, Person, Span, day_minute


def check_meetings(person: Person, team: str, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield meetings and training that a person misses: never hard, who is off cannot come."""
    asked = Counter(
        (meeting.activity, meeting.minutes)
        for meeting in plan.schedule.meetings
        if person.agent_id in meeting.agents or (team and team in meeting.teams)
    )
    had = Counter((piece.activity, piece.end - piece.start) for shift in person.shifts for piece in shift.pieces)
    for (activity, minutes), count in asked.items():
        if had[activity, minutes] < count:
            when = day_minute(span.first, person.zone)
            text = f"{person.agent_id}: {had[activity, minutes]} of {count} times {minutes} minutes of {activity}"
            yield Found("meetings", person.agent_id, when, text)
