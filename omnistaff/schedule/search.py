"""The search for a roster: people are put in one by one, then each gives the best answer to what the others leave.

What one more person is worth is exact (``cover``). At first it is mixed with prices, which know what will be scarce
when everybody has moved; the share of the prices falls to nothing. Then the roster is annealed: answers are drawn
from all lines, good ones more often, and the heat falls to nothing (a perturbed program over days draws a whole line
at once; Papandreou and Yuille 2011), and between two such draws starts and breaks of single shifts are moved
(``stir``). What is left is where nobody can gain alone, and much better than the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.draws import Drawn, Ways, draw_answer
from omnistaff.schedule.halves import Both, cut_days, split_days
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import Line, choose, draw_line, option_values
from omnistaff.schedule.seats import seat_costs, seats_cost, take_seats
from omnistaff.schedule.staff import Team
from omnistaff.schedule.stir import Crew, Pool, Shake, Sheet, join_menus, stir
from omnistaff.schedule.swap import swap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NOTHING_GAINED, ROUGHLY = 1e-6, 1e-3  # shares of the cost by which a round must gain for one more
GUIDE, GUIDED_SWEEPS = 0.9, 12
HOT, COLD_OF_ONE = 1.0, 0.1  # first and last heat, as share of a needed head's worth; the last by the root of people
WARM = 0.4  # first heat where days are settled
WISH_HEAT_OF_ONE, WISH_HOT = 4.0, 0.3  # first heat of wishes: less in large teams, which have more ways to grant them
MOST_SWEEPS = 6_000  # of annealing: fewer for small teams and for large ones
SWEEPS_UP, UP_POWER, SWEEPS_DOWN, DOWN_POWER = 400, 0.65, 632_600, 0.949
DRAWN = 0.05  # of the people draw a whole line in each sweep
AT_ONCE, PEOPLE_A_LINE = 4, 25  # lines drawn at once, one for so many people: more would fall into the same holes
REACHES = (0, 0, 1, 2, 4)  # steps by which starts may move, sweep by sweep
NOISE = 1_000_000  # numbers drawn once, to be read from anywhere: drawing takes longer than using
SWEEPS_A_LOOK = 20  # between two looks at the proven gap


@dataclass(frozen=True)
class Draft:
    """A complete roster and its cost."""

    lines: tuple[Line, ...]
    cost: float


class Desk:
    """The roster being made: one line a person, and the cover they give together."""

    ease = 1.0  # share of the cover's worth that counts beside wishes

    def __init__(self, team: Team, cover: Cover, pay: Floats, rng: np.random.Generator, threads: int = 1) -> None:
        self.team, self.cover, self.pay, self.rng = team, cover, pay, rng
        self.shifts = join_menus(team.menus)
        self.both, self.cut = Both(threads), cut_days(self.shifts)
        self.crew = _crew(team, self.shifts.lengths.shape[1])
        self.sheet = _empty_sheet(self.crew, len(cover.heads), self.shifts.windows.shape[1])
        self.is_in = np.zeros(len(team.members), dtype=bool)
        self.room = team.seats.room()
        self.noise: Floats = rng.gumbel(size=NOISE)
        self.best: Draft | None = None

    def put(self, index: int, guide: float = 0.0) -> None:
        """Give one person the best line; *guide* is the share of the prices in the value of time."""
        member = self.team.members[index]
        value = self.cover.worth(member.group, self.sheet.works[index])
        if guide > 0:
            value = (1 - guide) * value + guide * self.pay[:, member.group]
        menu = self.team.menus[member.menu]
        _, chosen = choose(member, menu, self.less_seats(index, option_values(menu, value)))
        self.set_line(index, draw_line(member, menu, chosen, value))

    def less_seats(self, index: int, values: Floats, ease: float = 1.0) -> Floats:
        """Return *values* of [day, option] less the share *ease* of what a seat costs one person then."""
        member = self.team.members[index]
        if member.site < 0:
            return values
        own = self.sheet.chosen[index] if self.is_in[index] else None
        return values - ease * seat_costs(self.room, member.site, self.team.menus[member.menu].offers, own)

    def _sit(self, index: int, people: int) -> None:
        member = self.team.members[index]
        if member.site >= 0:
            offers = self.team.menus[member.menu].offers
            take_seats(self.room.taken[member.site], offers, self.sheet.chosen[index], people)

    def draw(self, people: Sequence[int], heat: float) -> None:
        """Let different people draw a line each at *heat*, all against the roster as it stands.

        Who has limits gives the best answer in turn.
        """
        pool = self._pool()
        free = [index for index in people if self.team.members[index].limits is None]  # drawn lines know no limits
        asked = [(index, Shake(self.noise, self._somewhere(), heat, 0)) for index in free]
        lines = dict(zip(free, self.both.map(lambda each: self._answer(each[0], pool, each[1]), asked), strict=True))
        for index in people:
            if index in lines:
                self.set_line(index, lines[index])
            else:
                self.put(index)

    def _answer(self, index: int, pool: Pool, shake: Shake) -> Line:
        member = self.team.members[index]
        menu = self.team.menus[member.menu]
        rebate = (1 - self.ease) * member.minute_cost * menu.paid_minutes.astype(float)  # pay counts as what it buys
        shape = (len(member.base), menu.offers.windows.shape[1])
        drawn = Drawn(
            np.full(shape[0], -1, np.int32), np.empty(shape, np.int32), np.empty(len(self.cover.heads), bool)
        )
        base = self.less_seats(index, member.base, self.ease)
        ways = Ways(menu.offers, menu.kinds, member.walk, base, rebate)
        cost = draw_answer(pool, member.group, self.sheet.works[index], ways, shake, drawn)
        if member.site >= 0:  # seats are counted for all together
            days = np.flatnonzero(drawn.chosen >= 0)
            cost -= (member.base - base)[days, drawn.chosen[days]].sum()
        return Line(*drawn, member.constant + float(cost))

    def _pool(self) -> Pool:
        cover = self.cover
        ease = self.ease
        room = self.room._replace(price=ease * self.room.price)
        return Pool(cover.cuts, cover.heads, cover.ranks, cover.period, ease * cover.weights, ease * cover.idle, room)

    def set_line(self, index: int, line: Line) -> None:
        """Let one person work *line*."""
        self.cover.move(self.team.members[index].group, self.sheet.works[index], line.works)
        chosen, places, works, wishes = self.sheet
        if self.is_in[index]:
            self._sit(index, -1)
        chosen[index], works[index], wishes[index] = line.chosen, line.works, line.wishes
        places[index, :, : line.places.shape[1]] = line.places
        self.is_in[index] = True
        self._sit(index, 1)

    def take(self, index: int) -> None:
        """Take one person off the roster."""
        works = self.sheet.works[index]
        self.cover.move(self.team.members[index].group, works, np.zeros_like(works))
        if self.is_in[index]:
            self._sit(index, -1)
        works[:], self.is_in[index] = False, False

    def line(self, index: int) -> Line:
        """Return the line of a person who is on the roster."""
        chosen, places, works, wishes = self.sheet
        breaks = self.team.menus[self.team.members[index].menu].offers.windows.shape[1]
        return Line(chosen[index].copy(), places[index, :, :breaks].copy(), works[index].copy(), float(wishes[index]))

    def sweep(self, guide: float = 0.0) -> None:
        """Let everybody answer once, in random order."""
        for index in self.rng.permutation(len(self.is_in)):
            self.put(int(index), guide)

    def shake(self, heat: float, reach: int, drawn: int) -> None:
        """Let *drawn* people draw whole lines at *heat*, then all shifts move, starts by at most *reach* steps."""
        people = self.rng.choice(len(self.is_in), drawn, replace=False).tolist()
        at_once = int(np.clip(len(self.is_in) // PEOPLE_A_LINE, 1, AT_ONCE))
        for first in range(0, drawn, at_once):
            self.draw(people[first : first + at_once], heat)
        pool = self._pool()
        size, days = self.sheet.chosen.size, self.sheet.chosen.shape[1]
        order = self.rng.permutation(size)
        offers = self.rng.integers(0, (size, len(self.is_in)), (size, 2))
        places = [split_days(rows % days, self.cut) for rows in (order, offers[:, 0])]
        shakes = [Shake(self.noise, self._somewhere(), heat, reach * self.shifts.start_step) for _ in range(6)]

        def move(part: int, wishes: Floats) -> None:
            sheet = self.sheet._replace(wishes=wishes)
            stir(pool, sheet, self.crew, self.shifts, order[places[0][part]], shakes[part])
            swap(pool, sheet, self.crew, self.shifts, offers[places[1][part]], shakes[3 + part])

        late = np.zeros(len(self.is_in))  # so that no two threads count on one person's
        self.both(lambda: move(0, self.sheet.wishes), lambda: move(1, late))
        self.sheet.wishes[:] += late
        move(2, self.sheet.wishes)

    def widen(self, team: Team) -> None:
        """Let the same people work whenever *team* says."""
        self.team, self.crew = team, _crew(team, self.shifts.lengths.shape[1])

    def _somewhere(self) -> int:
        """Return where in the noise to begin."""
        return int(self.rng.integers(0, len(self.noise)))

    def keep(self) -> float:
        """Return the cost of the roster as it stands, and remember the roster if it is the best so far."""
        cost = self.cover.cost() + float(self.sheet.wishes.sum()) + seats_cost(self.room)
        if self.best is None or cost < self.best.cost - NOTHING_GAINED * max(1.0, abs(cost)):
            self.best = Draft(tuple(self.line(index) for index in range(len(self.is_in))), cost)
        return cost

    def finish(self) -> Draft:
        """Return the best roster so far; people without a line yet are put in first. Safe after an interrupt."""
        if self.best is None:
            known = {int(index): self.line(int(index)) for index in np.flatnonzero(self.is_in)}
            self.cover = Cover(self.cover.need, self.cover.groups)
            self.is_in[:], self.sheet.works[:], self.room.taken[:] = False, False, 0
            for index in range(len(self.is_in)):
                if index in known:
                    self.set_line(index, known[index])
                else:
                    self.put(index)
            self.keep()
        assert self.best is not None  # keep has seen to it
        return self.best


def _crew(team: Team, options: int) -> Crew:
    members = team.members
    base = np.full((len(members), len(team.menus[0].offers.starts), options), NEVER)
    for i, member in enumerate(members):
        base[i, :, : member.base.shape[1]] = member.base
    names = ("menu", "group", "site")
    menus, groups, sites = (np.array([getattr(m, name) for m in members], dtype=np.int32) for name in names)
    return Crew(menus, groups, sites, base)


def _empty_sheet(crew: Crew, slots: int, breaks: int) -> Sheet:
    people, days, _ = crew.base.shape
    chosen = np.full((people, days), -1, dtype=np.int32)
    places = np.full((people, days, breaks), -1, dtype=np.int32)
    return Sheet(chosen, places, np.zeros((people, slots), dtype=bool), np.zeros(people))


def search(desk: Desk, is_enough: Callable[[float], bool], hot: float = HOT) -> None:
    """Look for the best roster: prices guide it first and fade out, then it is annealed from *hot* on.

    Rounds at true worth stand before and after that: the heat is too low to forget a bad beginning. *is_enough* is
    asked every few rounds with the cost reached; the desk keeps the best roster.
    """
    for index in desk.rng.permutation(len(desk.is_in)):
        desk.put(int(index), GUIDE)
    desk.keep()
    for k in range(GUIDED_SWEEPS):
        desk.sweep(GUIDE * (1 - (k + 1) / GUIDED_SWEEPS))
    settle(desk, is_enough, ROUGHLY)
    anneal(desk, is_enough, hot)
    settle(desk, is_enough, NOTHING_GAINED)


def anneal(desk: Desk, is_enough: Callable[[float], bool], hot: float = HOT) -> None:
    """Draw lines and move shifts while the heat falls.

    Missing and idle time costs far more than a refused wish, so at one heat for both, wishes would be at random until
    the cover is settled, and nobody could move any more. So each has its heat: that of the cover falls from far above
    that of wishes until both are one.
    """
    people = max(1, len(desk.is_in))
    root = people**0.5
    sweeps = round(min(MOST_SWEEPS, SWEEPS_UP * people**UP_POWER, SWEEPS_DOWN / people**DOWN_POWER))
    usual, cold = _usual_worth(desk.cover), COLD_OF_ONE / root
    heats = usual * np.geomspace(hot, cold, sweeps)
    wish_heats = usual * np.geomspace(np.clip(WISH_HEAT_OF_ONE / people, cold, WISH_HOT), cold, sweeps)
    try:
        for k, (heat, wish_heat) in enumerate(zip(heats, wish_heats, strict=True)):
            if k % SWEEPS_A_LOOK == 0 and is_enough(desk.keep()):
                return
            drawn = round(DRAWN * people * (k + 1)) - round(DRAWN * people * k)
            desk.ease = float(wish_heat / heat)
            desk.shake(float(wish_heat), REACHES[k % len(REACHES)], drawn)
    finally:
        desk.ease = 1.0


def _usual_worth(cover: Cover) -> float:
    """Return what a needed head is worth in a slot, on average."""
    need = cover.need.levels.sum(axis=2)
    return float((cover.weights * need).sum() / max(1e-9, need[cover.need.full].sum()))


def settle(desk: Desk, is_enough: Callable[[float], bool], least: float) -> None:
    """Make rounds at true worth until one gains less than a share *least* of the cost."""
    before, cost = np.inf, desk.keep()
    while cost < before - least * max(1.0, abs(cost)) and not is_enough(cost):
        desk.sweep()
        for reach in REACHES:
            desk.shake(0.0, reach, 0)
        before, cost = cost, desk.keep()
