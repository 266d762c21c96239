"""Seats at a site: when more of its people are there than it has seats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import Found, Person
from omnistaff.timegrid import WeekProfile


def check_seats(people: Sequence[Person], sites: Mapping[str, str], plan: Plan) -> Iterator[Found]:
    """Yield each stretch of time with more people of a site on shift than seats; breaks and gaps keep their seat.

    *sites* are those of the people, by agent_id.
    """
    full: dict[int, list[str]] = {}  # one finding a minute
    for site, spec in plan.schedule.seats.items():
        shifts = [shift for one in people if sites[one.agent_id] == site for shift in one.shifts]
        if not shifts:
            continue
        begin, end = min(shift.start for shift in shifts), max(shift.end for shift in shifts)
        changes = np.zeros(end - begin + 1, dtype=int)
        for shift in shifts:
            changes[shift.start - begin] += 1
            changes[shift.end - begin] -= 1
        there = changes.cumsum()[:-1]
        minutes = pd.Series(
            pd.date_range(pd.Timestamp(60 * begin, unit="s", tz="UTC"), periods=len(there), freq="min")
        )
        over = there - np.floor(WeekProfile(spec).at(minutes, plan.time_zone))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], over > 0, [0]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            worst = first + int(over[first:last].argmax())
            clock = [minutes[first].tz_convert(plan.time_zone), minutes[last - 1].tz_convert(plan.time_zone)]
            text = (
                f"{site}: {there[worst]} people for {there[worst] - over[worst]:g} seats between "
                f"{clock[0]:%Y-%m-%d %H:%M} and {clock[1] + pd.Timedelta(minutes=1):%H:%M}"
            )
            full.setdefault(begin + int(first), []).append(text)
    yield from (Found("seats", "", minute, "; ".join(texts)) for minute, texts in sorted(full.items()))


def seats_left(people: Sequence[Person], sites: Mapping[str, str], plan: Plan, minute: int) -> dict[str, float]:
    """Return the free seats of each site with a limit in a minute; *sites* are those of the people, by agent_id."""
    at = pd.Series([pd.Timestamp(60 * minute, unit="s", tz="UTC")])
    there = Counter(
        sites[one.agent_id] for one in people for shift in one.shifts if shift.start <= minute < shift.end
    )
    return {
        site: float(np.floor(WeekProfile(spec).at(at, plan.time_zone)[0])) - there[site]
        for site, spec in plan.schedule.seats.items()
    }
