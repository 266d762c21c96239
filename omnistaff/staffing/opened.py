"""Longer opening hours: the history as it would have been, so that the forecast knows hours that were never open.

An hour that was closed has no contacts to learn from. What it is worth is what ``hours`` expects there and no other
hour serves today, and where a part of it was open what came in that part; past intervals get that, times the level of
their day, drawn by the plan's seed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue
from omnistaff.staffing.hours import WEEK, WEEKS, HourAdvice, mean_handle, recommend_hours, usual_hours
from omnistaff.tables import Agents, Demand, check
from omnistaff.timegrid import local_parts

Floats = npt.NDArray[np.float64]
SUPPOSED = ("other days", "shape of others")  # an hour with attempts has counts of its own
LEVELS = (0.2, 5.0)  # of a day, to its weekday's mean


def fill_opened(
    demand: DataFrame[Demand], history: DataFrame[Demand], agents: DataFrame[Agents], plans: tuple[Plan, Plan]
) -> DataFrame[Demand]:
    """Return *demand*, counted with the hours of the second of *plans*, as if these had always been its hours.

    *history* is the same, counted with the hours of the first. Intervals that only the second opens get contacts by a
    Poisson law; those with attempts of their own, queues that are new and deferred ones stay as they are.
    """
    before, after = plans
    latent = _supposed(recommend_hours(history, agents, before), before)
    rng = np.random.default_rng(after.seed)
    tables = []
    for key, rows in demand.groupby("queue", sort=False):
        name = str(key)
        tables.append(_filled(rows, before.queue(name), before, latent[name], rng) if name in latent else rows)
    return check(Demand, pd.concat(tables).sort_index()) if tables else demand


def _supposed(advice: list[HourAdvice], before: Plan) -> dict[str, Floats]:
    """Return by queue the contacts supposed in each hour of the week of which some was closed, else 0."""
    recorded = {one.queue for one in advice if one.basis == "attempts"}
    hours = {queue.name: usual_hours(queue, before) for queue in before.queues}
    partly = {name: np.asarray(opened.any(axis=1) & ~opened.all(axis=1)) for name, opened in hours.items()}
    latent: dict[str, Floats] = {}
    for one in advice:
        hour = 24 * one.weekday + one.hour
        if one.basis in SUPPOSED or (partly[one.queue][hour] and one.queue not in recorded):
            latent.setdefault(one.queue, np.zeros(WEEK))[hour] = one.new_contacts
    return latent


def _filled(rows: pd.DataFrame, queue: Queue, before: Plan, latent: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Return the intervals of one queue with the contacts drawn for them."""
    drawn, handle = _drawn(rows, queue, before, latent, rng), mean_handle(rows) or 0.0
    contacts = drawn.astype(float)
    came: dict[str, Floats] = dict.fromkeys(("offered", "handled", "first_contacts", "unlinked_contacts"), contacts)
    came |= dict.fromkeys(("abandoned", "repeat_contacts", "switched_contacts"), 0 * contacts)
    came["handle_s"] = np.where((contacts > 0) & (handle > 0), handle, np.nan)
    came["handle_sd_s"] = np.full(len(rows), np.nan)
    came["workload_s"] = contacts * handle
    return rows.assign(**{name: rows[name].where(drawn < 0, values) for name, values in came.items()})


def _drawn(
    rows: pd.DataFrame, queue: Queue, before: Plan, latent: Floats, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return contacts by row of one queue, -1 where it was open before or nothing is supposed."""
    parts = local_parts(rows["interval_start"], before.zone_of(queue))
    weekday = parts["weekday"].to_numpy(dtype=np.int64)
    mean = latent[weekday * 24 + parts["minute_of_day"].to_numpy(dtype=np.int64) // 60]
    was_open = before.is_open(queue, rows["interval_start"])
    level = _day_levels(rows.assign(date=parts["date"].to_numpy(), weekday=weekday)[was_open])
    mean = mean * before.interval_minutes / 60 * parts["date"].map(level).fillna(1.0).to_numpy(dtype=float)
    opened = rows["is_open"].to_numpy(dtype=bool) & ~was_open & (mean > 0)
    return np.where(opened, rng.poisson(np.maximum(mean, 0.0)), -1)


def _day_levels(rows: pd.DataFrame) -> pd.Series[float]:
    """Return by date the contacts of the hours that were open, to the weekday's mean in the latest weeks."""
    days = rows[~rows["is_outlier"]].groupby(["date", "weekday"], as_index=False)["offered"].sum()
    latest = days[days["date"] > days["date"].max() - pd.Timedelta(weeks=WEEKS)]
    usual = days["weekday"].map(latest.groupby("weekday")["offered"].mean())
    level = (days["offered"] / usual.where(usual > 0)).clip(*LEVELS)
    return pd.Series(level.to_numpy(dtype=float), index=days["date"])
