"""One queue as a matrix of local days by time-of-day slots: the form in which every model sees demand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.calendar import DayCalendar, make_calendar
from omnistaff.forecast.drivers import driver_columns
from omnistaff.forecast.roots import Roots, make_roots
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Days:
    """Demand of one queue, one row a local day, one column a slot of the wall clock.

    ``counts`` is NaN where the queue is closed, nothing is known, or an outlier is kept out of training. ``wanted``
    is True where demand is to be expected. The calendar covers all rows, those after the history too. ``history`` is
    the number of days up to the last one that was counted.
    """

    dates: npt.NDArray[np.datetime64]
    slot_minutes: IntArray
    counts: FloatArray
    wanted: BoolArray
    calendar: DayCalendar
    history: int

    @cached_property
    def roots(self) -> Roots:
        """Return the square roots of the counts, with sums of products."""
        return make_roots(self.counts, self.known == self.counts.shape[1], self.place)

    @cached_property
    def known(self) -> IntArray:
        """Return how many slots of each day were counted."""
        return np.asarray(np.count_nonzero(~np.isnan(self.counts), axis=1))

    @cached_property
    def expected(self) -> IntArray:
        """Return how many slots of each day are wanted."""
        return np.asarray(np.count_nonzero(self.wanted, axis=1))

    @cached_property
    def place(self) -> IntArray:
        """Return how many open days there were up to each day, itself included."""
        return np.cumsum(self.expected > 0).astype(np.int64)

    def row(self, date: dt.date) -> int:
        """Return the row of a local date."""
        return int((np.datetime64(date, "D") - self.dates[0]).astype(np.int64))


def make_days(demand: DataFrame[Demand], queue: Queue, plan: Plan, last: dt.date) -> Days:
    """Return the queue's history in *demand* (not empty) and the days up to *last* as a matrix.

    A slot that the autumn clock change repeats holds the mean of both intervals; one that spring leaves out is
    not wanted. A deferred queue is wanted around the clock, others while open.
    """
    rows = demand[demand["queue"] == queue.name]
    zone = plan.zone_of(queue)
    ends = timegrid.local_dates(pd.Series([rows["interval_start"].min(), rows["interval_start"].max()]), zone)
    first = max(ends[0].date(), ends[1].date() - dt.timedelta(days=plan.forecast.history_days - 1))
    grid = timegrid.interval_grid(first, (last - first).days + 1, zone, plan.interval_minutes)
    cells = locate(grid, first, zone, plan.interval_minutes)
    shape = ((last - first).days + 1, 24 * 60 // plan.interval_minutes)
    counts, wanted = _fill(rows, grid, cells, shape, queue, plan)
    used = wanted.any(axis=0)
    dates = np.datetime64(first, "D") + np.arange(shape[0])
    slots = np.flatnonzero(used).astype(np.int64) * plan.interval_minutes
    history = count_history(counts)
    drivers = driver_columns(dates, history, queue, plan)
    calendar = replace(make_calendar(dates, queue, plan), drivers=drivers)
    return Days(dates, slots, np.ascontiguousarray(counts[:, used]), wanted[:, used], calendar, history)


def count_history(counts: FloatArray) -> int:
    """Return the number of days up to the last one with a count."""
    seen = np.flatnonzero(~np.isnan(counts).all(axis=1))
    return int(seen[-1]) + 1 if len(seen) else 0


def local_date(instant: pd.Timestamp, zone: str) -> dt.date:
    """Return the local date of an instant."""
    date: dt.date = instant.tz_convert(timegrid.zone(zone)).date()
    return date


def locate(grid: pd.DatetimeIndex, first: dt.date, zone: str, minutes: int) -> tuple[IntArray, IntArray]:
    """Return (day row, slot of the wall clock) of each interval start."""
    parts = timegrid.local_parts(pd.Series(grid), zone)
    day = (parts["date"].to_numpy().astype("datetime64[D]") - np.datetime64(first, "D")).astype(np.int64)
    return day, parts["minute_of_day"].to_numpy() // minutes


def _fill(
    rows: pd.DataFrame,
    grid: pd.DatetimeIndex,
    cells: tuple[IntArray, IntArray],
    shape: tuple[int, int],
    queue: Queue,
    plan: Plan,
) -> tuple[FloatArray, BoolArray]:
    deferred = queue.mode == "deferred"
    known = rows.set_index("interval_start")
    aligned = known[["offered", "is_open", "is_outlier"]].reindex(grid)
    offered = aligned["offered"].to_numpy(dtype=np.float64, copy=True)
    absent, marked = np.isnan(offered), aligned["is_outlier"].eq(True).to_numpy()
    opened = np.where(absent, plan.is_open(queue, grid), aligned["is_open"].eq(True).to_numpy())
    if deferred and plan.demand.missing == "zero":
        silent = _is_silent(absent, marked | (absent & opened))
        offered[silent & (grid <= rows["interval_start"].max())] = 0.0
    wanted = np.ones(len(grid), dtype=bool) if deferred else opened
    offered[marked | ~wanted] = np.nan
    number, total = np.zeros(shape), np.zeros(shape)
    np.add.at(number, cells, ~np.isnan(offered))
    np.add.at(total, cells, np.nan_to_num(offered))
    counts = np.divide(total, number, out=np.full(shape, np.nan), where=number > 0)
    open_cells = np.zeros(shape, dtype=bool)
    open_cells[cells[0][wanted], cells[1][wanted]] = True
    return counts, open_cells


def _is_silent(absent: BoolArray, lost: BoolArray) -> BoolArray:
    """Return True for closed intervals without a row in which nothing came, in order of time.

    Closed intervals have rows only when something came, so whether the feed was there is told by the last interval
    before and the first after that have a row or should have: neither may be *lost*, marked or open without a row.
    """
    told = pd.Series(np.where(absent & ~lost, np.nan, lost))
    return np.asarray(absent & (told.ffill().fillna(0.0) + told.bfill().fillna(0.0) == 0))
