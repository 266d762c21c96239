"""Handle time to come: by interval of the week, shrunk to the time of day and the queue where data are few."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.days import FloatArray
from omnistaff.plan import Plan, Queue

HALF_LIFE_DAYS = 42.0
SHRINK_CONTACTS = 100.0  # contacts' worth of belief in the coarser mean
ASSUMED_SPREAD = 0.8  # standard deviation / mean where only a plan's handle time is known


def forecast_handling(
    rows: pd.DataFrame, ahead: pd.DatetimeIndex, queue: Queue, plan: Plan
) -> tuple[FloatArray, FloatArray]:
    """Return (mean, standard deviation of one contact) of handle time in seconds for the intervals *ahead*.

    *rows* is the queue's demand. Recent contacts weigh more (half-life six weeks). Without any measured time the
    plan's ``handle_s`` is taken; ConfigError when it has none.
    """
    known = rows[rows["handle_s"].notna() & ~rows["is_outlier"]]
    if known.empty:
        return _from_plan(queue, len(ahead))
    zone = plan.zone_of(queue)
    past, future = _slots(pd.Series(known["interval_start"]), zone), _slots(pd.Series(ahead), zone)
    age = (ahead[0] - known["interval_start"]).dt.total_seconds().to_numpy() / 86_400
    weight = np.maximum(known["handled"].to_numpy(), 1.0) * 0.5 ** (age / HALF_LIFE_DAYS)
    handle = known["handle_s"].to_numpy()
    centre = float(np.average(handle, weights=weight))
    by_time = _shrunk(past % 1440, handle, weight, np.full(1440, centre))
    by_week = _shrunk(past, handle, weight, np.tile(by_time, 7))
    mean = np.maximum(by_week[future], 1.0)
    return mean, mean * _spread(known, by_week[past], weight)


def _slots(times: pd.Series, zone: str) -> np.ndarray:
    """Return the minute of the week of each instant."""
    parts = timegrid.local_parts(times.reset_index(drop=True), zone)
    minutes: np.ndarray = (parts["weekday"] * 1440 + parts["minute_of_day"]).to_numpy()
    return minutes


def _shrunk(slot: np.ndarray, values: FloatArray, weight: FloatArray, prior: FloatArray) -> FloatArray:
    total = np.bincount(slot, weights=weight * values, minlength=len(prior))
    number = np.bincount(slot, weights=weight, minlength=len(prior))
    return np.asarray((total + SHRINK_CONTACTS * prior) / (number + SHRINK_CONTACTS))


def _spread(known: pd.DataFrame, expected: FloatArray, weight: FloatArray) -> float:
    """Return the standard deviation of one contact's handle time as a share of its mean."""
    number = np.maximum(known["handled"].to_numpy(), 1.0)
    between = number * (known["handle_s"].to_numpy() / expected - 1) ** 2
    within = (known["handle_sd_s"].to_numpy() / expected) ** 2
    several = ~np.isnan(within) & (number > 1)
    if several.any():
        return float(np.sqrt(np.average(within[several], weights=weight[several])))
    return float(np.sqrt(np.average(between, weights=weight / number)))


def _from_plan(queue: Queue, number: int) -> tuple[FloatArray, FloatArray]:
    if queue.handle_s is None:
        raise ConfigError(
            f"queues.{queue.name}.handle_s: the data hold no handle time for this queue, give the mean in seconds"
        )
    mean = np.full(number, float(queue.handle_s))
    return mean, ASSUMED_SPREAD * mean
