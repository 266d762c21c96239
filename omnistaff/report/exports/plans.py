"""Forecast, requirement, coverage and outcomes as CSV, in local time and UTC, with day totals re-weighted."""

from __future__ import annotations

import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.report.exports.activities import UTC_FORMAT
from omnistaff.tables.files import Workspace


def in_queue_time(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return *frame* led by queue, interval start local with offset, zone and UTC; zones are the queues'."""
    zones = {queue.name: plan.zone_of(queue) for queue in plan.queues}
    zone = frame["queue"].map(zones).fillna(plan.time_zone)
    local = [
        timegrid.local_stamps(frame.loc[rows.index, "interval_start"], str(name))
        for name, rows in frame.groupby(zone)
    ]
    stamped = frame.assign(
        start_local=pd.concat(local) if local else pd.Series(dtype="str"),
        time_zone=zone,
        start_utc=timegrid.written(frame["interval_start"], UTC_FORMAT),
    )
    lead = ["queue", "start_local", "time_zone", "start_utc"]
    return stamped[lead + [name for name in frame if name not in ("queue", "interval_start")]]


def beside_quantiles(table: pd.DataFrame, quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return *table*, by queue and interval, with the *quantiles* of the forecast beside it, one column a level."""
    keys = ["queue", "interval_start"]
    levels = quantiles.pivot(index=keys, columns="quantile", values="arrivals")
    levels.columns = pd.Index([f"p{round(float(level) * 100, 2):g}" for level in levels.columns.to_numpy()])
    return table.merge(levels.reset_index(), on=keys, how="left", validate="one_to_one")


def forecast(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return the forecast with its quantiles beside the mean, one column a level."""
    table = work.read("forecast")
    if work.has("forecast_quantiles"):
        return in_queue_time(beside_quantiles(table, work.read("forecast_quantiles")), plan)
    return in_queue_time(table, plan)


def interval_plan(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return one row a queue and interval: forecast, work, need, scheduled people, expected service."""
    table = work.read("requirement")
    keys = ["queue", "interval_start"]
    if work.has("forecast"):
        table = table.merge(
            work.read("forecast")[[*keys, "mean", "handle_s"]], on=keys, how="left", validate="one_to_one"
        )
    if work.has("coverage"):
        table = table.merge(work.read("coverage"), on=keys, how="left", validate="one_to_one")
    return in_queue_time(table, plan)
