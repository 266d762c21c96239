"""Some days of some people as an instance of their own, everything else as it is in a roster.

What is left of minutes, weekends and shifts is theirs; what others cover is taken off the cover. The cost of the part
is that of the whole but for a constant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from curtois_files import Employee, Instance, Roster

WEEK = 7
SATURDAY = 5


@dataclass(frozen=True)
class Window:
    """Days from *first*, a Monday, to before *last*, a Monday or the end."""

    first: int
    last: int
    people: tuple[str, ...]


def part_of(instance: Instance, roster: Roster, window: Window, share: float = 1.0) -> Instance:
    """Return the part in a window; it may use a *share* of what the roster leaves of everybody's limits."""
    first, last = window.first, window.last
    part = Instance(last - first, instance.minutes, instance.barred)
    for who in window.people:
        part.staff[who] = _share_of(instance, who, roster[who], window, share)
    for wishes, kept in ((instance.on, part.on), (instance.refused, part.refused)):
        kept += [(who, d - first, s, w) for who, d, s, w in wishes if first <= d < last and who in part.staff]
    others = [line for who, line in roster.items() if who not in part.staff]
    there = Counter((d, line[d]) for line in others for d in range(first, last))
    for d, shift, wanted, under, over in instance.cover:
        if first <= d < last:
            part.cover.append((d - first, shift, max(0, wanted - there[d, shift]), under, over))
    return part


def splice(roster: Roster, window: Window, found: Roster) -> Roster:
    """Return the roster with the days of a window as they are *found*."""
    lines = {who: [*roster[who][: window.first], *found[who], *roster[who][window.last :]] for who in window.people}
    return {**roster, **lines}


def _share_of(instance: Instance, who: str, line: Sequence[str | None], window: Window, share: float) -> Employee:
    one, inside = instance.staff[who], line[window.first : window.last]
    lengths = [instance.minutes[shift] if shift else 0 for shift in line]
    total, mine = sum(lengths), sum(lengths[window.first : window.last])
    shifts, own = Counter(line), Counter(inside)
    begun = _weekends(inside)
    return replace(
        one,
        most={shift: own[shift] + int(share * (most - shifts[shift])) for shift, most in one.most.items()},
        max_minutes=mine + int(share * (one.max_minutes - total)),
        min_minutes=max(0, mine - int(share * (total - one.min_minutes))),
        max_weekends=begun + int(share * (one.max_weekends - _weekends(line))),
        off={d - window.first for d in one.off if window.first <= d < window.last},
        before=(*one.before, *line[: window.first]),
        after=(*line[window.last :], *one.after),
    )


def _weekends(line: Sequence[str | None]) -> int:
    return sum(any(line[day : day + 2]) for day in range(SATURDAY, len(line), WEEK))
