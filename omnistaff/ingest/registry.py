"""The formats omnistaff reads. A new one is a module in ``readers`` and one line here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.parsed import Input, Parsed

ReadContacts = Callable[[Input], Iterator[Parsed]]
ReadIntervals = Callable[[Input], tuple[pd.DataFrame, pd.DataFrame]]


@dataclass(frozen=True)
class Reader:
    """A format: what it is, what it gives, and a plan entry to copy."""

    name: str
    about: str
    example: str
    gives: Literal["contacts", "intervals"] = "contacts"
    is_rowwise: bool = False  # one row is one contact, so files can be read one by one, a block at a time
    takes_lines: bool = False  # rows are JSON records, a line each when they come as a stream

    def load(self) -> ReadContacts:
        """Return the reader's function; its module is imported now."""
        read: ReadContacts = import_module(f"omnistaff.ingest.readers.{self.name}").read
        return read

    def load_intervals(self) -> ReadIntervals:
        """Return the function of a reader that gives intervals: (intervals, rejects)."""
        read: ReadIntervals = import_module(f"omnistaff.ingest.readers.{self.name}").read
        return read


_ALL = (
    Reader(
        "amazon_connect",
        "Amazon Connect contact records",
        "{reader: amazon_connect, path: logs/connect/, concurrency: 2}",
    ),
    Reader(
        "asterisk_cdr",
        "Asterisk call detail records (Master.csv)",
        "{reader: asterisk_cdr, path: logs/cdr-csv/Master.csv*, time_zone: America/New_York}",
        is_rowwise=True,
    ),
    Reader(
        "asterisk_queue_log",
        "Asterisk queue_log",
        "{reader: asterisk_queue_log, path: logs/queue_log*, after_contact_s: 20}",
    ),
    Reader(
        "avaya_cms_interval",
        "Avaya CMS split/skill interval report",
        "{reader: avaya_cms_interval, path: logs/cms/*.txt, time_zone: America/New_York}",
        gives="intervals",
    ),
    Reader(
        "calabrio_queue_statistics",
        "Calabrio or RingCX queue statistics",
        "{reader: calabrio_queue_statistics, path: logs/stats/*.csv, time_zone: America/New_York}",
        gives="intervals",
    ),
    Reader(
        "chatwoot",
        "Chatwoot table dumps",
        "{reader: chatwoot, path: logs/chatwoot/*.csv, concurrency: 2.5}",
    ),
    Reader(
        "cisco_uccx_interval",
        "Cisco UCCX queue interval report",
        "{reader: cisco_uccx_interval, path: logs/uccx.csv, time_zone: America/New_York}",
        gives="intervals",
    ),
    Reader(
        "csv",
        "any delimited text with a header, by column map",
        "{reader: csv, path: logs/branch.csv, channel: in_person, time_zone: Europe/Madrid, "
        'time_format: "%d/%m/%Y %H:%M", columns: {contact_id: id, arrived_at: fecha, account: '
        "cliente}}",
        is_rowwise=True,
    ),
    Reader(
        "five9_call_log",
        "Five9 call log report",
        "{reader: five9_call_log, path: logs/five9.csv, time_zone: America/Los_Angeles}",
    ),
    Reader(
        "freeswitch_cdr",
        "FreeSWITCH call detail records",
        "{reader: freeswitch_cdr, path: logs/cdr-csv/Master.csv, time_zone: Etc/UTC}",
        is_rowwise=True,
    ),
    Reader(
        "freshdesk_tickets",
        "Freshdesk ticket list",
        "{reader: freshdesk_tickets, path: logs/freshdesk/*.json, assumed_effort_s: 420}",
        is_rowwise=True,
        takes_lines=True,
    ),
    Reader(
        "genesys_cloud",
        "Genesys Cloud conversation details",
        "{reader: genesys_cloud, path: logs/genesys/*.json, concurrency: 2}",
        is_rowwise=True,
        takes_lines=True,
    ),
    Reader(
        "genesys_wfm_history",
        "Genesys Cloud WFM historical import",
        "{reader: genesys_wfm_history, path: logs/wfm_history.csv}",
        gives="intervals",
    ),
    Reader(
        "intercom_conversations",
        "Intercom conversation list",
        "{reader: intercom_conversations, path: logs/intercom/*.json, concurrency: 3}",
        is_rowwise=True,
        takes_lines=True,
    ),
    Reader(
        "interval_csv",
        "any interval report with a header, by column map",
        "{reader: interval_csv, path: logs/report.csv, time_zone: Europe/Berlin, time_format: "
        '"%d.%m.%Y %H:%M", decimal: ",", thousands: ".", columns: {interval_start: Datum + '
        "Intervall, queue: Queue, offered: Angebot, handled: Angenommen, handle_s: AHT (s)}}",
        gives="intervals",
    ),
    Reader(
        "json",
        "any JSON records, by column map with dotted paths",
        "{reader: json, path: logs/app/*.jsonl, channel: app, columns: {contact_id: id, arrived_at:"
        " meta.created, phone: user.phone}}",
        is_rowwise=True,
        takes_lines=True,
    ),
    Reader(
        "mbox",
        "a mailbox in mbox format",
        '{reader: mbox, path: logs/support.mbox, own_addresses: ["@example.org"], assumed_effort_s: 300}',
    ),
    Reader(
        "meta_messaging",
        "Messenger and Instagram webhooks",
        "{reader: meta_messaging, path: logs/meta/*.jsonl, session_gap_minutes: 240}",
    ),
    Reader(
        "parquet",
        "Parquet files, by column map",
        "{reader: parquet, path: lake/contacts/, channel: voice, columns: {contact_id: id, arrived_at: start_ts}}",
        is_rowwise=True,
    ),
    Reader(
        "salesforce_cases",
        "Salesforce cases (Data Loader)",
        "{reader: salesforce_cases, path: logs/cases.csv, assumed_effort_s: 420}",
    ),
    Reader(
        "sql",
        "rows of a query on a database",
        '{reader: sql, path: "postgresql+psycopg://planner:${DB_PASSWORD}@db/crm", query: "select '
        'id, opened from cases", channel: ticket, columns: {contact_id: id, arrived_at: opened}}',
        is_rowwise=True,
    ),
    Reader(
        "telegram",
        "Telegram Desktop export",
        "{reader: telegram, path: logs/result.json, session_gap_minutes: 240}",
    ),
    Reader(
        "twilio_calls",
        "Twilio Calls list",
        "{reader: twilio_calls, path: logs/twilio/calls*.json, after_contact_s: 20}",
    ),
    Reader(
        "twilio_messages",
        "Twilio Messages list",
        "{reader: twilio_messages, path: logs/twilio/messages*.json, session_gap_minutes: 240}",
    ),
    Reader(
        "twilio_taskrouter",
        "Twilio TaskRouter events",
        "{reader: twilio_taskrouter, path: logs/twilio/events*.json, concurrency: 2}",
    ),
    Reader(
        "whatsapp_cloud",
        "WhatsApp Cloud API webhooks",
        "{reader: whatsapp_cloud, path: logs/wa/*.jsonl, session_gap_minutes: 1440, assumed_effort_s: 300}",
    ),
    Reader(
        "x_archive",
        "X (Twitter) archive of direct messages",
        '{reader: x_archive, path: logs/direct-messages.js, own_addresses: ["900001"]}',
    ),
    Reader(
        "zendesk_metric_events",
        "Zendesk ticket metric events",
        "{reader: zendesk_metric_events, path: logs/metric_events*.json, channel: email, assumed_effort_s: 420}",
    ),
    Reader(
        "zendesk_tickets",
        "Zendesk ticket export with metric sets",
        "{reader: zendesk_tickets, path: logs/tickets.jsonl, assumed_effort_s: 420}",
        is_rowwise=True,
        takes_lines=True,
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


def list_readers() -> pd.DataFrame:
    """Return one row a reader: reader, gives, about and example, in the order of their names."""
    rows = [
        (READERS[name].name, READERS[name].gives, READERS[name].about, READERS[name].example)
        for name in sorted(READERS)
    ]
    return pd.DataFrame(rows, columns=["reader", "gives", "about", "example"]).astype("str")
