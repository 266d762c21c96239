"""Shift options: every (pattern, start, length) a contract may work, day by day, and which may follow which.

Breaks are not enumerated: an option carries the windows of its breaks, and the kernel puts each break where it
costs least. Options that are alike to every rule form a group: same class (paid minutes), same tail (end) and
same head (start).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from omnistaff import timegrid
from omnistaff.plan import Contract, Pattern, Plan
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.kernel import Kinds, Offers

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
NO_DAY = -1
NO_LIMIT = 1 << 20  # slots


class ShiftClass(NamedTuple):
    """What the rules of a contract tell shifts apart by; what no rule looks at is the same for all."""

    minutes: int = 0  # paid
    is_night: bool = False
    is_late: bool = False
    start: int = -1  # wall clock minute
    profile: int = 0  # shifts that are too close to the same others, days away


@dataclass(frozen=True)
class Menu:
    """What one contract in one zone may work."""

    patterns: tuple[Pattern, ...]
    pattern: Ints  # [option] index into patterns
    start_minute: Ints  # [option] wall clock
    paid_minutes: Ints  # [option]
    nights: Bools  # [option]
    offers: Offers
    kinds: Kinds
    classes: tuple[ShiftClass, ...]  # class 0 is a day off
    too_close: tuple[frozenset[tuple[int, int, int]], ...]  # by day: (days before, class then, class now)

    @property
    def class_minutes(self) -> tuple[int, ...]:
        """Paid minutes of each class."""
        return tuple(kind.minutes for kind in self.classes)

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
    pattern_of, minutes, lengths, paid = (np.ascontiguousarray(column) for column in table.T)
    starts = _starts(pattern_of, minutes, patterns, zone, horizon)
    nights = is_night(minutes, lengths * slot, plan)
    rest = _rest_slots(contract, nights, slot)
    profiles, close = far_rest(starts, lengths, rest)
    columns = _class_columns(contract, plan, minutes, lengths * slot, nights)
    keys = [ShiftClass(*key) for key in zip(paid.tolist(), *columns, profiles, strict=True)]
    classes = (ShiftClass(), *sorted(set(keys)))
    number = {kind: k for k, kind in enumerate(classes)}
    class_of = np.array([number[key] for key in keys], dtype=np.int32)
    step = max(1, plan.schedule.break_step_minutes // slot)
    offers = Offers(starts, lengths, *_layouts(pattern_of, lengths, patterns, slot, step), step)
    kinds = relate(starts, lengths, class_of, rest)
    by_class = [_by_class(day, class_of) for day in close]
    return Menu(patterns, pattern_of, minutes, paid, nights, offers, kinds, classes, tuple(by_class))


def is_night(minutes: Ints, lengths: Ints, plan: Plan) -> Bools:
    """Return which shifts are nights by the wall clock, from start *minutes* and *lengths* in minutes."""
    night = plan.schedule.night
    begin, end = timegrid.clock_minutes(night.begin), timegrid.clock_minutes(night.end)
    end += timegrid.DAY_MINUTES if end <= begin else 0
    inside = np.zeros(len(minutes))
    for shift in (-timegrid.DAY_MINUTES, 0):
        first, last = np.maximum(minutes, begin + shift), np.minimum(minutes + lengths, end + shift)
        inside += np.maximum(0, last - first)
    return np.asarray(inside >= 60 * night.min_hours)


def is_late(minutes: Ints, lengths: Ints, nights: Bools, plan: Plan) -> Bools:
    """Return which shifts end late in the evening and are no nights."""
    return np.asarray((minutes + lengths > timegrid.clock_minutes(plan.schedule.late_after)) & ~nights)


def _class_columns(
    contract: Contract, plan: Plan, minutes: Ints, lengths: Ints, nights: Bools
) -> tuple[list[bool], list[bool], list[int]]:
    """Return (night, late, start) of each option as far as a rule of the contract looks at it."""
    shares = plan.schedule.rules.fair_shares if plan.schedule.rules.fairness_cost else []
    limits = (contract.max_nights_in_a_row, contract.max_nights_in_four_weeks)
    asks_nights = "nights" in shares or any(limit is not None for limit in limits)
    late = is_late(minutes, lengths, nights, plan) & ("late_shifts" in shares)
    starts = minutes if contract.same_start_in_week else np.full(len(minutes), -1)
    return (nights & asks_nights).tolist(), late.tolist(), starts.tolist()


def _rest_slots(contract: Contract, nights: Bools, slot: int) -> Ints:
    """Return the slots of rest from the end of [option] to the start of [next option]."""
    usual, after = (-(-round(60 * h) // slot) for h in (contract.min_rest_hours, contract.rest_after_nights_hours))
    return np.where(nights[:, None] & ~nights[None, :], max(usual, after), usual).astype(np.int32)


def far_rest(starts: Ints, lengths: Ints, rest: Ints) -> tuple[list[int], list[set[tuple[int, int, int]]]]:
    """Return (profile of each option, pairs too close by day) for rest that reaches past the following day.

    A pair is (days before, option then, option now). Options of one profile are too close to the same others.
    """
    days, options = starts.shape
    pairs: list[set[tuple[int, int, int]]] = [set() for _ in range(days)]
    open_starts = starts >= 0
    for lag in range(2, days):
        found = False
        for d in range(lag, days):
            if not (open_starts[d].any() and open_starts[d - lag].any()):
                continue
            ends = starts[d - lag] + lengths
            close = starts[d][None, :] - ends[:, None] < rest
            close &= open_starts[d][None, :] & open_starts[d - lag][:, None]
            found = found or bool(close.any())
            pairs[d] |= {(lag, int(a), int(b)) for a, b in np.argwhere(close)}
        if not found:
            break
    if not any(pairs):
        return [0] * options, pairs
    before: list[list[tuple[int, ...]]] = [[] for _ in range(options)]
    for d, day in enumerate(pairs):
        for lag, a, b in sorted(day):
            before[a].append((0, d, lag, b))
            before[b].append((1, d, lag, a))
    seen = [tuple(rows) for rows in before]
    order = {rows: k for k, rows in enumerate(sorted(set(seen)))}
    return [order[rows] for rows in seen], pairs


def _by_class(day: set[tuple[int, int, int]], class_of: Ints) -> frozenset[tuple[int, int, int]]:
    return frozenset((lag, int(class_of[a]), int(class_of[b])) for lag, a, b in day)


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
    pattern_of: Ints, lengths: Ints, patterns: Sequence[Pattern], slot: int, step: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the break layout of each option, and windows, number and distances of the breaks of each layout."""
    kinds = sorted({(int(p), int(n)) for p, n in zip(pattern_of, lengths, strict=True)})
    most = max([len(pattern.breaks) for pattern in patterns] + [1])
    windows = np.zeros((len(kinds), most, 3), dtype=np.int32)
    counts = np.zeros(len(kinds), dtype=np.int32)
    apart = np.zeros((len(kinds), 2), dtype=np.int32)
    for k, (p, length) in enumerate(kinds):
        pattern = patterns[p]
        counts[k] = len(pattern.breaks)
        longest = NO_LIMIT if pattern.max_stretch_minutes is None else pattern.max_stretch_minutes // slot
        apart[k] = -(-pattern.min_stretch_minutes // slot), longest
        for b, pause in enumerate(pattern.breaks):
            size = pause.minutes // slot
            last = min(pause.latest_after_minutes // slot, length - size)
            windows[k, b] = pause.earliest_after_minutes // slot, last, size
        _hold_ends(windows[k, : counts[k]], length, longest, step)
        ends = windows[k, : counts[k] - 1, 1] + windows[k, : counts[k] - 1, 2] + apart[k, 0]
        if longest == NO_LIMIT and (ends <= windows[k, 1 : counts[k], 0]).all():
            apart[k, 0] = -1
    layout = [kinds.index((int(p), int(n))) for p, n in zip(pattern_of, lengths, strict=True)]
    return np.array(layout, dtype=np.int32), windows, counts, apart


def _hold_ends(windows: Ints, length: int, longest: int, step: int) -> None:
    """Narrow the first and the last window so that the first and the last stretch are not too long."""
    if len(windows) and longest < NO_LIMIT:
        windows[0, 1] = min(windows[0, 1], longest)
        late = length - longest - windows[-1, 2] - windows[-1, 0]
        windows[-1, 0] += step * max(0, -(-late // step))


def relate(starts: Ints, lengths: Ints, class_of: Ints, rest_slots: int | Ints) -> Kinds:
    """Return how the rules see options that need *rest_slots* between two shifts, or [option, next option].

    Options with the same start on all days and the same rest before share a head, with the same end on all days and
    the same rest after a tail. On the day after a tail, a head may be worked when it starts rested.
    """
    rest = np.broadcast_to(np.asarray(rest_slots, dtype=np.int32), (len(lengths), len(lengths)))
    _, rest_before = np.unique(rest, axis=1, return_inverse=True)
    _, rest_after = np.unique(rest, axis=0, return_inverse=True)
    ends = np.where(starts >= 0, starts + lengths, -1)
    _, head_one, head_of = np.unique(np.vstack([starts, rest_before]), axis=1, return_index=True, return_inverse=True)
    _, tail_one, tail_of = np.unique(np.vstack([ends, rest_after]), axis=1, return_index=True, return_inverse=True)
    heads, tails, rest = starts[:, head_one], ends[:, tail_one], rest[np.ix_(tail_one, head_one)]
    triples = np.stack([class_of, head_of.ravel(), tail_of.ravel()], axis=1)
    groups, option_group = np.unique(triples, axis=0, return_inverse=True)
    allowed = np.zeros((len(starts), tails.shape[1], heads.shape[1]), dtype=bool)
    for d in range(1, len(starts)):
        allowed[d] = (tails[d - 1][:, None] + rest <= heads[d][None, :]) & (tails[d - 1][:, None] >= 0)
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
