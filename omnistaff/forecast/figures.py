"""Headline figures of the forecast."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.forecast.analogues import tell_unknown
from omnistaff.forecast.choice import explain_models
from omnistaff.forecast.days import local_date
from omnistaff.forecast.leads import ALL
from omnistaff.forecast.models import BASELINE
from omnistaff.forecast.produce import forecast_start
from omnistaff.forecast.stated import tell_closed
from omnistaff.plan import Plan
from omnistaff.tables import Demand, DemandForecast, Figure, Scores


def describe(
    result: DemandForecast, scores: DataFrame[Scores], plan: Plan, *, demand: DataFrame[Demand] | None = None
) -> list[Figure]:
    """Return expected volume with its range, the first day, the models used, and their accuracy on past days.

    With the *demand* that the forecast was made from, events whose analogue nothing is known of are told too.
    """
    table = result.table
    total, days = float(table["mean"].sum()), plan.forecast.horizon_days
    text = f"{total:,.0f} contacts expected in {days} days"
    figures = []
    if len(result.paths):
        drawn = result.paths.groupby("path")["arrivals"].sum()
        low, high = float(drawn.quantile(0.1)), float(drawn.quantile(0.9))
        text += f" (80 %: {low:,.0f} to {high:,.0f})"
        figures = [Figure("volume_low", low, "contacts", ""), Figure("volume_high", high, "contacts", "")]
    figures.insert(0, Figure("volume", total, "contacts", text))
    figures += _first_day(table, plan)
    hours = float((table["mean"] * table["handle_s"]).sum()) / 3600
    figures.append(Figure("workload_hours", hours, "hours", f"{hours:,.0f} hours of work expected"))
    for queue in plan.queues:
        mine = table[table["queue"] == queue.name]
        figures += _list_figures(mine, queue.name) if queue.outbound else _queue_figures(mine, scores, queue.name)
    told = {*plan.forecast.adoptions, *(queue.name for queue in plan.queues if queue.outbound)}
    own = [queue.name for queue in plan.queues if queue.name not in told]
    figures += [
        Figure(f"model[{name}]", float("nan"), "", f"{name}: {explain_models(name, plan, scores)}") for name in own
    ]
    figures += tell_closed(table, plan)
    if demand is not None:
        figures += tell_unknown(demand, forecast_start(demand, plan), plan)
    for group, queues in plan.forecast.groups.items():
        mean = float(table.loc[table["queue"].isin(queues), "mean"].sum())
        figures.append(Figure(f"volume[{group}]", mean, "contacts", f"{group}: {mean:,.0f} contacts expected"))
    return figures


def _first_day(table: pd.DataFrame, plan: Plan) -> list[Figure]:
    """Return the first day that has intervals to plan, in local time; a wrong one shows stamps that are far off."""
    firsts = table.groupby("queue")["interval_start"].min()
    days = [local_date(at, plan.zone_of(plan.queue(str(name)))) for name, at in firsts.items()]
    return [Figure("first_day", float("nan"), "", f"the first day is {min(days)}")] if days else []


def _list_figures(table: pd.DataFrame, queue: str) -> list[Figure]:
    listed = float(table["mean"].sum())
    return [Figure(f"listed[{queue}]", listed, "contacts", f"{queue}: {listed:,.0f} contacts of outbound lists")]


def _queue_figures(table: pd.DataFrame, scores: pd.DataFrame, queue: str) -> list[Figure]:
    if table.empty:
        return []
    used = ", ".join(table["model"].unique())
    mine = scores[(scores["queue"] == queue) & (scores["horizon"] == ALL)].set_index("model")
    main = str(table["model"].mode().iloc[0])
    if main not in mine.index:
        return [Figure(f"wape[{queue}]", float("nan"), "share", f"{queue}: {used}, too little history to judge")]
    wapes = dict(zip(mine.index, mine["wape"].tolist(), strict=True))
    own, naive = wapes[main], wapes[BASELINE]
    text = f"{queue}: {used}, {own:.1%} off on past days (same as last week: {naive:.1%})"
    return [Figure(f"wape[{queue}]", own, "share", text)]
