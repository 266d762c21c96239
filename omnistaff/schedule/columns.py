"""Column generation for small centres: the bound of a roster, and lines of work to make it from.

First prices of time come from a fractional roster (``prices``). Then the master's duals price time, every person
answers with the best line, lines that gain join the master, until none gains. Duals are smoothed towards the prices
of the best bound (Wentges), which bounds the cost of every roster on the way (Lagrange). Rosters come from ``dive``
and ``mend``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from omnistaff.errors import OmnistaffError
from omnistaff.schedule.counted import FEW_LABELS, MANY_LABELS, Limits, best_counted, no_limits
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import Line, draw_line, option_values, run_all
from omnistaff.schedule.master import Master
from omnistaff.schedule.prices import Market, find_prices, group_prices

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SMOOTHING = 0.6  # weight of the prices of the best bound
ROUNDS, WARM_ROUNDS = 1000, 6  # of pricing by duals, and before it by a fractional roster
TINY = 1e-6
COARSE, FINE = 1e-2, 1e-5  # gaps to which the linear program is solved, at first and at last
AHEAD = 0.1  # by which it is more exact than the gap to the bound
FEW = 0.1  # new lines a person that are not worth going on with prices as vague as they are
GUIDE, SWEEPS = 0.9, 12  # first share of the prices in the value of time when a first roster is made; its sweeps


@dataclass(frozen=True)
class Answer:
    """A person's best line at prices."""

    value: float  # of the best line; above that of *line* where the search for it was cut off, NEVER without any
    line: Line | None


@dataclass(frozen=True)
class Stance:
    """Prices of time: cover costs at least *offset* less what the people at work earn; so do averages of stances."""

    offset: float
    pay: Floats  # [slot, group], idle cost taken off

    def towards(self, other: Stance, share: float) -> Stance:
        """Return the stance a *share* of the way to another."""
        return Stance((1 - share) * self.offset + share * other.offset, (1 - share) * self.pay + share * other.pay)


@dataclass
class Hunt:
    """What is being looked for, and what is proved and found.

    *grain* is the least by which two costs differ.
    """

    master: Master
    threads: int
    rng: np.random.Generator
    is_enough: Callable[[float, float], bool]  # of (cost, bound)
    grain: float = TINY
    bound: float = -np.inf
    best: list[int] = field(default_factory=list)  # columns, one a person
    cost: float = np.inf
    limits: list[Limits] = field(init=False)  # by person
    is_exact: bool = field(default=False, init=False)  # whether answers may take long
    is_proved: bool = field(default=False, init=False)  # whether the bound was found before it got late
    pay: Floats = field(init=False)  # [slot, group] at the prices that prove the bound
    best_values: list[float] = field(init=False)  # of everybody's best line at these prices
    _dearer: list[float] = field(default_factory=list, init=False)  # see ``dearer``

    def __post_init__(self) -> None:
        """Who has no limits gets some that do not bind."""
        members = self.master.team.members
        self.limits = [member.limits or no_limits(*member.base.shape) for member in members]

    @property
    def is_over(self) -> bool:
        """Whether what is found is enough."""
        return self.is_enough(self.cost, self.bound)

    def offer(self, columns: list[int]) -> bool:
        """Keep a whole roster if it is the best; return whether it is."""
        cost = self.roster_cost(columns)
        if cost >= self.cost - TINY:
            return False
        self.best, self.cost = sorted(columns, key=lambda k: self.master.columns[k].person), cost
        return True

    def roster_cost(self, columns: list[int]) -> float:
        """Return the cost of a whole roster."""
        master = self.master
        lines = [master.columns[k].line for k in columns]
        own = sum(line.wishes + float(master.idle @ line.works) for line in lines)
        return master.short_of(columns) + own - master.need.constant

    def answer(self, people: list[int], pay: Floats, is_open: Bools | None = None) -> list[Answer]:
        """Return each person's best line at prices.

        *is_open* [person, day, option] says what may be worked, the last option is a day off.
        """
        team = self.master.team
        pairs = sorted({(team.members[i].menu, team.members[i].group) for i in people})
        columns = [np.ascontiguousarray(pay[:, g]) for g in range(pay.shape[1])]
        values = {(m, g): option_values(team.menus[m], columns[g]) for m, g in pairs}

        def one(i: int) -> Answer:
            member = team.members[i]
            menu, worth = team.menus[member.menu], values[member.menu, member.group] + member.base
            rests = np.ones(len(worth), dtype=bool)
            if is_open is not None:
                worth[~is_open[i, :, : worth.shape[1]]] = NEVER
                rests = is_open[i, :, -1].copy()
            chosen = np.empty(len(worth), dtype=np.int32)
            found = best_counted(worth, rests, menu.kinds, member.walk, self.limits[i], FEW_LABELS, chosen)
            if self.is_exact and found[1] > found[0] + TINY:
                found = best_counted(worth, rests, menu.kinds, member.walk, self.limits[i], MANY_LABELS, chosen)
            bound = found[1] - member.constant if found[1] > NEVER / 2 else NEVER
            return Answer(
                bound, draw_line(member, menu, chosen, columns[member.group]) if found[0] > NEVER / 2 else None
            )

        return run_all(one, tuple(people), self.threads)

    def gather(self, people: list[int], duals: Floats, is_open: Bools | None = None) -> int:
        """Add the lines of *people* that gain at the *duals* of the last linear program; return how many are new."""
        pay = self.master.pay(self.master.levels_of(duals))
        return self._add_gaining(people, self.answer(people, pay, is_open), duals)

    def _add_gaining(self, people: list[int], answers: list[Answer], duals: Floats) -> int:
        master = self.master
        pay = master.pay(master.levels_of(duals))
        before = len(master.columns)
        for i, found in zip(people, answers, strict=True):
            line = found.line
            if line is None:
                continue
            gain = (
                duals[len(master.right) + i] - line.wishes + float(pay[:, master.team.members[i].group] @ line.works)
            )
            if gain > TINY:
                master.add(i, line)
        return len(master.columns) - before

    def prove(self, is_late: Callable[[], bool] = lambda: False) -> None:
        """Find a first roster and the bound; when it gets late the bound is left where it is."""
        master, everybody = self.master, list(range(len(self.master.team.members)))
        centre = self._warm_up()
        self.pay, self.best_values = centre.pay, [found.value for found in self.answer(everybody, centre.pay)]
        self.begin(centre.pay, is_late)
        if is_late():
            return
        smoothing, gap, care, few = SMOOTHING, 1.0, 1.0, FEW * len(everybody)
        for _ in range(ROUNDS):
            vague = max(FINE, care * min(COARSE, AHEAD * gap))
            solution = master.solve(vague)
            rows = master.levels_of(solution.duals)
            duals = Stance(float(rows @ master.right), master.pay(rows))
            stance = duals.towards(centre, smoothing)
            answers = self.answer(everybody, stance.pay)
            bound = self._bound(stance, answers)
            if bound > self.bound:
                self.bound, centre = bound, stance
                self.pay, self.best_values = stance.pay, [found.value for found in answers]
            new = self._add_gaining(everybody, answers, solution.duals)
            gap = max(0.0, (solution.cost - master.need.constant - self.bound) / max(1.0, abs(solution.cost)))
            is_closed = gap < FINE and vague <= FINE  # a vague program may cost less than it should
            if is_closed or self.is_over or is_late() or (self.is_exact and new <= few):
                break
            if new > few:
                smoothing = SMOOTHING
            elif smoothing > 0:
                smoothing = 0.0
            else:  # prices as vague as these bring no more
                self.is_exact = care <= FINE
                care *= AHEAD
        self.is_exact, self.is_proved = False, not is_late()

    def dearer(self) -> Floats:
        """Return how much dearer than a person's best line each column is, at the prices that prove the bound.

        A line that is dearer by more than the best roster's gap is in no better roster.
        """
        for column in self.master.columns[len(self._dearer) :]:
            earned = float(self.pay[:, self.master.team.members[column.person].group] @ column.line.works)
            self._dearer.append(column.line.wishes - earned + self.best_values[column.person])
        return np.array(self._dearer)

    def _bound(self, stance: Stance, answers: list[Answer]) -> float:
        """Return what prices prove with everybody's answers to them."""
        values = [found.value for found in answers]
        known = min(values) > NEVER / 2  # who is left without a line, after days were closed, proves nothing
        return stance.offset - sum(values) - self.master.need.constant if known else -np.inf

    def _warm_up(self) -> Stance:
        """Return the stance of a fractional roster; keep the bound."""
        master = self.master
        team, need, groups = master.team, master.need, master.groups
        for found in find_prices(Market(team, need, groups, self.threads), WARM_ROUNDS):
            levels, self.bound = found.levels, found.bound
            if self.is_over:
                break
        return Stance(float((levels * need.levels).sum()), group_prices(levels, groups, need.idle))

    def begin(self, pay: Floats, is_late: Callable[[], bool] = lambda: False) -> None:
        """Make a first roster: people in turn get the best line at prices and what the others leave, the prices fade.

        All lines join the master: they were made for each other.
        """
        master, members = self.master, self.master.team.members
        cover = Cover(master.need, master.groups)
        found: dict[int, int] = {}
        for guide in np.linspace(GUIDE, 0.0, SWEEPS):
            for i in self.rng.permutation(len(members)).tolist():
                group = members[i].group
                if i in found:
                    cover.add(group, master.columns[found[i]].line.works, -1)
                worth = guide * pay
                worth[:, group] += (1 - guide) * cover.worth(group)
                line = self._answer_surely(i, worth)
                if line is None:
                    raise OmnistaffError(f"no line of work of {members[i].agent_id} keeps all rules")
                found[i] = master.add(i, line)
                cover.add(group, line.works)
                if len(found) == len(members) and is_late():
                    break
            self.offer(list(found.values()))
            if self.is_over or is_late():
                break

    def _answer_surely(self, i: int, worth: Floats) -> Line | None:
        """Return a person's best line; where the quick search finds none, by the exact one."""
        line = self.answer([i], worth)[0].line
        if line is None:
            was_exact, self.is_exact = self.is_exact, True
            line, self.is_exact = self.answer([i], worth)[0].line, was_exact
        return line

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the best roster so far, one a person; none before there is one."""
        return tuple(self.master.columns[k].line for k in self.best)
