"""Making the forecast: for each queue a mean, a distribution and joint draws for every interval of the horizon."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.forecast.adoption import adopt, is_new
from omnistaff.forecast.analogues import fit_analogues
from omnistaff.forecast.choice import choose_models
from omnistaff.forecast.days import local_date
from omnistaff.forecast.drivers import refuse_unknown_future, refuse_untaught
from omnistaff.forecast.grid import refuse_other_intervals, refuse_repeated_intervals
from omnistaff.forecast.outbound import list_rows
from omnistaff.forecast.outlook import Task, make_outlook, usual_volumes
from omnistaff.forecast.parallel import spread
from omnistaff.forecast.reconcile import reconcile
from omnistaff.forecast.rows import Rows, write_rows
from omnistaff.plan import Plan, Queue
from omnistaff.tables import (
    Demand,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Scores,
    check,
    empty,
)


def forecast_demand(
    demand: DataFrame[Demand], plan: Plan, *, scores: DataFrame[Scores] | None = None
) -> DemandForecast:
    """Return the demand to come of each queue: means, quantiles at the plan's levels, joint paths.

    The horizon starts on the plan's date, or on the first Monday after the data, and has ``horizon_days`` days. Data
    from its first day on are not looked at. With *scores* each queue and lead takes the model that did best there.
    Queues with outbound lists have those. A queue with less than four weeks of past and an adoption in the plan is
    forecast by that. ConfigError names queues without any past, queues without a handle time, drivers that teach
    nothing or end before the horizon does, and demand that was counted by other intervals than the plan's; TableError
    demand that repeats an interval.
    """
    refuse_repeated_intervals(demand)
    refuse_other_intervals(demand, plan)
    start = forecast_start(demand, plan)
    listed = [queue for queue in plan.queues if queue.outbound]
    new = [
        queue
        for queue in plan.queues
        if not queue.outbound and is_new(queue, demand, _begin(queue, start, plan), plan)
    ]
    old = [queue for queue in plan.queues if queue not in (*new, *listed)]
    _refuse_silent_queues(demand, start, old, plan)
    refuse_untaught(start, old, plan)
    refuse_unknown_future(start, plan.forecast.horizon_days, plan)
    analogues = fit_analogues(demand, start, plan)
    tasks = [replace(_task(demand, queue, start, scores, plan), analogues=analogues) for queue in old]
    made = spread(make_outlook, tasks, plan.forecast.workers, plan.threads)
    outlooks = reconcile({queue.name: outlook for queue, outlook in zip(old, made, strict=True)}, plan)
    rows = {
        task.queue.name: write_rows(outlooks[task.queue.name], task.rows, task.queue, start, plan) for task in tasks
    }
    for queue in new:
        begin = _begin(queue, start, plan)
        history = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
        like = rows[plan.forecast.adoptions[queue.name].like].table
        rows[queue.name] = adopt(queue, like, history, start, plan)
    return _joined([*rows.values(), *(list_rows(queue, start, plan) for queue in listed)])


def _joined(rows: list[Rows]) -> DemandForecast:
    paths = [part.paths for part in rows if part.paths is not None]
    return DemandForecast(
        check(Forecast, pd.concat([part.table for part in rows], ignore_index=True)),
        check(ForecastQuantiles, pd.concat([part.quantiles for part in rows], ignore_index=True)),
        check(ForecastPaths, pd.concat(paths, ignore_index=True)) if paths else empty(ForecastPaths),
    )


def _begin(queue: Queue, start: dt.date, plan: Plan) -> pd.Timestamp:
    return timegrid.day_start(start, plan.zone_of(queue))


def _task(
    demand: DataFrame[Demand], queue: Queue, start: dt.date, scores: DataFrame[Scores] | None, plan: Plan
) -> Task:
    begin = _begin(queue, start, plan)
    rows = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
    last = start + dt.timedelta(days=plan.forecast.horizon_days - 1)
    models = choose_models(queue.name, plan, scores)
    return Task(queue, rows, last, models, usual_volumes(demand, begin), plan)


def forecast_start(demand: DataFrame[Demand], plan: Plan) -> dt.date:
    """Return the first day to forecast: the plan's, or the first Monday after the last day in *demand*.

    A day is in the demand when it has begun by the clock of the queue and by that of the plan: neither a western
    queue's Sunday evening nor what an eastern one has of Monday puts the start off for a week.
    """
    if plan.forecast.start != "auto":
        return plan.forecast.start
    if demand.empty:
        raise ConfigError("forecast: there is no demand to learn from, check ingest and the queues' contacts filters")
    zones = {queue.name: plan.zone_of(queue) for queue in plan.queues}
    ends = demand.groupby("queue")["interval_start"].max()
    last = max(
        min(local_date(end, plan.time_zone), local_date(end, zones.get(str(name), plan.time_zone)))
        for name, end in ends.items()
    )
    return last + dt.timedelta(days=7 - last.weekday())


def _refuse_silent_queues(demand: DataFrame[Demand], start: dt.date, queues: list[Queue], plan: Plan) -> None:
    since = demand.groupby("queue")["interval_start"].min().to_dict()
    problems = [
        f"queues.{queue.name}: nothing before {start} to learn from: check its contacts filter, remove it, or plan "
        "its adoption (forecast.adoptions)"
        for queue in queues
        if queue.name not in since or since[queue.name] >= _begin(queue, start, plan)
    ]
    if problems:
        raise ConfigError("some queues cannot be forecast", problems)
