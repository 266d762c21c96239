"""What the days to come are about: each reason forecast apart, adding up to its queue's forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import Days, FloatArray, make_days
from omnistaff.forecast.events import Lifted
from omnistaff.forecast.leads import LEADS
from omnistaff.forecast.models import DEFAULT
from omnistaff.forecast.outlook import look_ahead
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Contacts, Demand, DemandForecast, ReasonForecast, ReasonShares, check, empty
from omnistaff.tables.matching import assign_queues

LEAST_CONTACTS = 50  # of a reason; rarer ones are told together
MOST_REASONS = 20
OTHER, UNKNOWN = "other", "unknown"


def forecast_reasons(
    forecast: DemandForecast, demand: DataFrame[Demand], contacts: DataFrame[Contacts], plan: Plan
) -> DataFrame[ReasonForecast]:
    """Return the contacts of each queue, reason and local day of the *forecast*, which add up to the queue's mean.

    *demand* and *contacts* are those that the forecast was made from; later ones are not looked at. A reason is
    forecast by its own days, and all of a queue's reasons are scaled to its forecast day by day. Reasons with fewer
    than 50 contacts are one, "other"; contacts without a reason are "unknown". Queues without past contacts are left
    out.
    """
    queue_of = assign_queues(contacts, plan)
    tables = [
        _of_queue(queue, forecast.table[forecast.table["queue"] == queue.name], demand, mine, plan)
        for queue in plan.queues
        if len(mine := contacts[(queue_of == queue.name).fillna(False) & contacts["is_demand"]])
    ]
    tables = [table for table in tables if len(table)]
    if not tables:
        return empty(ReasonForecast)
    return check(ReasonForecast, pd.concat(tables, ignore_index=True).astype({"queue": "str", "reason": "str"}))


def sum_reasons(reasons: DataFrame[ReasonForecast]) -> DataFrame[ReasonShares]:
    """Return what a forecast by *reasons* comes to over its days: contacts and shares of the queue's."""
    sums = reasons.groupby(["queue", "reason"])["mean"].sum().rename("contacts").reset_index()
    whole = sums.groupby("queue")["contacts"].transform("sum")
    return check(ReasonShares, sums.assign(share=sums["contacts"] / whole.clip(lower=1e-12)))


def _of_queue(
    queue: Queue, table: pd.DataFrame, demand: pd.DataFrame, contacts: pd.DataFrame, plan: Plan
) -> pd.DataFrame:
    """Return the rows of one queue."""
    if table.empty:
        return pd.DataFrame()
    zone, begin = plan.zone_of(queue), table["interval_start"].min()
    rows = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
    contacts = contacts[contacts["arrived_at"] < begin]
    if rows.empty or contacts.empty:
        return pd.DataFrame()
    totals = table.groupby(timegrid.local_dates(table["interval_start"], zone))["mean"].sum()
    dates = pd.DatetimeIndex(totals.index)
    days = make_days(cast("DataFrame[Demand]", rows), queue, plan, dates[-1].date())
    counts = _daily_counts(contacts, days, zone)
    ahead = np.array([days.row(date.date()) for date in dates]) - days.history
    made = np.stack([_look_ahead(days, counts[reason].to_numpy())[:, ahead] for reason in counts])
    factor = totals.to_numpy() / np.maximum(made[:, 0].sum(axis=0), 1e-9)
    mean = made[:, 0] * factor
    frame = pd.DataFrame(
        {
            "queue": queue.name,
            "date": np.tile(dates, len(counts.columns)),
            "reason": np.repeat(counts.columns.to_numpy(), len(dates)),
            "mean": mean.ravel(),
            "variance": (mean + (made[:, 1] - made[:, 0]) * factor**2).ravel(),
        }
    )
    return frame.sort_values(["date", "reason"], ignore_index=True)


def _daily_counts(contacts: pd.DataFrame, days: Days, zone: str) -> pd.DataFrame:
    """Return days × reasons of counts, NaN on days of which nothing is known."""
    reason = contacts["reason"].fillna(UNKNOWN).astype("str")
    number = reason.value_counts()
    own = number[number >= LEAST_CONTACTS].index[:MOST_REASONS]
    reason = reason.where(reason.isin(own), OTHER)
    date = timegrid.local_dates(contacts["arrived_at"], zone)
    counts = pd.crosstab(date.to_numpy(), reason.to_numpy()).reindex(pd.DatetimeIndex(days.dates), fill_value=0)
    counts = counts.astype(np.float64).reindex(sorted(counts.columns), axis="columns")
    known = ~np.isnan(days.counts)
    return counts[np.asarray(known.any(axis=1))].reindex(pd.DatetimeIndex(days.dates))


def _look_ahead(days: Days, counts: FloatArray) -> FloatArray:
    """Return 2 × days ahead: mean and variance of the total of a reason with these daily *counts*."""
    own = replace(
        days,
        slot_minutes=np.zeros(1, dtype=np.int64),
        counts=counts[:, None],
        wanted=np.asarray(days.wanted.any(axis=1))[:, None],
    )
    outlook = look_ahead(Lifted(own, np.ones((1, len(days.dates) - days.history))), [DEFAULT] * len(LEADS))
    return np.stack(outlook.totals())
