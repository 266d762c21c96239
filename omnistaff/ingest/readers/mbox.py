"""A mailbox in mbox format. The envelope line's time is the server's (UTC); ``Date:`` is the sender's clock.

Messages of one thread (References, In-Reply-To) within the plan's silence are one contact. ``own_addresses`` of
the plan says who we are. Bounces and automatic replies are no demand.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from typing import Any

from omnistaff.errors import ConfigError, ParseError
from omnistaff.ingest.messages import make_messages, to_conversations
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.stamps import read_stamps

ENVELOPE = re.compile(rb"^From (\S+) +(\w{3} \w{3} +\d{1,2} \d{2}:\d{2}:\d{2} \d{4})", re.MULTILINE)
ENVELOPE_TIME = "%a %b %d %H:%M:%S %Y %z"
ID = re.compile(r"<[^<>\s]+>")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the mail conversations of mailboxes."""
    own = tuple(address.lower() for address in given.source.own_addresses)
    if not own:
        raise ConfigError(
            f"ingest source {given.source.label}: own_addresses is missing, expected our addresses or @domain"
        )
    rows: list[dict[str, Any]] = []
    for file in given.files:
        content = file.read_bytes().replace(b"\r\n", b"\n")
        starts = [found for found in ENVELOPE.finditer(content) if _begins_message(content, found.start())]
        if not starts and content.strip():
            raise ParseError(f"{file.name} is not a mailbox, expected a first line such as 'From a@b Mon Oct 26 ...'")
        for row, start in enumerate(starts, start=1):
            end = starts[row].start() if row < len(starts) else len(content)
            head = content[start.end() : end].split(b"\n\n", 1)[0]
            head = head.split(b"\n", 1)[1] if b"\n" in head else b""
            parsed = email.message_from_bytes(head + b"\n\n", policy=email.policy.compat32)
            rows.append({"file": file.name, "row": row, **_message(parsed, start[2].decode(), own)})
    threads = _threads(rows)
    messages = make_messages([{**row, "thread_id": threads[k]} for k, row in enumerate(rows)])
    at, problem = read_stamps(messages["stamp"], given.source, time_format=ENVELOPE_TIME)
    yield to_conversations(messages.assign(at=at, problem=problem), given, make_rejects(), Counter())


def _begins_message(content: bytes, place: int) -> bool:
    return place == 0 or content[max(0, place - 2) : place] == b"\n\n"


def _message(parsed: Message, envelope: str, own: tuple[str, ...]) -> dict[str, Any]:
    name, address = parseaddr(_header(parsed, "From"))
    address = address.lower()
    inbound = not any(address == one or (one.startswith("@") and address.endswith(one)) for one in own)
    submitted = _header(parsed, "Auto-Submitted").lower()
    automatic = address.startswith(("mailer-daemon@", "postmaster@")) or submitted not in ("", "no")
    return {
        "message_id": _header(parsed, "Message-ID").strip() or None,
        "references": ID.findall(_header(parsed, "References")) + ID.findall(_header(parsed, "In-Reply-To")),
        "is_inbound": inbound,
        "is_human": not automatic,
        "is_demand": not automatic,
        "stamp": f"{envelope} +0000",
        "channel": "email",
        "queue": parseaddr(_header(parsed, "To"))[1].lower() or None,
        "name": name or None if inbound and not automatic else None,
        "id:email": address or None if inbound and not automatic else None,
    }


def _header(parsed: Message, name: str) -> str:
    """Return a header with encoded words decoded, as it stands where they are damaged."""
    value = str(parsed.get(name) or "")
    try:
        text = str(make_header(decode_header(value)))
    except (LookupError, ValueError, UnicodeError):
        text = value
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8").replace("\x00", "")


def _threads(rows: list[dict[str, Any]]) -> list[str | None]:
    """Return each message's thread: the first message known of the chain that its references name."""
    root: dict[str, str] = {}
    result: list[str | None] = []
    for row in rows:
        own_id = row["message_id"]
        chain = [*row["references"], *([own_id] if own_id else [])]
        first = next((root[name] for name in chain if name in root), chain[0] if chain else None)
        for name in chain:
            root.setdefault(name, first or name)
        result.append(first)
    return result
