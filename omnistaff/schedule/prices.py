"""Prices of time and the bound they prove.

For any prices p[level, slot, queue] between nothing and the cost of a missing head,
    bound(p) = sum p x need - idle cost x need + sum over people of min over their legal lines of
               ( refused wishes - sum over slots at work of ( best price their group can earn - idle cost ) )
is a lower bound on the cost of every roster of these named people: prices only rearrange the cost of cover, and each
person's best line is exact. Where seats are scarce a slot of one has a price too, up to what one too few costs: a
person pays it from start to end of a shift, and the bound falls by price x seats.

Good prices come from the method of multipliers. A fractional roster is kept: for every block of people (one menu,
one group, one site) the average of their lines. Prices are centre + firmness x shortfall of that average; each block
in turn moves towards its best answer by an exact line search (block-coordinate Frank-Wolfe), and every few rounds the
centre moves to the current prices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Cover, Groups, Need
from omnistaff.schedule.exact_step import Asked, best_step
from omnistaff.schedule.halves import Both
from omnistaff.schedule.lines import Line, answer_prices, best_answer, choose, draw_line, seated_values
from omnistaff.schedule.seats import take_seats
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
ROUNDS_A_CENTRE = 2
ROUNDS_A_PROOF = 20
WARM_UP = 10  # rounds before prices are averaged
FIRM, SOFT = 6.0, 1.0  # rise of a price in a week, as share of its ceiling, when the team is short: first and last
FLAT_SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.0)  # of the ceilings, tried as first prices
TINY_NEED = 1e-3  # so that people whom nobody needs are shared out too
PATIENCE = 3  # proofs
STANDSTILL = 0.005  # of the way to the fractional roster: a gain between two proofs that is too small to go on
AVERAGING = 0.1  # weight of the newest prices


@dataclass(frozen=True)
class Prices:
    """Prices with the bound they prove."""

    levels: Floats  # [level, slot, queue]
    seats: Floats  # [site, slot]
    bound: float


def group_prices(levels: Floats, groups: Groups, idle: Floats) -> Floats:
    """Return what each group earns in each slot: its best queue on every level, idle cost taken off."""
    columns = [
        earned(levels[:, :, list(skills)], groups.speed(g, len(idle))).sum(axis=0)
        for g, skills in enumerate(groups.skills)
    ]
    return np.stack(columns, axis=1) - idle[:, None]


def earned(prices: Floats, speed: Floats | None) -> Floats:
    """Return what one head earns by [level, slot] at *prices* [level, slot, own queue], *speed* [slot, own queue]."""
    return np.asarray(prices.max(axis=2) if speed is None else (best_use(prices, speed) * prices).sum(axis=2))


def best_use(prices: Floats, speed: Floats) -> Floats:
    """Return what one head serves of [level, slot, own queue] where that earns most.

    The dearest queue at its speed, then of each next one what its speed is above all before: the greedy vertex of
    what one head counts for (``cover``).
    """
    order = np.argsort(-prices, axis=2, kind="stable")
    best = np.maximum.accumulate(np.take_along_axis(np.broadcast_to(speed, prices.shape), order, axis=2), axis=2)
    served = np.zeros(prices.shape)
    np.put_along_axis(served, order, np.diff(best, axis=2, prepend=0.0), axis=2)
    return served


def prove(levels: Floats, seats: Floats, team: Team, need: Need, groups: Groups, threads: int) -> Prices:
    """Return the bound on the cost of every roster of *team* that prices of work and of seats prove."""
    earned = answer_prices(team, group_prices(levels, groups, need.idle), seats, threads)
    paid = float((seats * team.seats.most).sum())
    return Prices(levels, seats, float((levels * need.levels).sum()) - earned - paid - need.constant)


@dataclass
class Block:
    """People for whom a shift is worth the same (menu, group and site), and the average of what they answered."""

    members: list[Member]
    days: Floats  # [member, day] share of the answers that work then
    served: Floats  # [level, slot, own queue]
    seated: Floats  # [slot]
    cost: float

    @property
    def name(self) -> tuple[int, int, int]:
        """Return menu, group and site."""
        return _name(self.members[0])


def _name(member: Member) -> tuple[int, int, int]:
    return member.menu, member.group, member.site


def _days_of(lines: Sequence[Line]) -> Floats:
    return np.array([line.chosen >= 0 for line in lines], dtype=float)


@dataclass
class Market:
    """The fractional roster and the prices it implies.

    A block moves all its days by one step, so that its steps are the smaller the more *weeks* it has, about as the
    root of their number: prices that rise so much faster make up for it.
    """

    team: Team
    need: Need
    groups: Groups
    threads: int
    weeks: float = 1.0
    centre: Floats = field(init=False)
    seat_centre: Floats = field(init=False)
    firmness: float = field(init=False)
    served: Floats = field(init=False)
    taken: Floats = field(init=False)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the best flat prices and with people put in one by one where they are worth most."""
        self.both = Both(self.threads)
        self.top, self.idle = self.need.tops[:, :, None], self.need.idle
        self.seat_rise = float(self.need.tops.sum(axis=0).max(initial=0.0))  # all that one more head can be worth
        self.soften(0.0)
        wanted = self.need.levels > 0
        self.seat_centre = np.zeros(self.team.seats.most.shape)
        flats = [self.prove(np.where(wanted, share * self.top, 0.0), self.seat_centre) for share in FLAT_SHARES]
        self.best = max(flats, key=lambda prices: prices.bound)
        self.centre = max(flats[1:], key=lambda prices: prices.bound).levels  # free time teaches nothing
        self.served, self.taken = np.zeros_like(self.need.levels), np.zeros_like(self.seat_centre)
        cover = Cover(self.need, self.groups)
        sorts: dict[tuple[int, int, int], list[Member]] = {}
        for member in self.team.members:
            sorts.setdefault(_name(member), []).append(member)
        for (menu, group, site), members in sorts.items():
            lines = []
            for member in members:
                lines.append(best_answer(member, self.team.menus[menu], cover.worth(group)))
                cover.add(group, lines[-1].works)
            heads, seated, cost = self._sum(lines, menu, site)
            queues, speed = self._own(group)
            parts = self.need.levels[:, :, queues] + TINY_NEED
            if speed is not None:
                parts = parts * (speed > 0) + TINY_NEED * ~speed.any(axis=1, keepdims=True)
            answer = heads[None, :, None] * parts / parts.sum(axis=2, keepdims=True)
            answer = answer if speed is None else answer * speed
            self.blocks.append(Block(members, _days_of(lines), answer, seated, cost))
            self.served[:, :, queues] += answer
            if site >= 0:
                self.taken[site] += seated

    def soften(self, done: float) -> None:
        """Set the firmness for when a share of the rounds is *done*: firm prices find a level, soft ones settle."""
        self.harden(FIRM * (SOFT / FIRM) ** done)

    def harden(self, rise: float) -> None:
        """Let prices *rise* in a week, as share of their ceilings, when the whole team is short by one head."""
        self.firmness = math.sqrt(self.weeks) * rise / max(1, len(self.team.members))

    def prove(self, levels: Floats, seats: Floats) -> Prices:
        """Return the bound on the cost of every roster of the team that prices prove."""
        return prove(levels, seats, self.team, self.need, self.groups, self.threads)

    def prices(self) -> Floats:
        """Return the prices that the fractional roster implies."""
        return self._prices(self.centre, self.need.levels - self.served)

    def seat_prices(self) -> Floats:
        """Return the prices of seats that the fractional roster implies."""
        dearer = self.firmness * self.seat_rise * (self.taken - self.team.seats.most)
        return np.asarray(np.clip(self.seat_centre + dearer, 0, self.team.seats.price))

    def settle(self) -> None:
        """Move the centre to the present prices."""
        self.centre, self.seat_centre = self.prices(), self.seat_prices()

    def _prices(self, centre: Floats, shortfall: Floats) -> Floats:
        return np.asarray(np.clip(centre + self.firmness * self.top * shortfall, 0, self.top))

    def _sum(self, lines: list[Line], menu: int, site: int) -> tuple[Floats, Floats, float]:
        """Return the heads at work and on a seat by slot, and what the *lines* cost beside shortage."""
        heads, seated = np.zeros(len(self.idle)), np.zeros(len(self.idle))
        for line in lines:
            heads += line.works
            if site >= 0:
                take_seats(seated, self.team.menus[menu].offers, line.chosen, 1)
        return heads, seated, sum(line.wishes for line in lines) + float(self.idle @ heads)

    def answer(self, block: Block) -> Block:
        """Return what the people of a block do at present prices of queues and seats."""
        (menu, group, site), members = block.name, block.members
        queues, speed = self._own(group)
        own = self._prices(self.centre[:, :, queues], self._short(queues))
        value = np.ascontiguousarray(earned(own, speed).sum(axis=0) - self.idle)
        values = seated_values(self.team.menus[menu], value, self.seat_prices(), site)

        def best(member: Member) -> Line:
            return draw_line(member, self.team.menus[menu], choose(member, self.team.menus[menu], values)[1], value)

        lines = self.both.map(best, members)
        heads, seated, cost = self._sum(lines, menu, site)
        if speed is not None:
            return Block(members, _days_of(lines), best_use(own, speed) * heads[:, None], seated, cost)
        served = np.zeros(own.shape)
        spread = np.broadcast_to(heads[None, :, None], (*own.shape[:2], 1))
        np.put_along_axis(served, own.argmax(axis=2)[:, :, None], spread, axis=2)
        return Block(members, _days_of(lines), served, seated, cost)

    def _own(self, group: int) -> tuple[list[int], Floats | None]:
        """Return the queues of a group and its speed by [slot, own queue], None where that is always 1."""
        return list(self.groups.skills[group]), self.groups.speed(group, len(self.idle))

    def _short(self, queues: list[int]) -> Floats:
        return np.asarray(self.need.levels[:, :, queues] - self.served[:, :, queues])

    def round(self) -> None:
        """Let every block answer once and move towards its answer."""
        for block in self.blocks:
            self._move(block, self.answer(block))

    def _move(self, block: Block, answer: Block) -> None:
        """Move a block towards its answer, as far as that gains."""
        _, group, site = block.name
        queues, seats = list(self.groups.skills[group]), self.team.seats
        move, sits, dearer = answer.served - block.served, answer.seated - block.seated, answer.cost - block.cost
        rise = np.broadcast_to(self.firmness * self.top, move.shape)
        asked = [(self.centre[:, :, queues], rise, np.broadcast_to(self.top, move.shape), self._short(queues), move)]
        if site >= 0:  # a seat is work of which there is less than nothing to do
            same = np.ones(len(sits))
            firm, over = self.firmness * self.seat_rise * same, self.taken[site] - seats.most[site]
            asked.append((self.seat_centre[site], firm, seats.price * same, over, -sits))
        parts = [np.concatenate([x.ravel() for x in one]) for one in zip(*asked, strict=True)]
        step = best_step(Asked(*parts), dearer)
        self.served[:, :, queues] += step * move
        block.served += step * move
        block.seated += step * sits
        block.cost += step * dearer
        block.days += step * (answer.days - block.days)
        if site >= 0:
            self.taken[site] += step * sits

    def scale(self, block: Block, slots: slice, model: Block, share: float) -> None:
        """Let a block serve in *slots* a *share* of what *model*, itself or an answer, does; seats stay as taken."""
        more = share * model.served[:, slots] - block.served[:, slots]
        self.served[:, slots, list(self.groups.skills[block.name[1]])] += more
        block.served[:, slots] += more
        block.cost += float(self.idle[slots] @ more[0].sum(axis=1))  # at full speed; all else comes with answers

    def cost(self) -> float:
        """Return the cost of the fractional roster, seats short at their present price: bounds climb towards it."""
        missing = np.maximum(self.need.levels - self.served, 0)
        over = np.maximum(self.taken - self.team.seats.most, 0)
        cost = float((missing * self.top).sum()) + float((over * self.seat_prices()).sum())
        return cost + sum(block.cost for block in self.blocks) - self.need.constant


def find_prices(market: Market, rounds: int, *, least: int = 0) -> Iterator[Prices]:
    """Yield the prices with the best bound after each of at most *rounds* rounds; end when the bound stands still.

    Not before *least* rounds: where prices are firm their first bounds go up and down. Prices of single rounds are
    noisy, their running average is not, and by concavity its bound is at least the average of theirs.
    """
    best, average, seats = market.best, market.prices(), market.seat_prices()
    gains: list[float] = []
    for k in range(rounds):
        yield best
        market.soften(k / rounds)
        market.round()
        if k % ROUNDS_A_CENTRE == ROUNDS_A_CENTRE - 1:
            market.settle()
        weight = AVERAGING if k >= WARM_UP else 1.0
        average = (1 - weight) * average + weight * market.prices()
        seats = (1 - weight) * seats + weight * market.seat_prices()
        if k % ROUNDS_A_PROOF == ROUNDS_A_PROOF - 1 or k == rounds - 1:
            found = market.prove(average, seats)
            gains.append(found.bound - best.bound)
            best = found if found.bound > best.bound else best
            standstill = STANDSTILL * max(0.0, market.cost() - best.bound)
            if k >= least and len(gains) > PATIENCE and max(gains[-PATIENCE:]) <= standstill:
                break
    yield best
