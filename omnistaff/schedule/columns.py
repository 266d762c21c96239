"""Column generation for small centres: lines priced by the program over days, and repairs by integer programs.

1. *Generate*: the master's duals price time, every person answers with the best line, lines that gain join the
   master, until none gains. Duals are smoothed towards the prices of the best bound (Wentges), which bounds the cost
   of every roster on the way (Lagrange).
2. *Repair*: a few people are freed, all others stay; lines are generated for them, and an integer program over those
   of their lines that can still gain picks the best (large-neighbourhood search).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.lines import Line, Overrun, choose, draw_line, option_values, run_all
from omnistaff.schedule.master import Master
from omnistaff.schedule.solve import Limits, Solution

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
SMOOTHING = 0.6  # weight of the prices of the best bound
ROOT_ROUNDS, DIVE_ROUNDS = 400, 12
SURE = 0.95  # a share of a line that counts as decided
TINY = 1e-6
NODES = 20
MIP_S = 40.0
REPAIRS, PATIENCE = 400, 60
FREED = (0.2, 0.8)  # share of all people in a repair


@dataclass(frozen=True)
class Answer:
    """A person's best line at prices."""

    value: float  # of the best line; a little above that of *line* where a rule is too wide
    line: Line


@dataclass
class Hunt:
    """What is being looked for, and what is proved and found.

    *overrun* names the days of a line of which one must change because a rule too wide for the program over days is
    broken; such lines bound the cost but are not worked.
    """

    master: Master
    threads: int
    rng: np.random.Generator
    is_enough: Callable[[float, float], bool]  # of (cost, bound)
    overrun: Overrun | None = None
    patience: int = PATIENCE  # repairs in a row that gain nothing
    bound: float = -np.inf
    centre: Floats | None = None
    best: list[int] = field(default_factory=list)  # columns, one a person
    cost: float = np.inf

    def offer(self, columns: list[int]) -> bool:
        """Keep a whole roster if it is the best; return whether it is."""
        cost = self.roster_cost(columns)
        if cost >= self.cost - TINY:
            return False
        self.best, self.cost = columns, cost
        return True

    def roster_cost(self, columns: list[int]) -> float:
        """Return the cost of a whole roster."""
        master = self.master
        lines = [master.columns[k].line for k in columns]
        short = master.short_of(columns)
        own = sum(line.wishes + float(master.idle @ line.works) for line in lines)
        return short + own - master.need.constant

    def answer(self, people: list[int], pay: Floats) -> list[Answer]:
        """Return each person's best line at prices."""
        team = self.master.team
        pairs = sorted({(team.members[i].menu, team.members[i].group) for i in people})
        values = {(m, g): option_values(team.menus[m], np.ascontiguousarray(pay[:, g])) for m, g in pairs}

        def one(i: int) -> Answer:
            member = team.members[i]
            value, chosen = choose(member, team.menus[member.menu], values[member.menu, member.group], self.overrun)
            own = np.ascontiguousarray(pay[:, member.group])
            return Answer(value, draw_line(member, team.menus[member.menu], chosen, own))

        return run_all(one, tuple(people), self.threads)

    def generate(self, people: list[int], rounds: int) -> Solution:
        """Add lines of *people* until none gains; return the last solution of the linear program."""
        whole = len(people) == len(self.master.team.members)
        smoothing = SMOOTHING if whole else 0.0
        solution = self.master.solve()
        for _ in range(rounds):
            duals = self.master.levels_of(solution.duals)
            prices = duals
            if smoothing and self.centre is not None:
                prices = smoothing * self.centre + (1 - smoothing) * duals
            answers = self.answer(people, self.master.pay(prices))
            if whole:
                self._prove(prices, sum(found.value for found in answers))
            new = self._gather(people, answers, solution.duals)
            done = whole and solution.cost - self.master.need.constant - self.bound < TINY * abs(solution.cost)
            if done or (not new and smoothing == 0.0) or self.is_enough(self.cost, self.bound):
                break
            smoothing = SMOOTHING if new and whole else 0.0
            solution = self.master.solve() if new else solution
        return solution

    def _gather(self, people: list[int], answers: list[Answer], duals: Floats) -> int:
        """Add the lines that gain at the *duals* of the last linear program; return how many are new."""
        pay = self.master.pay(self.master.levels_of(duals))
        before = len(self.master.columns)
        for i, found in zip(people, answers, strict=True):
            own = duals[len(self.master.right) + i] - found.line.wishes
            if own + float(pay[:, self.master.team.members[i].group] @ found.line.works) > TINY:
                self.master.add(i, found.line)
        return len(self.master.columns) - before

    def prove(self) -> Floats:
        """Find the bound, and return what each group earns by [slot, group] at the prices that prove it."""
        self.generate(list(range(len(self.master.team.members))), ROOT_ROUNDS)
        centre = self.centre if self.centre is not None else np.zeros(len(self.master.right))
        return self.master.pay(centre)

    def _prove(self, prices: Floats, values: float) -> None:
        bound = self.master.bound(prices, values)
        if bound > self.bound:
            self.bound, self.centre = bound, prices

    def dive(self, freed: list[int]) -> bool:
        """Settle the lines of *freed* people one after another, the surest first, while all others keep theirs.

        Lines are generated anew for the undecided after each step. Return whether that gained.
        """
        master, left = self.master, list(freed)
        kept = {master.columns[k].person: k for k in self.best}
        settled = {i: k for i, k in kept.items() if i not in set(freed)}
        while True:
            self._open(settled, left)
            solution = self.generate(left, DIVE_ROUNDS)
            if not left:
                break
            values = solution.values[master.first :]
            shares = dict.fromkeys(left, (0.0, 0))
            for k in np.flatnonzero(values > TINY):
                i = master.columns[k].person
                shares[i] = max(shares.get(i, (0.0, 0)), (float(values[k]), int(k)))
            order = sorted(left, key=lambda i: (-shares[i][0], i))
            sure = [i for i in order if shares[i][0] > SURE] or order[:1]
            settled |= {i: shares[i][1] for i in sure}
            left = [i for i in left if i not in settled]
        return self.offer([settled[i] for i in sorted(settled)])

    def _open(self, settled: dict[int, int], left: Sequence[int]) -> None:
        """Let the people who are *left* work any of their lines, all others theirs alone."""
        is_open = np.isin(self.master.of_persons(), left)
        is_open[list(settled.values())] = True
        self.master.set_open(is_open)

    def choose_among(self, people: list[int]) -> bool:
        """Pick the best of the lines of *people* that can still gain, all others keep theirs; return if that gained.

        A line whose reduced cost is above what there is to gain is in no better roster of the lines so far.
        """
        master = self.master
        self._open({master.columns[k].person: k for k in self.best}, people)
        fractional = master.solve()
        room = self.cost + master.need.constant - fractional.cost
        useful = np.isin(master.of_persons(), people) & (fractional.reduced[master.first :] <= room)
        useful[self.best] = True
        master.set_open(useful)
        return self.offer(master.solve_integer(self.best, Limits(gap_share=1e-6, nodes=NODES, time_limit_s=MIP_S)))

    def mend(self, first: Sequence[Line]) -> None:
        """Make the best of a *first* roster until it is enough or nothing gains; the best is kept on the way."""
        master = self.master
        everybody = list(range(len(master.team.members)))
        self.offer([master.add(i, line) for i, line in enumerate(first)])
        while self.dive(everybody) and not self.is_enough(self.cost, self.bound):
            pass
        if not self.is_enough(self.cost, self.bound):
            self.choose_among(everybody)
        failures = 0
        for _ in range(REPAIRS):
            if failures >= self.patience or self.is_enough(self.cost, self.bound):
                break
            size = max(2, round(len(everybody) * self.rng.uniform(*FREED)))
            people = sorted(self.rng.choice(everybody, min(size, len(everybody)), replace=False).tolist())
            gained = self.dive(people)
            if not self.is_enough(self.cost, self.bound):
                gained |= self.choose_among(people)
            failures = 0 if gained else failures + 1

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the best roster so far, one a person; none before there is one."""
        return tuple(self.master.columns[k].line for k in self.best)
