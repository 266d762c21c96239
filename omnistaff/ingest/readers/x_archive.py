"""X (Twitter) archive ``direct-messages.js``: a JavaScript assignment around JSON, newest message first.

The archive names people by number only; ``own_addresses`` of the plan says which number is ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from omnistaff.errors import ConfigError
from omnistaff.ingest.json_rows import pick, pick_list, pick_text, read_records
from omnistaff.ingest.messages import make_messages, to_conversations
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.stamps import read_stamps

ASSIGNMENT = re.compile(r"^\s*window\.YTD\.\w+\.part\d+\s*=\s*")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations of an archive."""
    own = set(given.source.own_addresses)
    if not own:
        raise ConfigError(
            f"ingest source {given.source.label}: own_addresses is missing, expected the number of our own account"
        )
    found, rejects = read_records(given.files, given.source.encoding, prefix=ASSIGNMENT)
    rows: list[dict[str, Any]] = []
    aside: Counter[str] = Counter()
    for file, place, record in found:
        for event in pick_list(record, "dmConversation", "messages"):
            message = pick(event, "messageCreate")
            if isinstance(message, dict):
                rows.append({"file": file, "row": place, **_message(record, message, own)})
            else:
                aside["event that is no message"] += 1
    messages = make_messages(rows)
    at, problem = read_stamps(messages["stamp"], given.source)
    yield to_conversations(messages.assign(at=at, problem=problem), given, make_rejects(rejects), +aside)


def _message(record: Any, message: Any, own: set[str]) -> dict[str, Any]:
    sender = pick_text(message, "senderId")
    inbound = sender not in own
    return {
        "message_id": pick_text(message, "id"),
        "thread_id": pick_text(record, "dmConversation", "conversationId"),
        "is_inbound": inbound,
        "stamp": pick_text(message, "createdAt"),
        "channel": "social",
        "id:handle:x": sender if inbound else None,
    }
