"""Shift options: every (pattern, start, length) a contract may work, day by day, and which may follow which.

Breaks are not enumerated: an option carries the windows of its breaks, and the kernel puts each break where it
costs least. Options that are alike to every rule form a group: same class (paid minutes), same tail (end) and
same head (start).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff import timegrid
from omnistaff.plan import Contract, Pattern, Plan
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.kernel import Kinds, Offers

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
NO_DAY = -1


@dataclass(frozen=True)
class Menu:
    """What one contract in one zone may work."""

    patterns: tuple[Pattern, ...]
    pattern: Ints  # [option] index into patterns
    start_minute: Ints  # [option] wall clock
    paid_minutes: Ints  # [option]
    offers: Offers
    kinds: Kinds
    class_minutes: tuple[int, ...]  # paid minutes of each class, class 0 is a day off

    @property
    def options(self) -> int:
        """Number of options."""
        return len(self.paid_minutes)


def make_menu(contract: Contract, zone: str, horizon: Horizon, plan: Plan) -> Menu:
    """Return the options of a contract for people who live in *zone*."""
    patterns = tuple(plan.schedule.patterns_of(contract))
    slot = horizon.slot_minutes
    rows = [
        (p, minute, round(60 * hours) // slot, pattern.paid_minutes(round(60 * hours)))
        for p, pattern in enumerate(patterns)
        for minute in _start_minutes(pattern)
        for hours in sorted(set(pattern.hours))
    ]
    table = np.array(rows, dtype=np.int32).reshape(-1, 4)
    starts = _starts(table[:, 0], table[:, 1], patterns, zone, horizon)
    rest_slots = -(-round(60 * contract.min_rest_hours) // slot)
    classes = (0, *sorted({int(m) for m in table[:, 3]}))
    class_of = np.array([classes.index(int(m)) for m in table[:, 3]], dtype=np.int32)
    pattern_of, minutes, lengths, paid = (np.ascontiguousarray(column) for column in table.T)
    step = max(1, plan.schedule.break_step_minutes // slot)
    offers = Offers(starts, lengths, *_layouts(pattern_of, lengths, patterns, slot), step)
    return Menu(patterns, pattern_of, minutes, paid, offers, relate(starts, lengths, class_of, rest_slots), classes)


def _start_minutes(pattern: Pattern) -> range:
    first, last = timegrid.clock_minutes(pattern.start_from), timegrid.clock_minutes(pattern.start_to)
    return range(first, last + 1, pattern.step_minutes)


def _starts(pattern_of: Ints, minutes: Ints, patterns: Sequence[Pattern], zone: str, horizon: Horizon) -> Ints:
    """Return the first slot of [day, option], -1 where the pattern is not worked or the clock skips the start."""
    distinct = np.unique(minutes)
    slots = horizon.local_starts([int(minute) for minute in distinct], zone)
    starts = np.full((len(horizon.dates), len(minutes)), NO_DAY, dtype=np.int32)
    weekdays = np.array(horizon.weekdays)
    for p, pattern in enumerate(patterns):
        worked = np.isin(weekdays, timegrid.parse_weekdays(pattern.weekdays))
        for o in np.flatnonzero(pattern_of == p):
            starts[worked, o] = slots[worked, np.searchsorted(distinct, minutes[o])]
    return starts


def _layouts(
    pattern_of: Ints, lengths: Ints, patterns: Sequence[Pattern], slot: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the break layout of each option, and windows, number and least distance of the breaks of each layout."""
    kinds = sorted({(int(p), int(n)) for p, n in zip(pattern_of, lengths, strict=True)})
    most = max([len(pattern.breaks) for pattern in patterns] + [1])
    windows = np.zeros((len(kinds), most, 3), dtype=np.int32)
    counts = np.zeros(len(kinds), dtype=np.int32)
    apart = np.zeros(len(kinds), dtype=np.int32)
    for k, (p, length) in enumerate(kinds):
        pattern = patterns[p]
        counts[k] = len(pattern.breaks)
        apart[k] = -(-pattern.min_stretch_minutes // slot)
        for b, pause in enumerate(pattern.breaks):
            size = pause.minutes // slot
            last = min(pause.latest_after_minutes // slot, length - size)
            windows[k, b] = pause.earliest_after_minutes // slot, last, size
        ends = windows[k, : counts[k] - 1, 1] + windows[k, : counts[k] - 1, 2] + apart[k]
        if (ends <= windows[k, 1 : counts[k], 0]).all():
            apart[k] = -1
    layout = [kinds.index((int(p), int(n))) for p, n in zip(pattern_of, lengths, strict=True)]
    return np.array(layout, dtype=np.int32), windows, counts, apart


def relate(starts: Ints, lengths: Ints, class_of: Ints, rest_slots: int) -> Kinds:
    """Return how the rules see options that need *rest_slots* between two shifts.

    Options with the same start on all days share a head, with the same end on all days a tail. On the day after a
    tail, a head may be worked when it starts at least *rest_slots* after the end.
    """
    heads, head_of = np.unique(starts, axis=1, return_inverse=True)
    ends = np.where(starts >= 0, starts + lengths, -1)
    tails, tail_of = np.unique(ends, axis=1, return_inverse=True)
    triples = np.stack([class_of, head_of.ravel(), tail_of.ravel()], axis=1)
    groups, option_group = np.unique(triples, axis=0, return_inverse=True)
    allowed = np.zeros((len(starts), tails.shape[1], heads.shape[1]), dtype=bool)
    for d in range(1, len(starts)):
        allowed[d] = (tails[d - 1][:, None] + rest_slots <= heads[d][None, :]) & (tails[d - 1][:, None] >= 0)
        allowed[d] &= heads[d][None, :] >= 0
    return Kinds(groups.astype(np.int32), option_group.ravel().astype(np.int32), *chain(allowed))


def chain(allowed: Bools) -> tuple[Ints, Ints, Ints]:
    """Return the relation *allowed* [day, tail, head] as (parents, pointers, extras) by day.

    A head takes over what its parent allows and adds its extra tails, so nested relations cost one look at each
    tail instead of one at each pair. Heads are given in an order in which parents come first; any relation works.
    """
    days, _, heads = allowed.shape
    parents = np.full((days, heads), -1, dtype=np.int32)
    pointers = np.zeros((days, heads + 1), dtype=np.int32)
    lists: list[list[int]] = []
    known: dict[bytes, tuple[Ints, Ints, list[int]]] = {}
    for d in range(days):
        key = allowed[d].tobytes()
        if key not in known:
            known[key] = _chain_day(allowed[d])
        parents[d], pointers[d], extra = known[key]
        lists.append(extra)
    extras = np.zeros((days, max([len(extra) for extra in lists] + [1])), dtype=np.int32)
    for d, extra in enumerate(lists):
        extras[d, : len(extra)] = extra
    return parents, pointers, extras


def _chain_day(allowed: Bools) -> tuple[Ints, Ints, list[int]]:
    """Return parent, pointers and extras for one day; a parent is the largest earlier head that allows no more."""
    heads = allowed.shape[1]
    parents = np.full(heads, -1, dtype=np.int32)
    pointers = np.zeros(heads + 1, dtype=np.int32)
    extra: list[int] = []
    sizes = allowed.sum(axis=0)
    for h in range(heads):
        inside = [p for p in range(h) if not (allowed[:, p] & ~allowed[:, h]).any()]
        parent = max(inside, key=lambda p: (sizes[p], p), default=-1)
        parents[h] = parent
        own = allowed[:, h] & ~allowed[:, parent] if parent >= 0 else allowed[:, h]
        extra += [int(t) for t in np.flatnonzero(own)]
        pointers[h + 1] = len(extra)
    return parents, pointers, extra
