"""The search for a roster: people are put in one by one, then each gives the best answer to what the others leave.

What one more person is worth is exact (``cover``). At first it is mixed with prices, which know what will be scarce
when everybody has moved; the share of the prices falls to nothing. Then the roster is annealed: answers are drawn
from all lines, good ones more often, and the heat falls to nothing (a perturbed program over days draws a whole line
at once; Papandreou and Yuille 2011). What is left is where nobody can gain alone, and much better than the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.lines import Line, Overrun, choose, draw_line, option_values
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
NOTHING_GAINED = 1e-6
GUIDE, GUIDED_SWEEPS = 0.9, 12
HOT, COLD = 0.15, 0.007  # first and last heat, as share of the cost of a missing head
MOST_SWEEPS, SWEEPS_OF_ONE = 800, 25_000  # of annealing: fewer for more people, by their number to the power 3/4
NOISE = 1_000_000  # numbers drawn once
SWEEPS_A_LOOK = 10  # between two looks at the proven gap


@dataclass(frozen=True)
class Draft:
    """A complete roster and its cost."""

    lines: tuple[Line, ...]
    cost: float


class Desk:
    """The roster being made: one line a person, and the cover they give together."""

    overrun: Overrun | None = None  # as in ``choose``

    def __init__(self, team: Team, cover: Cover, pay: Floats, rng: np.random.Generator) -> None:
        self.team, self.cover, self.pay, self.rng = team, cover, pay, rng
        self.lines: list[Line | None] = [None] * len(team.members)
        self.noise: Floats = np.empty(0)
        self.best: Draft | None = None

    def put(self, index: int, guide: float = 0.0, heat: float = 0.0) -> None:
        """Give one person the best line; *guide* is the share of the prices in the value of time.

        With *heat* the worth of every shift and break is noisy by so much (Gumbel), so that one is chosen over a
        better one with probability exp(-loss / heat): a draw from all lines instead of the best.
        """
        member = self.team.members[index]
        value = self.cover.worth(member.group)
        if guide > 0:
            value = (1 - guide) * value + guide * self.pay[:, member.group]
        menu = self.team.menus[member.menu]
        values = option_values(menu, value)
        if heat > 0:
            values += heat * self._noise(values.size).reshape(values.shape)
            value -= heat * self._noise(len(value))  # for the places of breaks
        _, chosen = choose(member, menu, values, self.overrun)
        self.set_line(index, draw_line(member, menu, chosen, value))

    def _noise(self, count: int) -> Floats:
        """Return Gumbel noise: a stretch, at random, of noise drawn once: it takes longer to draw than to use."""
        if len(self.noise) < 2 * count:
            self.noise = self.rng.gumbel(size=max(NOISE, 4 * count))
        first = int(self.rng.integers(0, len(self.noise) - count))
        return self.noise[first : first + count]

    def set_line(self, index: int, line: Line) -> None:
        """Let one person work *line*."""
        self.take(index)
        self.cover.add(self.team.members[index].group, line.works)
        self.lines[index] = line

    def take(self, index: int) -> None:
        """Take one person off the roster."""
        line = self.lines[index]
        if line is not None:
            self.cover.add(self.team.members[index].group, line.works, -1)
            self.lines[index] = None

    def sweep(self, guide: float = 0.0, heat: float = 0.0) -> None:
        """Let everybody answer once, in random order."""
        for index in self.rng.permutation(len(self.lines)):
            self.take(int(index))
            self.put(int(index), guide, heat)

    def keep(self) -> float:
        """Return the cost of the roster as it stands, and remember the roster if it is the best so far."""
        lines = [line for line in self.lines if line is not None]
        cost = self.cover.cost() + sum(line.wishes for line in lines)
        if self.best is None or cost < self.best.cost:
            self.best = Draft(tuple(lines), cost)
        return cost

    def finish(self) -> Draft:
        """Return the best roster so far; people without a line yet are put in first. Safe after an interrupt."""
        if self.best is None:
            known, self.lines = self.lines, [None] * len(self.lines)
            self.cover = Cover(self.cover.need, self.cover.groups)
            for index, line in enumerate(known):
                if line is None:
                    self.put(index)
                else:
                    self.set_line(index, line)
            self.keep()
        assert self.best is not None  # keep has seen to it
        return self.best


def search(desk: Desk, is_enough: Callable[[float], bool]) -> None:
    """Look for the best roster: prices guide it first and fade out, then it is annealed.

    Both end with rounds at true worth until nobody gains alone. *is_enough* is asked every few rounds with the cost
    reached; the desk keeps the best roster.
    """
    for index in desk.rng.permutation(len(desk.lines)):
        desk.put(int(index), GUIDE)
    desk.keep()
    guides = [GUIDE * (1 - (k + 1) / GUIDED_SWEEPS) for k in range(GUIDED_SWEEPS)]
    cool(desk, [(guide, 0.0) for guide in guides], is_enough)
    sweeps = max(1, min(MOST_SWEEPS, round(SWEEPS_OF_ONE / max(1, len(desk.lines)) ** 0.75)))
    heats = float(desk.cover.weights.sum(axis=0).max()) * np.geomspace(HOT, COLD, sweeps)
    cool(desk, [(0.0, heat) for heat in heats], is_enough)


def cool(desk: Desk, schedule: Sequence[tuple[float, float]], is_enough: Callable[[float], bool]) -> None:
    """Make a round at each (guide, heat) of *schedule*, then rounds at true worth until nobody gains alone."""
    for k, (guide, heat) in enumerate(schedule):
        if k % SWEEPS_A_LOOK == 0 and is_enough(desk.keep()):
            return
        desk.sweep(guide, heat)
    before, cost = np.inf, desk.keep()
    while cost < before - NOTHING_GAINED * max(1.0, abs(cost)) and not is_enough(cost):
        desk.sweep()
        before, cost = cost, desk.keep()


def group_members(team: Team) -> dict[tuple[int, int], list[Member]]:
    """Return the members by (menu, group): those for whom a shift is worth the same."""
    result: dict[tuple[int, int], list[Member]] = {}
    for member in team.members:
        result.setdefault((member.menu, member.group), []).append(member)
    return result
