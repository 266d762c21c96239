"""Telegram Desktop export (``result.json``), one chat or all chats.

``date`` is the exporting computer's wall time without a zone, so only ``date_unixtime`` is read. In a personal chat
the chat's id is the customer's; everybody else writes for us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from omnistaff.ingest.json_rows import pick_list, pick_text, read_records
from omnistaff.ingest.messages import make_messages, to_conversations
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.stamps import read_epochs


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations of exported chats."""
    found, rejects = read_records(given.files, given.source.encoding)
    rows: list[dict[str, Any]] = []
    aside: Counter[str] = Counter()
    for file, _, record in found:
        chats = pick_list(record, "chats", "list") or [record]
        place = 0
        for chat in chats:
            for message in pick_list(chat, "messages"):
                place += 1
                kept = _message(chat, message)
                if kept is None:
                    aside["service row"] += 1
                else:
                    rows.append({"file": file, "row": place, **kept})
    messages = make_messages(rows)
    at, problem = read_epochs(messages["stamp"], 1e6)
    yield to_conversations(messages.assign(at=at, problem=problem), given, make_rejects(rejects), +aside)


def _message(chat: Any, message: Any) -> dict[str, Any] | None:
    """Return a message, or a customer's call, which asks for an answer too; None for other service rows."""
    is_call = pick_text(message, "action") == "phone_call"
    if pick_text(message, "type") == "service" and not is_call:
        return None
    customer = f"user{pick_text(chat, 'id')}"
    sender = pick_text(message, "actor_id" if is_call else "from_id")
    inbound = sender == customer
    return {
        "message_id": f"{pick_text(chat, 'id')}/{pick_text(message, 'id')}",
        "thread_id": customer,
        "is_inbound": inbound,
        "stamp": pick_text(message, "date_unixtime"),
        "channel": "telegram",
        "agent_id": None if inbound else sender,
        "name": pick_text(chat, "name") if inbound else None,
        "id:handle:telegram": customer if inbound else None,
    }
