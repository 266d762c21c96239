"""Opening hours: which hours of the week are worth being open, whom they serve and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from omnistaff.report.content import TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import DAYS, clock, number, plural

NOTE = (
    "New contacts: not served at another time today, and to be counted on. An hour pays while a new contact costs at "
    "most twice what the queue's contacts cost on average; with another worth: omnistaff hours --worth. The CSV has "
    "every hour."
)
BASES = {
    "attempts": "attempts while closed",
    "other days": "the same hours of other days",
    "shape of others": "queues open at any hour",
}


def stretches(hours: pd.DataFrame) -> pd.DataFrame:
    """Return hours that should change, one row for hours of a queue's day that follow each other."""
    changed = hours[hours["is_open"] != hours["pays"]].sort_values(["queue", "weekday", "hour"])
    same = ["queue", "weekday", "pays", "basis"]
    begins = (changed[same] != changed[same].shift()).any(axis=1) | (changed["hour"] != changed["hour"].shift() + 1)
    joined = changed.groupby(begins.cumsum(), as_index=False).agg(
        queue=("queue", "first"), weekday=("weekday", "first"), first=("hour", "first"), last=("hour", "last"),
        opens=("pays", "first"), basis=("basis", "first"), new_contacts=("new_contacts", "sum"),
        agents=("agents", "max"), cost=("cost", "sum"),
    )  # fmt: skip
    joined["cost_per_contact"] = joined["cost"] / joined["new_contacts"].where(joined["new_contacts"] > 0)
    return joined.sort_values(["opens", "cost_per_contact"], ascending=[False, True], ignore_index=True)


def when(row: Mapping[str, Any]) -> str:
    """Return the day and hours of a stretch, such as ``Sat 14:00 to 20:00``."""
    return f"{DAYS[row['weekday']]} {clock(60 * row['first'])} to {clock(60 * (row['last'] + 1))}"


def advice(inputs: Inputs) -> TableView | None:
    """Return the opening hours that should change, those that serve a contact cheapest first."""
    hours = inputs.table("opening_hours")
    if hours.empty:
        return None
    found = stretches(hours)
    change = hours["is_open"] != hours["pays"]
    opened, closed = int((change & hours["pays"]).sum()), int((change & hours["is_open"]).sum())
    if not len(found):
        title = "Today's opening hours pay, and no hour more would"
    else:
        title = f"{plural(opened, 'hour')} a week more would pay; without return: {number(closed)} of today's"
    money = inputs.plan.report.currency or "Cost"
    rows = [
        (
            row["queue"],
            "open" if row["opens"] else "close",
            when(row),
            number(row["new_contacts"]),
            number(row["agents"], 1),
            number(row["cost"]),
            number(row["cost_per_contact"], 1),
            BASES.get(row["basis"], "contacts of this hour"),
        )
        for row in records(found)
    ]
    columns = ("Queue", "Advice", "Hours", "New contacts a week", "Agents at most", f"{money} a week",
               f"{money} a contact", "Known from")  # fmt: skip
    return TableView(
        "hours", title, columns, rows, hours, frozenset({3, 4, 5, 6}), NOTE,
        filters={"day": [row[2][:3] for row in rows], "queue": [row[0] for row in rows]}, is_folded=len(rows) > 12,
    )  # fmt: skip
