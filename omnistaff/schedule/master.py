"""The restricted master: which of the lines found so far make the best roster, as a linear program.

One column is one person's legal line of work. The rows are the cuts of the cover (``cover``), so skill pools need no
variables of their own:
    shortage[level, slot] + heads at work that can serve any queue of A >= need of A     for every set A that can bind
    lines of a person = 1
Duals of the cuts are prices of time; with each person's best line at them they prove a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Groups, Need
from omnistaff.schedule.interior import Columns, Point, reach
from omnistaff.schedule.lines import Line
from omnistaff.schedule.staff import Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Array = TypeVar("Array", Ints, Floats)
MORE = 1024  # columns for which room is made at a time
ABSENT = 1e6  # cost of a person without a line, so that every master has a solution


@dataclass(frozen=True)
class Column:
    """A line in the master."""

    person: int
    line: Line


class Master:
    """The columns found so far and the program over them."""

    def __init__(self, team: Team, need: Need, groups: Groups) -> None:
        self.team, self.need, self.groups = team, need, groups
        cuts = need.levels @ groups.sets.T.astype(float)
        self.level, self.slot, self.set = (index.astype(np.int32) for index in np.nonzero(cuts > 0))
        self.right = cuts[cuts > 0]
        period = groups.period(need.levels.shape[1])[self.slot]
        self.heads = groups.ranks[:, period, self.set]  # [group, row] that one of a group counts for
        pairs, row_pair = np.unique(np.stack([self.level, self.slot]), axis=1, return_inverse=True)
        self.pair, self.short_costs, self.short_slot = row_pair.ravel(), need.tops[pairs[0], pairs[1]], pairs[1]
        self.idle = need.idle
        self.columns: list[Column] = []
        self.known: dict[tuple[int, bytes, bytes], int] = {}
        self._people = np.empty(0, np.int32)  # of each column; the end of all these is room for more
        self._chosen = np.empty((0, team.menus[0].offers.starts.shape[0]), np.int32)
        self._starts, self._rows = np.zeros(1, np.int32), np.empty(0, np.int32)
        self._values, self._costs = np.empty(0), np.empty(0)
        self._always = self._shortages_and_absences()
        self._day_slots = _slots_of_days(team, len(self.idle))

    def _shortages_and_absences(self) -> Columns:
        """Return the columns that are no lines: missing heads by [level, slot], and everybody absent."""
        people = len(self.team.members)
        sizes = np.concatenate([np.bincount(self.pair, minlength=len(self.short_costs)), np.ones(people, np.int64)])
        rows = np.concatenate([np.argsort(self.pair, kind="stable"), len(self.right) + np.arange(people)])
        costs = np.concatenate([self.short_costs, np.full(people, ABSENT)])
        return Columns(_starts(sizes), rows.astype(np.int32), np.ones(len(rows)), costs)

    def add(self, person: int, line: Line) -> int:
        """Return the number of the column of a person's line, which is new or known."""
        key = (person, line.chosen.tobytes(), line.works.tobytes())
        if key not in self.known:
            self.known[key] = len(self.columns)
            self._note(person, line)
            self.columns.append(Column(person, line))
        return self.known[key]

    def _note(self, person: int, line: Line) -> None:
        counts = self._counts(person, line)
        rows = np.append(np.flatnonzero(counts), len(self.right) + person)
        k, first = len(self.columns), self._starts[len(self.columns)]
        last = first + len(rows)
        self._starts, self._rows = _with_room(self._starts, k + 2), _with_room(self._rows, last)
        self._values, self._costs = _with_room(self._values, last), _with_room(self._costs, k + 1)
        self._people, self._chosen = _with_room(self._people, k + 1), _with_room(self._chosen, k + 1)
        self._starts[k + 1], self._rows[first:last] = last, rows
        self._values[first:last] = np.append(counts[counts > 0], 1.0)
        self._costs[k] = line.wishes + float(self.idle @ line.works)
        self._people[k], self._chosen[k] = person, line.chosen

    def _counts(self, person: int, line: Line) -> Floats:
        """Return the heads by which a line covers each cut."""
        return np.asarray(line.works[self.slot] * self.heads[self.team.members[person].group])

    def solve(self, gap: float, is_open: Bools | None = None, live: Bools | None = None) -> Point:
        """Return the solution of the linear program to within a share *gap* of its cost; *is_open* by column.

        On days that are not *live* all open lines of a person are alike: what is short there is known.
        """
        people, count = len(self.team.members), len(self.columns)
        is_open = np.ones(count, dtype=bool) if is_open is None else is_open
        slots = np.ones(len(self.idle), dtype=bool)
        if live is not None:
            slots = np.asarray(self._day_slots[live].any(axis=0))
        kept = np.append(slots[self.slot], np.ones(people, dtype=bool))
        right = np.append(self.right, np.ones(people))[kept]
        point = reach(self._table(is_open, kept), right, len(right) - people, gap)
        settled = 0.0 if live is None else self._settled(is_open, ~slots)
        values, duals = np.zeros(count), np.zeros(len(kept))
        values[is_open], duals[kept] = point.values[len(self._always.costs) :], point.duals
        return Point(values, duals, point.cost + settled, point.dual + settled)

    def _table(self, is_open: Bools, kept: Bools) -> Columns:
        """Return the open columns in the rows that are *kept*."""
        always, count = self._always, len(self.columns)
        sizes = np.diff(self._starts[: count + 1])
        entries = np.flatnonzero(np.repeat(is_open, sizes))
        rows = np.concatenate([always.rows, self._rows[entries]])
        values = np.concatenate([always.values, self._values[entries]])
        fits = kept[rows]
        starts = _starts(fits)[_starts(np.concatenate([np.diff(always.starts), sizes[is_open]]))]
        number = (np.cumsum(kept) - 1).astype(np.int32)
        costs = np.concatenate([always.costs, self._costs[:count][is_open]])
        return Columns(starts, number[rows[fits]], values[fits], costs)

    def _settled(self, is_open: Bools, slots: Bools) -> float:
        """Return what shortages cost in *slots* where all open lines of a person are alike."""
        columns = np.flatnonzero(is_open)
        _, first = np.unique(self.people[columns], return_index=True)
        return float((self._short(columns[first].tolist()) * self.short_costs)[slots[self.short_slot]].sum())

    def levels_of(self, duals: Floats) -> Floats:
        """Return the duals of the cuts as prices within their ceilings: [row]."""
        prices = np.maximum(duals[: len(self.right)], 0.0)
        total = np.zeros(self.need.levels.shape[:2])
        np.add.at(total, (self.level, self.slot), prices)
        tops = self.need.tops
        scale = np.where(total > tops, tops / np.maximum(total, 1e-300), 1.0)
        return np.asarray(prices * scale[self.level, self.slot])

    def pay(self, prices: Floats) -> Floats:
        """Return what each group earns by [slot, group] at *prices* of the rows, idle cost taken off."""
        columns = [np.bincount(self.slot, prices * mine, minlength=len(self.idle)) - self.idle for mine in self.heads]
        return np.stack(columns, axis=1)

    @property
    def people(self) -> Ints:
        """Return the person of each column."""
        return self._people[: len(self.columns)]

    @property
    def chosen(self) -> Ints:
        """Return the options of each column by [column, day], -1 for a day off."""
        return self._chosen[: len(self.columns)]

    def short_of(self, chosen: list[int]) -> float:
        """Return what the shortages of a roster cost."""
        return float(self._short(chosen) @ self.short_costs)

    def _short(self, chosen: list[int]) -> Floats:
        """Return the heads that lines leave missing, by level and slot that need any."""
        heads = np.zeros(len(self.right))
        for k in chosen:
            heads += self._counts(self.columns[k].person, self.columns[k].line)
        short = np.zeros(len(self.short_costs))
        np.maximum.at(short, self.pair, self.right - heads)
        return short


def _slots_of_days(team: Team, slots: int) -> Bools:
    """Return the slots in which options of a day may be at work: [day, slot]; all where breaks may lie elsewhere."""
    days = len(team.menus[0].offers.starts)
    found = np.zeros((days, slots), dtype=bool)
    for menu in team.menus:
        starts, lengths = menu.offers.starts, menu.offers.lengths
        found |= bool(menu.offers.counts.any())
        for day, option in np.argwhere(starts >= 0).tolist():
            found[day, starts[day, option] : starts[day, option] + lengths[option]] = True
    return found


def _starts(sizes: npt.NDArray[np.int_] | Bools) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _with_room(values: Array, count: int) -> Array:
    """Return *values* with room for *count* of them."""
    if count <= len(values):
        return values
    more = max(MORE, len(values), count - len(values))
    return np.concatenate([values, np.zeros((more, *values.shape[1:]), values.dtype)])
