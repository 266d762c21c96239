"""Which intervals an event covers and which ones are not to be learnt from."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.demand.outliers import find_outages, find_outlier_days, find_shifts, find_unopened
from omnistaff.plan import Plan, Queue

# Holidays at most a week and a day apart, such as Christmas and New Year, make the days between and as many around
# them unlike others: what has lasted for these days only is the calendar's.
FEAST_DAYS = 8


class Changes(NamedTuple):
    """Days from which on a level lasts, with the new as a multiple of the old, and how many open intervals lie before
    their time of the week was first served, with the day on which all had been."""

    shifts: list[tuple[dt.date, float]]
    unopened: int
    opened: dt.date | None


class _Cells(NamedTuple):
    """A queue's open intervals as days × slots: where each row lies, what is gone, each day's total (NaN: none)."""

    days: np.ndarray
    day: np.ndarray
    slot: np.ndarray
    weekday: np.ndarray
    special: np.ndarray
    feast: np.ndarray
    unopened: np.ndarray
    outage: np.ndarray
    totals: np.ndarray


def mark_events(grid: pd.DatetimeIndex, queue: Queue, plan: Plan) -> np.ndarray:
    """Return True for each interval of *grid* on a local day that one of the plan's events covers."""
    dates = timegrid.local_dates(pd.Series(grid), plan.zone_of(queue))
    covered = np.zeros(len(grid), dtype=bool)
    for event in plan.calendar.events:
        if event.touches(queue.name):
            covered |= dates.between(pd.Timestamp(event.start), pd.Timestamp(event.last_day)).to_numpy()
    return covered


def mark_outliers(table: pd.DataFrame, queue: Queue, plan: Plan) -> np.ndarray:
    """Return True for intervals of outages and outlier days; holidays, their eves and event days are left alone."""
    cells = _lay_out(table, queue, plan)
    shifts = find_shifts(cells.totals, cells.weekday, cells.special, cells.feast)
    odd = find_outlier_days(cells.totals, cells.weekday, cells.special, shifts)
    return np.asarray((cells.outage | cells.unopened | odd[:, None])[cells.day, cells.slot])


def tell_changes(table: pd.DataFrame, queue: Queue, plan: Plan) -> Changes:
    """Return what changed for good in the queue's history: levels of its days, and hours that opened later."""
    cells = _lay_out(table, queue, plan)
    found = find_shifts(cells.totals, cells.weekday, cells.special, cells.feast)
    late = cells.days[cells.unopened.any(axis=1)]
    return Changes(
        [(pd.Timestamp(cells.days[shift.day]).date(), shift.ratio) for shift in found],
        int(cells.unopened.sum()),
        pd.Timestamp(late[-1]).date() + dt.timedelta(days=1) if len(late) else None,
    )


def silent_since(table: pd.DataFrame) -> pd.Timestamp | None:
    """Return when the last contact of a queue came, None unless an outage of a day or more reaches the end."""
    busy = table.loc[table["offered"] > 0, "interval_start"].max()
    rest = table[table["is_open"] & (table["interval_start"] > busy)]
    long = len(rest) and rest["interval_start"].max() - rest["interval_start"].min() >= pd.Timedelta(days=1)
    return busy if long and rest["is_outlier"].all() else None


def _lay_out(table: pd.DataFrame, queue: Queue, plan: Plan) -> _Cells:
    starts = pd.Series(table["interval_start"])
    parts = timegrid.local_parts(starts, plan.zone_of(queue))
    days, day = np.unique(parts["date"].to_numpy(), return_inverse=True)
    slots, slot = np.unique(parts["minute_of_day"].to_numpy(), return_inverse=True)
    counts = np.full((len(days), len(slots)), np.nan)
    opened = table["is_open"].to_numpy()
    counts[day[opened], slot[opened]] = table["offered"].to_numpy()[opened]
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    special, feast = _special_days(days, queue, plan)
    special |= np.bincount(day, weights=table["is_event"], minlength=len(days)) > 0
    unopened = find_unopened(counts, weekday, special)
    counts[unopened] = np.nan
    outage = find_outages(counts, weekday) & ~special[:, None]
    changed = np.zeros((7, len(slots)), dtype=bool)
    np.logical_or.at(changed, weekday, unopened)
    kept = np.where(outage | changed[weekday], np.nan, counts)  # totals of the hours that were always open
    totals = np.where(np.isnan(kept).all(axis=1), np.nan, np.nansum(kept, axis=1))
    totals[outage.any(axis=1)] = np.nan  # part of the day is gone: its total says nothing
    return _Cells(days, day, slot, weekday, special, feast, unopened, outage, totals)


def _special_days(days: np.ndarray, queue: Queue, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return (holidays and their neighbours, days of weeks with feasts)."""
    dates = days.astype("datetime64[D]").astype(np.int64)
    years = range(pd.Timestamp(days[0]).year - 1, pd.Timestamp(days[-1]).year + 2)
    holidays = np.array(sorted(plan.holidays_of(queue, years)), dtype="datetime64[D]").astype(np.int64)
    apart = np.diff(holidays)
    first = np.flatnonzero((apart > 2) & (apart <= FEAST_DAYS))
    special = np.isin(dates, np.concatenate([holidays - 1, holidays, holidays + 1]))
    begin, end = holidays[first] - FEAST_DAYS, holidays[first + 1] + FEAST_DAYS
    feast = np.any((dates[:, None] >= begin) & (dates[:, None] <= end), axis=1)
    return special, np.asarray(feast)
