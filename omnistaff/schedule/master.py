"""The restricted master: which of the lines found so far make the best roster, as a linear program.

One column is one person's legal line of work. The rows are the cuts of the cover (``cover``), so skill pools need no
variables of their own:
    shortage[level, slot] + heads at work that can serve any queue of A >= need of A     for every set A that can bind
    lines of a person = 1
Duals of the cuts are prices of time; with each person's best line at them they prove a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        self.pair, self.short_costs = row_pair.ravel(), need.tops[pairs[0], pairs[1]]
        self.idle = need.idle
        self.columns: list[Column] = []
        self.known: dict[tuple[int, bytes, bytes], int] = {}
        self._people = np.empty(0, np.int32)  # of each column; the end of all these is room for more
        self._chosen = np.empty((0, team.menus[0].offers.starts.shape[0]), np.int32)
        self._starts, self._rows = np.zeros(1, np.int32), np.empty(0, np.int32)
        self._values, self._costs = np.empty(0), np.empty(0)
        self._always = self._shortages_and_absences()

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

    def solve(self, gap: float, is_open: Bools | None = None) -> Point:
        """Return the solution of the linear program to within a share *gap* of its cost; *is_open* by column."""
        count = len(self.columns)
        is_open = np.ones(count, dtype=bool) if is_open is None else is_open
        sizes = np.diff(self._starts[: count + 1])
        entries = np.flatnonzero(np.repeat(is_open, sizes))
        always = self._always
        columns = Columns(
            _starts(np.concatenate([np.diff(always.starts), sizes[is_open]])),
            np.concatenate([always.rows, self._rows[entries]]),
            np.concatenate([always.values, self._values[entries]]),
            np.concatenate([always.costs, self._costs[:count][is_open]]),
        )
        right = np.concatenate([self.right, np.ones(len(self.team.members))])
        point = reach(columns, right, len(self.right), gap)
        values = np.zeros(count)
        values[is_open] = point.values[len(always.costs) :]
        return replace(point, values=values)

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
        heads = np.zeros(len(self.right))
        for k in chosen:
            heads += self._counts(self.columns[k].person, self.columns[k].line)
        short = np.zeros(len(self.short_costs))
        np.maximum.at(short, self.pair, self.right - heads)
        return float(short @ self.short_costs)


def _starts(sizes: npt.NDArray[np.int_]) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _with_room(values: Array, count: int) -> Array:
    """Return *values* with room for *count* of them."""
    if count <= len(values):
        return values
    more = max(MORE, len(values), count - len(values))
    return np.concatenate([values, np.zeros((more, *values.shape[1:]), values.dtype)])
