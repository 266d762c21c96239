"""A small roster given to general solvers: one integer program of all lines of work, same rules, costs and seconds.

The program: an option a person and day (start and length), breaks implicit (a place of each break of an option), the
rules over days as a flow through the states that the roster's own rules walk through, rest as cliques of late and
early shifts, the cover by the cuts of the skill pools. Solved by CBC and HiGHS as PuLP runs them, and by OR-Tools
CP-SAT where it is installed, each on one thread; every roster is costed by the same function as omnistaff's.
Named people, skills, breaks and rules over days are more than pyworkforce's scheduler can be told, so it is left out.

    python benchmarks/schedule_peers.py [agents 8] [weeks 1] [seconds 60] [seed 1]
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pulp
from schedule_reference import make_reference

import omnistaff
from omnistaff.schedule.build import Task, make_task
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import Line

SCALE = 10  # costs of the reference set are whole tenths


@dataclass
class Model:
    """The program, and which variable says what."""

    task: Task
    problem: pulp.LpProblem = field(default_factory=lambda: pulp.LpProblem("roster", pulp.LpMinimize))
    works: dict[tuple[int, int, int], Any] = field(default_factory=dict)  # person, day, option
    places: dict[tuple[int, int, int, int, int], Any] = field(default_factory=dict)  # ... break, place
    costs: list[tuple[Any, float]] = field(default_factory=list)
    heads: dict[tuple[int, int], list[tuple[Any, float]]] = field(default_factory=dict)  # group, slot
    constant: float = 0.0
    count: int = 0

    def __post_init__(self) -> None:
        """Write everything down."""
        for i in range(len(self.task.team.members)):
            self._person(i)
        self._cover()
        self.problem.setObjective(pulp.lpDot([x for x, _ in self.costs], [c for _, c in self.costs]))

    def _add(self, *, upper: float | None = 1, is_whole: bool = True) -> Any:
        self.count += 1
        kind = "Integer" if is_whole else "Continuous"
        return self.problem.add_variable(f"v{self.count}", 0, upper, cat=kind)

    def _equal(self, terms: list[tuple[Any, float]], right: float) -> None:
        self.problem += pulp.lpDot([x for x, _ in terms], [c for _, c in terms]) == right

    def _person(self, i: int) -> None:
        member = self.task.team.members[i]
        menu = self.task.team.menus[member.menu]
        self.constant += member.constant
        for d, o in np.argwhere(member.base > NEVER / 2):
            self._option(i, int(d), int(o))
        self._rest(i)
        steps, classes = member.walk, menu.kinds.groups[menu.kinds.option_group, 0]
        days, into = len(member.base), {int(s): [] for s in range(steps.layers[-1])}
        for d in range(days):
            by_class: dict[int, list[tuple[Any, float]]] = {c: [] for c in range(steps.following.shape[1])}
            for s in range(steps.layers[d], steps.layers[d + 1]):
                out: list[tuple[Any, float]] = []
                for c in np.flatnonzero(steps.following[s] >= 0):
                    flow = self._add(is_whole=False)
                    self.costs.append((flow, float(steps.penalties[s, c])))
                    into[int(steps.following[s, c])].append((flow, 1.0))
                    by_class[int(c)].append((flow, -1.0))
                    out.append((flow, -1.0))
                self._equal(into[s] + out, -1.0 if d == 0 else 0.0)
            for c, flows in by_class.items():
                if c:
                    mine = [(x, 1.0) for (p, day, o), x in self._of(i, d).items() if classes[o] == c]
                    if mine or flows:
                        self._equal(mine + flows, 0.0)

    def _of(self, i: int, d: int) -> dict[tuple[int, int, int], Any]:
        options = self.task.team.menus[self.task.team.members[i].menu].options
        return {(i, d, o): self.works[i, d, o] for o in range(options) if (i, d, o) in self.works}

    def _option(self, i: int, d: int, o: int) -> None:
        member = self.task.team.members[i]
        offers = self.task.team.menus[member.menu].offers
        start, x = int(offers.starts[d, o]), self._add()
        self.works[i, d, o] = x
        self.costs.append((x, -float(member.base[d, o])))
        for t in range(start, start + int(offers.lengths[o])):
            self.heads.setdefault((member.group, t), []).append((x, 1.0))
        layout = int(offers.layout[o])
        for b in range(int(offers.counts[layout])):
            first, last, length = (int(n) for n in offers.windows[layout, b])
            row = [(x, -1.0)]
            for at in range(first, last + 1, offers.step):
                y = self._add()
                self.places[i, d, o, b, at] = y
                row.append((y, 1.0))
                for t in range(start + at, start + at + length):
                    self.heads[member.group, t].append((y, -1.0))
            self._equal(row, 0.0)

    def _rest(self, i: int) -> None:
        """Of a late shift and an early one the day after at most one is worked."""
        member = self.task.team.members[i]
        offers = self.task.team.menus[member.menu].offers
        rest = round(member.contract.min_rest_hours / self.task.horizon.slot_hours)
        for d in range(1, len(member.base)):
            before, now = self._of(i, d - 1), self._of(i, d)
            for edge in sorted({int(offers.starts[d, o]) for _, _, o in now}):
                late = [
                    x for (_, _, o), x in before.items() if offers.starts[d - 1, o] + offers.lengths[o] + rest > edge
                ]
                early = [x for (_, _, o), x in now.items() if offers.starts[d, o] <= edge]
                if late:
                    self.problem += pulp.lpSum([*late, *early]) <= 1

    def _cover(self) -> None:
        need, groups = self.task.need, self.task.groups
        cuts = need.levels[0] @ groups.sets.T.astype(float)
        most = {key: self._add(upper=None) for key in self.heads}
        ranks = groups.ranks[:, 0]  # the reference set's skills have no dates
        for key, terms in self.heads.items():
            self._equal([*terms, (most[key], -1.0)], 0.0)
            self.costs.append((most[key], float(need.idle[key[1]])))
        for t in np.flatnonzero(need.levels[0].sum(axis=1)):
            short = self._add(upper=None)
            self.costs.append((short, float(need.tops[0, t])))
            for a in np.flatnonzero(cuts[t] > 0):
                able = [most[g, t] for g in range(len(groups.skills)) if ranks[g, a] and (g, t) in most]
                self.problem += pulp.lpSum([short, *able]) >= float(cuts[t, a])
        self.constant -= need.constant

    def cost(self, value: Any) -> float:
        """Return what the roster that *value* tells of a variable costs, counted from its shifts and breaks."""
        cover, own = Cover(self.task.need, self.task.groups), 0.0
        lines = self._lines(value)
        for member, line in zip(self.task.team.members, lines, strict=True):
            cover.add(member.group, line.works)
            own += line.wishes
        return cover.cost() + own

    def _lines(self, value: Any) -> list[Line]:
        lines = []
        for i, member in enumerate(self.task.team.members):
            offers = self.task.team.menus[member.menu].offers
            works, cost = np.zeros(self.task.horizon.slots, dtype=bool), member.constant
            chosen = np.full(len(member.base), -1, dtype=np.int32)
            for (who, d, o), x in self.works.items():
                if who == i and value(x) > 0.5:
                    chosen[d], cost = o, cost - member.base[d, o]
                    works[offers.starts[d, o] : offers.starts[d, o] + offers.lengths[o]] = True
            for (who, d, o, b, at), y in self.places.items():
                if who == i and value(y) > 0.5:
                    first = offers.starts[d, o] + at
                    works[first : first + offers.windows[offers.layout[o], b, 2]] = False
            lines.append(Line(chosen, np.empty((0, 0), np.int32), works, float(cost)))
        return lines


def by_pulp(model: Model, solver: Any) -> tuple[float | None, float | None]:
    """Return (cost, bound) by a solver of PuLP; PuLP tells no bound."""
    model.problem.solve(solver)
    if model.problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return None, None
    return model.cost(lambda x: x.value() or 0.0), None


def by_cp_sat(model: Model, seconds: float) -> tuple[float | None, float | None]:
    """Return (cost, bound) by OR-Tools CP-SAT on the same rows in whole numbers.

    In a process of its own: the libraries of OR-Tools and of HiGHS do not go together.
    """
    variables = model.problem.variables()
    number = {x.name: n for n, x in enumerate(variables)}
    most = [1_000 if x.upBound is None else int(x.upBound) for x in variables]
    rows = [
        ([(number[x.name], round(c)) for x, c in row.items()], round(row.constant), row.sense)
        for row in model.problem.constraints()
    ]
    costs = [(number[x.name], round(SCALE * c)) for x, c in model.costs if c]
    asked = pickle.dumps((most, rows, costs, seconds))
    command = [sys.executable, str(Path(__file__).with_name("schedule_cp_sat.py"))]
    answer = subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=True).stdout
    values, bound = pickle.loads(answer)
    cost = None if values is None else model.cost(lambda x: values[number[x.name]])
    return cost, bound / SCALE + model.constant


def main() -> None:
    """Print what each makes of the same roster."""
    values = [float(text) for text in sys.argv[1:]]
    count, weeks, seconds, seed = [*values, *(8, 1, 60, 1)[len(values) :]]
    pool, agents, plan, absences, wishes = make_reference(int(count), int(weeks), int(seed))
    people = {"absences": absences, "preferences": wishes}
    print(f"{count:.0f} agents, {weeks:.0f} weeks, seed {seed:.0f}, {seconds:.0f} s each, one thread")
    print("by | cost | bound | gap | CPU s (children included)")
    clock = _cpu()
    roster = omnistaff.build_roster(pool, agents, plan, **people)
    _tell("omnistaff", roster.cost, roster.bound, _cpu() - clock)
    model = Model(make_task(pool, agents, plan, **people, previous=None))
    for name, solver in (
        ("CBC", pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds, threads=1)),
        ("HiGHS", pulp.HiGHS(msg=False, timeLimit=seconds, threads=1)),
    ):
        clock = _cpu()
        _tell(name, *by_pulp(model, solver), _cpu() - clock)
    try:
        clock = _cpu()
        _tell("CP-SAT", *by_cp_sat(model, seconds), _cpu() - clock)
    except subprocess.CalledProcessError:
        print("CP-SAT | did not run: is ortools installed?")
    print(f"program: {model.count} variables, {len(model.problem.constraints())} rows")


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _tell(name: str, cost: float | None, bound: float | None, seconds: float) -> None:
    gap = "" if cost is None or bound is None else f"{(cost - bound) / cost:.1%}"
    shown = ["none" if cost is None else f"{cost:.1f}", "" if bound is None else f"{bound:.1f}"]
    print(" | ".join([name, *shown, gap, f"{seconds:.0f}"]), flush=True)


if __name__ == "__main__":
    main()
