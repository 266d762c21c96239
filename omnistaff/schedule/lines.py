"""Lines of work of a team: the best answer of one person to values of time, and of everybody to prices."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.counted import FEW_LABELS, best_counted
from omnistaff.schedule.kernel import NEVER, best_line, line_cost, mark_work, shift_values
from omnistaff.schedule.seats import span_costs
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Line:
    """One person's roster."""

    chosen: Ints  # [day] option or -1
    places: Ints  # [day, break] slots after the start, -1 where there is none
    works: Bools  # [slot] at work, breaks out
    wishes: float  # what the person pays for it: refused wishes, soft rules, hours


def option_values(menu: Menu, value: Floats) -> Floats:
    """Return the worth of [day, option] when one person is worth *value* in each slot."""
    return np.asarray(shift_values(value, menu.offers))


def seated_values(menu: Menu, value: Floats, seats: Floats, site: int) -> Floats:
    """Return the worth of [day, option] less what a seat costs from start to end; -1 is a site with seats enough."""
    values = option_values(menu, value)
    return values if site < 0 else values - span_costs(seats[site], menu.offers)


def choose(member: Member, menu: Menu, values: Floats) -> tuple[float, Ints]:
    """Return (value, chosen options) of the best legal line of *member*, wishes included."""
    chosen = np.full(len(values), -1, dtype=np.int32)
    worth = values + member.base
    if member.limits is None:
        value = float(best_line(worth, menu.kinds, member.walk, chosen))
    else:
        rests = np.ones(len(worth), dtype=bool)
        found = best_counted(worth, rests, menu.kinds, member.walk, member.limits, FEW_LABELS, chosen)
        value = float(found[1])
    return (value - member.constant if value > NEVER / 2 else NEVER), chosen


def draw_line(member: Member, menu: Menu, chosen: Ints, value: Floats) -> Line:
    """Return the line with *chosen* options and breaks where *value* is least."""
    works = np.zeros(len(value), dtype=bool)
    places = np.zeros((len(chosen), menu.offers.windows.shape[1]), dtype=np.int32)
    mark_work(value, chosen, menu.offers, works, places)
    days = np.flatnonzero(chosen >= 0)
    wishes = member.constant - float(member.base[days, chosen[days]].sum())
    wishes += float(line_cost(chosen, menu.kinds, member.walk))
    return Line(chosen, places, works, wishes)


def best_answer(member: Member, menu: Menu, value: Floats) -> Line:
    """Return the best legal line of *member* when one more person is worth *value* in each slot."""
    _, chosen = choose(member, menu, option_values(menu, value))
    return draw_line(member, menu, chosen, value)


def answer_prices(team: Team, prices: Floats, seats: Floats, threads: int) -> float:
    """Return what everybody's best lines are worth when a slot of a group's work is paid ``prices[slot, group]``.

    A seat costs ``seats[site, slot]``.
    """
    blocks = sorted({(member.menu, member.group, member.site) for member in team.members})
    columns = [np.ascontiguousarray(prices[:, g]) for g in range(prices.shape[1])]
    values = {(m, g, site): seated_values(team.menus[m], columns[g], seats, site) for m, g, site in blocks}

    def answer(member: Member) -> float:
        return choose(member, team.menus[member.menu], values[member.menu, member.group, member.site])[0]

    return sum(run_all(answer, team.members, threads))


def run_all(work: Callable[[Item], Result], items: tuple[Item, ...], threads: int) -> list[Result]:
    """Return *work* of every item in order, over threads; the compiled parts run outside the interpreter lock."""
    if threads <= 1 or len(items) < 50:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items, chunksize=16))
