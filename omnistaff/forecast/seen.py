"""How far a running day is known: what came in intervals that are over, and until when each queue's feed told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import BoolArray, FloatArray, local_date
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Contacts, Demand, DemandForecast
from omnistaff.tables.matching import assign_queues

OUTAGE_CONTACTS = 10.0  # a run of empty intervals is an outage when this many were forecast for it
MISSED_CONTACTS = 4.6  # a feed has ended when this many were forecast since: e**-4.6 is a chance of 1 %
FEED_SHARE = 0.1  # a source feeds a queue when it brings this share of its contacts
REPLACED = 0.5  # a silent source has been replaced when less than this share of what it would have brought is missing
FEED_DAYS = pd.Timedelta(days=7)


def count_seen(
    today: pd.DataFrame, actuals: pd.DataFrame, queue: Queue, plan: Plan, *, until: pd.Timestamp
) -> FloatArray:
    """Return what came in each interval of *today*, rows of the forecast in order; NaN where it is not known.

    Known are intervals that ended by *until* and have a row in *actuals*, the queue's demand. Where the demand table
    leaves out intervals in which nothing came, one without a row counts as empty. A run of empty intervals for which
    ten contacts or more were forecast is an outage, not a count.
    """
    times = today["interval_start"]
    came = today[["interval_start"]].merge(
        actuals[["interval_start", "offered"]], on="interval_start", how="left", validate="1:1"
    )
    counts = came["offered"].to_numpy(dtype=np.float64, copy=True)
    unwritten = np.full(len(today), plan.demand.missing == "unknown")
    if queue.mode == "deferred":
        unwritten |= ~plan.is_open(queue, pd.DatetimeIndex(times))
    counts[np.isnan(counts) & unwritten] = 0.0
    counts[(times + pd.Timedelta(minutes=plan.interval_minutes) > until).to_numpy()] = np.nan
    counts[_is_outage(counts, today["mean"].to_numpy())] = np.nan
    return counts


def describe_seen(
    forecast: DemandForecast,
    actuals: DataFrame[Demand],
    plan: Plan,
    *,
    now: pd.Timestamp,
    ends: Mapping[str, pd.Timestamp],
) -> pd.DataFrame:
    """Return what each queue's correction at *now* rests on; *ends* are as ``find_ends`` tells them.

    Columns: queue, seen_until (end of its last known interval, NaT if there is none), seen and seen_forecast
    (contacts that came and were forecast in the known intervals of today), unseen_forecast (contacts that were
    forecast from seen_until to *now*).
    """
    step = pd.Timedelta(minutes=plan.interval_minutes)
    told = []
    for queue in plan.queues:
        until = min(now, ends.get(queue.name, now))
        rows = actuals[(actuals["queue"] == queue.name) & (actuals["interval_start"] + step <= until)]
        mine = forecast.table[forecast.table["queue"] == queue.name]
        over = mine[mine["interval_start"] + step <= now]
        zone = plan.zone_of(queue)
        today = over[over["interval_start"] >= timegrid.day_start(local_date(now, zone), zone)]
        counts = count_seen(today, rows, queue, plan, until=until)
        last = rows["interval_start"].max() + step
        unseen = over if rows.empty else over[over["interval_start"] >= last]
        expected = float(today["mean"].to_numpy()[~np.isnan(counts)].sum())
        told.append((queue.name, last, float(np.nansum(counts)), expected, float(unseen["mean"].sum())))
    columns = ["queue", "seen_until", "seen", "seen_forecast", "unseen_forecast"]
    return pd.DataFrame(told, columns=columns).astype({"seen_until": "datetime64[us, UTC]"})


def tell_unseen(seen: pd.DataFrame) -> list[str]:
    """Return a line for each queue of ``describe_seen`` of which nothing came though contacts were to be expected."""
    late = seen[seen["unseen_forecast"] >= MISSED_CONTACTS].drop_duplicates("queue")
    until = late["seen_until"]
    late = late.assign(since=np.where(until.isna(), "of it yet", "after " + until.astype("str")))
    return [
        f"{row.queue}: nothing is known {row.since}, "
        f"{row.unseen_forecast:.0f} contacts were forecast since: load its newest logs "
        "(ingest, identity, timeline, demand)"
        for row in late.itertuples()
    ]


def _is_outage(counts: FloatArray, mean: FloatArray) -> BoolArray:
    """Return True where a run of zeros is too long to be chance."""
    empty = counts == 0
    run = np.cumsum(np.diff(empty, prepend=empty[:1]))
    missed = np.bincount(run, weights=mean * empty)
    return np.asarray(empty & (missed[run] >= OUTAGE_CONTACTS))


def find_ends(
    forecast: DemandForecast, contacts: DataFrame[Contacts], plan: Plan, *, now: pd.Timestamp
) -> dict[str, pd.Timestamp]:
    """Return until when each queue is known: *now*, or the last contact of a feed that has ended before.

    A queue's feeds are the sources that brought a tenth or more of its contacts in its last week with any. One has
    ended when 4.6 contacts or more were forecast since its last one in all the queues that it feeds, and they are
    short by half of that: where they are not, another source brings them now.
    """
    past = contacts.loc[contacts["arrived_at"] < now]
    last = past.groupby("source")["arrived_at"].max()
    rows = past[["source", "arrived_at"]].assign(queue=assign_queues(past, plan)).dropna(subset="queue")
    week = rows[rows["arrived_at"] > rows.groupby("queue")["arrived_at"].transform("max") - FEED_DAYS]
    shares = week.groupby("queue")["source"].value_counts(normalize=True).rename("share").reset_index()
    shares = shares[shares["share"] >= FEED_SHARE]
    table, step = forecast.table, pd.Timedelta(minutes=plan.interval_minutes)
    over = table[table["interval_start"] + step <= now]
    ends = dict.fromkeys(shares["queue"], now)
    for source, fed in shares.groupby("source"):
        since = over[over["interval_start"] > last[source]].merge(fed[["queue", "share"]], on="queue")
        missed = (since["share"] * since["mean"]).sum()
        times = rows.loc[rows["queue"].isin(fed["queue"]), "arrived_at"]
        came = times.between(since["interval_start"].min(), since["interval_start"].max() + step).sum()
        if missed >= MISSED_CONTACTS and since["mean"].sum() - came >= REPLACED * missed:
            ends |= {queue: min(ends[queue], last[source]) for queue in fed["queue"]}
    return ends
