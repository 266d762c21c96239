"""Rosters of long instances: windows of days and people are solved in turn as instances of their own.

Prices of time come from a fractional roster (``curtois_bound``), a first roster from people who in turn take their
best line at them and at what the others leave. Then the engine proves each window and dives for it, everything else
stays. Two kinds of windows: all people on few days, and some people on more; the kind that gained most for its time
is chosen most. Two processes work on two stretches of the horizon with a week between them, for a while each time.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from curtois_bound import Fractional, Relaxed
from curtois_files import Instance, Roster, broken_rules, score
from curtois_model import Adapter
from curtois_parts import WEEK, Window, part_of, splice

from omnistaff.schedule.columns import Hunt
from omnistaff.schedule.master import Master
from omnistaff.schedule.mend import mend

CELLS = 500  # days of people in a window
FEW = 0.25  # people of a window over more days
TOLL = 0.01  # the least by which two costs with prices of sums are told apart
PATIENCE = 12  # repairs of a window that gain nothing
SHORTEST_S, LONGEST_S = 4.0, 12.0  # of a window: shorter, its dive does not end
PRICING, BEGINNING = 0.35, 0.45  # of the time, at most, until there are prices, and a first roster
ROUND_S = 25.0  # in which processes work on their own, after all windows were visited once
VISITING = 0.75  # share of the time left for that
TOLLED = 2  # times that all windows are visited at prices of sums
LEAST_WEEKS = 6  # of an instance on which two processes work

Tolls = dict[str, tuple[float, ...]]  # prices of everybody's sums, see ``Employee.tolls``


def solve_window(part: Instance, roster: Roster, is_late: Callable[[], bool], rng: np.random.Generator) -> Roster:
    """Return the best roster of a part that is found before it is late, at its tolls; at least as good as its own."""
    adapter = Adapter(part)
    grain = TOLL if any(one.tolls for one in part.staff.values()) else 1.0  # weights of a file are whole numbers

    def is_enough(cost: float, bound: float) -> bool:
        return is_late() or cost - math.ceil((bound - 1e-6) / grain) * grain < 0.5 * grain

    hunt = Hunt(Master(adapter.team, adapter.need, adapter.groups), 1, rng, is_enough, grain=grain)
    hunt.offer([hunt.master.add(i, line) for i, line in enumerate(adapter.lines_of(roster))])
    hunt.prove(is_late)
    mend(hunt, hunt.lines(), patience=PATIENCE)
    return adapter.roster([line.chosen for line in hunt.lines()])


@dataclass
class Search:
    """The search on an instance from a legal roster on, for some *seconds* of a clock that begins at 0."""

    instance: Instance
    roster: Roster
    clock: Callable[[], float]
    seconds: float
    rng: np.random.Generator
    gains: np.ndarray = field(default_factory=lambda: np.ones(2))  # by kind of window
    spent: np.ndarray = field(default_factory=lambda: np.full(2, 1e-3))

    def run(self, tolls: Tolls | None = None) -> None:
        """Improve the roster until time is up.

        With *tolls* all people's windows are visited from end to end, at first, as time allows, at prices of their
        sums: what one window does not need is left for others. Then at cost alone.
        """
        windows, first = list(self._visits()) if tolls else [], self.roster
        visits_each = int(self.seconds / (SHORTEST_S * max(1, len(windows))))
        tolled = max(0, min(TOLLED, visits_each - 1))
        visits = [(window, own) for own in (*[tolls] * tolled, None) for window in windows]
        for k, (window, own) in enumerate(visits):
            self._solve(0, window, (self.seconds - self.clock()) / (len(visits) - k), own)
        while self.clock() < self.seconds:
            chances = self.gains / self.spent
            kind = int(self.rng.choice(2, p=chances / chances.sum()))
            self._solve(kind, self._draw(kind), LONGEST_S)
        self.roster = min(self.roster, first, key=lambda roster: score(self.instance, roster))

    @property
    def _weeks(self) -> int:
        return -(-self.instance.days // WEEK)

    def _width(self, people: int) -> int:
        return int(np.clip(round(CELLS / (people * WEEK)), 1, self._weeks))

    def _window(self, week: int, width: int, people: tuple[str, ...]) -> Window:
        return Window(WEEK * week, min(self.instance.days, WEEK * (week + width)), people)

    def _visits(self) -> Iterator[Window]:
        everybody = tuple(self.instance.staff)
        width = self._width(len(everybody))
        for week in range(0, self._weeks, width):
            yield self._window(week, width, everybody)

    def _draw(self, kind: int) -> Window:
        people = tuple(self.instance.staff)
        if kind == 1:
            count = min(len(people), max(2, round(FEW * len(people))))
            people = tuple(people[i] for i in np.sort(self.rng.choice(len(people), count, replace=False)))
        width = self._width(len(people))
        return self._window(int(self.rng.integers(0, self._weeks - width + 1)), width, people)

    def _solve(self, kind: int, window: Window, seconds: float, tolls: Tolls | None = None) -> None:
        """Solve a window for so long about; what is found is kept unless it is dearer."""
        began = self.clock()
        end = min(self.seconds, began + float(np.clip(seconds, SHORTEST_S, LONGEST_S)))
        if began >= end:
            return
        part = part_of(self.instance, self.roster, window)
        for who, one in part.staff.items():
            one.tolls = tolls[who] if tolls else ()
        own = {who: self.roster[who][window.first : window.last] for who in window.people}
        found = solve_window(part, own, lambda: self.clock() > end, self.rng)
        gain = score(part, own) - score(part, found)
        if gain >= 0 or tolls:
            self.roster = splice(self.roster, window, found)
        self.gains[kind] += max(0, gain)
        self.spent[kind] += self.clock() - began


@dataclass(frozen=True)
class Stretch:
    """What a process is asked to do; seconds are its own with the clock ``cpu``."""

    part: Instance
    roster: Roster
    seconds: float
    clock: str
    seed: int
    tolls: Tolls | None


def work_on(stretch: Stretch) -> tuple[Roster, float]:
    """Return a better roster of a stretch and the CPU seconds that it took."""
    ticks = time.process_time if stretch.clock == "cpu" else time.monotonic
    began, cpu = ticks(), time.process_time()
    rng = np.random.default_rng(stretch.seed)
    search = Search(stretch.part, stretch.roster, lambda: ticks() - began, stretch.seconds, rng)
    search.run(stretch.tolls)
    return search.roster, time.process_time() - cpu


class Long:
    """A long instance; *spent* tells the seconds that are gone, those of other processes left out."""

    def __init__(self, instance: Instance, seconds: float, spent: Callable[[], float], clock: str, seed: int) -> None:
        self.instance, self.seconds, self.clock = instance, seconds, clock
        self.rng = np.random.default_rng(seed)
        self.elsewhere = self.cpu_s = 0.0  # seconds waited for by the clock, and CPU seconds of other processes
        self._spent = spent

    def solve(self, processes: int) -> tuple[Roster, float]:
        """Return the best roster found in time, and a bound."""
        relaxed = Relaxed(self.instance)
        found = Fractional(relaxed).settle(lambda: (1 - self._left() / self.seconds) / PRICING, self.rng)
        roster = self._begin(relaxed.adapter, found.prices.time)
        count = processes if self.instance.days >= LEAST_WEEKS * WEEK else 1
        with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
            tolls: Tolls | None = dict(zip(self.instance.staff, map(tuple, found.prices.sums.tolist()), strict=True))
            while (left := self._left()) > SHORTEST_S:
                seconds = min(left, max(ROUND_S, VISITING * left if tolls else 0.0))
                windows = self._stretches(count)
                tasks = [self._task(roster, window, seconds, tolls, 1 / count) for window in windows]
                roster, tolls = self._joined(roster, windows, list(pool.map(work_on, tasks))), None
        return roster, max(0.0, found.bound)  # no weight is below 0

    def _left(self) -> float:
        return self.seconds - self._spent() - self.elsewhere

    def _begin(self, adapter: Adapter, prices: np.ndarray) -> Roster:
        """Return the roster of people who in turn take their best line, at prices that fade."""
        hunt = Hunt(Master(adapter.team, adapter.need, adapter.groups), 1, self.rng, lambda *_: False, grain=1.0)
        hunt.begin((prices - adapter.need.idle)[:, None], lambda: self._left() < (1 - BEGINNING) * self.seconds)
        return adapter.roster([line.chosen for line in hunt.lines()])

    def _stretches(self, count: int) -> list[Window]:
        everybody, days = tuple(self.instance.staff), self.instance.days
        if count == 1:
            return [Window(0, days, everybody)]
        weeks = -(-days // WEEK)
        cut = int(self.rng.integers(weeks // 3, weeks - weeks // 3))
        return [Window(0, WEEK * cut, everybody), Window(WEEK * (cut + 1), days, everybody)]

    def _task(self, roster: Roster, window: Window, seconds: float, tolls: Tolls | None, share: float) -> Stretch:
        own = {who: line[window.first : window.last] for who, line in roster.items()}
        part, seed = part_of(self.instance, roster, window, share), int(self.rng.integers(2**31))
        return Stretch(part, own, seconds, self.clock, seed, tolls)

    def _joined(self, roster: Roster, windows: list[Window], found: list[tuple[Roster, float]]) -> Roster:
        """Return the roster with what processes found; what runs over the week between them may clash and is left."""
        for window, (part, _) in zip(windows, found, strict=True):
            joined = splice(roster, window, part)
            if not broken_rules(self.instance, joined):
                roster = joined
        times = [cpu_s for _, cpu_s in found]
        self.cpu_s += sum(times)
        self.elsewhere += max(times) if self.clock == "cpu" else 0.0
        return roster
