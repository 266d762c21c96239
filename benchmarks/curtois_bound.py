"""A bound for long instances, and prices of time: what runs over the whole length is priced instead of counted.

People keep the rules on days in a row and on neighbouring shifts; their minutes, weekends and shifts of a kind have
prices (Lagrange). For any prices of time and of these sums
    bound = sum price x need - idle cost x need - sum over people of
            max over lines ( wishes + sum over slots at work of (price - idle cost) - prices x sums )
            - sum over people of the most (price > 0) or the least (price < 0) their sums may be, times the prices
Prices come from the method of multipliers, as in ``omnistaff.schedule.prices``: everybody's lines are averaged, the
average moves towards each new answer by an exact line search (block-coordinate Frank-Wolfe), a price is its centre
and what the average lacks, and now and then the centre moves to the prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from curtois_files import Instance
from curtois_model import Adapter, runs_of
from curtois_rules import BegunWeekends
from numba import njit

from omnistaff.schedule.kernel import Steps, best_line
from omnistaff.schedule.rules import Rule
from omnistaff.schedule.walk import join_rules

Floats = npt.NDArray[np.float64]
HALVINGS = 8  # of the line search
ROUNDS = 400
FLAT = 0.3  # first prices, as a share of the ceilings
FIRM, SOFT = 6.0, 0.5  # rise of a price, as share of its ceiling, when everybody is short: at first, and in the end
TIED, LOOSE = 8.0, 0.8  # rise of the price of a sum, as share of the mean ceiling, when it is a shift a day off
ROUNDS_A_CENTRE, ROUNDS_A_PROOF = 2, 10
AVERAGING = 0.1  # weight of the newest prices


class Cover(NamedTuple):
    """Prices of time by slot: they rise from their centre with what is short, up to the top."""

    centre: Floats
    rise: Floats
    top: Floats
    short: Floats


class Limits(NamedTuple):
    """Prices of one person's sums: they rise with what is used above the most, and fall below the least."""

    centre: Floats
    ties: Floats
    used: Floats
    least: Floats  # -inf for none
    most: Floats


@dataclass
class Prices:
    """Prices of time by slot, and of everybody's sums: minutes, weekends, and shifts of a kind."""

    time: Floats  # [slot]
    sums: Floats  # [person, sum]

    def towards(self, other: Prices, share: float) -> Prices:
        """Return the prices a *share* of the way to others."""
        return Prices((1 - share) * self.time + share * other.time, (1 - share) * self.sums + share * other.sums)


class Relaxed:
    """An instance whose sums over all days are priced."""

    def __init__(self, instance: Instance) -> None:
        self.adapter = Adapter(instance)
        members = self.adapter.team.members
        self.need, self.top = self.adapter.need.levels[0, :, 0], self.adapter.need.tops[0]
        self.idle, self.constant = self.adapter.need.idle, self.adapter.need.constant
        self.base = [member.base for member in members]
        self.constants = np.array([member.constant for member in members])
        self.minutes = np.array(list(instance.minutes.values()), dtype=float)
        rows = [
            [one.max_minutes, one.max_weekends, *(one.most.get(shift, instance.days) for shift in instance.minutes)]
            for one in instance.staff.values()
        ]
        self.most = np.array(rows, dtype=float)
        self.least = np.full_like(self.most, -np.inf)
        self.least[:, 0] = [one.min_minutes for one in instance.staff.values()]
        self.steps = self._steps(instance)

    def _steps(self, instance: Instance) -> list[Steps]:
        known: dict[tuple[Rule, ...], Steps] = {}
        found = []
        for one, member in zip(instance.staff.values(), self.adapter.team.members, strict=True):
            rules = (*runs_of(one), BegunWeekends(weight=1.0))
            if rules not in known:
                walk = join_rules(rules, member.setting)
                assert walk is not None
                known[rules] = walk
            found.append(known[rules])
        return found

    def answer(self, i: int, time: Floats, sums: Floats) -> tuple[float, Floats, Floats, float]:
        """Return a person's best line at prices: its value, slots at work, sums and what its wishes are worth."""
        days, options = self.base[i].shape
        worth = (time - self.idle).reshape(days, options) + self.base[i] - sums[0] * self.minutes - sums[2:]
        steps, chosen = self.steps[i], np.empty(days, np.int32)
        steps = Steps(steps.layers, steps.following, sums[1] * steps.penalties)
        value = float(best_line(worth, self.adapter.menu.kinds, steps, chosen))
        works = np.zeros((days, options))
        at = np.flatnonzero(chosen >= 0)
        works[at, chosen[at]] = 1.0
        shifts = works.sum(axis=0)
        busy = np.append(works.any(axis=1), np.zeros(-days % 7, dtype=bool)).reshape(-1, 7)
        used = np.concatenate([[shifts @ self.minutes, busy[:, 5:].any(axis=1).sum()], shifts])
        return value, works.ravel(), used, float(self.base[i][at, chosen[at]].sum())

    def prove(self, prices: Prices) -> float:
        """Return the bound on the cost of every roster that prices prove."""
        bound = float(prices.time @ self.need) - self.constant
        for i, sums in enumerate(prices.sums):
            value = self.answer(i, prices.time, sums)[0]
            limits = np.where(sums > 0, self.most[i], np.maximum(self.least[i], 0.0))
            bound -= value - self.constants[i] + float(sums @ limits)
        return bound


@dataclass
class _Best:
    """The prices with the best bound."""

    prices: Prices
    bound: float = -np.inf


class Fractional:
    """The fractional roster and the prices that it implies."""

    def __init__(self, relaxed: Relaxed) -> None:
        self.relaxed, (self.people, sums) = relaxed, relaxed.most.shape
        self.parts = np.zeros((self.people, len(relaxed.need)))  # heads of each person
        self.heads, self.worth = self.parts.sum(axis=0), np.zeros(self.people)
        self.used = np.zeros((self.people, sums))
        wanted = relaxed.need > 0
        unit = np.append(relaxed.minutes.mean(), np.ones(sums - 1))
        ceiling = float(relaxed.top[wanted].mean()) if wanted.any() else 0.0
        self.scale = (ceiling or 1.0) / unit**2 / len(relaxed.base[0])
        self.centre = Prices(FLAT * relaxed.top * wanted, np.zeros((self.people, sums)))
        self._soften(0.0)

    def _soften(self, done: float) -> None:
        self.firmness = FIRM * (SOFT / FIRM) ** done / self.people
        self.ties = TIED * (LOOSE / TIED) ** done * self.scale

    def settle(self, done: Callable[[], float], rng: np.random.Generator) -> _Best:
        """Return the best prices found; *done* is the share of the time that is gone."""
        average, best = self.centre, _Best(self.centre)
        for k in range(ROUNDS):
            if done() >= 1:
                break
            self._soften(max(done(), k / ROUNDS))
            for i in rng.permutation(self.people).tolist():
                self._move(i, is_first=k == 0)
            prices = self._prices()
            if k % ROUNDS_A_CENTRE == ROUNDS_A_CENTRE - 1:
                self.centre = prices
            average = average.towards(prices, AVERAGING if k >= ROUNDS_A_PROOF else 1.0)
            if k % ROUNDS_A_PROOF == ROUNDS_A_PROOF - 1:
                bound = self.relaxed.prove(average)
                best = _Best(average, bound) if bound > best.bound else best
        return best

    def _time(self) -> Floats:
        one = self.relaxed
        return np.asarray(np.clip(self.centre.time + self.firmness * one.top * (one.need - self.heads), 0.0, one.top))

    def _prices(self) -> Prices:
        one = self.relaxed
        return Prices(self._time(), _tie(self.centre.sums, self.ties, self.used, one.least, one.most))

    def _move(self, i: int, is_first: bool) -> None:
        """Let a person answer, and move the person's part of the roster towards the answer."""
        one = self.relaxed
        limits = Limits(self.centre.sums[i], self.ties, self.used[i], one.least[i], one.most[i])
        _, works, used, worth = one.answer(i, self._time(), _tie(*limits))
        move, more, gain = works - self.parts[i], used - self.used[i], worth - self.worth[i]
        step = 1.0
        if not is_first:
            cover = Cover(self.centre.time, self.firmness * one.top, one.top, one.need - self.heads)
            step = _best_step(cover, limits, move, more, float(one.idle @ move) - gain)
        self.heads += step * move
        self.parts[i] += step * move
        self.used[i] += step * more
        self.worth[i] += step * gain


def _tie(centre: Floats, ties: Floats, used: Floats, least: Floats, most: Floats) -> Floats:
    """Return the prices of sums: what is above the most is dear, what is below the least is paid for."""
    return np.asarray(
        np.maximum(centre + ties * (used - most), 0.0) + np.minimum(centre + ties * (used - least), 0.0)
    )


@njit(cache=True, nogil=True)
def _gain(share: float, cover: Cover, limits: Limits, move: Floats, more: Floats) -> Any:
    """Return what a *share* of a move earns per unit of share, at the prices that it leads to."""
    gain = 0.0
    for t in range(len(move)):
        if move[t] != 0.0:
            price = cover.centre[t] + cover.rise[t] * (cover.short[t] - share * move[t])
            gain += min(max(price, 0.0), cover.top[t]) * move[t]
    for k in range(len(more)):
        used, least = limits.used[k] + share * more[k], limits.least[k]
        price = max(limits.centre[k] + limits.ties[k] * (used - limits.most[k]), 0.0)
        if least > -np.inf:
            price += min(limits.centre[k] + limits.ties[k] * (used - least), 0.0)
        gain -= price * more[k]
    return gain


@njit(cache=True, nogil=True)
def _best_step(cover: Cover, limits: Limits, move: Floats, more: Floats, dearer: float) -> Any:
    """Return the share of a move that gains most: where its gain at the prices it leads to is nil."""
    if _gain(1.0, cover, limits, move, more) >= dearer:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _gain(middle, cover, limits, move, more) > dearer:
            low = middle
        else:
            high = middle
    return low
