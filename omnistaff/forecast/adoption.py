"""A queue without a past: new customers by adoption or order plan, times contacts per customer by age.

Adoption follows Bass (1969): with t in years since the start, a share (1 - e^-(p+q)t) / (1 + q/p e^-(p+q)t) of the
market has adopted; p = .03 and q = .38 are the means of 213 published fits (Sultan, Farley and Lehmann 1990). Week
and day take the shape of the queue named as most like it. The level carries its own uncertainty, shared by all days.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.calibration import NORMAL, normal_spread
from omnistaff.forecast.days import FloatArray
from omnistaff.forecast.outlook import rng_of
from omnistaff.forecast.paths import draw_paths
from omnistaff.forecast.rows import Rows, forecast_rows, path_rows, quantile_rows
from omnistaff.plan import Plan, Queue
from omnistaff.plan.forecast import Adoption

ENOUGH_DAYS = 28  # from so many days on a queue is forecast from its own past
BELIEF_DAYS = 7.0  # seen days that count as much as the plan


def bass_share(years: FloatArray, innovation: float, imitation: float) -> FloatArray:
    """Return the share of a market that has adopted so many *years* after the start, 0 before it.

    >>> bass_share(np.array([-1.0, 0.0, 5.0]), 0.03, 0.38).round(3).tolist()
    [0.0, 0.0, 0.331]
    """
    fading = np.exp(-(innovation + imitation) * np.maximum(years, 0.0))
    return np.asarray((1 - fading) / (1 + imitation / innovation * fading))


def expected_contacts(adoption: Adoption, first: dt.date, days: int, plan: Plan) -> FloatArray:
    """Return the expected contacts of each of *days* days from *first* on, before the week's shape."""
    begin = _start(adoption, plan)
    ahead = (first - begin).days
    number = max(ahead + days, 1)
    new = _new_customers(adoption, begin, number, plan)
    ages = np.arange(number)
    steps = np.array(sorted(adoption.contacts_by_age))
    rates = np.array([adoption.contacts_by_age[int(step)] for step in steps])
    place = np.searchsorted(steps, ages, side="right") - 1
    by_age = np.where(place >= 0, rates[np.maximum(place, 0)], 0.0)
    contacts = np.convolve(new, by_age)[:number]
    return np.concatenate([np.zeros(max(-ahead, 0)), contacts[max(ahead, 0) :]])[:days]


def _start(adoption: Adoption, plan: Plan) -> dt.date:
    if adoption.start is not None:
        return adoption.start
    return min(plan.forecast.driver(str(adoption.orders)).values)


def _new_customers(adoption: Adoption, begin: dt.date, days: int, plan: Plan) -> FloatArray:
    """Return new customers on each of *days* days from *begin* on: the order plan's, or Bass's."""
    if adoption.orders is not None:
        values = plan.forecast.driver(adoption.orders).values
        return np.array([values.get(begin + dt.timedelta(days=k), 0.0) for k in range(days)])
    years = np.arange(days + 1) / 365.25
    return np.asarray(
        float(adoption.market or 0) * np.diff(bass_share(years, adoption.innovation, adoption.imitation))
    )


def is_new(queue: Queue, demand: pd.DataFrame, begin: pd.Timestamp, plan: Plan) -> bool:
    """Return whether a queue is forecast by its adoption: the plan has one and four weeks are not seen yet."""
    if queue.name not in plan.forecast.adoptions:
        return False
    rows = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
    return timegrid.local_dates(rows["interval_start"], plan.zone_of(queue)).nunique() < ENOUGH_DAYS


def adopt(queue: Queue, like: pd.DataFrame, history: pd.DataFrame, start: dt.date, plan: Plan) -> Rows:
    """Return a new queue's rows; *like* is the forecast of the queue it resembles, *history* the demand so far.

    ConfigError when the queue it resembles is never open in the horizon: there is no week or day to borrow.
    """
    adoption = plan.forecast.adoptions[queue.name]
    zone, days = plan.zone_of(queue), plan.forecast.horizon_days
    grid = timegrid.interval_grid(start, days, zone, plan.interval_minutes)
    if queue.mode != "deferred":
        grid = grid[plan.is_open(queue, grid)]
    if like.empty and len(grid):
        last = start + dt.timedelta(days=days - 1)
        raise ConfigError(
            f"forecast.adoptions.{queue.name}.like: {adoption.like} is closed from {start} to {last}, "
            f"{queue.name} has no week or day to borrow; name a queue that is open then, or forecast more days"
        )
    parts = timegrid.local_parts(pd.Series(grid), zone)
    lead = ((parts["date"] - pd.Timestamp(start)).dt.days).to_numpy()
    level, error = _level(adoption, history, queue, plan)
    mean = expected_contacts(adoption, start, days, plan)[lead] * level * _shape(like, parts, zone)
    own = float(((like["variance"] - like["mean"]) / like["mean"] ** 2).median())
    excess = np.full(len(mean), error**2 + max(own, 0.0))
    table = forecast_rows(queue.name, grid, np.full(len(grid), "adoption"), (mean, excess))
    work = like["mean"] / like["mean"].sum()
    handle = queue.handle_s or float((like["handle_s"] * work).sum())
    spread, off = (float((like[name] / like["handle_s"] * work).sum()) for name in ("handle_sd_s", "handle_error_s"))
    table = table.assign(handle_s=handle, handle_sd_s=handle * spread, handle_error_s=handle * off)
    reach = np.broadcast_to(NORMAL, (len(mean), 2))
    return Rows(table, quantile_rows(table, excess, reach, plan), _paths(queue, table, (error, max(own, 0.0)), plan))


def _level(adoption: Adoption, history: pd.DataFrame, queue: Queue, plan: Plan) -> tuple[float, float]:
    """Return (what the days seen say of the plan's level, what error is left), by credibility."""
    if history.empty:
        return 1.0, adoption.error_share
    dates = timegrid.local_dates(history["interval_start"], plan.zone_of(queue))
    first, seen = dates.min().date(), int(dates.nunique())
    planned = float(expected_contacts(adoption, first, (dates.max().date() - first).days + 1, plan).sum())
    weight = seen / (seen + BELIEF_DAYS) if planned > 0 else 0.0
    ratio = float(history["offered"].sum()) / planned if planned > 0 else 1.0
    return 1 + weight * (ratio - 1), adoption.error_share * float(np.sqrt(1 - weight))


def _shape(like: pd.DataFrame, parts: pd.DataFrame, zone: str) -> FloatArray:
    """Return each interval's part of a day's contacts, times its weekday's part of the week (mean 1)."""
    if parts.empty:
        return np.zeros(0)
    known = timegrid.local_parts(like["interval_start"].reset_index(drop=True), zone)
    known = known.assign(mean=like["mean"].to_numpy())
    sums = known.groupby(["weekday", "minute_of_day"])["mean"].sum().unstack(fill_value=0)
    minutes = parts["minute_of_day"].to_numpy()
    grid = sums.reindex(index=range(7), columns=sorted({*sums.columns, *minutes}), fill_value=0.0)
    column = np.searchsorted(grid.columns.to_numpy(), minutes)
    weekday = parts["weekday"].to_numpy()
    value = grid.to_numpy()[weekday, column]
    value = np.where(value > 0, value, grid.to_numpy().mean(axis=0)[column])
    value = np.where(value > 0, value, grid.to_numpy()[grid.to_numpy() > 0].mean())
    day = pd.factorize(parts["date"])[0]
    of_day = np.bincount(day, weights=value)
    week = of_day / of_day[:7].mean()
    return np.asarray(value / of_day[day] * week[day])


def _paths(queue: Queue, table: pd.DataFrame, spread: tuple[float, float], plan: Plan) -> pd.DataFrame | None:
    if not plan.forecast.paths:
        return None
    error, own = spread
    rng = rng_of(queue.name, plan)
    paths, mean = plan.forecast.paths, table["mean"].to_numpy()
    shape = 1 / max(error**2, 1e-9)
    level = rng.gamma(shape, 1 / shape, (paths, 1))
    day = normal_spread(0.0, own)
    drawn = draw_paths(mean[None, :], day, normal=np.zeros((paths, 1)), rng=rng, lift=level)
    return path_rows(queue.name, pd.DatetimeIndex(table["interval_start"]), drawn[:, 0, :])
