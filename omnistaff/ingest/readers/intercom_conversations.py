"""Intercom conversation list with ``statistics``, stamps in Unix seconds.

``time_to_*`` leave out closed office hours, so waits come from the ``*_at`` stamps. A closed conversation without
an admin's reply was the bot's (contained, no demand) where the bot took part or nobody had it; one that the bot had
handed on or that was an admin's was closed unanswered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, pick, pick_list, pick_text, read_records, texts
from omnistaff.ingest.mapped import mapped_columns, mapped_identifiers
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_epochs
from omnistaff.plan import Source

CHANNEL_OF = {
    "conversation": "web_chat", "push": "app", "email": "email", "whatsapp": "whatsapp", "facebook": "messenger",
    "instagram": "instagram", "twitter": "social", "sms": "sms", "phone_call": "voice", "phone_switch": "voice",
}  # fmt: skip
HANDED_ON = ("escalated", "routed_to_team")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("conversations", "data"))
    records = [record for _, _, record in found]
    kind = texts(records, "source", "type")
    unknown = Counter(("source.type", str(code)) for code in kind.dropna() if code not in CHANNEL_OF)
    created, problem = _at(records, "created_at")
    replied, _ = _at(records, "statistics", "first_admin_reply_at")
    closed, _ = _at(records, "statistics", "last_close_at")
    updated, _ = _at(records, "updated_at")
    is_closed = texts(records, "state") == "closed"
    outbound = texts(records, "source", "delivered_as") == "admin_initiated"
    by_bot = is_closed & replied.isna() & _was_the_bots(records)
    outcome = np.select([replied.notna(), by_bot, is_closed], ["answered", "contained", "flowed_out"], default="open")
    channel = kind.map(CHANNEL_OF).astype("str")
    drafts = make_drafts(
        {
            "native_id": texts(records, "id"),
            "file": pd.Series([file for file, _, _ in found], dtype="str"),
            "row": pd.Series([row for _, row, _ in found], dtype="int64"),
            "problem": problem,
            "channel": channel,
            "direction": pd.Series(np.where(outbound, "outbound", "inbound"), dtype="str"),
            "queue": texts(records, "team_assignee_id"),
            "arrived_at": created,
            "answered_at": replied,
            "ended_at": closed.where(is_closed),
            "updated_at": updated,
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": texts(records, "admin_assignee_id"),
            "is_demand": ~by_bot,
            "derives_effort": channel != "email",
            **mapped_columns(records, given.source),
        },
        len(records),
    )
    identifiers = make_identifiers(drafts, _identifiers(records, given.source))
    yield Parsed(len(records) + len(rejects), drafts, identifiers, make_rejects(rejects), Counter(), unknown)


def _identifiers(records: Sequence[Record], source: Source) -> dict[str, pd.Series[str]]:
    return {
        "email": texts(records, "source", "author", "email"),
        "name": texts(records, "source", "author", "name"),
        "handle:intercom": texts(records, "source", "author", "id"),
        **mapped_identifiers(records, source),
    }


def _was_the_bots(records: Sequence[Record]) -> pd.Series[bool]:
    """Return whether no person was to answer: the bot took part or nobody was assigned, and it was not handed on."""
    with_bot = [pick(record, "ai_agent_participated") is True for record in records]
    nobodys = [
        pick_text(record, "admin_assignee_id") is None and not pick_list(record, "teammates", "admins")
        for record in records
    ]
    handed_on = texts(records, "ai_agent", "resolution_state").isin(HANDED_ON)
    return (pd.Series(with_bot, dtype="bool") | pd.Series(nobodys, dtype="bool")) & ~handed_on


def _at(records: Sequence[Record], *path: str) -> tuple[pd.Series[pd.Timestamp], pd.Series[str]]:
    return read_epochs(numbers(records, *path), 1e6)
