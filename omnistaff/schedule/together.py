"""Teams that start together: in each week one time of day at which everybody of a team begins.

The time is chosen where the team's best lines are worth most at prices of time, before the search; all other starts
of the week are closed then, so that the search keeps it without knowing. A bound on rosters with free starts holds
for these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import choose, option_values
from omnistaff.schedule.rules.base import DAYS_A_WEEK
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Start:
    """A time of day for one week."""

    minute: int  # by the clock of the first of the team
    days: slice
    slots: Ints  # by day of the week, -1 where nobody can begin then


def start_together(team: Team, pay: Floats, names: Sequence[str]) -> Team:
    """Return the team in which each crew of *names* has one start in each week, the best at *pay* [slot, group].

    Raises ConfigError for a crew that nobody belongs to, InfeasibleError where no start lets all keep their rules.
    """
    members = list(team.members)
    columns = [np.ascontiguousarray(pay[:, group]) for group in range(pay.shape[1])] if names else []
    values = {(m, g): option_values(menu, own) for m, menu in enumerate(team.menus) for g, own in enumerate(columns)}
    for name in names:
        crew = [i for i, member in enumerate(members) if member.crew == name]
        if not crew:
            known = ", ".join(sorted({member.crew for member in members} - {""})) or "none"
            raise ConfigError(f"schedule.start_together: no agent is of team {name!r}, there are: {known}")
        for week in range(len(members[0].base) // DAYS_A_WEEK):
            starts = _starts([members[i] for i in crew], team, week)
            ways = [[_only_at(members[i], team, start) for i in crew] for start in starts]
            worths = [sum(_worth(member, team, values) for member in way) for way in ways]
            if not worths or max(worths) <= NEVER / 2:
                text = f"week {week + 1}: no start is open to all of team {name} within their rules"
                raise InfeasibleError("no roster lets these teams start together", [text])
            for i, member in zip(crew, ways[int(np.argmax(worths))], strict=True):
                members[i] = member
    return replace(team, members=tuple(members))


def keep_together(team: Team, told: Sequence[Ints], names: Sequence[str]) -> Team:
    """Return the team in which each crew of *names* keeps the start that most of it were *told* for each week.

    *told* are the published options of each member by day; these stay open, so that nobody is bound to change. Whom
    that would leave no line within the rules, a newly fixed day for one, may begin at any time of that week.
    """
    members = list(team.members)
    for i, start in _told_starts(team, told, names):
        held = _only_at(members[i], team, start)
        days = np.arange(start.days.start, start.days.stop)
        days = days[told[i][days] >= 0]
        held.base[days, told[i][days]] = members[i].base[days, told[i][days]]
        if choose(held, team.menus[held.menu], np.zeros(held.base.shape))[0] > NEVER / 2:
            members[i] = held
    return replace(team, members=tuple(members))


def _told_starts(team: Team, told: Sequence[Ints], names: Sequence[str]) -> Iterator[tuple[int, Start]]:
    """Yield member and start of each week in which the member's crew was told one."""
    for name in names:
        crew = [i for i, member in enumerate(team.members) if member.crew == name]
        for week in range(len(team.members[0].base) // DAYS_A_WEEK if crew else 0):
            starts = list(_starts([team.members[i] for i in crew], team, week))
            counts = [sum(_told_at(team, i, told[i], start) for i in crew) for start in starts]
            if any(counts):
                yield from ((i, starts[int(np.argmax(counts))]) for i in crew)


def _told_at(team: Team, index: int, told: Ints, start: Start) -> int:
    """Return on how many days of the week of *start* a member was told to begin then."""
    begins, mine = team.menus[team.members[index].menu].offers.starts[start.days], told[start.days]
    return int(((mine >= 0) & (begins[np.arange(len(mine)), mine] == start.slots)).sum())


def _starts(crew: Sequence[Member], team: Team, week: int) -> Iterator[Start]:
    """Yield every start that the first of a crew, or others by the same clock, have in a week."""
    days = slice(DAYS_A_WEEK * week, DAYS_A_WEEK * (week + 1))
    menus = [team.menus[k] for k in sorted({member.menu for member in crew if member.zone == crew[0].zone})]
    for minute in sorted({int(minute) for menu in menus for minute in menu.start_minute}):
        columns = [menu.offers.starts[days][:, menu.start_minute == minute] for menu in menus]
        yield Start(minute, days, np.hstack(columns).max(axis=1))


def _only_at(member: Member, team: Team, start: Start) -> Member:
    """Return the member with all other starts of the week closed."""
    base = member.base.copy()
    begins = team.menus[member.menu].offers.starts[start.days]
    base[start.days] = np.where(begins == start.slots[:, None], base[start.days], NEVER)
    return replace(member, base=base)


def _worth(member: Member, team: Team, values: Mapping[tuple[int, int], Floats]) -> float:
    """Return what the member's best line is worth; below ``NEVER / 2`` where there is none."""
    return choose(member, team.menus[member.menu], values[member.menu, member.group])[0]
