"""Salesforce cases as the Data Loader exports them: upper-case interface names, stamps with Z.

A case merged into another is a second copy of the same contact and is joined to its parent. An owner that begins with
00G is a queue, not a person. Cases have no time of first answer and no handle time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.ingest.export_rows import column, read_export
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers
from omnistaff.ingest.stamps import read_stamps

NEEDED = ("ID", "ORIGIN", "STATUS", "CREATEDDATE", "CLOSEDDATE")
CHANNEL_OF = {
    "email": "email", "phone": "voice", "web": "form", "chat": "web_chat", "messaging": "web_chat", "sms": "sms",
    "whatsapp": "whatsapp", "facebook": "messenger", "twitter": "social", "social": "social",
    "in person": "in_person",
}  # fmt: skip
PRIORITY_OF = {"low": 0.0, "medium": 1.0, "high": 2.0, "critical": 3.0}


def read(given: Input) -> Iterator[Parsed]:
    """Yield the cases, merged ones joined to their parents."""
    rows, rejects = read_export(given, NEEDED)
    merged = (column(rows, "STATUS").str.lower() == "merged") | (column(rows, "ISDELETED").str.lower() == "true")
    parent = column(rows, "PARENTID")
    is_copy = merged & parent.isin(rows.loc[~merged, "ID"])
    copies = parent[is_copy].value_counts()
    cases = rows[~is_copy].reset_index(drop=True)
    origin = column(cases, "ORIGIN").str.lower()
    unknown = Counter(("ORIGIN", str(code)) for code in origin.dropna() if code not in CHANNEL_OF)
    created, problem = read_stamps(cases["CREATEDDATE"], given.source)
    closed, problem_closed = read_stamps(cases["CLOSEDDATE"], given.source)
    changed, _ = read_stamps(column(cases, "LASTMODIFIEDDATE"), given.source)
    owner = column(cases, "OWNERID")
    of_queue = owner.str.startswith("00G", na=False)
    drafts = make_drafts(
        {
            "native_id": cases["ID"],
            "file": cases["file"],
            "row": cases["row"],
            "problem": problem.mask(problem == "", problem_closed),
            "channel": origin.map(CHANNEL_OF).astype("str"),
            "queue": owner.where(of_queue),
            "reason": column(cases, "REASON"),
            "priority": column(cases, "PRIORITY").str.lower().map(PRIORITY_OF).astype("float64"),
            "arrived_at": created,
            "ended_at": closed,
            "updated_at": changed,
            "outcome": pd.Series(np.where(closed.notna(), "answered", "open"), dtype="str"),
            "agent_id": owner.where(~of_queue),
            "is_demand": ~merged[~is_copy].reset_index(drop=True),
            "derives_effort": False,
            "legs": cases["ID"].map(copies).where(~cases["ID"].duplicated(), 0).fillna(0).astype("int64") + 1,
        },
        len(cases),
    )
    identifiers = make_identifiers(drafts, _identifiers(cases))
    yield Parsed(len(rows) + len(rejects), drafts, identifiers, rejects, Counter(), unknown)


def _identifiers(cases: pd.DataFrame) -> dict[str, pd.Series[str]]:
    phone = column(cases, "CONTACTPHONE").fillna(column(cases, "SUPPLIEDPHONE"))
    mail = column(cases, "SUPPLIEDEMAIL").fillna(column(cases, "CONTACTEMAIL"))
    return {
        "phone": phone, "email": mail, "account": column(cases, "ACCOUNTID"), "name": column(cases, "SUPPLIEDNAME"),
        "handle:salesforce": column(cases, "CONTACTID"),
    }  # fmt: skip
