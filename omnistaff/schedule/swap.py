"""Exchanges: two people take each other's shift of a day, breaks and all.

Where both serve the same queues nothing changes but whose wish is granted; elsewhere the difference to the cover is
counted exactly. One person alone can make neither move without leaving a hole behind (``stir``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.stir import Crew, Pool, Shake, Sheet, Shifts

Ints = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def _twin(sheet: Sheet, crew: Crew, shifts: Shifts, d: int, pair: tuple[int, int]) -> Any:
    """Return the option with which the first of *pair* can take over the second's shift of day d, -1 if none.

    It must be open to the person, of the kind that the shift given away has for the rules, and rested on both sides.
    """
    i, j = pair
    m, chosen = crew.menu[i], sheet.chosen[i]
    then = sheet.chosen[j, d]
    o = shifts.twins[m, shifts.sorts[crew.menu[j], then]]
    kinds = shifts.kinds[m]
    if o < 0 or crew.base[i, d, o] <= NEVER / 2 or shifts.starts[m, d, o] != shifts.starts[crew.menu[j], d, then]:
        return -1
    if kinds[o, 0] != kinds[chosen[d], 0]:
        return -1
    if d > 0 and chosen[d - 1] >= 0 and not shifts.rested[m, d, kinds[chosen[d - 1], 2], kinds[o, 1]]:
        return -1
    if d < len(chosen) - 1 and chosen[d + 1] >= 0:
        return o if shifts.rested[m, d + 1, kinds[o, 2], kinds[chosen[d + 1], 1]] else -1
    return o


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _rise(pool: Pool, sheet: Sheet, crew: Crew, pair: tuple[int, int], span: tuple[int, int]) -> float:
    """Return by how much shortage costs more when a pair changes places in the slots of *span*."""
    cuts, _, ranks, period, weights, _, _ = pool
    given, taken = ranks[crew.group[pair[0]]], ranks[crew.group[pair[1]]]
    mine, yours = sheet.works[pair[0]], sheet.works[pair[1]]
    cost = 0.0
    for t in range(span[0], span[1]):
        if mine[t] == yours[t]:
            continue
        sign, p = 1.0 if mine[t] else -1.0, period[t]
        for k in range(cuts.shape[0]):
            before, after = -1e300, -1e300
            for a in range(cuts.shape[2]):
                before = max(before, cuts[k, t, a])
                after = max(after, cuts[k, t, a] + sign * (given[p, a] - taken[p, a]))
            cost += weights[k, t] * (after - before)
    return cost


@njit(cache=True, nogil=True)
def _change_places(pool: Pool, sheet: Sheet, crew: Crew, pair: tuple[int, int], span: tuple[int, int]) -> None:
    """Let a pair work each other's slots of *span*."""
    i, j = pair
    given, taken = crew.group[i], crew.group[j]
    for t in range(span[0], span[1]):
        mine = sheet.works[i, t]
        if mine == sheet.works[j, t]:
            continue
        sheet.works[i, t], sheet.works[j, t] = not mine, mine
        if given == taken:
            continue
        sign, p = 1.0 if mine else -1.0, pool.period[t]
        pool.heads[t, given] -= sign
        pool.heads[t, taken] += sign
        for k in range(pool.cuts.shape[0]):
            for a in range(pool.cuts.shape[2]):
                pool.cuts[k, t, a] += sign * (pool.ranks[given, p, a] - pool.ranks[taken, p, a])


@njit(cache=True, nogil=True)
def swap(pool: Pool, sheet: Sheet, crew: Crew, shifts: Shifts, offers: Ints, shake: Shake) -> None:
    """Offer shifts, each a row (person x days + day, partner) of *offers*, to a partner who works that day too.

    Both are exchanged with probability 1 / (1 + exp(rise / heat)) for a rise in cost, if both people may.
    """
    days = sheet.chosen.shape[1]
    noise, at, heat, _ = shake
    for row in range(offers.shape[0]):
        i, d, j = offers[row, 0] // days, offers[row, 0] % days, offers[row, 1]
        mine, yours = sheet.chosen[i, d], sheet.chosen[j, d]
        if i == j or mine < 0 or yours < 0 or crew.site[i] != crew.site[j]:  # between sites seats would change
            continue
        got = _twin(sheet, crew, shifts, d, (i, j))
        lent = _twin(sheet, crew, shifts, d, (j, i)) if got >= 0 else -1
        if lent < 0:
            continue
        lost, gone = crew.base[i, d, mine] - crew.base[i, d, got], crew.base[j, d, yours] - crew.base[j, d, lent]
        first, other = shifts.starts[crew.menu[i], d, mine], shifts.starts[crew.menu[j], d, yours]
        ends = (first + shifts.lengths[crew.menu[i], mine], other + shifts.lengths[crew.menu[j], yours])
        span = (min(first, other), max(ends))
        rise = lost + gone
        if crew.group[i] != crew.group[j]:
            rise += _rise(pool, sheet, crew, (i, j), span)
        at += 2
        if rise >= heat * (noise[at % len(noise)] - noise[(at + 1) % len(noise)]):
            continue
        _change_places(pool, sheet, crew, (i, j), span)
        for b in range(sheet.places.shape[2]):
            sheet.places[i, d, b], sheet.places[j, d, b] = sheet.places[j, d, b], sheet.places[i, d, b]
        sheet.chosen[i, d], sheet.chosen[j, d] = got, lent
        sheet.wishes[i] += lost
        sheet.wishes[j] += gone
