"""What can be wrong within one shift: its pieces, its day, its pattern, the time of someone who is away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from omnistaff import timegrid
from omnistaff.plan import Pattern, Plan
from omnistaff.schedule.check.records import Found, Person, Shift, Span, clock_of

PAUSES = ("break", "meal", "gap")


def check_shift(shift: Shift, person: Person, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield what is wrong within one shift: its pieces, its day, its pattern."""
    who, when = person.agent_id, shift.start
    if any(piece.end <= piece.start for piece in shift.pieces):
        yield Found("one_activity", who, when, f"{who}: an activity on {shift.date} ends before it starts")
    elif any(one.end != two.start for one, two in pairwise(shift.pieces)):
        yield Found("one_activity", who, when, f"{who}: the activities of {shift.date} leave gaps or overlap")
    if not span.first <= shift.date < span.last:
        yield Found("horizon", who, when, f"{who}: the shift of {shift.date} lies outside the roster")
    clock = clock_of(shift.local_minute)
    if any(piece.date != shift.local_date for piece in shift.pieces):
        text = f"{who}: the shift that starts on {shift.local_date} at {clock} is booked on {shift.date}"
        yield Found("schedule_date", who, when, text)
    if not any(fits(shift, pattern) for pattern in plan.schedule.patterns_of(person.contract)):
        hours = (shift.end - shift.start) / 60
        text = f"{who}: no pattern is {hours:g} h from {clock} on {shift.local_date:%a %d %b} with these breaks"
        yield Found("pattern", who, when, text)


def fits(shift: Shift, pattern: Pattern) -> bool:
    """Return True when a pattern allows the shift's weekday, start, length and breaks."""
    begin, end = timegrid.clock_minutes(pattern.start_from), timegrid.clock_minutes(pattern.start_to)
    if shift.local_date.weekday() not in timegrid.parse_weekdays(pattern.weekdays):
        return False
    if not begin <= shift.local_minute <= end or (shift.local_minute - begin) % pattern.step_minutes:
        return False
    if not any(round(60 * hours) == shift.end - shift.start for hours in pattern.hours):
        return False
    return breaks_fit(shift, pattern)


def breaks_fit(shift: Shift, pattern: Pattern) -> bool:
    """Return True when the shift has the pattern's breaks, each in its window and the stretches between them kept."""
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
    most = pattern.max_stretch_minutes
    edges = [shift.start, *(edge for piece in pauses for edge in (piece.start, piece.end)), shift.end]
    return most is None or all(edges[k + 1] - edges[k] <= most for k in range(0, len(edges), 2))


def check_away(shift: Shift, person: Person) -> Iterator[Found]:
    who = person.agent_id
    for away in person.away:
        if away.start < shift.end and away.end > shift.start:
            yield Found("absence", who, shift.start, f"{who}: works on {shift.date} during {away.activity}")
    if shift.start < person.employed[0] or shift.end > person.employed[1]:
        yield Found("employment", who, shift.start, f"{who}: works on {shift.date}, outside employment")
