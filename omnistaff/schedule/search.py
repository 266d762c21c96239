"""The search for a roster: people are put in one by one, then each gives the best answer to what the others leave.

What one more person is worth is exact (``cover``). At first it is mixed with prices, which know what will be scarce
when everybody has moved; the share of the prices falls to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.lines import Line, best_answer
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
NOTHING_GAINED = 1e-6
FIRST_GUIDE, FIRST_SWEEPS = 0.9, 12
NEXT_GUIDE, NEXT_SWEEPS = 0.2, 10
MOST_FADES = 30
PATIENCE = 3  # fades
LITTLE = 1e-3


@dataclass(frozen=True)
class Draft:
    """A complete roster and its cost."""

    lines: tuple[Line, ...]
    cost: float


class Desk:
    """The roster being made: one line a person, and the cover they give together."""

    def __init__(self, team: Team, cover: Cover, pay: Floats, rng: np.random.Generator) -> None:
        self.team, self.cover, self.pay, self.rng = team, cover, pay, rng
        self.lines: list[Line | None] = [None] * len(team.members)

    def put(self, index: int, guide: float) -> None:
        """Give one person the best line; *guide* is the share of the prices in the value of time."""
        member = self.team.members[index]
        value = self.cover.worth(member.group)
        if guide > 0:
            value = (1 - guide) * value + guide * self.pay[:, member.group]
        self.set_line(index, best_answer(member, self.team.menus[member.menu], value))

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

    def sweep(self, guide: float) -> None:
        """Let everybody answer once, in random order."""
        for index in self.rng.permutation(len(self.lines)):
            self.take(int(index))
            self.put(int(index), guide)

    def draft(self) -> Draft:
        """Return the roster as it stands; everybody must have a line."""
        lines = tuple(line for line in self.lines if line is not None)
        return Draft(lines, self.cover.cost() + sum(line.wishes for line in lines))

    def restore(self, draft: Draft) -> None:
        """Go back to a roster."""
        for index, line in enumerate(draft.lines):
            if self.lines[index] is not line:
                self.set_line(index, line)


def search(desk: Desk, stop: Callable[[], bool]) -> Draft:
    """Return the best roster found: prices fade once from a large share, then again and again from a small one.

    Each fade ends with rounds at true worth until nobody gains alone; the search ends when ``PATIENCE`` fades in a
    row have gained next to nothing. *stop* is asked after each round; a complete roster is returned in any case.
    """
    for index in desk.rng.permutation(len(desk.lines)):
        desk.put(int(index), FIRST_GUIDE)
    best = fade(desk, FIRST_GUIDE, FIRST_SWEEPS, stop)
    failures = 0
    for _ in range(MOST_FADES):
        if failures == PATIENCE or stop():
            break
        found = fade(desk, NEXT_GUIDE, NEXT_SWEEPS, stop)
        failures = failures + 1 if found.cost > best.cost * (1 - LITTLE) else 0
        if found.cost < best.cost:
            best = found
        else:
            desk.restore(best)
    return best


def fade(desk: Desk, guide: float, sweeps: int, stop: Callable[[], bool]) -> Draft:
    """Return the roster after *sweeps* rounds in which the share of the prices falls from *guide* to nothing."""
    for k in range(sweeps):
        if stop():
            break
        desk.sweep(guide * (1 - (k + 1) / sweeps))
    return settle(desk, stop)


def settle(desk: Desk, stop: Callable[[], bool]) -> Draft:
    """Return the roster in which nobody can gain alone, or the best when *stop* says so."""
    best = desk.draft()
    while not stop():
        desk.sweep(0.0)
        draft = desk.draft()
        if draft.cost > best.cost - NOTHING_GAINED * max(1.0, abs(best.cost)):
            break
        best = draft
    desk.restore(best)
    return best


def group_members(team: Team) -> dict[tuple[int, int], list[Member]]:
    """Return the members by (menu, group): those for whom a shift is worth the same."""
    result: dict[tuple[int, int], list[Member]] = {}
    for member in team.members:
        result.setdefault((member.menu, member.group), []).append(member)
    return result
