"""Teams that start together: who begins at another time than the team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from omnistaff.plan import Plan
from omnistaff.schedule.check.records import Found, Person


def check_crews(people: Sequence[Person], teams: Mapping[str, str], plan: Plan) -> Iterator[Found]:
    """Yield each shift that begins at another instant than most shifts of the team on that day."""
    for team in plan.schedule.start_together:
        shifts = [(one, shift) for one in people if teams[one.agent_id] == team for shift in one.shifts]
        for date in sorted({shift.local_date for _, shift in shifts}):
            today = [(one, shift) for one, shift in shifts if shift.local_date == date]
            begins = Counter(shift.start for _, shift in today)
            usual = min(begins, key=lambda start: (-begins[start], start))
            for one, shift in today:
                if shift.start != usual:
                    clock = f"{shift.local_minute // 60:02d}:{shift.local_minute % 60:02d}"
                    text = f"{one.agent_id}: begins at {clock} on {date}, apart from the rest of team {team}"
                    yield Found("start_together", one.agent_id, shift.start, text)
