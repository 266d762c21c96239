"""What was read, in a few figures."""

from __future__ import annotations

import pandas as pd

from omnistaff import timegrid
from omnistaff.ingest.intervals import REPEATED, HistoryLog
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog, Figure, People


def describe(log: ContactLog, people: People, plan: Plan) -> list[Figure]:
    """Return contacts, sources, rejects, people, and the span in local days of the operation as headline figures."""
    contacts = log.contacts
    n, rejected = len(contacts), len(log.rejects)
    demand = int(contacts["is_demand"].sum())
    figures = [
        Figure("contacts", n, "", f"{n:,} contacts from {contacts['source'].nunique()} source(s)"),
        Figure("demand_contacts", demand, "", f"{demand:,} of them are customers' demand"),
        Figure("rejects", rejected, "", f"{rejected:,} rows rejected, each with file, row and reason"),
        Figure("agents", len(people.agents), "", f"{len(people.agents):,} agents"),
    ]
    if n:
        ends = pd.Series([contacts["arrived_at"].min(), contacts["arrived_at"].max()])
        first, last = timegrid.local_dates(ends, plan.time_zone)
        days = (last - first).days + 1
        figures.append(Figure("days", days, "d", f"{days} days from {first:%Y-%m-%d} to {last:%Y-%m-%d}"))
        for channel, count in contacts["channel"].value_counts().sort_index().items():
            figures.append(Figure(f"contacts_{channel}", float(count), "", f"{count:,} by {channel}"))
    return figures


def describe_histories(log: HistoryLog) -> list[Figure]:
    """Return how many rows of interval reports were left out and why, none where all of them count."""
    repeated = int((log.rejects["reason"] == REPEATED).sum())
    rejected = len(log.rejects) - repeated
    figures = []
    if rejected:
        text = f"{rejected:,} rows of interval reports rejected, --preview shows why"
        figures.append(Figure("report_rejects", rejected, "rows", text))
    if repeated:
        text = (
            f"{repeated:,} rows of interval reports left out, later files have their intervals: "
            "files that add up need sources of their own"
        )
        figures.append(Figure("report_repeats", repeated, "rows", text))
    return figures
