"""Freshdesk ticket list with ``stats``. Outbound e-mail (source 10) is no demand; resolved is done, closed or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, pick, read_records, texts
from omnistaff.ingest.mapped import mapped_columns, mapped_identifiers
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

CHANNEL_OF = {
    "1": "email", "2": "form", "3": "voice", "5": "social", "6": "messenger", "7": "web_chat", "8": "app",
    "9": "form", "10": "email", "11": "other", "12": "other", "13": "whatsapp", "14": "other",
}  # fmt: skip
OUTBOUND = "10"
CHATS = ("5", "6", "7", "8", "13")  # the customer waits for words: closing without any is no answer


def read(given: Input) -> Iterator[Parsed]:
    """Yield the tickets."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("tickets", "results"))
    records = [record for _, _, record in found]
    source = texts(records, "source")
    unknown = Counter(("source", str(code)) for code in source.dropna() if code not in CHANNEL_OF)
    stamps, problem = _stamps(records, given.source)
    replied, ended = stamps["replied"], stamps["resolved"].fillna(stamps["closed"])
    status = texts(records, "status")
    done = replied.notna() | ended.notna()
    unanswered = source.isin(CHATS) & replied.isna() & ended.notna()
    spam = pd.Series([pick(record, "spam") is True for record in records], dtype="bool")
    drafts = make_drafts(
        {
            "native_id": texts(records, "id"),
            "file": pd.Series([file for file, _, _ in found], dtype="str"),
            "row": pd.Series([row for _, row, _ in found], dtype="int64"),
            "problem": problem,
            "channel": source.map(CHANNEL_OF).astype("str"),
            "direction": pd.Series(np.where(source == OUTBOUND, "outbound", "inbound"), dtype="str"),
            "queue": texts(records, "group_id"),
            "reason": texts(records, "type"),
            "priority": numbers(records, "priority"),
            "arrived_at": stamps["created"],
            "answered_at": replied,
            "ended_at": ended.where(status.isin(["4", "5"])),
            "updated_at": stamps["updated"],
            "outcome": pd.Series(np.select([unanswered, done], ["flowed_out", "answered"], "open"), dtype="str"),
            "agent_id": texts(records, "responder_id"),
            "is_demand": ~spam,
            "derives_effort": False,
            **mapped_columns(records, given.source),
        },
        len(records),
    )
    identifiers = make_identifiers(drafts, _identifiers(records, given.source))
    yield Parsed(len(records) + len(rejects), drafts, identifiers, make_rejects(rejects), Counter(), unknown)


def _identifiers(records: Sequence[Record], source: Source) -> dict[str, pd.Series[str]]:
    return {
        "handle:freshdesk": texts(records, "requester_id"),
        "email": texts(records, "requester", "email"),
        "phone": texts(records, "requester", "phone"),
        "name": texts(records, "requester", "name"),
        **mapped_identifiers(records, source),
    }


def _stamps(records: Sequence[Record], source: Source) -> tuple[dict[str, pd.Series[pd.Timestamp]], pd.Series[str]]:
    """Return the stamps by name and what is wrong with those of creation."""
    places = {"replied": "first_responded_at", "resolved": "resolved_at", "closed": "closed_at"}
    found = {name: read_stamps(texts(records, "stats", key), source)[0] for name, key in places.items()}
    created, problem = read_stamps(texts(records, "created_at"), source)
    return found | {"created": created, "updated": read_stamps(texts(records, "updated_at"), source)[0]}, problem
