"""What the people at work are worth: the exact shortage of skill pools, and the worth of one more of a group.

People of a group (one skill set) may serve any queue of it. The least shortage of one slot is a minimum cut:
    shortage = max over sets A of queues ( need(A) - heads of groups that can serve any queue of A )
Only sets that are the complement of what some groups can serve matter. Needs come in levels with falling value
(the first heads of a need are worth more than the last); by the greedy theorem for polymatroids the cost of the
best allocation is the sum over levels of (fall in value) x (shortage against all need worth at least that much).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.errors import ConfigError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
MOST_SETS = 4096


@dataclass(frozen=True)
class Need:
    """What is asked for, in heads on the roster (shrinkage included)."""

    queues: tuple[str, ...]
    levels: Floats  # [level, slot, queue] need worth at least the level's value, growing with the level
    weights: Floats  # [level] or [level, slot] fall in value to the next level: cost of a missing head for one slot
    idle_cost: float | Floats  # cost of a head above the full need for one slot; one figure or [slot]
    full: int  # the level that is the full need

    @property
    def falls(self) -> Floats:
        """Return the weights by [level, slot]."""
        levels, slots = self.levels.shape[:2]
        return np.array(np.broadcast_to(self.weights.reshape(levels, -1), (levels, slots)))

    @property
    def idle(self) -> Floats:
        """Return the idle cost by [slot]."""
        return np.array(np.broadcast_to(self.idle_cost, self.levels.shape[1]), dtype=float)

    @property
    def tops(self) -> Floats:
        """Return the highest price by [level, slot]: what a missing head costs, the full level with idle cost."""
        tops = self.falls
        tops[self.full] += self.idle
        return tops

    @property
    def constant(self) -> float:
        """Return what idle cost is saved when everybody at work is needed."""
        return float(self.idle @ self.levels[self.full].sum(axis=1))


@dataclass(frozen=True)
class Groups:
    """Skill sets of the people, and the sets of queues whose cuts can bind."""

    skills: tuple[tuple[int, ...], ...]  # queues each group can serve
    sets: Bools  # [set, queue]
    touched: Bools  # [group, set] the group can serve a queue of the set


def make_groups(skills: Sequence[tuple[int, ...]], queues: int) -> Groups:
    """Return the groups with the cuts that can bind; ConfigError when there are too many to count."""
    unions = {frozenset[int]()}
    for skill in skills:
        unions |= {union | frozenset(skill) for union in unions}
        if len(unions) > MOST_SETS:
            raise ConfigError(
                f"agents: their skill sets combine in more than {MOST_SETS} ways; "
                "plan sites or lines of business that share no people separately"
            )
    chosen = sorted(sorted(set(range(queues)) - union) for union in unions)
    sets = np.array([[q in members for q in range(queues)] for members in chosen], dtype=bool).reshape(-1, queues)
    touched = np.array([[any(row[q] for q in skill) for row in sets] for skill in skills], dtype=bool)
    return Groups(tuple(skills), sets, touched.reshape(len(skills), len(chosen)))


class Cover:
    """Heads at work by slot and group, with the cuts kept up to date."""

    def __init__(self, need: Need, groups: Groups) -> None:
        self.need, self.groups = need, groups
        slots = need.levels.shape[1]
        self.heads = np.zeros((slots, len(groups.skills)))
        self.cuts = need.levels @ groups.sets.T.astype(float)
        self.weights, self.idle, self.constant = need.tops, need.idle, need.constant
        self.touched = groups.touched.astype(float)

    def add(self, group: int, works: Bools, heads: int = 1) -> None:
        """Put *heads* people of *group* to work in the slots *works*, or take them away (-1)."""
        _shift_cuts(self.cuts, self.groups.touched[group], works, float(heads))
        self.heads[works, group] += heads

    def move(self, group: int, before: Bools, after: Bools) -> None:
        """Let one person of *group* work in the slots *after* instead of *before*."""
        _move(self.cuts, self.heads[:, group], self.touched[group], before, after)

    def worth(self, group: int, works: Bools | None = None) -> Floats:
        """Return what one more person of *group* saves in each slot, idle cost taken off.

        In the slots *works* it is what one of those who are there saves.
        """
        there = np.zeros(len(self.idle), dtype=bool) if works is None else works
        return np.asarray(worth_of_one(self.cuts, self.touched[group], self.weights, there) - self.idle)

    def shortage(self) -> Floats:
        """Return the heads missing by [level, slot]."""
        return np.asarray(self.cuts.max(axis=2))

    def cost(self) -> float:
        """Return the cost of shortage and idle heads."""
        idle = float(self.idle @ self.heads.sum(axis=1))
        return float((self.weights * self.shortage()).sum()) + idle - self.constant


@njit(cache=True, nogil=True)
def _shift_cuts(cuts: Floats, touched: Bools, works: Bools, heads: float) -> None:
    for t in range(works.shape[0]):
        if works[t]:
            for k in range(cuts.shape[0]):
                for a in range(cuts.shape[2]):
                    if touched[a]:
                        cuts[k, t, a] -= heads


@njit(cache=True, nogil=True)
def _move(cuts: Floats, heads: Floats, touched: Floats, before: Bools, after: Bools) -> None:
    for t in range(before.shape[0]):
        if before[t] != after[t]:
            more = 1.0 if after[t] else -1.0
            heads[t] += more
            for k in range(cuts.shape[0]):
                for a in range(cuts.shape[2]):
                    cuts[k, t, a] -= more * touched[a]


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def worth_of_one(cuts: Floats, touched: Floats, weights: Floats, works: Bools) -> Floats:
    """Return the fall of the maximum cut when every touched cut falls by one, weighted over levels.

    In the slots *works* it is the rise when every touched cut rises by one.
    """
    out = np.zeros(cuts.shape[1])
    for k in range(cuts.shape[0]):
        for t in range(cuts.shape[1]):
            top, lower, back = -1e300, -1e300, 1.0 if works[t] else 0.0
            for a in range(cuts.shape[2]):
                without = cuts[k, t, a] + back * touched[a]
                top = max(top, without)
                lower = max(lower, without - touched[a])
            out[t] += weights[k, t] * (top - lower)
    return out
