"""Who waits for whom: contacts that we owe an answer to, and matters in which the customer has the next move.

A contact without an answer, still open, means that the customer waits for us. An answered contact of a conversation
or ticket that is not closed means that we wait for the customer. What was abandoned waits for nobody: they left.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.tables import Contacts, Timeline

FOR_US, FOR_CUSTOMER = "the customer waits for us", "we wait for the customer"
COLUMNS = [
    "contact_id", "customer_id", "case_id", "queue", "channel", "reason", "who_waits", "since_at", "waited_hours",
]  # fmt: skip


def waiting_matters(
    contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], at: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return contact_id, customer_id, case_id, queue, channel, reason, who_waits, since_at and waited_hours.

    One row a matter that waits at *at* (by default the last arrival, answer or end in the log), longest first: the
    row of its latest contact that is demand. A matter waits for us since the first contact that nobody answered
    after the last answer; it waits for the customer since our last answer.
    """
    now = log_end(contacts) if at is None else at
    marks = timeline[["contact_id", "customer_id", "case_id"]]
    rows = contacts.merge(marks, on="contact_id", validate="1:1")
    rows = rows[rows["is_demand"].to_numpy(dtype=bool) & (rows["arrived_at"] <= now).to_numpy()]
    rows = rows.sort_values(["case_id", "arrived_at", "contact_id"], ignore_index=True)
    answered = rows["answered_at"].where(rows["answered_at"] <= now)
    closed = (rows["outcome"] != "open").to_numpy(dtype=bool)
    unanswered = ~closed & answered.isna().to_numpy()
    last_answer = answered.groupby(rows["case_id"]).transform("max")
    owed = unanswered & (last_answer.isna() | (rows["arrived_at"] >= last_answer)).to_numpy()
    since = rows["arrived_at"].where(owed).groupby(rows["case_id"]).transform("min")
    last = ~rows.duplicated("case_id", keep="last").to_numpy()
    for_us = last & since.notna().to_numpy()
    for_them = last & ~for_us & ~closed & answered.notna().to_numpy()
    who = np.select([for_us, for_them], [FOR_US, FOR_CUSTOMER], "")
    found = rows.assign(who_waits=pd.Series(who, dtype="str"), since_at=since.where(for_us, last_answer))
    found["waited_hours"] = (now - found["since_at"]).dt.total_seconds() / 3600
    table = found.loc[for_us | for_them, COLUMNS]
    return table.sort_values(["since_at", "contact_id"], ignore_index=True)


def waiting_by_queue(waiting: pd.DataFrame) -> pd.DataFrame:
    """Return queue, channel, who_waits, matters, median_hours and longest_hours of ``waiting_matters``."""
    named = waiting.assign(queue=waiting["queue"].fillna("none"))
    table = named.groupby(["queue", "channel", "who_waits"], as_index=False).agg(
        matters=("case_id", "size"), median_hours=("waited_hours", "median"), longest_hours=("waited_hours", "max")
    )
    return table.sort_values(["who_waits", "matters", "queue"], ascending=[True, False, True], ignore_index=True)


def log_end(contacts: DataFrame[Contacts]) -> pd.Timestamp:
    """Return the last moment that the log knows of."""
    return pd.Timestamp(contacts[["arrived_at", "answered_at", "ended_at"]].max().max())
