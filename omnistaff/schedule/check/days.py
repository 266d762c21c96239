"""Rules over days: runs of work and of days off, weekends, nights, rest, starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Span, clock_of, day_minute


def check_rest(person: Person, plan: Plan) -> Iterator[Found]:
    """Yield shifts that begin too soon after the one before; after nights more may be due."""
    who, contract = person.agent_id, person.contract
    here = {shift.shift_id for shift in person.shifts}
    for one, two in pairwise(sorted((*person.before, *person.shifts), key=lambda shift: shift.start)):
        due, hours = contract.min_rest_hours, (two.start - one.end) / 60
        if one.is_night(plan) and not two.is_night(plan):
            due = max(due, contract.rest_after_nights_hours)
        if two.shift_id in here and hours < due:
            text = f"{who}: rests {hours:g} h before the shift of {two.date}, at least {due:g} h are due"
            yield Found("rest", who, two.start, text)


def check_nights(person: Person, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield too many nights in a row, and in four weeks."""
    contract, who = person.contract, person.agent_id
    nights = {s.date: s for s in (*person.before, *person.shifts) if s.is_night(plan)}
    if contract.max_nights_in_a_row is not None:
        for date in sorted(date for date in nights if date >= span.first):
            run = 1
            while date - run * ONE_DAY in nights:
                run += 1
            if run > contract.max_nights_in_a_row:
                text = f"{who}: {run} nights in a row up to {date}, at most {contract.max_nights_in_a_row}"
                yield Found("nights_in_a_row", who, nights[date].start, text)
    if contract.max_nights_in_four_weeks is not None:
        for week in range(0, span.weeks, 4):
            begin = span.first + 7 * week * ONE_DAY
            had = sorted(date for date in nights if begin <= date < begin + 28 * ONE_DAY and date < span.last)
            if len(had) > contract.max_nights_in_four_weeks:
                most = contract.max_nights_in_four_weeks
                text = f"{who}: {len(had)} nights in the four weeks from {begin}, at most {most}"
                yield Found("nights_in_four_weeks", who, day_minute(begin, person.zone), text)


def check_starts(person: Person, span: Span) -> Iterator[Found]:
    """Yield weeks in which shifts begin at different times of day though one was promised."""
    if not person.contract.same_start_in_week:
        return
    for week in range(span.weeks):
        begin = span.first + 7 * week * ONE_DAY
        mine = [s for s in person.shifts if begin <= s.date < begin + 7 * ONE_DAY]
        clocks = sorted({clock_of(s.local_minute) for s in mine})
        if len(clocks) > 1:
            text = f"{person.agent_id}: begins at {', '.join(clocks)} in the week of {begin}, one start is due"
            yield Found("same_start", person.agent_id, day_minute(begin, person.zone), text)


def check_runs(person: Person, days: set[dt.date], span: Span) -> Iterator[Found]:
    """Yield runs of days that are too long or too short; runs cut by an end of the roster may be short."""
    contract, who, first, last = person.contract, person.agent_id, span.first, span.last
    start = min((date for date in days if date < first), default=first)
    for worked, begin, length in _runs(days, start, last):
        end = begin + length * ONE_DAY
        if end <= first:
            continue
        when = day_minute(max(begin, first), person.zone)
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


def check_weekends(person: Person, days: set[dt.date], span: Span) -> Iterator[Found]:
    """Yield weekends that are one too many of those before them."""
    contract, first, last = person.contract, span.first, span.last
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
            yield Found("weekends_off", person.agent_id, day_minute(saturday, person.zone), text)
        saturday += dt.timedelta(days=7)
