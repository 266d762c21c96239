"""The best line of one person when single options may only be worked so often.

Counts of options would multiply the states of the program over days. So they are left out of it and priced: a program
from the last day to the first gives the best that can still come from every state (``ahead``), options that are
worked too often getting dearer until few are left over (Lagrange). Then lines are searched from the first day on: of
two that reach the same state, one that is worth no less and has used up no more stays (labels with dominance), and
what cannot come within a slack of the best is dropped. The slack widens until a line is found, and options are
counted only once they were worked too often (Righini and Salani 2008), so the search is exact and short.
"""

# ruff: noqa: C901, PLR0913  a compiled recurrence is read in one piece; cutting it up would hide it

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.schedule.ahead import allows, best_of_groups, follow, look_ahead, reachable
from omnistaff.schedule.kernel import NEVER, Kinds, Steps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
FEW_LABELS, MANY_LABELS = 500, 5000  # a day; of more those with the best prospects stay
SLACKS = (0.01, 0.05, 0.3, 1e30)  # below the bound, as shares of what the best option is worth
TINY = 1e-9
STEPS, FIRST_STEP = 8, 0.04  # of the prices of options, the first as a share of what the best option is worth
LONGER, SHORTER = 2.0, 0.3  # steps that go on, and that turn back


class Limits(NamedTuple):
    """How often each option may be worked; which ones were worked too often before, and their prices since."""

    most: Ints  # [option]
    watched: Bools
    prices: Floats


def no_limits(days: int, options: int) -> Limits:
    """Return limits that do not bind."""
    return Limits(np.full(options, days, np.int32), np.zeros(options, bool), np.zeros(options))


@njit(cache=True, nogil=True)
def best_counted(
    worth: Floats, rests: Bools, kinds: Kinds, steps: Steps, limits: Limits, labels: int, chosen: Ints
) -> Any:
    """Return (value, bound) of the best line that works each option at most as often as *limits* say.

    *worth* is the value of [day, option], *rests* says which days may be off; *chosen* gets the option of each day,
    -1 for a day off. What was learned of the limits is noted in them. At most so many *labels* a day are kept; the
    bound is above the value only where some had to go. Both are NEVER when no line is legal.
    """
    top, who = best_of_groups(worth, kinds)
    scale = TINY
    for d in range(top.shape[0]):
        for g in range(top.shape[1]):
            if who[d, g] >= 0:
                scale = max(scale, abs(top[d, g]))
    paid, reached = np.empty(top.shape), reachable(who, rests, kinds, steps)
    over, before = np.zeros(len(limits.most)), np.zeros(len(limits.most))
    step, bound = FIRST_STEP * scale, np.inf
    for _ in range(STEPS):
        _pay(top, who, limits.prices, paid)
        ahead = look_ahead(paid, who, rests, reached, kinds, steps)
        if ahead[0, -1] <= NEVER / 2:
            return NEVER, NEVER
        bound = min(bound, ahead[0, -1] + (limits.prices * limits.most).sum())
        follow(ahead, paid, who, rests, kinds, steps, chosen)
        _excess(chosen, limits, over)
        off = np.abs(over).sum()
        if off == 0.0:
            return bound, bound
        if off <= 1.0:
            break
        turn = (over * before).sum()
        step *= LONGER if turn > 0.0 else SHORTER if turn < 0.0 else 1.0
        before[:] = over
        limits.prices[:] = np.maximum(0.0, limits.prices + step * over / np.abs(over).max())
    if off > 1.0:
        _pay(top, who, limits.prices, paid)
        ahead = look_ahead(paid, who, rests, reached, kinds, steps)
    k, peak = 0, bound
    floor = peak - SLACKS[0] * scale
    while True:
        value, left = _search(ahead, top, who, rests, kinds, steps, limits, floor, labels, chosen)
        bound = min(bound, max(floor, value, left))
        if value <= NEVER / 2:
            k += 1
            if k == len(SLACKS):
                return NEVER, bound if bound > NEVER / 2 else NEVER
            floor = max(NEVER / 2, peak - SLACKS[k] * scale)
        elif not _is_new(chosen, limits):
            if max(value, left) > floor:
                return value, bound
            floor = value - TINY * max(scale, abs(value))  # nothing better can hide any more


@njit(cache=True, nogil=True)
def _pay(top: Floats, who: Ints, prices: Floats, paid: Floats) -> None:
    """Write the values of the best of groups less the prices of their options."""
    for d in range(top.shape[0]):
        for g in range(top.shape[1]):
            paid[d, g] = top[d, g] - prices[who[d, g]] if who[d, g] >= 0 else NEVER


@njit(cache=True, nogil=True)
def _excess(chosen: Ints, limits: Limits, over: Floats) -> None:
    """Write by how much each option is worked too often, or not often enough for its price."""
    over[:] = 0.0
    for d in range(len(chosen)):
        if chosen[d] >= 0:
            over[chosen[d]] += 1.0
    for o in range(len(over)):
        over[o] -= limits.most[o]
        if over[o] > 0:
            limits.watched[o] = True
        elif limits.prices[o] == 0.0:
            over[o] = 0.0


@njit(cache=True, nogil=True)
def _is_new(chosen: Ints, limits: Limits) -> Any:
    """Mark options that are worked too often; return whether there are any."""
    found = False
    counts = np.zeros(len(limits.most), dtype=np.int32)
    for d in range(len(chosen)):
        if chosen[d] >= 0:
            counts[chosen[d]] += 1
    for o in range(len(counts)):
        if counts[o] > limits.most[o]:
            found = limits.watched[o] = True
    return found


@njit(cache=True, nogil=True)
def _search(
    ahead: Floats,
    top: Floats,
    who: Ints,
    rests: Bools,
    kinds: Kinds,
    steps: Steps,
    limits: Limits,
    floor: float,
    labels: int,
    chosen: Ints,
) -> Any:
    """Return the value of the best line above *floor* that keeps the limits of *watched* options, and what was left.

    Without such a line the value is NEVER. What was left is the best prospect of the labels that had to go.
    """
    days = top.shape[0]
    groups, _, parents, pointers, extras = kinds
    layers, following, penalties = steps
    tails = ahead.shape[1] - 1
    prices = limits.prices
    most, spare = limits.most[limits.watched], (prices * limits.most).sum()
    counter = np.full(len(prices), -1, dtype=np.int32)
    n = 0
    for o in range(len(prices)):
        if limits.watched[o]:
            counter[o] = n
            n += 1
    room = labels * (groups.shape[0] + 1)
    values, prospects, costs = np.empty(room), np.empty(room), np.empty(room)
    used = np.zeros((room, n), dtype=np.int16)
    where = np.empty((room, 4), dtype=np.int32)  # state, tail, number of the label before, next label in the bucket
    works = np.empty(room, dtype=np.int32)
    kept_values, kept_costs, kept_used = np.zeros(1), np.zeros(1), np.zeros((1, n), dtype=np.int16)
    kept_where = np.zeros((1, 2), dtype=np.int32)
    kept_where[0, 1] = tails
    before = np.empty((days, labels), dtype=np.int32)
    option = np.empty((days, labels), dtype=np.int32)
    left = NEVER
    for d in range(days):
        first = np.full((layers[d + 2] - layers[d + 1]) * (tails + 1), -1, dtype=np.int32)
        count = 0
        for a in range(len(kept_values)):
            state, tail = kept_where[a, 0], kept_where[a, 1]
            for g in range(-1, groups.shape[0]):
                c = groups[g, 0] if g >= 0 else 0
                j = following[state, c]
                if j < 0 or (g >= 0 and who[d, g] < 0) or (g < 0 and not rests[d]):
                    continue
                end = groups[g, 2] if g >= 0 else tails
                value = kept_values[a] - penalties[state, c] + (top[d, g] if g >= 0 else 0.0)
                o = who[d, g] if g >= 0 else -1
                cost = kept_costs[a] + (prices[o] if o >= 0 else 0.0)
                prospect = value - cost + ahead[j, end] + spare
                if prospect <= floor:
                    continue
                mine = counter[o] if o >= 0 else -1
                if mine >= 0 and kept_used[a, mine] >= most[mine]:
                    continue
                if g >= 0 and tail < tails and not allows(groups[g, 1], tail, parents[d], pointers[d], extras[d]):
                    continue
                bucket = (j - layers[d + 1]) * (tails + 1) + end
                k, previous, is_worse = first[bucket], -1, False
                while k >= 0:
                    no_more, no_less = True, True  # than the new label
                    for r in range(n):
                        new = kept_used[a, r] + (1 if r == mine else 0)
                        no_more &= used[k, r] <= new
                        no_less &= used[k, r] >= new
                    if no_more and values[k] >= value:
                        is_worse = True
                        break
                    if no_less and values[k] <= value:  # the old one goes
                        prospects[k] = NEVER
                        if previous >= 0:
                            where[previous, 3] = where[k, 3]
                        else:
                            first[bucket] = where[k, 3]
                    else:
                        previous = k
                    k = where[k, 3]
                if is_worse:
                    continue
                values[count], prospects[count], costs[count], works[count] = value, prospect, cost, o
                used[count] = kept_used[a]
                if mine >= 0:
                    used[count, mine] += 1
                where[count, 0], where[count, 1], where[count, 2], where[count, 3] = j, end, a, first[bucket]
                first[bucket] = count
                count += 1
        order = np.flatnonzero(prospects[:count] > NEVER / 2)
        if len(order) > labels:
            ranked = order[np.argsort(-prospects[order], kind="mergesort")]
            left = max(left, prospects[ranked[labels]])
            order = ranked[:labels]
        if len(order) == 0:
            return NEVER, left
        kept_values, kept_costs, kept_used = values[order], costs[order], used[order]
        kept_where = where[order, :2].copy()
        before[d, : len(order)] = where[order, 2]
        option[d, : len(order)] = works[order]
    a = int(np.argmax(kept_values))
    value = kept_values[a]
    for d in range(days - 1, -1, -1):
        chosen[d] = option[d, a]
        a = before[d, a]
    return value, left
