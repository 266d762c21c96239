"""From the last day to the first: the best that can still come from every state, and the line that earns it."""

# ruff: noqa: C901, PLR0913  a compiled recurrence is read in one piece; cutting it up would hide it

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.schedule.kernel import NEVER, Kinds, Steps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def best_of_groups(worth: Floats, kinds: Kinds) -> Any:
    """Return value and option of the best of each group on each day, -1 where there is none."""
    days, groups = worth.shape[0], kinds.groups.shape[0]
    top = np.full((days, groups), NEVER)
    who = np.full((days, groups), -1, dtype=np.int32)
    for d in range(days):
        for o in range(worth.shape[1]):
            g = kinds.option_group[o]
            if worth[d, o] > top[d, g] and worth[d, o] > NEVER / 2:
                top[d, g] = worth[d, o]
                who[d, g] = o
    return top, who


@njit(cache=True, nogil=True)
def reachable(who: Ints, rests: Bools, kinds: Kinds, steps: Steps) -> Any:
    """Return the states that days of rest and the options that are left can lead to: where much is settled, few."""
    groups, layers, following = kinds.groups, steps.layers, steps.following
    reached = np.zeros(layers[-1], dtype=np.bool_)
    reached[0] = True
    is_open = np.zeros(following.shape[1], dtype=np.bool_)
    for d in range(who.shape[0]):
        is_open[:] = False
        is_open[0] = rests[d]
        for g in range(groups.shape[0]):
            is_open[groups[g, 0]] |= who[d, g] >= 0
        for i in range(layers[d], layers[d + 1]):
            if reached[i]:
                for c in range(following.shape[1]):
                    if is_open[c] and following[i, c] >= 0:
                        reached[following[i, c]] = True
    return reached


@njit(cache=True, nogil=True)
def look_ahead(top: Floats, who: Ints, rests: Bools, reached: Bools, kinds: Kinds, steps: Steps) -> Any:
    """Return the best that can still come: [state, tail of the day before, the last is free]; *reached* see above."""
    days = top.shape[0]
    groups, _, parents, pointers, extras = kinds
    layers, following, penalties = steps
    tails = 0
    for g in range(groups.shape[0]):
        tails = max(tails, groups[g, 2] + 1)
    ahead = np.full((layers[days + 1], tails + 1), NEVER)
    ahead[layers[days] : layers[days + 1]] = 0.0
    heads = np.empty(parents.shape[1])
    for d in range(days - 1, -1, -1):
        for i in range(layers[d], layers[d + 1]):
            if not reached[i]:
                continue
            heads[:] = NEVER
            for g in range(groups.shape[0]):
                c = groups[g, 0]
                j = following[i, c]
                if who[d, g] >= 0 and j >= 0:
                    found = top[d, g] - penalties[i, c] + ahead[j, groups[g, 2]]
                    if found > heads[groups[g, 1]]:
                        heads[groups[g, 1]] = found
            j = following[i, 0]
            free = ahead[j, tails] - penalties[i, 0] if j >= 0 and rests[d] else NEVER
            ahead[i, :] = free
            for h in range(len(heads) - 1, -1, -1):
                found = heads[h]
                for k in range(pointers[d, h], pointers[d, h + 1]):
                    if found > ahead[i, extras[d, k]]:
                        ahead[i, extras[d, k]] = found
                p = parents[d, h]
                if p < 0:
                    ahead[i, tails] = max(ahead[i, tails], found)
                elif found > heads[p]:
                    heads[p] = found
    return ahead


@njit(cache=True, nogil=True)
def allows(head: int, tail: int, parents: Ints, pointers: Ints, extras: Ints) -> Any:
    """Return whether a head may be worked after a tail."""
    h = head
    while h >= 0:
        for k in range(pointers[h], pointers[h + 1]):
            if extras[k] == tail:
                return True
        h = parents[h]
    return False


@njit(cache=True, nogil=True)
def follow(ahead: Floats, top: Floats, who: Ints, rests: Bools, kinds: Kinds, steps: Steps, chosen: Ints) -> None:
    """Write the line that *ahead* promises."""
    groups, _, parents, pointers, extras = kinds
    tails = ahead.shape[1] - 1
    state, tail = 0, tails
    for d in range(top.shape[0]):
        j = steps.following[state, 0]
        best, chosen[d], then, end = NEVER, -1, j, tails
        if j >= 0 and rests[d]:
            best = ahead[j, tails] - steps.penalties[state, 0]
        for g in range(groups.shape[0]):
            c = groups[g, 0]
            j = steps.following[state, c]
            if who[d, g] < 0 or j < 0:
                continue
            found = top[d, g] - steps.penalties[state, c] + ahead[j, groups[g, 2]]
            if found > best and (tail == tails or allows(groups[g, 1], tail, parents[d], pointers[d], extras[d])):
                best, chosen[d], then, end = found, who[d, g], j, groups[g, 2]
        state, tail = then, end
