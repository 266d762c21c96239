"""Twilio Messages list: SMS and WhatsApp. A message that was not delivered is no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from omnistaff.ingest.json_rows import Record, pick_text, read_records
from omnistaff.ingest.messages import make_messages, to_conversations
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.stamps import read_stamps

RFC_2822 = "%a, %d %b %Y %H:%M:%S %z"
LOST = ("failed", "undelivered", "canceled")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations in pages of messages."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("messages",))
    kept = [(file, row, record) for file, row, record in found if pick_text(record, "status") not in LOST]
    aside = Counter({"message that was not delivered": len(found) - len(kept)})
    messages = make_messages([_message(file, row, record) for file, row, record in kept])
    at, problem = read_stamps(messages["stamp"], given.source, time_format=RFC_2822)
    messages = messages.assign(at=at, problem=problem)
    yield to_conversations(messages, given, make_rejects(rejects), +aside)


def _message(file: str, row: int, record: Record) -> dict[str, Any]:
    inbound = pick_text(record, "direction") == "inbound"
    customer = pick_text(record, "from" if inbound else "to")
    ours = pick_text(record, "to" if inbound else "from")
    plain = (customer or "").removeprefix("whatsapp:")
    return {
        "file": file,
        "row": row,
        "message_id": pick_text(record, "sid"),
        "thread_id": customer,
        "is_inbound": inbound,
        "stamp": pick_text(record, "date_sent") or pick_text(record, "date_created"),
        "channel": "whatsapp" if (customer or "").startswith("whatsapp:") else "sms",
        "queue": (ours or "").removeprefix("whatsapp:") or None,
        "id:phone": plain if inbound and plain else None,
    }
