"""Two threads on one roster: shifts of days far enough apart share no slot and no rest, so both halves move at once.

The cut does not depend on the number of threads, so neither does the roster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from omnistaff.schedule.stir import Shifts

Ints = npt.NDArray[np.int64]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Both:
    """Does two things, at once where there are two threads; the compiled parts run outside the interpreter lock."""

    def __init__(self, threads: int) -> None:
        self._helper = ThreadPoolExecutor(max_workers=1) if threads > 1 else None

    def __call__(self, first: Callable[[], None], second: Callable[[], None]) -> None:
        """Do *first* and *second*; an interrupt waits until both have ended."""
        if self._helper is None:
            first()
            second()
            return
        other = self._helper.submit(second)
        try:
            first()
        finally:
            other.result()

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Return *work* of every item in order, every second one done by the second thread."""
        found: dict[int, Result] = {}

        def some(part: int) -> None:
            for k in range(part, len(items), 2):
                found[k] = work(items[k])

        if len(items) > 1:
            self(lambda: some(0), lambda: some(1))
        else:
            some(0)
        return [found[k] for k in range(len(items))]


def cut_days(shifts: Shifts) -> tuple[int, int]:
    """Return (end, start): days before *end* and days from *start* on have nothing in common; (0, 0) where none is.

    Between them lies at least one day, and as many as the longest night shift and the zones of the people need.
    """
    offered = shifts.starts >= 0
    days = offered.shape[1]
    ends = np.where(offered, shifts.starts + shifts.lengths[:, None, :], 0).max(axis=(0, 2))
    begins = np.where(offered, shifts.starts, np.iinfo(np.int32).max).min(axis=(0, 2))
    last_end, first_begin = np.maximum.accumulate(ends), np.minimum.accumulate(begins[::-1])[::-1]
    ways = [
        (int(np.searchsorted(last_end[: start - 1], first_begin[start], "right")), start) for start in range(2, days)
    ]
    return max(ways, key=lambda way: min(way[0], days - way[1]), default=(0, 0))


def split_days(days: Ints, cut: tuple[int, int]) -> tuple[Ints, Ints, Ints]:
    """Return the places in *days* before the cut, after it, and between."""
    early, late = days < cut[0], days >= cut[1]
    if not cut[0]:
        late[:] = False
    return np.flatnonzero(early), np.flatnonzero(late), np.flatnonzero(~(early | late))
