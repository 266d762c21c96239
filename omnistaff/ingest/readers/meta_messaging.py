"""Messenger and Instagram webhooks: entry > messaging. Stamps are Unix milliseconds.

``is_echo`` is our own reply; standby copies belong to the app that holds the conversation; deletes and receipts are
no messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from omnistaff.ingest.json_rows import Record, pick, pick_list, pick_text, read_records
from omnistaff.ingest.messages import make_messages, to_conversations
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.stamps import read_epochs

CHANNEL_OF = {"page": "messenger", "instagram": "instagram"}


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations in webhooks."""
    found, rejects = read_records(given.files, given.source.encoding)
    rows: list[dict[str, Any]] = []
    aside: Counter[str] = Counter()
    for file, row, record in found:
        before = len(rows) + sum(aside.values())
        for entry in pick_list(record, "entry"):
            aside["standby copy of a conversation held by another app"] += len(pick_list(entry, "standby"))
            for event in pick_list(entry, "messaging"):
                _sort_out(event, pick_text(record, "object"), rows, aside)
        if len(rows) + sum(aside.values()) == before:
            aside["webhook without message"] += 1
        for message in rows:
            message.setdefault("file", file)
            message.setdefault("row", row)
    messages = make_messages(rows)
    at, problem = read_epochs(messages["stamp"], 1e3)
    yield to_conversations(messages.assign(at=at, problem=problem), given, make_rejects(rejects), +aside)


def _sort_out(event: Any, kind: str | None, rows: list[dict[str, Any]], aside: Counter[str]) -> None:
    if not isinstance(pick(event, "message"), dict):
        aside["receipt"] += 1
    elif pick(event, "message", "is_deleted") is True:
        aside["deleted message"] += 1
    else:
        rows.append(_message(event, kind))


def _message(event: Record, kind: str | None) -> dict[str, Any]:
    echo = pick(event, "message", "is_echo") is True
    customer = pick_text(event, "recipient" if echo else "sender", "id")
    channel = CHANNEL_OF.get(kind or "")
    agent = (pick_text(event, "message", "metadata") or "").removeprefix("agent:")
    return {
        "message_id": pick_text(event, "message", "mid"),
        "thread_id": customer,
        "is_inbound": not echo,
        "stamp": pick_text(event, "timestamp"),
        "channel": channel,
        "queue": pick_text(event, "sender" if echo else "recipient", "id"),
        "agent_id": agent or None if echo else None,
        f"id:handle:{channel or 'meta'}": None if echo else customer,
    }
