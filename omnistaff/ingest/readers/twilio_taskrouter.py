"""Twilio TaskRouter events of a workspace: a task is a contact, from task.created to task.completed or canceled.

Events come in any order and more than once; a reservation that timed out is no answer. A task that was canceled
because its time was up, completed or deleted by us without an answer flowed out; any other cancellation is the
customer leaving. Task attributes are JSON within a string.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, pick_text, read_records, texts
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_epochs
from omnistaff.plan import Source

CHANNEL_OF = {
    "voice": "voice", "chat": "web_chat", "sms": "sms", "email": "email", "video": "voice", "callback": "callback",
    "default": "other", "whatsapp": "whatsapp", "messenger": "messenger",
}  # fmt: skip
TIME_UP = "TTL"  # in the reason of a cancellation by the system: Task TTL Exceeded
ENDS = ("task.completed", "task.canceled", "task.deleted", "task.system-deleted")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the tasks in event streams."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("events",))
    records = [record for _, _, record in found]
    events = _events(records)
    events["file"] = pd.Series([file for file, _, _ in found], dtype="str")
    events["row"] = pd.Series([row for _, row, _ in found], dtype="int64")
    aside: Counter[str] = Counter()
    no_task = events["task"].isna()
    aside["event of a worker or queue, not of a task"] += int(no_task.sum())
    repeated = events["sid"].duplicated() & events["sid"].notna() & ~no_task
    aside["event delivered again"] += int(repeated.sum())
    events = events[~no_task & ~repeated].sort_values(["at", "sid"], kind="stable", ignore_index=True)
    created = events.loc[events["type"] == "task.created", "task"]
    lost = events[~events["task"].isin(created)]
    rejects += [
        (file, row, "task has no task.created in the files read", str(task))
        for file, row, task in zip(lost["file"], lost["row"], lost["task"], strict=True)
    ]
    parsed = _tasks(events[events["task"].isin(created)].reset_index(drop=True), given.source)
    parsed.rows, parsed.rejects, parsed.set_aside = (
        len(records) + len(rejects) - len(lost),
        make_rejects(rejects),
        +aside,
    )
    yield parsed


def _events(records: list[Record]) -> pd.DataFrame:
    at, _ = read_epochs(numbers(records, "event_date_ms"), 1e3)
    attributes = [_attributes(pick_text(record, "event_data", "task_attributes")) for record in records]
    return pd.DataFrame(
        {
            "sid": texts(records, "sid"),
            "type": texts(records, "event_type"),
            "at": at,
            "task": texts(records, "event_data", "task_sid"),
            "channel": texts(records, "event_data", "task_channel_unique_name"),
            "queue": texts(records, "event_data", "task_queue_name"),
            "priority": numbers(records, "event_data", "task_priority"),
            "reason": texts(records, "event_data", "task_canceled_reason"),
            "worker": texts(records, "event_data", "worker_name"),
            "customer": pd.Series([pick_text(found, "from") for found in attributes], dtype="str"),
        }
    )


def _attributes(text: str | None) -> Any:
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}


def _tasks(events: pd.DataFrame, source: Source) -> Parsed:
    def first(kinds: tuple[str, ...]) -> pd.DataFrame:
        return events[events["type"].isin(kinds)].drop_duplicates("task").set_index("task").reindex(ids)

    start = events[events["type"] == "task.created"].drop_duplicates("task").reset_index(drop=True)
    ids = pd.Index(start["task"])
    accepted, ended = first(("reservation.accepted",)), first(ENDS)
    answered = accepted["at"].notna().to_numpy(dtype=bool)
    gone = ended["at"].notna().to_numpy(dtype=bool)
    left = (ended["type"] == "task.canceled") & ~ended["reason"].str.contains(TIME_UP, regex=False, na=False)
    outcome = np.select([answered, left.to_numpy(), gone], ["answered", "abandoned", "flowed_out"], default="open")
    strange = start.loc[start["channel"].notna() & ~start["channel"].isin(CHANNEL_OF), "channel"]
    channel = start["channel"].map(CHANNEL_OF).astype("str")
    at_once = ~channel.isin(["voice", "callback"])
    elapsed = (ended["at"] - accepted["at"]).dt.total_seconds()
    effort = elapsed.to_numpy() / np.where(at_once, source.concurrency, 1.0)
    drafts = make_drafts(
        {
            "native_id": start["task"],
            "file": start["file"],
            "row": start["row"],
            "channel": channel,
            "queue": start["queue"],
            "priority": start["priority"],
            "arrived_at": start["at"],
            "answered_at": accepted["at"],
            "ended_at": ended["at"],
            "effort_s": pd.Series(effort),
            "effort_basis": pd.Series(
                np.where(at_once & (source.concurrency > 1), "derived", "measured"), dtype="str"
            ),
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": accepted["worker"],
            "legs": events.groupby("task").size().reindex(ids),
        },
        len(start),
    )
    is_mail = start["customer"].str.contains("@", regex=False, na=False)
    known = {"phone": start["customer"].where(~is_mail), "email": start["customer"].where(is_mail)}
    unknown = Counter(("task_channel_unique_name", str(code)) for code in strange)
    return Parsed(0, drafts, make_identifiers(drafts, known), make_rejects(), unknown=unknown)
