"""A dive: from a fractional roster to a whole one, settling what people do on single days, the surest first.

Lines are priced anew after each step. A step that makes the roster much dearer is taken back: half of it is tried,
and a single day that is still too dear gets the other answer, if that is cheaper. A roster in part (days that stay
as they are) makes a dive a repair of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.columns import TINY, Hunt
from omnistaff.schedule.interior import Point

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
ROUNDS, FIRST_ROUNDS = 15, 60  # of pricing
SLACK = 5e-4  # share of its cost by which one step may make the roster dearer, at first
SOFTER = 10  # steps taken back after which it is twice as much
STEP, MANY = 0.01, 1500  # share of all days that one step settles; far more of many days of people, to end in time
WHOLE = 1e-3  # a share nearer to 0 or 1 is whole
GAP, USED = 1e-5, 1e-3  # to which its programs are solved; the least share of a line in use
FACTOR = 2e4  # rows cubed that are as much work as one column

Pick = tuple[int, int, int]  # person, day, option (the last is a day off)


def all_open(hunt: Hunt) -> Bools:
    """Return that everybody may do everything: [person, day, option], the last option is a day off."""
    members = hunt.master.team.members
    options = max(member.base.shape[1] for member in members)
    return np.ones((len(members), len(members[0].base), options + 1), dtype=bool)


def work_of(hunt: Hunt, columns: int, share: float) -> float:
    """Return the work of one linear program, in columns, when a *share* of the days is open."""
    rows = share * len(hunt.master.right) + len(hunt.master.team.members)
    return columns + rows**3 / FACTOR


@dataclass
class Dive:
    """One dive. People outside *freed* keep their lines of the best roster; *aim* is the most it may cost."""

    hunt: Hunt
    freed: list[int]
    is_open: Bools  # as in ``Hunt.answer``; narrowed on the way
    aim: float = np.inf
    noise: float = 0.0  # at random, added to the shares by which days are chosen
    patience: float = np.inf  # steps that may be taken back before it gives up
    rounds: int = ROUNDS  # of pricing after a step
    steps: int = field(default=0, init=False)
    setbacks: int = field(default=0, init=False)
    work: float = field(default=0.0, init=False)  # see ``work_of``

    def __post_init__(self) -> None:
        master = self.hunt.master
        self.days = np.arange(self.is_open.shape[1])
        self.is_freed = np.isin(np.arange(len(self.is_open)), self.freed)
        self.kept = [k for k in self.hunt.best if not self.is_freed[master.columns[k].person]]
        cells = len(self.freed) * len(self.days)
        self.most = max(1, round(STEP * cells * max(1.0, cells / MANY) ** 3))

    def run(self) -> list[int] | None:
        """Return the columns of a whole roster; None when none that costs at most *aim* is found."""
        solution, batch = self._solve(-np.inf, first=True), self.most
        while not self._is_lost(solution):
            columns, shares = self._shares(solution)
            self._round(columns, solution)
            picks = self._pick(columns, shares, batch)
            if not picks:
                found = [*self.kept, *columns]
                return found if len(found) == len(self.is_freed) else None  # somebody is left without a line
            self.steps += 1
            solution, batch = self._step(picks, solution)
        return None

    def _round(self, columns: list[int], solution: Point) -> None:
        """Offer the roster of everybody's line with the largest share, so that a dive cut short leaves something."""
        master = self.hunt.master
        ranked = sorted(columns, key=lambda k: solution.values[k])
        chosen = {int(master.people[k]): k for k in ranked}
        if len(chosen) == len(self.freed):
            self.hunt.offer([*self.kept, *chosen.values()])

    def _is_lost(self, solution: Point) -> bool:
        cost = solution.cost - self.hunt.master.need.constant
        vague = GAP * (1 + abs(solution.cost))  # so much too dear may the program's cost be
        return cost > self.aim + vague + TINY or self.setbacks > self.patience or self.hunt.is_over

    def _step(self, picks: list[Pick], before: Point) -> tuple[Point, int]:
        """Settle *picks*, or fewer where that is too dear; return the solution, and how many to settle next."""
        slack = SLACK * (1 + self.setbacks / SOFTER)
        limit = before.cost + slack * abs(before.cost - self.hunt.master.need.constant)
        was_open = self.is_open.copy()
        for i, day, option in picks:
            self.is_open[i, day] = False
            self.is_open[i, day, option] = True
        after = self._solve(limit)
        if after.cost <= limit:
            return after, min(self.most, 2 * len(picks))
        self.setbacks += 1
        settled, self.is_open = self.is_open, was_open
        if len(picks) > 1:
            return before, len(picks) // 2
        self.is_open[picks[0]] = False
        other = self._solve(limit)
        if other.cost <= after.cost:
            return other, 1
        self.is_open = settled
        return self._solve(after.cost), 1

    def _solve(self, limit: float, first: bool = False) -> Point:
        """Return the linear program's solution over open days, lines priced until it costs at most *limit*."""
        hunt = self.hunt
        solution = self._program()
        for k in range(FIRST_ROUNDS if first else self.rounds):
            if hunt.is_over or not hunt.gather(self.freed, solution.duals, self.is_open):
                break
            solution = self._program()
            if k and solution.cost <= limit:
                break
        return solution

    def _program(self) -> Point:
        fits = self._fits()
        live = (self.is_open[self.is_freed].sum(axis=2) > 1).any(axis=0)
        self.work += work_of(self.hunt, int(fits.sum()), float(live.mean()))
        return self.hunt.master.solve(GAP, fits, live)

    def _fits(self) -> Bools:
        """Return which columns may be in use: lines over open days that can gain, and what is kept."""
        hunt, master = self.hunt, self.hunt.master
        fits = self.is_freed[master.people] & (hunt.dearer() <= hunt.cost - hunt.bound + TINY)
        mine = np.flatnonzero(fits)
        fits[mine] = self.is_open[master.people[mine, None], self.days, master.chosen[mine]].all(axis=1)
        fits[self.kept] = True
        return fits

    def _shares(self, solution: Point) -> tuple[list[int], Floats]:
        """Return the columns in use of freed people, and how much of [person, day, option] they make."""
        master = self.hunt.master
        values = solution.values  # of the columns of its time
        columns = np.flatnonzero((values > USED) & self.is_freed[master.people[: len(values)]])
        shares = np.zeros(self.is_open.shape)
        for k in columns:
            shares[master.people[k], self.days, master.chosen[k]] += values[k]
        return columns.tolist(), shares

    def _pick(self, columns: list[int], shares: Floats, count: int) -> list[Pick]:
        """Return the surest undecided days: together they leave everybody a line in use."""
        people, chosen = self.hunt.master.people, self.hunt.master.chosen
        lines: dict[int, list[int]] = {}
        for k in columns:
            lines.setdefault(int(people[k]), []).append(k)
        picks: list[Pick] = []
        for i, day, option in self._by_share(shares):
            if len(picks) == count:
                break
            wanted = option if option < shares.shape[2] - 1 else -1
            left = [k for k in lines[i] if chosen[k, day] == wanted]
            if left and len(left) < len(lines[i]):
                lines[i] = left
                picks.append((i, day, option))
        return picks

    def _by_share(self, shares: Floats) -> Iterator[Pick]:
        undecided = np.argwhere((shares > WHOLE) & (shares < 1 - WHOLE))
        scores = shares[tuple(undecided.T)]
        if self.noise:
            scores = scores + self.noise * self.hunt.rng.random(len(scores))
        yield from undecided[np.argsort(-scores, kind="stable")].tolist()
