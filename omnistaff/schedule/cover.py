"""What the people at work are worth: the exact shortage of skill pools, and the worth of one more of a group.

People of a group (one skill set) may serve any queue of it. The least shortage of one slot is a minimum cut:
    shortage = max over sets A of queues ( need(A) - heads of groups that can serve any queue of A )
Only sets that are the complement of what some groups can serve matter. Needs come in levels with falling value
(the first heads of a need are worth more than the last); by the greedy theorem for polymatroids the cost of the
best allocation is the sum over levels of (fall in value) x (shortage against all need worth at least that much).

Skills that begin or end in the roster cut its time into periods, in each of which a group has its own. A head at
another speed counts as its speed. Where the queues of one person differ in speed, it counts as the best in A:
exact for each queue alone, but two of them together may get up to as much more as the speeds differ. That relaxes the
problem, so bounds stay bounds, and keeps the greedy theorem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Held(NamedTuple):
    """A queue that a group serves from slot *first* to before *last* at a speed."""

    queue: int
    speed: float = 1.0
    first: float = -np.inf
    last: float = np.inf


@dataclass(frozen=True)
class Groups:
    """Skill sets of the people, and the sets of queues whose cuts can bind."""

    skills: tuple[tuple[int, ...], ...]  # queues each group can serve, at some time
    sets: Bools  # [set, queue]
    begins: Floats  # [period] its first slot
    speeds: Floats  # [group, period, queue] of one head, 0 where a group has no such skill

    @property
    def ranks(self) -> Floats:
        """Return what one head counts for against [group, period, set]: its best speed in the set."""
        return np.array([(speeds[:, None, :] * self.sets).max(axis=2, initial=0.0) for speeds in self.speeds])

    def period(self, slots: int) -> Ints:
        """Return the number of the period of each of so many *slots*."""
        return np.asarray(np.searchsorted(self.begins, np.arange(slots), "right") - 1, dtype=np.int32)

    def speed(self, group: int, slots: int) -> Floats | None:
        """Return the speed of a group by [slot, own queue]; None where it is always 1."""
        own = self.speeds[group][:, list(self.skills[group])]
        return None if own.size and (own == 1).all() else np.asarray(own[self.period(slots)])


def make_groups(skills: Sequence[tuple[int, ...]], queues: int) -> Groups:
    """Return the groups of people who have *skills* at full speed for good (see ``join_groups``)."""
    return join_groups([[Held(q) for q in skill] for skill in skills], queues)


def join_groups(held: Sequence[Sequence[Held]], queues: int) -> Groups:
    """Return the groups with the cuts that can bind; ConfigError when there are too many to count."""
    edges = {edge for group in held for one in group for edge in (one.first, one.last) if 0 < edge < np.inf}
    begins = np.array([0.0, *sorted(edges)])
    speeds = np.zeros((len(held), len(begins), queues))
    for g, group in enumerate(held):
        for one in group:
            speeds[g, (begins >= one.first) & (begins < one.last), one.queue] = one.speed
    sets = _sets_of({_served(row, least) for row in speeds.reshape(-1, queues) for least in (0.0, *row)}, queues)
    skills = tuple(tuple(sorted({one.queue for one in group})) for group in held)
    return Groups(skills, sets, begins, speeds)


def _served(speeds: Floats, least: float) -> frozenset[int]:
    """Return the queues served at more than a speed."""
    return frozenset(np.flatnonzero(speeds > least).tolist())


def _sets_of(skills: Iterable[frozenset[int]], queues: int) -> Bools:
    """Return the complements of all unions of *skills*, as [set, queue]."""
    unions = {frozenset[int]()}
    for skill in skills:
        unions |= {union | skill for union in unions}
        if len(unions) > MOST_SETS:
            raise ConfigError(
                f"agents: their skill sets combine in more than {MOST_SETS} ways; "
                "plan sites or lines of business that share no people separately"
            )
    chosen = sorted(sorted(set(range(queues)) - union) for union in unions)
    return np.array([[q in members for q in range(queues)] for members in chosen], dtype=bool).reshape(-1, queues)


class Cover:
    """Heads at work by slot and group, with the cuts kept up to date."""

    def __init__(self, need: Need, groups: Groups) -> None:
        self.need, self.groups = need, groups
        slots = need.levels.shape[1]
        self.heads = np.zeros((slots, len(groups.skills)))
        self.cuts = need.levels @ groups.sets.T.astype(float)
        self.weights, self.idle, self.constant = need.tops, need.idle, need.constant
        self.ranks, self.period = groups.ranks, groups.period(slots)

    def add(self, group: int, works: Bools, heads: int = 1) -> None:
        """Put *heads* people of *group* to work in the slots *works*, or take them away (-1)."""
        _shift_cuts(self.cuts, self.ranks[group], self.period, works, float(heads))
        self.heads[works, group] += heads

    def move(self, group: int, before: Bools, after: Bools) -> None:
        """Let one person of *group* work in the slots *after* instead of *before*."""
        _move(self.cuts, self.heads[:, group], (self.ranks[group], self.period), before, after)

    def worth(self, group: int, works: Bools | None = None) -> Floats:
        """Return what one more person of *group* saves in each slot, idle cost taken off.

        In the slots *works* it is what one of those who are there saves.
        """
        there = np.zeros(len(self.idle), dtype=bool) if works is None else works
        return np.asarray(worth_of_one(self.cuts, self.ranks[group], self.period, self.weights, there) - self.idle)

    def shortage(self) -> Floats:
        """Return the heads missing by [level, slot]."""
        return np.asarray(self.cuts.max(axis=2))

    def cost(self) -> float:
        """Return the cost of shortage and idle heads."""
        idle = float(self.idle @ self.heads.sum(axis=1))
        return float((self.weights * self.shortage()).sum()) + idle - self.constant


@njit(cache=True, nogil=True)
def _shift_cuts(cuts: Floats, rank: Floats, period: Ints, works: Bools, heads: float) -> None:
    for t in range(works.shape[0]):
        if works[t]:
            for k in range(cuts.shape[0]):
                for a in range(cuts.shape[2]):
                    cuts[k, t, a] -= heads * rank[period[t], a]


@njit(cache=True, nogil=True)
def _move(cuts: Floats, heads: Floats, counts: tuple[Floats, Ints], before: Bools, after: Bools) -> None:
    rank, period = counts
    for t in range(before.shape[0]):
        if before[t] != after[t]:
            more = 1.0 if after[t] else -1.0
            heads[t] += more
            for k in range(cuts.shape[0]):
                for a in range(cuts.shape[2]):
                    cuts[k, t, a] -= more * rank[period[t], a]


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def worth_of_one(cuts: Floats, rank: Floats, period: Ints, weights: Floats, works: Bools) -> Floats:
    """Return the fall of the maximum cut when every cut falls by what one counts for, weighted over levels.

    *rank* is that by [period, set]. In the slots *works* it is the rise when every cut rises by as much.
    """
    out = np.zeros(cuts.shape[1])
    for k in range(cuts.shape[0]):
        for t in range(cuts.shape[1]):
            top, lower, back, p = -1e300, -1e300, 1.0 if works[t] else 0.0, period[t]
            for a in range(cuts.shape[2]):
                without = cuts[k, t, a] + back * rank[p, a]
                top = max(top, without)
                lower = max(lower, without - rank[p, a])
            out[t] += weights[k, t] * (top - lower)
    return out
