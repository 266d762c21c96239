"""Many replications, in threads: each has its own streams, and results are added up in their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.simulate.arrivals import draw_poisson, place_counts
from omnistaff.simulate.buffers import enlarged, own_copy, reset
from omnistaff.simulate.compiled import put_into, table_of
from omnistaff.simulate.duty import Staff
from omnistaff.simulate.engine import DONE, LINE_FULL, run_replication
from omnistaff.simulate.state import TRACE, TRACE_SIZE, Centre
from omnistaff.simulate.streams import draw_presence, stream_keys
from omnistaff.simulate.volume import Volume

AT_A_TIME = 8  # replications that a thread does between two looks at the others
MOST_BYTES = 1 << 26  # of the counts that all threads hold at a time; where they have more each does one replication
MAX_WAITING = 1 << 24  # more than that many in one line is a mistake in the input


@dataclass(frozen=True)
class Counts:
    """What one replication counted."""

    replication: int
    counts: np.ndarray  # interval, queue, COUNTS
    spent: np.ndarray  # group, interval, busy, on-duty and overtime seconds
    trace: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=TRACE))  # as much as there was room for
    traced: int = 0  # events there were, if a trace is kept


class Given(Protocol):
    """Puts what one replication is given into a Centre."""

    def __call__(self, centre: Centre, replication: int) -> Centre: ...


@dataclass(frozen=True)
class DrawnContacts:
    """Contacts drawn from a forecast, and people lost to shrinkage, replication by replication."""

    volume: Volume
    staff: Staff
    names: np.ndarray  # key of each queue
    seed: int

    def __call__(self, centre: Centre, replication: int) -> Centre:
        """Return *centre* with the replication's arrivals, streams and presence."""
        seed = np.uint64(self.seed)
        keys = stream_keys(seed, replication, self.names)
        expected = self.volume.paths[replication % len(self.volume.paths)]
        draw = place_counts if self.volume.is_count else draw_poisson
        room = int(1.2 * expected.sum() + self.volume.slots.waiting.sum()) + 1000
        while True:
            times = centre.times if centre.times.size >= room else np.zeros(room)
            cells = centre.cells if centre.cells.size >= room else np.zeros(room, dtype=np.int64)
            first = draw(expected, self.volume.slots, keys, times, cells)
            if first[0] == 0:
                break
            room = 2 * times.size
        work = centre.work if centre.work.size == times.size else np.empty(times.size)
        work.fill(math.nan)
        present = draw_presence(seed, replication, self.staff.shifts, self.staff.blocks, self.staff.lost)
        handle_s, errors = self.volume.handle_s, self.volume.errors
        if errors is not None:
            handle_s = handle_s * errors.drawn(self.seed, replication, self.names.tolist())
        return centre._replace(
            times=times, cells=cells, first=first, work=work, keys=keys, is_present=present, handle_s=handle_s
        )


@dataclass(frozen=True)
class GivenContacts:
    """The same contacts in every replication, such as those of a day in the past; what is NaN of them is drawn."""

    times: np.ndarray  # seconds, queue after queue, in order within each
    cells: np.ndarray
    first: np.ndarray  # where each queue's begin, one more than there are queues
    work: np.ndarray
    patience: np.ndarray
    names: np.ndarray  # key of each queue
    seed: int

    def __call__(self, centre: Centre, replication: int) -> Centre:
        """Return *centre* with the contacts and the replication's streams; everybody is present."""
        return centre._replace(
            times=self.times,
            cells=self.cells,
            first=self.first,
            work=self.work.copy() if self.work.size else np.full(self.times.size, math.nan),
            patience=self.patience,
            keys=stream_keys(np.uint64(self.seed), replication, self.names),
        )


def run_replications(centre: Centre, given: Given, *, numbers: range, threads: int) -> Iterator[Counts]:
    """Yield the counts of each replication in *numbers*, in their order, whatever the number of threads."""
    if threads <= 1:
        run = _Runner(own_copy(centre), given)
        for number in numbers:
            yield run(number)
        return
    runners = [_Runner(own_copy(centre), given) for _ in range(threads)]
    step = threads * max(1, min(AT_A_TIME, MOST_BYTES // (threads * centre.counts.nbytes)))
    with ThreadPoolExecutor(threads) as pool:
        for low in range(numbers.start, numbers.stop, step):
            batch = range(low, min(low + step, numbers.stop))
            shares = [batch[k::threads] for k in range(threads)]
            done = list(pool.map(_run, runners, shares))
            yield from (done[k % threads][k // threads] for k in range(len(batch)))


def _run(run: Callable[[int], Counts], numbers: range) -> list[Counts]:
    return [run(number) for number in numbers]


class _Runner:
    """Runs replications one after another in its own buffers."""

    def __init__(self, centre: Centre, given: Given) -> None:
        self._centre = centre
        self._given = given
        self._table = table_of(centre)

    def __call__(self, number: int) -> Counts:
        self._take(self._given(self._centre, number))
        while True:
            reset(self._centre)
            status = run_replication(self._table.ctypes.data)
            if status == DONE:
                done = self._centre
                counts, spent, trace = done.counts.copy(), done.spent[:, :-1].copy(), done.trace.copy()
                return Counts(number, counts, spent, trace, int(done.scalars[TRACE_SIZE]))
            if self._centre.ring.shape[1] >= MAX_WAITING:
                raise DomainError(f"more than {MAX_WAITING:,} contacts wait in one line: check demand and roster")
            self._take(enlarged(self._centre, line=status == LINE_FULL))

    def _take(self, centre: Centre) -> None:
        """Go on with *centre*; only what is another array than before needs a new address."""
        arrays = zip(centre._fields, centre, self._centre, strict=True)
        put_into(self._table, {name: array for name, array, last in arrays if array is not last})
        self._centre = centre
