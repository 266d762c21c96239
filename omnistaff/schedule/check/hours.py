"""Paid hours and days: of weeks, of months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Span, day_minute
from omnistaff.timegrid import DAY_MINUTES, clock_minutes

LEAVE_MINUTES = 240
LEAVE_WEEKDAYS = 5
SICK = "sick"


def check_weeks(person: Person, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield weeks with the wrong hours or days; leave on a Monday to Friday takes a fifth of the week's hours."""
    contract, who = person.contract, person.agent_id
    lengths = [p.paid_minutes(round(60 * max(p.hours))) for p in plan.schedule.patterns_of(contract)]
    for week in range(span.weeks):
        begin = span.first + dt.timedelta(days=7 * week)
        dates = [begin + k * ONE_DAY for k in range(7)]
        shifts = [shift for shift in person.shifts if shift.date in dates]
        leave, away = _days_away(person, dates, plan)
        most, kept = (contract.hours_per_week * (1 - days / LEAVE_WEEKDAYS) for days in (leave, away))
        high = max(0.0, most + contract.tolerance_hours) + contract.max_overtime_hours
        low = max(0.0, kept - contract.tolerance_hours)
        paid = sum(shift.paid for shift in shifts) / 60
        when, until = day_minute(begin, person.zone), day_minute(begin + 7 * ONE_DAY, person.zone)
        is_cut = away or any(one.start < until and one.end > when for one in person.away)
        few = low - max(lengths, default=0) / 60 + 0.02 if is_cut else low  # short by less than one shift
        if not few - 0.01 <= paid <= high + 0.01:
            text = f"{who}: {paid:g} paid hours in the week of {begin}, allowed {low:g} to {high:g}"
            yield Found("hours_per_week", who, when, text)
        days = len({shift.date for shift in shifts})
        least = max(0, contract.min_days_per_week - away)
        if days < len(shifts):
            yield Found("one_shift_a_day", who, when, f"{who}: two shifts on one day in the week of {begin}")
        if not least <= days <= contract.max_days_per_week:
            allowed = f"{least} to {contract.max_days_per_week}"
            text = f"{who}: {days} working days in the week of {begin}, allowed {allowed}"
            yield Found("days_per_week", who, when, text)


def check_months(person: Person, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield calendar months with the wrong hours; the least counts only in months that are known whole."""
    contract, who = person.contract, person.agent_id
    if contract.hours_per_month is None:
        return
    known = span.first if person.known_from is None else min(span.first, person.known_from)
    month = span.first.replace(day=1)
    while month < span.last:
        after = (month + 31 * ONE_DAY).replace(day=1)
        worked = [s for s in (*person.before, *person.shifts) if month <= s.date < after]
        days = [span.first + k * ONE_DAY for k in range(7 * span.weeks)]
        leave, away = _days_away(person, [date for date in days if month <= date < after], plan)
        daily = contract.hours_per_week / LEAVE_WEEKDAYS
        high = max(0.0, contract.hours_per_month - daily * leave + contract.month_tolerance_hours)
        low = max(0.0, contract.hours_per_month - daily * away - contract.month_tolerance_hours)
        is_whole = known <= month and after <= span.last
        paid = sum(shift.paid for shift in worked) / 60
        if paid > high + 0.01 or (is_whole and paid < low - 0.01):
            text = f"{who}: {paid:g} paid hours in {month:%B %Y}, allowed {low:g} to {high:g}"
            yield Found("hours_per_month", who, day_minute(max(month, span.first), person.zone), text)
        month = after


def _days_away(person: Person, dates: list[dt.date], plan: Plan) -> tuple[int, int]:
    """Return the days of leave that lower the most hours, and all days away that lower the least.

    Four hours or more of a Monday to Friday are a day of leave. Illness lowers the least on any day, and never the
    most: who was free that day loses nothing. A night that would have ended in illness is lost with the day it
    starts on, unless a shift was worked that day.
    """
    patterns = plan.schedule.patterns_of(person.contract)
    ends = [clock_minutes(p.start_to) + round(60 * max(p.hours)) - DAY_MINUTES for p in patterns]
    night = max([0, *ends])
    outside = [(-np.inf, person.employed[0]), (person.employed[1], np.inf)]
    planned = [*((a.start, a.end) for a in person.away if a.activity != SICK), *outside]
    ill: list[tuple[float, float]] = [(a.start, a.end) for a in person.away if a.activity == SICK]
    worked = {shift.date for shift in person.shifts}
    leave = [date.weekday() < LEAVE_WEEKDAYS and _closes(planned, date, person.zone) for date in dates]
    away = [
        (date.weekday() < LEAVE_WEEKDAYS and _closes(planned + ill, date, person.zone))
        or _closes(ill, date, person.zone, 0 if date in worked else night)
        for date in dates
    ]
    return sum(leave), sum(away)


def _closes(stretches: Sequence[tuple[float, float]], date: dt.date, zone: str, night: int = 0) -> bool:
    """Return True when four hours or more of a day, and *night* minutes after it, lie in the stretches."""
    if not any(b > a for a, b in stretches):
        return False
    begin, end = day_minute(date, zone), day_minute(date + ONE_DAY, zone) + night
    return sum(max(0.0, min(b, end) - max(a, begin)) for a, b in stretches) >= LEAVE_MINUTES
