"""The formats omnistaff reads. A new one is a module in ``readers`` and one line here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from omnistaff.errors import ConfigError
from omnistaff.ingest.parsed import Input, Parsed

ReadContacts = Callable[[Input], Iterator[Parsed]]


@dataclass(frozen=True)
class Reader:
    """A format: what it is, what it gives, and a plan entry to copy."""

    name: str
    about: str
    example: str
    gives: Literal["contacts", "intervals"] = "contacts"
    is_rowwise: bool = False  # one row is one contact, so files can be read a block at a time

    def load(self) -> ReadContacts:
        """Return the reader's function; its module is imported now."""
        read: ReadContacts = import_module(f"omnistaff.ingest.readers.{self.name}").read
        return read


_ALL = (
    Reader(
        "amazon_connect",
        "Amazon Connect contact records",
        "{reader: amazon_connect, path: logs/connect/, concurrency: 2}",
    ),
    Reader(
        "asterisk_queue_log",
        "Asterisk queue_log",
        "{reader: asterisk_queue_log, path: logs/queue_log*, after_contact_s: 20}",
    ),
    Reader(
        "chatwoot",
        "Chatwoot table dumps",
        "{reader: chatwoot, path: logs/chatwoot/*.csv, concurrency: 2.5}",
    ),
    Reader(
        "csv",
        "any delimited text with a header, by column map",
        "{reader: csv, path: logs/branch.csv, channel: in_person, time_zone: Europe/Madrid, "
        'time_format: "%d/%m/%Y %H:%M", columns: {contact_id: id, arrived_at: fecha, account: cliente}}',
        is_rowwise=True,
    ),
    Reader(
        "whatsapp_cloud",
        "WhatsApp Cloud API webhooks",
        "{reader: whatsapp_cloud, path: logs/wa/*.jsonl, session_gap_minutes: 1440, assumed_effort_s: 300}",
    ),
    Reader(
        "zendesk_tickets",
        "Zendesk ticket export with metric sets",
        "{reader: zendesk_tickets, path: logs/tickets.jsonl, assumed_effort_s: 420}",
    ),
)

READERS: dict[str, Reader] = {reader.name: reader for reader in _ALL}


def find_reader(name: str) -> Reader:
    """Return the reader called *name*; ConfigError with the nearest names when there is none."""
    if name in READERS:
        return READERS[name]
    near = difflib.get_close_matches(name, READERS, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"expected one of {', '.join(READERS)}"
    raise ConfigError(f"ingest: reader {name!r} is unknown, {hint}")


def list_readers() -> list[Reader]:
    """Return all readers in the order of their names."""
    return [READERS[name] for name in sorted(READERS)]
