"""Small moves: another start near by and other places of the breaks of one shift, drawn by what they are worth.

The program over days (``kernel``) draws one person's whole line; these moves keep the rest of the line and the kind
of the shift, so no rule over days needs a look. They cost a hundredth of a line, and settle many people's starts and
breaks against each other between two draws of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.schedule.kernel import NEVER, Kinds, place_breaks
from omnistaff.schedule.seats import Room, change_seat, sum_seats
from omnistaff.schedule.shifts import Menu

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Sheet(NamedTuple):
    """The roster as it stands, by person; changed in place."""

    chosen: Ints  # [person, day] option or -1
    places: Ints  # [person, day, break] slots after the start, -1 where there is none
    works: Bools  # [person, slot] at work, breaks out
    wishes: Floats  # [person] what a line costs beside the cover


class Crew(NamedTuple):
    """Who the people are."""

    menu: Ints  # [person]
    group: Ints  # [person]
    site: Ints  # [person] -1 where seats are not limited
    base: Floats  # [person, day, option] minus the cost of refused wishes


class Shifts(NamedTuple):
    """All menus together (see ``kernel.Offers`` and ``kernel.Kinds``)."""

    starts: Ints  # [menu, day, option], -1 where it is not offered
    lengths: Ints  # [menu, option]
    kinds: Ints  # [menu, option, (class, head, tail)]
    rested: Bools  # [menu, day, tail, head] this head may follow this tail on the day before
    layout: Ints  # [menu, option]
    windows: Ints  # [layout, break, (first, last, length)]
    counts: Ints  # [layout] breaks
    apart: Ints  # [layout, (least, most)]
    step: int  # breaks begin on multiples of this
    start_step: int  # least slots between two starts of a menu
    sorts: Ints  # [menu, option] number of the sort of shift: options of one sort are alike but for who may work them
    twins: Ints  # [menu, sort] the menu's option of that sort, -1 if none


class Pool(NamedTuple):
    """The cover (see ``cover``); cuts and heads change in place."""

    cuts: Floats  # [level, slot, set]
    heads: Floats  # [slot, group]
    ranks: Floats  # [group, period, set]
    period: Ints  # [slot]
    weights: Floats  # [level, slot]
    idle: Floats  # [slot]
    room: Room


class Shake(NamedTuple):
    """How moves are drawn."""

    noise: Floats  # Gumbel
    first: int  # where in the noise to begin
    heat: float
    reach: int  # slots by which a start may move


def join_menus(menus: Sequence[Menu]) -> Shifts:
    """Return all menus in one."""
    options, breaks = max(menu.options for menu in menus), max(menu.offers.windows.shape[1] for menu in menus)
    days = len(menus[0].offers.starts)
    starts = np.full((len(menus), days, options), -1, dtype=np.int32)
    lengths, layout = np.zeros((len(menus), options), np.int32), np.zeros((len(menus), options), np.int32)
    kinds = np.zeros((len(menus), options, 3), dtype=np.int32)
    tables = [_rested(menu.kinds, int(menu.kinds.groups[:, 2].max(initial=0)) + 1) for menu in menus]
    rested = np.zeros((len(menus), days, *np.max([table.shape[1:] for table in tables], axis=0)), dtype=bool)
    windows, before = [], 0
    for m, (menu, table) in enumerate(zip(menus, tables, strict=True)):
        starts[m, :, : menu.options] = menu.offers.starts
        lengths[m, : menu.options], layout[m, : menu.options] = menu.offers.lengths, menu.offers.layout + before
        kinds[m, : menu.options] = menu.kinds.groups[menu.kinds.option_group]
        rested[m, :, : table.shape[1], : table.shape[2]] = table
        wide = np.zeros((len(menu.offers.windows), breaks, 3), dtype=np.int32)
        wide[:, : menu.offers.windows.shape[1]] = menu.offers.windows
        windows.append(wide)
        before += len(wide)
    counts = np.concatenate([menu.offers.counts for menu in menus])
    apart = np.concatenate([menu.offers.apart for menu in menus])
    step, gaps = menus[0].offers.step, [gap for menu in menus for gap in _start_gaps(menu)]
    return Shifts(
        starts, lengths, kinds, rested, layout, np.concatenate(windows), counts, apart, step, min(gaps, default=1),
        *_sorts(menus, options),
    )  # fmt: skip


def _sorts(menus: Sequence[Menu], options: int) -> tuple[Ints, Ints]:
    """Return ``Shifts.sorts`` and ``Shifts.twins``: same start by the clock, length, paid time and breaks."""
    number: dict[tuple[int | bytes, ...], int] = {}
    sorts = np.full((len(menus), options), -1, dtype=np.int32)
    for m, menu in enumerate(menus):
        offers = menu.offers
        for o, look in enumerate(offers.layout):
            breaks = (offers.windows[look, : offers.counts[look]].tobytes(), offers.apart[look].tobytes())
            key = (int(menu.start_minute[o]), int(offers.lengths[o]), int(menu.paid_minutes[o]), *breaks)
            sorts[m, o] = number.setdefault(key, len(number))
    twins = np.full((len(menus), len(number)), -1, dtype=np.int32)
    for m, menu in enumerate(menus):
        twins[m, sorts[m, : menu.options]] = np.arange(menu.options)
    return sorts, twins


def _start_gaps(menu: Menu) -> list[int]:
    """Return the slots from each start of a day to the next."""
    gaps = [np.diff(np.unique(day[day >= 0])) for day in menu.offers.starts]
    return sorted({int(gap) for day in gaps for gap in day})


@njit(cache=True, nogil=True)
def _rested(kinds: Kinds, tails: int) -> Bools:
    days, heads = kinds.parents.shape
    out = np.zeros((days, tails, heads), dtype=np.bool_)
    for d in range(days):
        for h in range(heads):
            if kinds.parents[d, h] >= 0:
                out[d, :, h] = out[d, :, kinds.parents[d, h]]
            for k in range(kinds.pointers[d, h], kinds.pointers[d, h + 1]):
                out[d, kinds.extras[d, k], h] = True
    return out


@njit(cache=True, nogil=True)
def next_draw(at: int, noise: Floats) -> int:
    """Return where in the *noise* the next draw is, round and round; quicker than a remainder."""
    return at + 1 if at + 1 < len(noise) else 0


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _sum_worth(pool: Pool, group: int, works: Bools, span: tuple[int, int], sums: Floats) -> None:
    """Fill *sums* with the running worth of one person of the group in the slots of *span*.

    That is what the person saves where at work (*works*), and would save elsewhere.
    """
    cuts, _, ranks, period, weights, idle, _ = pool
    sums[span[0]] = 0.0
    for t in range(span[0], span[1]):
        worth, back, p = -idle[t], 1.0 if works[t] else 0.0, period[t]
        for k in range(cuts.shape[0]):
            top, lower = -1e300, -1e300
            for a in range(cuts.shape[2]):
                without = cuts[k, t, a] + back * ranks[group, p, a]
                top = max(top, without)
                lower = max(lower, without - ranks[group, p, a])
            worth += weights[k, t] * (top - lower)
        sums[t + 1] = sums[t] + worth


@njit(cache=True, nogil=True)
def _move(pool: Pool, group: int, works: Bools, fresh: Bools, span: tuple[int, int]) -> None:
    """Let one person work *fresh* instead of *works* in the slots of *span*; *fresh* is cleared."""
    for t in range(span[0], span[1]):
        if works[t] != fresh[t]:
            heads = 1.0 if fresh[t] else -1.0
            pool.heads[t, group] += heads
            for k in range(pool.cuts.shape[0]):
                for a in range(pool.cuts.shape[2]):
                    pool.cuts[k, t, a] -= heads * pool.ranks[group, pool.period[t], a]
            works[t] = fresh[t]
        fresh[t] = False


@njit(cache=True, nogil=True)
def _draw_option(
    running: tuple[Floats, Floats], sheet: Sheet, crew: Crew, shifts: Shifts, place: tuple[int, int], shake: Shake
) -> tuple[int, int]:
    """Return the option drawn for the shift at (person, day) of *place*, and where in the noise to go on.

    *running* sums are those of the worth of being at work and of the cost of a seat.
    """
    (sums, seats), (i, d) = running, place
    noise, at, heat, reach = shake
    m, base, chosen = crew.menu[i], crew.base[i, d], sheet.chosen[i]
    starts, lengths, kinds = shifts.starts[m, d], shifts.lengths[m], shifts.kinds[m]
    now = chosen[d]
    before = kinds[chosen[d - 1], 2] if d > 0 and chosen[d - 1] >= 0 else -1
    after = kinds[chosen[d + 1], 1] if d < chosen.shape[0] - 1 and chosen[d + 1] >= 0 else -1
    best, who = -np.inf, now
    for o in range(starts.shape[0]):
        if starts[o] < 0 or abs(starts[o] - starts[now]) > reach:
            continue
        if base[o] <= NEVER / 2 or kinds[o, 0] != kinds[now, 0]:
            continue
        if before >= 0 and not shifts.rested[m, d, before, kinds[o, 1]]:
            continue
        if after >= 0 and not shifts.rested[m, d + 1, kinds[o, 2], after]:
            continue
        look = shifts.layout[m, o]
        rows, apart = shifts.windows[look, : shifts.counts[look]], shifts.apart[look]
        lost = place_breaks(sums, starts[o], rows, shifts.step, apart, sheet.places[i, d])
        at = next_draw(at, noise)
        end = starts[o] + lengths[o]
        worth = sums[end] - sums[starts[o]] - lost + base[o] + heat * noise[at]
        worth -= seats[end] - seats[starts[o]]
        if worth > best:
            best, who = worth, o
    return who, at


@njit(cache=True, nogil=True)
def stir(pool: Pool, sheet: Sheet, crew: Crew, shifts: Shifts, order: Ints, shake: Shake) -> None:
    """Draw start and breaks of each shift of *order* (person x days + day) anew, everything else as it is."""
    days = sheet.chosen.shape[1]
    slots = sheet.works.shape[1]
    sums, noisy, fresh = np.zeros(slots + 1), np.zeros(slots + 1), np.zeros(slots, dtype=np.bool_)
    seats = np.zeros(slots + 1)
    noise, at, heat, reach = shake
    for n in order:
        i, d = n // days, n % days
        now = sheet.chosen[i, d]
        if now < 0:
            continue
        m, group, works, base = crew.menu[i], crew.group[i], sheet.works[i], crew.base[i, d]
        starts, lengths = shifts.starts[m, d], shifts.lengths[m]
        begun, ended = starts[now], starts[now] + lengths[now]
        first, last = begun, ended
        for o in range(starts.shape[0]):
            if starts[o] >= 0 and abs(starts[o] - begun) <= reach:
                first, last = min(first, starts[o]), max(last, starts[o] + lengths[o])
        _sum_worth(pool, group, works, (first, last), sums)
        sum_seats(pool.room, crew.site[i], (begun, ended), (first, last), seats)
        who, at = _draw_option((sums, seats), sheet, crew, shifts, (i, d), Shake(noise, at, heat, reach))
        start, end, look = starts[who], starts[who] + lengths[who], shifts.layout[m, who]
        noisy[start] = 0.0
        for t in range(start, end):
            at = next_draw(at, noise)
            noisy[t + 1] = noisy[t] + sums[t + 1] - sums[t] - heat * noise[at]
        rows, places = shifts.windows[look, : shifts.counts[look]], sheet.places[i, d]
        places[:] = -1
        place_breaks(noisy, start, rows, shifts.step, shifts.apart[look], places)
        fresh[start:end] = True
        for b in range(rows.shape[0]):
            fresh[start + places[b] : start + places[b] + rows[b, 2]] = False
        _move(pool, group, works, fresh, (min(start, begun), max(end, ended)))
        change_seat(pool.room, crew.site[i], (begun, ended), (start, end))
        sheet.wishes[i] += base[now] - base[who]
        sheet.chosen[i, d] = who
