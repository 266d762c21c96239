"""Handle time to come: by interval of the week, shrunk to the time of day and the queue where data are few.

How far a day's mean may lie off is learnt at past week ends: what was expected of the four weeks after each, beside
what these days took, less what single contacts' spread explains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.plan import Plan, Queue

HALF_LIFE_DAYS = 42.0
SHRINK_CONTACTS = 100.0  # contacts' worth of belief in the coarser mean
ASSUMED_SPREAD = 0.8  # standard deviation / mean where only a plan's handle time is known
ASSUMED_ERROR = 0.1  # of a plan's handle time, as a share of it
PRIOR_ERROR, PRIOR_DAYS = 0.05, 10.0  # of a measured one, and days' worth of belief in that
WEEKS, AHEAD_DAYS, LEAST_PAST_DAYS = 12, 28, 14


class HandleTimes(NamedTuple):
    """Seconds by interval: expected handle time, standard deviation of a contact's, standard error of the mean."""

    mean: FloatArray
    sd: FloatArray
    error: FloatArray


def forecast_handling(rows: pd.DataFrame, ahead: pd.DatetimeIndex, queue: Queue, plan: Plan) -> HandleTimes:
    """Return the handle times of the intervals *ahead*.

    *rows* is the queue's demand. Recent contacts weigh more (half-life six weeks). The error is that of a whole day's
    mean: all its intervals err together. Without any measured time the plan's ``handle_s`` is taken; ConfigError when
    it has none. A queue that is closed all the while has none to tell.
    """
    if not len(ahead):
        return HandleTimes(np.empty(0), np.empty(0), np.empty(0))
    known = rows[rows["handle_s"].notna() & ~rows["is_outlier"]]
    if known.empty:
        return _from_plan(queue, len(ahead))
    zone = plan.zone_of(queue)
    past, future = (
        timegrid.week_minutes(pd.Series(times).reset_index(drop=True), zone)
        for times in (known["interval_start"], ahead)
    )
    age = (ahead[0] - known["interval_start"]).dt.total_seconds().to_numpy() / 86_400
    weight = np.maximum(known["handled"].to_numpy(), 1.0) * 0.5 ** (age / HALF_LIFE_DAYS)
    handle = known["handle_s"].to_numpy()
    centre = float(np.average(handle, weights=weight))
    by_time = _shrunk(past % 1440, handle, weight, np.full(1440, centre))
    by_week = _shrunk(past, handle, weight, np.tile(by_time, 7))
    mean = np.maximum(by_week[future], 1.0)
    spread = _spread(known, by_week[past], weight)
    day = timegrid.local_dates(known["interval_start"], zone).to_numpy().astype("datetime64[D]").astype(np.int64)
    contacts = np.maximum(known["handled"].to_numpy(), 1.0)
    return HandleTimes(mean, mean * spread, mean * _error(day, contacts, handle / by_week[past], spread))


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


def _error(day: IntArray, contacts: FloatArray, ratio: FloatArray, spread: float) -> float:
    """Return the standard error of a day's mean handle time as a share of it, shrunk to 5 %.

    *ratio* is each interval's handle time over what its time of the week usually takes.
    """
    days, place = np.unique(day, return_inverse=True)
    number = np.bincount(place, weights=contacts)
    level = np.bincount(place, weights=contacts * ratio) / number
    squares, seen = PRIOR_DAYS * PRIOR_ERROR**2, PRIOR_DAYS
    for origin in days[-1] - 7 * np.arange(1, WEEKS + 1):
        before, after = days <= origin, (days > origin) & (days <= origin + AHEAD_DAYS)
        if before.sum() < LEAST_PAST_DAYS:
            break
        if not after.any():
            continue  # nothing was measured in these weeks
        weight = number[before] * 0.5 ** ((origin - days[before]) / HALF_LIFE_DAYS)
        expected = float(np.average(level[before], weights=weight))
        excess = (level[after] / expected - 1) ** 2 - spread**2 / number[after]
        days_worth = 7 / AHEAD_DAYS * len(excess)  # each day is judged from up to four origins
        squares, seen = squares + days_worth * float(np.average(excess, weights=number[after])), seen + days_worth
    return float(np.sqrt(max(squares / seen, spread**2 / contacts.sum())))


def _from_plan(queue: Queue, number: int) -> HandleTimes:
    if queue.handle_s is None:
        raise ConfigError(
            f"queues.{queue.name}.handle_s: the data hold no handle time for this queue, give the mean in seconds"
        )
    mean = np.full(number, float(queue.handle_s))
    return HandleTimes(mean, ASSUMED_SPREAD * mean, ASSUMED_ERROR * mean)
