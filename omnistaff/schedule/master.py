"""The restricted master: which of the lines found so far make the best roster, as a linear program.

One column is one person's legal line of work. The rows are the cuts of the cover (``cover``), so skill pools need no
variables of their own:
    shortage[level, slot] + heads at work that can serve any queue of A >= need of A     for every set A that can bind
    lines of a person = 1
Duals of the cuts are prices of time; with each person's best line at them they prove a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Groups, Need
from omnistaff.schedule.lines import Line
from omnistaff.schedule.solve import Program, Solution, add_variables, new_problem, weighted_sum
from omnistaff.schedule.staff import Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
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
        pairs, row_pair = np.unique(np.stack([self.level, self.slot]), axis=1, return_inverse=True)
        self.pair, self.short_costs = row_pair.ravel(), need.tops[pairs[0], pairs[1]]
        self.idle = need.idle
        self.program = self._begin()
        self.first = self.program.columns
        self.columns: list[Column] = []
        self._people = np.empty(0, np.int32)  # of each column; the end is room for more
        self._chosen = np.empty((0, team.menus[0].offers.starts.shape[0]), np.int32)
        self.known: dict[tuple[int, bytes, bytes], int] = {}

    def _begin(self) -> Program:
        """Return the program without a line: shortages, and everybody absent."""
        problem = new_problem("master")
        short = add_variables(problem, len(self.short_costs), "short")
        absent = add_variables(problem, len(self.team.members), "absent")
        costs = np.concatenate([self.short_costs, np.full(len(absent), ABSENT)])
        problem.setObjective(weighted_sum([*short, *absent], costs))
        for pair, need in zip(self.pair, self.right, strict=True):
            problem += weighted_sum([short[pair]], [1.0]) >= float(need)
        for one in absent:
            problem += weighted_sum([one], [1.0]) == 1
        return Program(problem)

    def add(self, person: int, line: Line) -> int:
        """Return the number of the column of a person's line, which is new or known."""
        key = (person, line.chosen.tobytes(), line.works.tobytes())
        if key not in self.known:
            touched = self.groups.touched[self.team.members[person].group]
            rows = np.flatnonzero(line.works[self.slot] & touched[self.set])
            mine = np.append(rows, len(self.right) + person).astype(np.int32)
            self.program.add_columns([line.wishes + float(self.idle @ line.works)], [mine], upper=np.inf)
            self.known[key] = len(self.columns)
            self._note(person, line)
            self.columns.append(Column(person, line))
        return self.known[key]

    def _note(self, person: int, line: Line) -> None:
        count = len(self.columns)
        if count == len(self._people):
            more = max(1024, count)
            self._people = np.concatenate([self._people, np.empty(more, np.int32)])
            self._chosen = np.concatenate([self._chosen, np.empty((more, self._chosen.shape[1]), np.int32)])
        self._people[count], self._chosen[count] = person, line.chosen

    def solve(self) -> Solution:
        """Return the solution of the linear program."""
        return self.program.solve()

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
        columns = []
        for touched in self.groups.touched:
            mine = prices * touched[self.set]
            columns.append(np.bincount(self.slot, mine, minlength=len(self.idle)) - self.idle)
        return np.stack(columns, axis=1)

    @property
    def people(self) -> Ints:
        """Return the person of each column."""
        return self._people[: len(self.columns)]

    @property
    def chosen(self) -> Ints:
        """Return the options of each column by [column, day], -1 for a day off."""
        return self._chosen[: len(self.columns)]

    def set_open(self, is_open: Bools) -> None:
        """Let only some of the lines be worked."""
        columns = np.arange(len(self.columns), dtype=np.int32) + self.first
        self.program.set_upper(columns, np.where(is_open, np.inf, 0.0))

    def short_of(self, chosen: list[int]) -> float:
        """Return what the shortages of a roster cost."""
        heads = np.zeros(len(self.right))
        for k in chosen:
            column = self.columns[k]
            touched = self.groups.touched[self.team.members[column.person].group]
            heads += column.line.works[self.slot] & touched[self.set]
        short = np.zeros(len(self.short_costs))
        np.maximum.at(short, self.pair, self.right - heads)
        return float(short @ self.short_costs)
