"""Headline figures of demand."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.demand.strays import micros, stretch_of
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Demand, Figure

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
    """Return the figures a planner asks for first: volume, loss, repeats, work, closed hours, doubtful data.

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
    present = set(demand["queue"])
    silent = [queue.name for queue in plan.queues if queue.name not in present and not queue.outbound]
    if silent:
        text = f"no contacts at all for {', '.join(silent)}"
        figures.append(Figure("silent_queues", len(silent), "queues", text))
    if contacts is not None:
        figures += _stray_figures("stray_contacts", "contacts", contacts["arrived_at"])
    if histories is not None:
        figures += _stray_figures("stray_reports", "rows of interval reports", histories["interval_start"])
    return figures


def _stray_figures(name: str, what: str, at: pd.Series[pd.Timestamp]) -> list[Figure]:
    far = at[~stretch_of(at).holds(micros(at))]
    if far.empty:
        return []
    text = f"{len(far):,} {what} left out, long silence parts them from the others: {far.min():%Y-%m-%d}"
    return [Figure(name, len(far), what, text + (f" to {far.max():%Y-%m-%d}" if len(far) > 1 else ""))]
