"""Seats at a site: how many of its people may be there at a time, as a price that stands where all are taken.

A seat is taken from the start of a shift to its end, breaks and the gap of a split shift included: who comes back
finds it free. Where one more person has no seat, a slot costs the plan's ``seat_cost``; without one it costs more
than anything else could save, so that the search never leaves a roster with too many people if it finds another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from omnistaff.plan import Plan
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.kernel import Offers
from omnistaff.timegrid import WeekProfile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
HARD = 1e5  # cost of one slot without a seat
WORST = 10  # stretches named in a message


class Room(NamedTuple):
    """Seats while a roster is made; *taken* changes in place."""

    taken: Ints  # [site, slot]
    most: Ints  # [site, slot]
    price: float  # of a person without a seat in one slot


@dataclass(frozen=True)
class Seats:
    """The sites of which the plan knows the seats."""

    sites: tuple[str, ...]
    most: Ints  # [site, slot]
    price: float
    is_hard: bool

    def room(self) -> Room:
        """Return the seats with nobody there."""
        return Room(np.zeros_like(self.most), self.most, self.price)

    def number(self, site: str) -> int:
        """Return the number of a site, -1 where seats are not limited."""
        return self.sites.index(site) if site in self.sites else -1


NO_SEATS = Seats((), np.zeros((0, 0), dtype=np.int32), HARD, is_hard=True)


def read_seats(plan: Plan, horizon: Horizon) -> Seats:
    """Return the seats by the clock of the operation; part of a seat is none."""
    settings = plan.schedule
    times = pd.Series(horizon.times(np.arange(horizon.slots)))
    rows = [np.floor(WeekProfile(spec).at(times, plan.time_zone)) for spec in settings.seats.values()]
    most = np.array(rows, dtype=np.int32).reshape(len(rows), horizon.slots)
    price = HARD if settings.seat_cost is None else settings.seat_cost * horizon.slot_hours
    return Seats(tuple(settings.seats), most, price, settings.seat_cost is None)


def take_seats(taken: Ints | Floats, offers: Offers, chosen: Ints, people: int) -> None:
    """Let *people* (1, or -1 who leaves) sit at a site, whose *taken* seats are by slot, in the *chosen* options."""
    for d in np.flatnonzero(chosen >= 0):
        start = offers.starts[d, chosen[d]]
        taken[start : start + offers.lengths[chosen[d]]] += people


def seat_costs(room: Room, site: int, offers: Offers, chosen: Ints | None) -> Floats:
    """Return what [day, option] costs one more person at a full site; who has *chosen* options leaves them first."""
    taken = room.taken[site].copy()
    if chosen is not None:
        take_seats(taken, offers, chosen, -1)
    return span_costs(room.price * (taken >= room.most[site]), offers)


def span_costs(price: Floats, offers: Offers) -> Floats:
    """Return the sum of a *price* by slot from start to end of [day, option]."""
    sums = np.concatenate([[0.0], np.cumsum(price)])
    first = np.maximum(offers.starts, 0)
    return np.asarray(sums[np.minimum(first + offers.lengths, len(price))] - sums[first])


def seats_cost(room: Room) -> float:
    """Return what people without a seat cost."""
    return float(room.price * np.maximum(room.taken - room.most, 0).sum())


@njit(cache=True, nogil=True)
def sum_seats(room: Room, site: int, own: tuple[int, int], span: tuple[int, int], sums: Floats) -> None:
    """Fill *sums* with the running cost of one person's seat in the slots of *span*, who has one in *own* slots.

    Nothing where the *site* is -1.
    """
    sums[span[0]] = 0.0
    for t in range(span[0], span[1]):
        mine = 1 if own[0] <= t < own[1] else 0
        is_full = site >= 0 and room.taken[site, t] - mine >= room.most[site, t]
        sums[t + 1] = sums[t] + (room.price if is_full else 0.0)


@njit(cache=True, nogil=True)
def change_seat(room: Room, site: int, old: tuple[int, int], new: tuple[int, int]) -> None:
    """Let one person sit in the slots of *new* instead of *old*; nothing is counted where the *site* is -1."""
    if site < 0:
        return
    for t in range(old[0], old[1]):
        room.taken[site, t] -= 1
    for t in range(new[0], new[1]):
        room.taken[site, t] += 1


def name_full(seats: Seats, taken: Ints, horizon: Horizon, zone: str) -> Iterator[str]:
    """Yield in words each stretch with more people than seats, the worst first; times by the clock of *zone*."""
    found = []
    for site, over in enumerate(taken - seats.most):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], over > 0, [0]]))).tolist()
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            worst = first + int(over[first:last].argmax())
            found.append((-int(over[worst]), site, first, last, worst))
    for _, site, first, last, worst in sorted(found)[:WORST]:
        begin, end = horizon.times(np.array([first, last], dtype=np.int64)).tz_convert(zone)
        yield (
            f"{seats.sites[site]}: {taken[site, worst]} people for {seats.most[site, worst]} seats between "
            f"{begin:%Y-%m-%d %H:%M} and {end:%H:%M}"
        )
    if len(found) > WORST:
        yield f"{len(found) - WORST} more stretches alike"
