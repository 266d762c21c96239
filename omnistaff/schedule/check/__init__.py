"""The rule checker: every broken rule of a roster, found from the tables and the plan alone.

Shares no code with the optimiser, on purpose: it reads stretches of time, not options, and asks of each person and
shift what the plan promises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.schedule.check.crews import check_crews
from omnistaff.schedule.check.days import check_nights, check_rest, check_runs, check_starts, check_weekends
from omnistaff.schedule.check.fixed import check_fixed, read_fixed
from omnistaff.schedule.check.hours import check_months, check_weeks
from omnistaff.schedule.check.meetings import check_meetings
from omnistaff.schedule.check.on_call import ON_CALL, check_free, check_turns
from omnistaff.schedule.check.records import (
    Found,
    Person,
    Shift,
    Span,
    minutes_of,
    read_people,
    read_shifts,
    read_stretches,
)
from omnistaff.schedule.check.seats import check_seats
from omnistaff.schedule.check.shift import check_away, check_shift
from omnistaff.schedule.check.skills import check_skills, read_all
from omnistaff.tables import Absences, Agents, Violations, check, empty

__all__ = ["check_roster"]


def check_roster(  # noqa: PLR0913  every table that a roster may be checked against, by name
    roster: pd.DataFrame,
    agents: pd.DataFrame,
    plan: Plan,
    *,
    absences: pd.DataFrame | None = None,
    preferences: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    first_day: dt.date | None = None,
) -> DataFrame[Violations]:
    """Return every rule that *roster* breaks, one row each, in words; empty when it is legal.

    ``is_hard`` is False where the contract allows the rule to be broken at a cost. Weeks are counted from
    *first_day*; without it from the plan's start, or from the first shift. Fixed days are read from
    *preferences*.
    """
    agents = check(Agents, agents)
    here = read_shifts(roster, agents)
    strangers = sorted(set(roster["agent_id"]) - set(agents["agent_id"]))
    begin = int(minutes_of(roster["start_at"]).min()) if len(roster) else 0
    found = [
        Found("known_agent", who, begin, f"{who} is on the roster but not among the agents") for who in strangers
    ]
    span = read_span(here, plan, first_day)
    soft = {("", ON_CALL), *([] if plan.schedule.seat_cost is None else [("", "seats")])}
    if span is None:
        found.append(Found("empty_roster", "", 0, "the roster has no shift, and nothing says which days it is for"))
    else:
        away = read_stretches(empty(Absences) if absences is None else absences)
        teams = dict(zip(agents["agent_id"], agents["team"].fillna(""), strict=True))
        fixed, skills = read_fixed(preferences), read_all(agents)
        past = None if previous is None else previous[previous["schedule_date"] < pd.Timestamp(span.first)]
        people = list(read_people(agents, plan, away, here, past))
        for person in people:
            found += check_person(person, span, plan)
            found += check_skills(person, skills[person.agent_id])
            found += check_fixed(person, fixed[fixed["agent_id"] == person.agent_id], span)
            soft |= {(person.agent_id, rule) for rule in (*person.contract.soft, "meetings", "skills")}
        found += check_meetings(people, teams, span, plan)
        found += check_crews(people, teams, span, plan)
        found += check_seats(people, dict(zip(agents["agent_id"], agents["site"].fillna(""), strict=True)), plan)
        turns, earlier = (
            {} if table is None else read_stretches(table[table["activity"] == ON_CALL]) for table in (roster, past)
        )
        found += check_free(people, turns, earlier)
        found += check_turns(turns, people, (teams, skills), span, plan)
    frame = pd.DataFrame(found, columns=["rule", "agent_id", "minute", "message"])
    frame["is_hard"] = [(one.agent_id, one.rule) not in soft for one in found]
    frame = frame.drop_duplicates(["rule", "agent_id", "minute"])
    times = frame["minute"].to_numpy(dtype="int64").astype("datetime64[m]").astype("datetime64[us]")
    frame = frame.assign(start_at=pd.DatetimeIndex(times, tz="UTC")).drop(columns="minute")
    return check(Violations, frame.astype({"rule": "str", "agent_id": "str", "message": "str", "is_hard": "bool"}))


def read_span(here: dict[str, tuple[Shift, ...]], plan: Plan, first_day: dt.date | None) -> Span | None:
    """Return the days that the roster is about; None when nothing tells."""
    start = plan.schedule.start
    first = min((shift.date for shifts in here.values() for shift in shifts), default=None)
    first = first_day or (first if start == "auto" else start)
    return None if first is None else Span(first, plan.schedule.weeks)


def check_person(person: Person, span: Span, plan: Plan) -> Iterator[Found]:
    """Yield every rule that one person's shifts break."""
    for shift in person.shifts:
        yield from check_shift(shift, person, span, plan)
        yield from check_away(shift, person)
    yield from check_rest(person, plan)
    yield from check_weeks(person, span, plan)
    yield from check_months(person, span, plan)
    yield from check_nights(person, span, plan)
    yield from check_starts(person, span)
    days = {shift.date for shift in (*person.before, *person.shifts)}
    yield from check_runs(person, days, span)
    yield from check_weekends(person, days, span)
