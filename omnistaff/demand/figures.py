"""Headline figures of demand."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.demand.marks import silent_since, tell_changes
from omnistaff.demand.strays import micros, stretch_of
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Demand, Figure
from omnistaff.timegrid import local_dates

_SHARES = (
    ("handled_share", "handled", "answered"),
    ("abandoned_share", "abandoned", "left before an answer"),
    ("repeat_share", "repeat_contacts", "follow up an earlier contact of the same matter"),
    ("switched_share", "switched_contacts", "come over from another channel"),
    ("unlinked_share", "unlinked_contacts", "from customers known from this contact alone"),
)


def describe(
    demand: DataFrame[Demand],
    plan: Plan,
    *,
    contacts: DataFrame[Contacts] | None = None,
    histories: pd.DataFrame | None = None,
) -> list[Figure]:
    """Return the figures a planner asks for first: volume, loss, repeats, work, closed hours, shifts, doubtful data.

    With the *contacts* and *histories* that were counted, also how many were left out for stamps that are far off.
    """
    offered = float(demand["offered"].sum())
    base = max(offered, 1.0)
    figures = [Figure("offered", offered, "contacts", f"{offered:,.0f} contacts offered")]
    for name, column, words in _SHARES:
        share = float(demand[column].sum()) / base
        figures.append(Figure(name, share, "share", f"{share:.1%} {words}"))
    closed = float(demand.loc[~demand["is_open"], "offered"].sum()) / base
    hours = float(demand["workload_s"].sum()) / 3600
    marked = int(demand["is_outlier"].sum())
    figures += [
        Figure("closed_share", closed, "share", f"{closed:.1%} arrived outside opening hours"),
        Figure("workload_hours", hours, "hours", f"{hours:,.0f} hours of work done"),
        Figure("outlier_intervals", marked, "intervals", f"{marked:,} intervals kept out of training"),
    ]
    present = set(demand["queue"].unique())
    silent = [queue.name for queue in plan.queues if queue.name not in present and not queue.outbound]
    if silent:
        text = f"no contacts at all for {', '.join(silent)}"
        figures.append(Figure("silent_queues", len(silent), "queues", text))
    figures += _moved(demand, plan)
    if contacts is not None:
        figures += _stray_figures("stray_contacts", "contacts", contacts["arrived_at"])
    if histories is not None:
        figures += _stray_figures("stray_reports", "rows of interval reports", histories["interval_start"])
    return figures


def _moved(demand: DataFrame[Demand], plan: Plan) -> list[Figure]:
    """Return which queues' levels moved to stay, and which have come to an end or have lost their feed."""
    shifts, ended, opened = [], [], []
    tables = dict(iter(demand.groupby("queue")))
    for queue in plan.queues:
        if queue.name not in tables:
            continue
        rows = tables[queue.name]
        changes = tell_changes(rows, queue, plan)
        shifts += [f"{queue.name} {ratio:.2f} times since {day}" for day, ratio in changes.shifts]
        if (since := silent_since(rows)) is not None:
            ended.append(f"{queue.name} since {local_dates(pd.Series([since]), plan.zone_of(queue))[0]:%Y-%m-%d}")
        if changes.opened:
            opened.append(f"{queue.name} {changes.unopened:,} intervals before {changes.opened}")
    figures = []
    if opened:
        text = f"not open yet then, by their silence, and kept out of training: {', '.join(opened)}"
        figures.append(Figure("unopened_queues", len(opened), "queues", text))
    if shifts:
        text = f"contacts a day moved to another level: {', '.join(shifts)}; models follow over weeks"
        figures.append(Figure("level_shifts", len(shifts), "shifts", text))
    if ended:
        text = f"nothing came any more for {', '.join(ended)}, taken as an outage: remove a queue that has ended"
        figures.append(Figure("ended_queues", len(ended), "queues", text))
    return figures


def _stray_figures(name: str, what: str, at: pd.Series[pd.Timestamp]) -> list[Figure]:
    far = at[~stretch_of(at).holds(micros(at))]
    if far.empty:
        return []
    text = f"{len(far):,} {what} left out, long silence parts them from the others: {far.min():%Y-%m-%d}"
    return [Figure(name, len(far), what, text + (f" to {far.max():%Y-%m-%d}" if len(far) > 1 else ""))]
