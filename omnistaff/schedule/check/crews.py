"""Teams that start together: who begins at another time of day than the team does in that week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import ONE_DAY, Found, Person, Shift, Span, clock_of
from omnistaff.timegrid import DAY_MINUTES


def check_crews(people: Sequence[Person], teams: Mapping[str, str], span: Span, plan: Plan) -> Iterator[Found]:
    """Yield each shift that begins at another time of day than most shifts of the team in that week.

    The time is that of the clock of the team's first person, so that people of other zones begin at the same instant.
    """
    for team in plan.schedule.start_together:
        crew = [one for one in people if teams[one.agent_id] == team]
        zone = min(crew, key=lambda one: one.agent_id).zone if crew else plan.time_zone
        for week in range(span.weeks):
            begin = span.first + 7 * week * ONE_DAY
            days = [begin + k * ONE_DAY for k in range(7)]
            begins = [
                (one, shift, _minute(shift, zone)) for one in crew for shift in one.shifts if shift.date in days
            ]
            counts = Counter(minute for _, _, minute in begins)
            usual = min(counts, key=lambda minute: (-counts[minute], minute), default=0)
            for one, shift, minute in begins:
                if minute != usual:
                    text = (
                        f"{one.agent_id}: begins at {clock_of(minute)} on {shift.date}, apart from the rest of team "
                        f"{team}, who begin at {clock_of(usual)} in the week of {begin}"
                    )
                    yield Found("start_together", one.agent_id, shift.start, text)


def _minute(shift: Shift, zone: str) -> int:
    """Return the minutes from midnight of the shift's date to its start, as the clock of *zone* shows both."""
    local = pd.Timestamp(60 * shift.start, unit="s", tz="UTC").tz_convert(zone)
    return DAY_MINUTES * (local.date() - shift.date).days + 60 * local.hour + local.minute
