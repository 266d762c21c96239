"""The intervals that demand was counted by: each once, and those of the plan."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError, TableError
from omnistaff.plan import Plan
from omnistaff.tables import Demand

LEAST_ROWS = 20  # fewer may lie on every other interval by chance
LOOK_BACK_DAYS = 28


def refuse_repeated_intervals(demand: pd.DataFrame) -> None:
    """Raise TableError when *demand* counts an interval of a queue twice: which count is right cannot be known."""
    key = Demand.key_columns()
    twice = demand.duplicated(key)
    if twice.any():
        queue, begun = demand.loc[twice, key].iloc[0]
        raise TableError(
            f"demand counts an interval of a queue more than once in {int(twice.sum())} rows, the first of them "
            f"{queue} at {begun}: keep one row of each, or add them up"
        )


def refuse_other_intervals(demand: pd.DataFrame, plan: Plan) -> None:
    """Raise ConfigError when *demand* was counted by shorter or longer intervals than the plan's.

    Shorter ones begin where none of the plan's does. Longer ones leave out, in every queue alike, some intervals in
    which the plan has a queue open: where empty intervals have no row they cannot be told from those.
    """
    counted = set(demand["queue"].unique())
    for zone in sorted({plan.zone_of(queue) for queue in plan.queues}):
        names = [queue.name for queue in plan.queues if queue.name in counted and plan.zone_of(queue) == zone]
        starts = pd.DatetimeIndex(demand.loc[demand["queue"].isin(names), "interval_start"].unique())
        if len(starts) and (_is_off(starts, zone, plan) or _leaves_out(starts, names, zone, plan)):
            raise ConfigError(
                f"forecast: demand was counted by {_step(starts, zone)} minutes, interval_minutes is "
                f"{plan.interval_minutes}: run demand again, or give the plan the interval that it was counted by"
            )


def _is_off(starts: pd.DatetimeIndex, zone: str, plan: Plan) -> bool:
    """Return whether an interval begins where none of the plan's does."""
    return not bool(starts.isin(_grid(starts.min(), starts.max(), zone, plan)).all())


def _leaves_out(starts: pd.DatetimeIndex, queues: list[str], zone: str, plan: Plan) -> bool:
    """Return whether every interval begins on a coarser step of the clock than those in which a queue is open."""
    step = _step(starts, zone)
    if plan.demand.missing == "unknown" or step <= plan.interval_minutes or len(starts) < LEAST_ROWS:
        return False
    last = starts.max()
    grid = _grid(max(starts.min(), last - pd.Timedelta(days=LOOK_BACK_DAYS)), last, zone, plan)
    between = grid[_minutes(grid, zone) % step > 0]
    return any(plan.is_open(plan.queue(name), between).any() for name in queues)


def _grid(first: pd.Timestamp, last: pd.Timestamp, zone: str, plan: Plan) -> pd.DatetimeIndex:
    """Return the plan's intervals from the local day of *first* to that of *last*."""
    begin, end = (date.date() for date in timegrid.local_dates(pd.Series([first, last]), zone))
    return timegrid.interval_grid(begin, (end - begin + dt.timedelta(days=1)).days, zone, plan.interval_minutes)


def _step(starts: pd.DatetimeIndex, zone: str) -> int:
    """Return the longest interval, in minutes, by which all of *starts* can have been counted."""
    return int(np.gcd.reduce([24 * 60, *_minutes(starts, zone).tolist()]))


def _minutes(starts: pd.DatetimeIndex, zone: str) -> np.ndarray:
    return np.asarray(timegrid.local_parts(pd.Series(starts), zone)["minute_of_day"].to_numpy())
