"""Chatwoot table dumps: conversations, and beside them inboxes, messages, reporting events and contacts.

Tables are told apart by their columns, not by file names. Stamps are UTC without a mark. The first answer is the
first public message of a person: private notes, bot templates and automatic replies do not count. A conversation that
was resolved without one was contained where a bot wrote in it or resolved it and nobody was assigned; else it was
closed unanswered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.errors import ParseError
from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

#: Table: columns that only it has.
MARKS = {
    "conversations": ("display_id", "inbox_id"),
    "inboxes": ("channel_type",),
    "messages": ("message_type", "conversation_id"),
    "reporting_events": ("event_end_time", "conversation_id"),
    "contacts": ("email", "phone_number"),
}
#: Table: more columns that it cannot be read without.
NEEDED = {
    "conversations": ("id", "created_at"),
    "inboxes": ("id",),
    "messages": ("created_at", "private", "sender_type"),
    "reporting_events": ("name",),
    "contacts": ("id",),
}
CHANNEL_OF = {
    "Channel::WebWidget": "web_chat", "Channel::Email": "email", "Channel::Whatsapp": "whatsapp",
    "Channel::Sms": "sms", "Channel::TwilioSms": "sms", "Channel::FacebookPage": "messenger",
    "Channel::Instagram": "instagram",
    "Channel::Telegram": "telegram", "Channel::TwitterProfile": "social", "Channel::Line": "other",
    "Channel::Api": "app",
    "Channel::Voice": "voice", "Channel::Tiktok": "social",
}  # fmt: skip
STATUS_OF = {"0": "open", "1": "resolved", "2": "pending", "3": "snoozed"}
DEFERRED = ("email", "form", "ticket")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations of a table dump."""
    source = given.source.model_copy(update={"time_zone": "UTC", "time_format": None})
    tables, rejects, rows = _tables(given, source)
    if "conversations" not in tables:
        raise ParseError(
            f"ingest source {source.label}: no conversations table among {', '.join(f.name for f in given.files)}"
        )
    conversations = tables["conversations"]
    aside = Counter(
        {f"row of table {name}": len(t) for name, t in tables.items() if name != "conversations" and len(t)}
    )
    inboxes = tables.get("inboxes")
    kind = _lookup(conversations["inbox_id"], inboxes, "channel_type")
    strange = kind[kind.notna() & ~kind.isin(CHANNEL_OF)]
    unknown = Counter(("channel_type", str(code)) for code in strange)
    drafts = _drafts(conversations, kind.map(CHANNEL_OF).astype("str"), tables, source)
    identifiers = make_identifiers(drafts, _identifiers(conversations, tables))
    yield Parsed(rows, drafts, identifiers, rejects, aside, unknown)


def _tables(given: Input, source: Source) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, int]:
    """Return ({table: rows with file and row}, rejects, rows read)."""
    pieces: dict[str, list[pd.DataFrame]] = {}
    refused = [make_rejects()]
    for file in given.files:
        for raw, place, rejects in read_blocks(file, source):
            name = next((n for n, marks in MARKS.items() if all(mark in raw for mark in marks)), None)
            if name is None:
                raise ParseError(
                    f"{file.name} is none of the tables {', '.join(MARKS)}: found {', '.join(raw.columns)}"
                )
            pieces.setdefault(name, []).append(raw.assign(file=place["file"], row=place["row"]))
            refused.append(rejects)
    tables = {name: pd.concat(found, ignore_index=True) for name, found in pieces.items()}
    _check_columns(tables)
    all_rejects = pd.concat(refused, ignore_index=True)
    return tables, all_rejects, sum(len(table) for table in tables.values()) + len(all_rejects)


def _check_columns(tables: dict[str, pd.DataFrame]) -> None:
    """Raise ParseError that names every column without which the tables cannot be read."""
    missing = [
        f"table {name} has no column {column}: found {', '.join(map(str, tables[name].columns))}"
        for name, needed in NEEDED.items()
        if name in tables
        for column in needed
        if column not in tables[name]
    ]
    if missing:
        raise ParseError("the dump lacks columns", missing)


def _lookup(key: pd.Series[str], table: pd.DataFrame | None, column: str) -> pd.Series[str]:
    """Return *column* of the row of *table* whose id is *key*, empty where there is none."""
    if table is None or column not in table:
        return pd.Series(pd.NA, index=key.index, dtype="str")
    known = table.drop_duplicates("id", keep="last")
    return key.map(dict(zip(known["id"], known[column], strict=True))).astype("str")


def _column(table: pd.DataFrame, name: str) -> pd.Series[str]:
    return table[name] if name in table else pd.Series(pd.NA, index=table.index, dtype="str")


def _drafts(
    table: pd.DataFrame, channel: pd.Series[str], tables: dict[str, pd.DataFrame], source: Source
) -> pd.DataFrame:
    created, problem = read_stamps(table["created_at"], source)
    updated, _ = read_stamps(_column(table, "updated_at"), source)
    active, _ = read_stamps(_column(table, "last_activity_at"), source)
    status = _column(table, "status").map(STATUS_OF).astype("str").fillna(_column(table, "status"))
    answered = _answers(table, created, tables, source)
    resolved = (status == "resolved").to_numpy(dtype=bool)
    ended = _resolutions(table["id"], tables, source).fillna(active).fillna(updated).where(resolved)
    with_bot = (status == "pending").to_numpy(dtype=bool)
    replied = answered.notna().to_numpy(dtype=bool)
    contained = with_bot | (resolved & _was_the_bots(table, tables))
    outcome = np.select([replied, contained, resolved], ["answered", "contained", "flowed_out"], default="open")
    assumed = channel.fillna(source.channel or "other")
    return make_drafts(
        {
            "native_id": table["id"],
            "file": table["file"],
            "row": table["row"],
            "problem": problem,
            "channel": assumed,
            "queue": _lookup(table["inbox_id"], tables.get("inboxes"), "name"),
            "reason": _column(table, "cached_label_list").str.extract(r"^([^,]*)")[0].str.strip(),
            "priority": pd.to_numeric(_column(table, "priority"), errors="coerce"),
            "arrived_at": created,
            "answered_at": answered,
            "ended_at": ended,
            "updated_at": updated,
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": _column(table, "assignee_id"),
            "is_demand": ~(with_bot & ~replied),
            "derives_effort": ~assumed.isin(DEFERRED),
        },
        len(table),
    )


def _was_the_bots(table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> np.ndarray:
    """Return whether a bot had each conversation to the end: it wrote or resolved, and no person was asked."""
    messages, events = tables.get("messages"), tables.get("reporting_events")
    ids, none = table["id"], pd.Series([], dtype="str")
    bots, resolved, handed = none, none, none
    if messages is not None:
        wrote = messages["message_type"].eq("1") & messages["sender_type"].fillna("User").ne("User")
        bots = messages.loc[wrote, "conversation_id"]
    if events is not None:
        resolved = events.loc[events["name"].eq("conversation_bot_resolved"), "conversation_id"]
        handed = events.loc[events["name"].eq("conversation_bot_handoff"), "conversation_id"]
    by_bot = (ids.isin(bots) | ids.isin(resolved)) & ~ids.isin(handed) & _column(table, "assignee_id").isna()
    return by_bot.to_numpy(dtype=bool)


def _answers(
    table: pd.DataFrame, created: pd.Series[pd.Timestamp], tables: dict[str, pd.DataFrame], source: Source
) -> pd.Series[pd.Timestamp]:
    """Return each conversation's first answer by a person: from its messages, else as recorded if later."""
    recorded, _ = read_stamps(_column(table, "first_reply_created_at"), source)
    recorded = recorded.where(recorded > created)
    messages = tables.get("messages")
    if messages is None or messages.empty:
        return recorded
    by_person = messages["message_type"].eq("1") & ~messages["private"].isin(["t", "true", "1"])
    by_person &= messages["sender_type"].eq("User")
    at, _ = read_stamps(messages["created_at"], source)
    first = at[by_person].groupby(messages["conversation_id"][by_person]).min()
    found = table["id"].map(first).astype("datetime64[us, UTC]")
    has_messages = table["id"].isin(messages["conversation_id"])
    return found.where(has_messages, recorded)


def _resolutions(ids: pd.Series[str], tables: dict[str, pd.DataFrame], source: Source) -> pd.Series[pd.Timestamp]:
    """Return when each conversation was last resolved, by the reporting events."""
    events = tables.get("reporting_events")
    if events is None or events.empty:
        return pd.Series(pd.NaT, index=ids.index, dtype="datetime64[us, UTC]")
    done = events["name"].eq("conversation_resolved")
    at, _ = read_stamps(events["event_end_time"], source)
    last = at[done].groupby(events["conversation_id"][done]).max()
    return ids.map(last).astype("datetime64[us, UTC]")


def _identifiers(table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> dict[str, pd.Series[str]]:
    contacts = tables.get("contacts")
    who = table["contact_id"] if "contact_id" in table else pd.Series(pd.NA, index=table.index, dtype="str")
    return {
        "handle:chatwoot": who,
        "email": _lookup(who, contacts, "email"),
        "phone": _lookup(who, contacts, "phone_number"),
        "name": _lookup(who, contacts, "name"),
        "account": _lookup(who, contacts, "identifier"),
    }
