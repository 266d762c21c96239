"""WhatsApp Cloud API webhooks: messages from customers, and statuses of our own messages.

A status is not a contact; the earliest status of an outbound message says when it was on its way. Stamps are Unix
seconds written as text. A customer without a phone number is known by the business-scoped ``user_id``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from omnistaff.ingest.json_rows import Record, pick, pick_list, pick_text, read_records
from omnistaff.ingest.parsed import (
    Input,
    Parsed,
    is_among,
    make_drafts,
    make_identifiers,
    make_rejects,
    split_problems,
)
from omnistaff.ingest.sessions import group_messages
from omnistaff.ingest.stamps import read_epochs

COLUMNS = (
    "file",
    "row",
    "is_inbound",
    "message_id",
    "thread_id",
    "stamp",
    "status",
    "phone",
    "handle",
    "name",
    "line",
)
STATUSES = ("sent", "delivered", "read", "failed", "deleted", "played", "warning")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations in webhooks."""
    found, rejects = read_records(given.files, given.source.encoding)
    rows: list[tuple[Any, ...]] = []
    aside: Counter[str] = Counter()
    for file, row, record in found:
        items = _items(record)
        rows.extend((file, row, *item) for item in items)
        if not items:
            aside["webhook without message or status"] += 1
    events = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"row": "int64", "is_inbound": "bool"})
    events = events.astype({name: "str" for name in COLUMNS if name not in ("row", "is_inbound")})
    strange = events.loc[~events["is_inbound"] & ~events["status"].isin(STATUSES), "status"]
    unknown = Counter(("status", str(code)) for code in strange)
    at, problems = read_epochs(events["stamp"], 1e6)
    problems = problems.mask((problems == "") & at.isna(), "message has no time")
    problems = problems.mask((problems == "") & events["thread_id"].isna(), "message names no customer")
    events = events.assign(at=at, problem=problems, text=events["message_id"].fillna(""))
    good, refused = split_problems(events)
    parsed = _conversations(good, given, aside)
    parsed.rejects = pd.concat([make_rejects(rejects), refused], ignore_index=True)
    parsed.unknown = unknown
    parsed.rows = len(events) + len(rejects) + aside["webhook without message or status"]
    yield parsed


def _items(record: Record) -> list[tuple[Any, ...]]:
    """Return what a webhook carries: customers' messages and statuses, in COLUMNS' order without file and row."""
    items: list[tuple[Any, ...]] = []
    for entry in pick_list(record, "entry"):
        for change in pick_list(entry, "changes"):
            value = pick(change, "value")
            line = pick_text(value, "metadata", "display_phone_number")
            names = _names(pick_list(value, "contacts"))
            items.extend(_message(message, names, line) for message in pick_list(value, "messages"))
            items.extend(_status(status, line) for status in pick_list(value, "statuses"))
    return items


def _names(contacts: Sequence[Any]) -> dict[str | None, str | None]:
    return {
        pick_text(contact, "wa_id") or pick_text(contact, "user_id"): pick_text(contact, "profile", "name")
        for contact in contacts
    }


def _message(message: Any, names: dict[str | None, str | None], line: str | None) -> tuple[Any, ...]:
    phone, handle = pick_text(message, "from"), pick_text(message, "from_user_id")
    who = phone or handle
    stamp, name = pick_text(message, "timestamp"), names.get(who)
    return True, pick_text(message, "id"), who, stamp, None, phone, handle, name, line


def _status(status: Any, line: str | None) -> tuple[Any, ...]:
    phone, handle = pick_text(status, "recipient_id"), pick_text(status, "recipient_user_id")
    stamp, state = pick_text(status, "timestamp"), pick_text(status, "status")
    return False, pick_text(status, "id"), phone or handle, stamp, state, None, None, None, line


def _conversations(events: pd.DataFrame, given: Input, aside: Counter[str]) -> Parsed:
    """Return conversations of customers' messages and what we sent; sends that failed are no answer."""
    failed = ~events["is_inbound"] & events["status"].isin(["failed", "deleted", "warning"])
    aside["status of a message that was not delivered"] += int(failed.sum())
    events = events[~failed].sort_values(["at", "row"], kind="stable")
    counted = events.assign(legs=1)
    legs = counted.groupby(["is_inbound", "message_id"], dropna=False)["legs"].transform("sum")
    messages = events.assign(legs=legs).drop_duplicates(["is_inbound", "message_id"]).reset_index(drop=True)
    messages = messages.assign(
        is_human=~messages["is_inbound"], agent_id=pd.Series(pd.NA, index=messages.index, dtype="str")
    )
    sessions, _ = group_messages(messages, given.source)
    outbound = sessions["direction"] == "outbound"
    aside["status of a message outside any conversation"] += int(sessions.loc[outbound, "legs"].sum())
    drafts = make_drafts(
        {
            **{str(name): sessions[name] for name in sessions.columns},
            "channel": given.source.channel or "whatsapp",
            "queue": messages["line"].iloc[sessions["first"].to_numpy()],
        },
        len(sessions),
    )
    lead = messages.iloc[sessions["first"].to_numpy()]
    phone = ("+" + lead["phone"].str.lstrip("+")).astype("str")
    identifiers = make_identifiers(drafts, {"phone": phone, "handle:whatsapp": lead["handle"], "name": lead["name"]})
    drafts = drafts[~outbound.to_numpy(dtype=bool)].reset_index(drop=True)
    kept = is_among(identifiers["native_id"], drafts["native_id"])
    return Parsed(0, drafts, identifiers[kept].reset_index(drop=True), make_rejects(), +aside)
