"""Lists of customers to be contacted, as rows of the forecast: known volumes in the hours of their queue."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.days import FloatArray
from omnistaff.forecast.rows import Rows, forecast_rows, path_rows
from omnistaff.plan import Plan, Queue

MODEL = "list"


def list_rows(queue: Queue, start: dt.date, plan: Plan) -> Rows:
    """Return the rows of a queue that works on outbound lists: whole contacts, certain, the same in every path.

    A deferred queue has a list at its first opening on or after the date, a live one evenly over its hours from the
    date to the last day. What was due to be there before *start* is done, or backlog. ConfigError for lists without
    any hour.
    """
    grid = _open_intervals(queue, start, plan.forecast.horizon_days, plan)
    contacts = _contacts(queue, grid, start, plan)
    table = forecast_rows(queue.name, grid, np.full(len(grid), MODEL), (contacts, np.zeros(len(grid))))
    table = table.assign(variance=0.0, handle_s=queue.handle_s, handle_sd_s=queue.handle_s, handle_error_s=np.nan)
    levels = np.unique(plan.forecast.levels)
    cells = np.repeat(np.arange(len(grid)), len(levels))
    certain = table[["queue", "interval_start"]].iloc[cells].reset_index(drop=True)
    certain = certain.assign(quantile=np.tile(levels, len(grid)), arrivals=contacts[cells])
    paths = path_rows(queue.name, grid, np.tile(contacts, (plan.forecast.paths, 1))) if plan.forecast.paths else None
    return Rows(table, certain, paths)


def _open_intervals(queue: Queue, first: dt.date, days: int, plan: Plan) -> pd.DatetimeIndex:
    """Return the intervals of *days* days in which a queue is open."""
    grid = timegrid.interval_grid(first, days, plan.zone_of(queue), plan.interval_minutes)
    return grid[plan.is_open(queue, grid)]


def _contacts(queue: Queue, grid: pd.DatetimeIndex, start: dt.date, plan: Plan) -> FloatArray:
    """Return the contacts of each open interval."""
    contacts, problems = np.zeros(len(grid)), []
    for k, one in enumerate(queue.outbound):
        last = one.until or one.date
        if queue.mode == "deferred":
            opens = np.flatnonzero(grid >= timegrid.day_start(one.date, plan.zone_of(queue)))
            was_there = one.date < start and len(_open_intervals(queue, one.date, (start - one.date).days, plan)) > 0
            contacts[opens[: not was_there]] += one.contacts
            continue
        hours = _open_intervals(queue, one.date, (last - one.date).days + 1, plan)
        if not len(hours):
            problems.append(f"queues.{queue.name}.outbound.{k}: it is closed from {one.date} to {last}")
        place = grid.get_indexer(hours)
        each = np.diff(np.round(np.linspace(0, one.contacts, len(hours) + 1)))
        contacts[place[place >= 0]] += each[place >= 0]
    if problems:
        raise ConfigError("outbound lists have no hours", problems)
    return contacts
