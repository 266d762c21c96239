"""The compiled heart: what a shift is worth at given values of time, and the best line of work of one person.

A *line* is one person's whole roster: an option (or a day off) for every day. Rules that run over days are states
(see ``walk``), rest between two shifts is a relation of tails (ends) and heads (starts). The program over days is
exact: it returns the best of all legal lines, with the breaks of each shift in their best places.
"""

# ruff: noqa: C901  a compiled recurrence is read in one piece; cutting it up would hide it

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
NEVER = -1e18


class Offers(NamedTuple):
    """Options in time: when they start, how long they last, where their breaks may be."""

    starts: Ints  # [day, option] first slot, -1 where it is not offered
    lengths: Ints  # [option] slots
    layout: Ints  # [option] break layout
    windows: Ints  # [layout, break, (first, last, length)] in slots after the start
    counts: Ints  # [layout] breaks
    apart: Ints  # [layout, (least, most)] slots between two breaks; least -1 where each break is on its own
    step: int  # breaks begin on multiples of this


class Kinds(NamedTuple):
    """Options as the rules see them; parents, pointers and extras say which tail allows which head."""

    groups: Ints  # [group, (class, head, tail)]
    option_group: Ints  # [option]
    parents: Ints  # [day, head] an earlier head that allows no more, -1 if none
    pointers: Ints  # [day, head + 1] into extras
    extras: Ints  # [day, ...] tails that a head allows beyond its parent's


class Steps(NamedTuple):
    """The joint states of all rules (see ``walk``)."""

    layers: Ints  # [day + 2] first state of each layer
    following: Ints  # [state, class] state of the next layer, -1 where forbidden
    penalties: Floats  # [state, class]


@njit(cache=True, nogil=True)
def place_breaks(sums: Floats, start: int, windows: Ints, step: int, apart: Ints, out: Ints) -> Any:
    """Return the least value lost to the breaks of one shift; *out* gets where each begins, in slots.

    *sums* are running sums of the value of time; *windows* has a row (first, last, length) for each break in slots
    after the *start*; breaks begin on multiples of *step*, at least ``apart[0]`` and at most ``apart[1]`` slots after
    the end of the one before. A program over breaks: for each place of a break the least loss so far. Infinite when
    there are no such places. With ``apart[0]`` below 0 each break is on its own.
    """
    count = windows.shape[0]
    if apart[0] < 0 or count == 0:
        lost = 0.0
        for b in range(count):
            least, length = np.inf, windows[b, 2]
            for at in range(windows[b, 0], windows[b, 1] + 1, step):
                loss = sums[start + at + length] - sums[start + at]
                if loss < least:
                    least, out[b] = loss, at
            lost += least
        return lost
    widest = 1
    for b in range(count):
        widest = max(widest, (windows[b, 1] - windows[b, 0]) // step + 1)
    best = np.full((count, widest), np.inf)
    came = np.full((count, widest), -1, dtype=np.int32)
    for b in range(count):
        first, last, length = windows[b, 0], windows[b, 1], windows[b, 2]
        lowest, who, seen = np.inf, -1, 0
        for i in range((last - first) // step + 1):
            at = first + i * step
            before = 0.0
            if b > 0:
                end = windows[b - 1, 0] + windows[b - 1, 2]
                if who >= 0 and at - end - who * step > apart[1]:  # the best place before is too long ago: look again
                    lowest, who = np.inf, -1
                    seen = max(0, -((apart[1] + end - at) // step))
                while seen < widest and end + seen * step + apart[0] <= at:
                    if best[b - 1, seen] < lowest and at - end - seen * step <= apart[1]:
                        lowest, who = best[b - 1, seen], seen
                    seen += 1
                before = lowest
            if before < np.inf:
                best[b, i] = before + sums[start + at + length] - sums[start + at]
                came[b, i] = who
    i = 0
    for k in range(widest):
        if best[count - 1, k] < best[count - 1, i]:
            i = k
    lost = best[count - 1, i]
    for b in range(count - 1, -1, -1):
        out[b] = windows[b, 0] + i * step
        i = came[b, i]
    return lost


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _add_least_losses(sums: Floats, window: Ints, step: int, lost: Floats) -> None:
    """Add to *lost*, by start of the shift, what the *window* (first, last, length) of a break costs at its best."""
    first, last, length = window
    count = sums.shape[0] - length - first  # starts from which the first place lies within
    least = sums[first + length :] - sums[first : first + count]
    places, wide = (last - first) // step + 1, 1
    while wide < places and count > 0:  # twice as many places each time: the least of two stretches that may overlap
        more = min(wide, places - wide)
        count -= more * step
        before = least
        least = np.empty(max(0, count))
        for t in range(least.shape[0]):
            least[t] = min(before[t], before[t + more * step])
        wide += more
    for t in range(least.shape[0]):
        lost[t] += least[t]


@njit(cache=True, nogil=True)
def shift_values(value: Floats, offers: Offers) -> Floats:
    """Return the value of every option on every day, breaks in their best places; NEVER where it is not offered.

    *value* is the worth of one person in each slot.
    """
    starts, windows, step = offers.starts, offers.windows, offers.step
    days, options = starts.shape
    sums = np.zeros(value.shape[0] + 1)
    for t in range(value.shape[0]):
        sums[t + 1] = sums[t] + value[t]
    out = np.full((days, options), NEVER)
    places = np.zeros(windows.shape[1], dtype=np.int32)
    for layout in range(windows.shape[0]):
        rows, apart = windows[layout, : offers.counts[layout]], offers.apart[layout]
        lost = np.zeros(sums.shape[0])
        if apart[0] < 0:
            for b in range(rows.shape[0]):
                _add_least_losses(sums, rows[b], step, lost)
        for o in range(options):
            if offers.layout[o] != layout:
                continue
            for d in range(days):
                start = starts[d, o]
                if start < 0:
                    continue
                if apart[0] >= 0:
                    lost[start] = place_breaks(sums, start, rows, step, apart, places)
                out[d, o] = sums[start + offers.lengths[o]] - sums[start] - lost[start]
    return out


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _fill_heads(row: Floats, parents: Ints, pointers: Ints, extras: Ints, heads: Floats) -> None:
    """Fill *heads* with the best value of a state from which each head may be reached."""
    free = best = row[row.shape[0] - 1]
    for h in range(parents.shape[0]):
        if parents[h] != h - 1:  # else the best of the head before is at hand
            best = free if parents[h] < 0 else heads[parents[h]]
        for k in range(pointers[h], pointers[h + 1]):
            best = max(best, row[extras[k]])
        heads[h] = best


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def best_line(worth: Floats, kinds: Kinds, steps: Steps, chosen: Ints) -> Any:
    """Return the value of the best legal line; *chosen* gets the option of each day, -1 for a day off.

    *worth* is the value of [day, option]. Returns NEVER when no line is legal.
    """
    days, options = worth.shape
    groups, option_group, parents, pointers, extras = kinds
    layers, following, penalties = steps
    order = np.argsort(groups[:, 0], kind="mergesort")  # by class: the state behind is looked up once for many
    classes = groups[order, 0]
    heads_of, tails_of = groups[order, 1].astype(np.uintp), groups[order, 2].astype(np.uintp)  # quicker than signed
    tails = groups[:, 2].max() + 1 if len(order) else 0
    values = np.full((layers[days + 1], tails + 1), NEVER)
    values[0, tails] = 0.0
    top, who = np.full((days, len(order)), NEVER), np.full((days, len(order)), -1, dtype=np.int32)
    heads = np.empty(parents.shape[1])
    for d in range(days):
        for o in range(options):
            g = option_group[o]
            if worth[d, o] > top[d, g] and worth[d, o] > NEVER / 2:
                top[d, g], who[d, g] = worth[d, o], o
        sorted_top = top[d][order]
        for i in range(layers[d], layers[d + 1]):
            row = values[i]
            peak = NEVER  # row.max() would look for NaN in each
            for k in range(tails + 1):
                peak = max(peak, row[k])
            if peak <= NEVER / 2:
                continue
            j = following[i, 0]
            if j >= 0:
                values[j, tails] = max(values[j, tails], peak - penalties[i, 0])
            _fill_heads(row, parents[d], pointers[d], extras[d], heads)
            n = 0
            while n < len(order):
                kind, first = classes[n], n
                while n < len(order) and classes[n] == kind:
                    n += 1
                j, penalty = following[i, kind], penalties[i, kind]
                if j >= 0:
                    after = values[j]
                    for m in range(first, n):
                        found = heads[heads_of[m]] + sorted_top[m] - penalty
                        after[tails_of[m]] = max(after[tails_of[m]], found)
    return _trace(values, top, who, kinds, steps, chosen)


@njit(cache=True, nogil=True)
def _trace(values: Floats, top: Floats, who: Ints, kinds: Kinds, steps: Steps, chosen: Ints) -> Any:
    """Return the best final value and write its line: each step is found again by its exact value."""
    days = top.shape[0]
    tails = values.shape[1] - 1
    groups, _, parents, pointers, extras = kinds
    layers, following, penalties = steps
    state, tail, best = -1, -1, NEVER / 2
    for i in range(layers[days], layers[days + 1]):
        for k in range(tails + 1):
            if values[i, k] > best:
                state, tail, best = i, k, values[i, k]
    if state < 0:
        return NEVER
    for d in range(days - 1, -1, -1):
        target = values[state, tail]
        found = -1
        for i in range(layers[d], layers[d + 1]):
            if tail == tails:
                chosen[d] = -1
                if following[i, 0] == state:
                    for k in range(tails + 1):
                        if values[i, k] > NEVER / 2 and values[i, k] - penalties[i, 0] == target:
                            found, tail = i, k
                            break
            elif (following[i, 1:] == state).any():
                for g in range(groups.shape[0]):
                    if groups[g, 2] != tail or who[d, g] < 0 or following[i, groups[g, 0]] != state:
                        continue
                    before = _tail_before(values[i], groups[g, 1], parents[d], pointers[d], extras[d])
                    if values[i, before] + top[d, g] - penalties[i, groups[g, 0]] == target:
                        chosen[d], found, tail = who[d, g], i, before
                        break
            if found >= 0:
                break
        state = found
    return best


@njit(cache=True, nogil=True)
def _tail_before(row: Floats, head: int, parents: Ints, pointers: Ints, extras: Ints) -> Any:
    """Return the best tail, or a day off, from which a head may be reached."""
    best, h = row.shape[0] - 1, head
    while h >= 0:
        for k in range(pointers[h], pointers[h + 1]):
            if row[extras[k]] > row[best]:
                best = extras[k]
        h = parents[h]
    return best


@njit(cache=True, nogil=True)
def line_cost(chosen: Ints, kinds: Kinds, steps: Steps) -> Any:
    """Return what soft rules cost on a legal line."""
    state, cost = 0, 0.0
    for d in range(chosen.shape[0]):
        c = kinds.groups[kinds.option_group[chosen[d]], 0] if chosen[d] >= 0 else 0
        cost += steps.penalties[state, c]
        state = steps.following[state, c]
    return cost


@njit(cache=True, nogil=True)
def mark_work(value: Floats, chosen: Ints, offers: Offers, works: Bools, places: Ints) -> None:
    """Mark in *works* the slots in which a line is at work, and write where its breaks begin into *places*."""
    sums = np.zeros(value.shape[0] + 1)
    for t in range(value.shape[0]):
        sums[t + 1] = sums[t] + value[t]
    works[:] = False
    places[:] = -1
    for d in range(chosen.shape[0]):
        o = chosen[d]
        if o < 0:
            continue
        start, layout = offers.starts[d, o], offers.layout[o]
        rows = offers.windows[layout, : offers.counts[layout]]
        place_breaks(sums, start, rows, offers.step, offers.apart[layout], places[d])
        works[start : start + offers.lengths[o]] = True
        for b in range(rows.shape[0]):
            works[start + places[d, b] : start + places[d, b] + rows[b, 2]] = False
