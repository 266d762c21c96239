"""Whole days from the fractional roster: who works on which days is settled week by week, the surest first.

Prices come with a fractional roster, in which everybody works a share of each day (``prices.Market``). In each step
some weeks of some people are settled, those whose shares are nearest to whole days, to the legal days nearest to
them; a few rounds of prices then let everybody else move to what that leaves (a dive, as for lines in ``dive``).

The search hardly ever moves a day: who leaves one leaves a hole that costs far more than a better day gains, unless
many others move too. Starts and breaks within the days it settles nearly exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.conflict import has_line
from omnistaff.schedule.kernel import NEVER, best_line
from omnistaff.schedule.prices import ROUNDS_A_CENTRE, Block, Market
from omnistaff.schedule.rules.base import DAYS_A_WEEK
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STEPS, ROUNDS_A_STEP = 50, 4
RISE = 3.0  # of prices meanwhile, half of the first of ``prices``
RARE = 0.1  # of a day: less of it says little about when people would work then

PersonWeek = tuple[int, int]


def round_days(market: Market, is_over: Callable[[], bool]) -> Bools:
    """Return the [person, day] on which the *market*'s people may work; open where *is_over* came before.

    The fractional roster is one of settled days then, so that its cost says nothing of other days.
    """
    dive = _Dive(market)
    left = [(i, k) for i in range(len(dive.open)) for k in range(len(dive.weeks))]
    a_step = -(-len(left) // STEPS)
    market.harden(RISE)
    while left and not is_over():
        left = dive.step(left, a_step)
        for k in range(ROUNDS_A_STEP):
            market.round()
            if k % ROUNDS_A_CENTRE == ROUNDS_A_CENTRE - 1:
                market.settle()
    return dive.open


def keep_days(team: Team, days: Bools) -> Team:
    """Return the team in which everybody works on *days* [person, day] alone, but for those who cannot."""
    kept = []
    for member, own in zip(team.members, days, strict=True):
        narrow = _narrow(member, own)
        can = has_line(narrow.walk, narrow.base > NEVER / 2, team.menus[member.menu])
        kept.append(narrow if can else member)
    return replace(team, members=tuple(kept))


def _narrow(member: Member, days: Bools) -> Member:
    return replace(member, base=np.where(days[:, None], member.base, NEVER))


class _Dive:
    """The days settled so far and the fractional roster of what is left."""

    def __init__(self, market: Market) -> None:
        self.market, self.team = market, market.team
        days = self.team.menus[0].offers.starts.shape[0]
        self.open = np.ones((len(self.team.members), days), dtype=bool)
        self.weeks = [range(first, min(first + DAYS_A_WEEK, days)) for first in range(0, days, DAYS_A_WEEK)]
        places = {m.agent_id: (block, k) for block in market.blocks for k, m in enumerate(block.members)}
        self.places = [places[member.agent_id] for member in self.team.members]

    def step(self, left: list[PersonWeek], count: int) -> list[PersonWeek]:
        """Settle *count* weeks, one of a person at most, and return those that are left."""
        nearest = {i: self._nearest(i) for i in dict(left)}
        distances = sorted((self._distance(i, k, nearest[i]), i, k) for i, k in left)
        taken: dict[int, int] = {}
        for _, i, k in distances:
            if len(taken) < count:
                taken.setdefault(i, k)
        for i, k in taken.items():
            self._settle(i, k, nearest[i])
        return [(i, k) for i, k in left if taken.get(i) != k]

    def _nearest(self, i: int) -> Bools:
        """Return the legal days of a person nearest to the shares worked, in which soft rules have had their say."""
        block, k = self.places[i]
        member = block.members[k]
        worth = np.where(member.base > NEVER / 2, block.days[k][:, None] - 0.5, NEVER)
        hard = member.walk._replace(penalties=np.zeros_like(member.walk.penalties))
        chosen = np.full(len(worth), -1, dtype=np.int32)
        value = best_line(worth, self.team.menus[member.menu].kinds, hard, chosen)
        assert value > NEVER / 2  # what is settled so far was taken from legal days
        return chosen >= 0

    def _distance(self, i: int, week: int, days: Bools) -> float:
        block, k = self.places[i]
        own = list(self.weeks[week])
        return float(np.abs(block.days[k, own] - days[own]).sum())

    def _settle(self, i: int, week: int, days: Bools) -> None:
        """Let a person work on *days* alone in one week: the block's work of each day grows or shrinks alike."""
        block, k = self.places[i]
        own = list(self.weeks[week])
        self.open[i, own] = days[own]
        block.members[k] = _narrow(block.members[k], self.open[i])
        answer: Block | None = None
        for d in own:
            had = block.days[:, d].sum()
            has = had + float(days[d]) - block.days[k, d]
            if has == had:
                continue
            if had > RARE:
                self.market.scale(block, self._slots(block, d), block, has / had)
            else:
                answer = answer or self.market.answer(block)
                there = answer.days[:, d].sum()
                self.market.scale(block, self._slots(block, d), answer, has / there if there else 0.0)
            block.days[k, d] = float(days[d])

    def _slots(self, block: Block, day: int) -> slice:
        """Return the slots from a day's first start to the next day's; the end of a night is the next day's."""
        starts = self.team.menus[block.members[0].menu].offers.starts
        earliest = np.where(starts >= 0, starts, np.iinfo(np.int32).max).min(axis=1)
        first = np.minimum.accumulate(earliest[::-1])[::-1]  # of the day or, where nobody may start, of a later one
        return slice(int(first[day]), int(first[day + 1]) if day + 1 < len(first) else None)
