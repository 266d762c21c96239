"""Which intervals an event covers and which ones are not to be learnt from."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.demand.outliers import find_outages, find_outlier_days
from omnistaff.plan import Plan, Queue


def mark_events(grid: pd.DatetimeIndex, queue: Queue, plan: Plan) -> np.ndarray:
    """Return True for each interval of *grid* on a local day that one of the plan's events covers."""
    dates = timegrid.local_dates(pd.Series(grid), plan.zone_of(queue))
    covered = np.zeros(len(grid), dtype=bool)
    for event in plan.calendar.events:
        if not event.queues or queue.name in event.queues:
            covered |= dates.between(pd.Timestamp(event.start), pd.Timestamp(event.last_day)).to_numpy()
    return covered


def mark_outliers(table: pd.DataFrame, queue: Queue, plan: Plan) -> np.ndarray:
    """Return True for intervals of outages and outlier days; holidays, their eves and event days are left alone."""
    starts = pd.Series(table["interval_start"])
    parts = timegrid.local_parts(starts, plan.zone_of(queue))
    days, day = np.unique(parts["date"].to_numpy(), return_inverse=True)
    slots, slot = np.unique(parts["minute_of_day"].to_numpy(), return_inverse=True)
    counts = np.full((len(days), len(slots)), np.nan)
    opened = table["is_open"].to_numpy()
    counts[day[opened], slot[opened]] = table["offered"].to_numpy()[opened]
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    special = _special_days(days, queue, plan)
    special |= np.bincount(day, weights=table["is_event"], minlength=len(days)) > 0
    outage = find_outages(counts, weekday) & ~special[:, None]
    kept = np.where(outage, np.nan, counts)
    totals = np.where(np.isnan(kept).all(axis=1), np.nan, np.nansum(kept, axis=1))
    totals[outage.any(axis=1)] = np.nan  # part of the day is gone: its total says nothing
    odd = find_outlier_days(totals, weekday, special)
    return np.asarray((outage | odd[:, None])[day, slot])


def _special_days(days: np.ndarray, queue: Queue, plan: Plan) -> np.ndarray:
    dates = [day.date() for day in pd.DatetimeIndex(days)]
    years = range(dates[0].year, dates[-1].year + 2)
    holidays = set(plan.holidays_of(queue, years))
    near = holidays | {holiday - dt.timedelta(days=1) for holiday in holidays}
    near |= {holiday + dt.timedelta(days=1) for holiday in holidays}
    return np.array([date in near for date in dates], dtype=bool)
