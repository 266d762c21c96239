"""Zendesk ticket metric events: activate, pause, fulfill and breach of each metric and instance.

A metric runs from ``activate`` to ``pause`` or ``fulfill`` and may be activated again; paused time is no wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import read_records, texts
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

TYPES = ("activate", "pause", "fulfill", "breach", "apply_sla", "update_status", "measure", "apply_group_sla",
         "update_group_sla", "breach_group_sla")  # fmt: skip


def read(given: Input) -> Iterator[Parsed]:
    """Yield the tickets in event streams."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("ticket_metric_events",))
    records = [record for _, _, record in found]
    at, problem = read_stamps(texts(records, "time"), given.source)
    events = pd.DataFrame(
        {
            "id": texts(records, "id"),
            "ticket": texts(records, "ticket_id"),
            "metric": texts(records, "metric"),
            "instance": texts(records, "instance_id"),
            "type": texts(records, "type"),
            "at": at,
            "problem": problem,
            "file": pd.Series([file for file, _, _ in found], dtype="str"),
            "row": pd.Series([row for _, row, _ in found], dtype="int64"),
        }
    )
    unknown = Counter(("type", str(code)) for code in events["type"].dropna() if code not in TYPES)
    again = events["id"].duplicated() & events["id"].notna()
    started = events.loc[(events["type"] == "activate") & events["at"].notna(), "ticket"]
    lost = events[~again & ~(events["ticket"].isin(started) & events["ticket"].notna())]
    rejects += [
        (file, row, "ticket has no activate event in the files read", f"ticket {ticket}")
        for file, row, ticket in zip(lost["file"], lost["row"], lost["ticket"], strict=True)
    ]
    kept = events[~again & events.index.isin(events.index.difference(lost.index))]
    drafts = _tickets(kept.sort_values(["at", "row"], kind="stable", ignore_index=True), given.source)
    aside = Counter({"event delivered again": int(again.sum())})
    rows = len(records) + len(rejects) - len(lost)
    yield Parsed(rows, drafts, make_identifiers(drafts, {}), make_rejects(rejects), +aside, unknown)


def _tickets(events: pd.DataFrame, source: Source) -> pd.DataFrame:
    begun = events[events["type"] == "activate"].drop_duplicates("ticket").reset_index(drop=True)
    ids = pd.Index(begun["ticket"])
    fulfilled = events[events["type"] == "fulfill"]
    reply = fulfilled[fulfilled["metric"] == "reply_time"].drop_duplicates("ticket").set_index("ticket")["at"]
    ends = fulfilled[fulfilled["metric"].isin(["requester_wait_time", "agent_work_time", "resolution_time"])]
    last = ends.groupby("ticket")["at"].max()
    answered, ended = reply.reindex(ids), last.reindex(ids)
    first_reply = events[(events["metric"] == "reply_time") & (events["instance"] == "1")]
    done = (answered.notna() | ended.notna()).to_numpy(dtype=bool)
    return make_drafts(
        {
            "native_id": begun["ticket"],
            "file": begun["file"],
            "row": begun["row"],
            "channel": source.channel or "ticket",
            "arrived_at": begun["at"],
            "answered_at": answered,
            "ended_at": ended,
            "wait_s": _running_s(first_reply).reindex(ids).where(answered.notna()),
            "outcome": pd.Series(np.where(done, "answered", "open"), dtype="str"),
            "derives_effort": False,
            "legs": events.groupby("ticket").size().reindex(ids),
        },
        len(begun),
    )


def _running_s(events: pd.DataFrame) -> pd.Series[float]:
    """Return each ticket's seconds between activate and the pause or fulfill that follows."""
    steps = events[events["type"].isin(["activate", "pause", "fulfill"])].sort_values("at", kind="stable")
    following = steps.groupby(["ticket", "metric", "instance"])[["at", "type"]].shift(-1)
    runs = (steps["type"] == "activate") & following["type"].isin(["pause", "fulfill"])
    seconds = (following["at"] - steps["at"]).dt.total_seconds()
    return seconds[runs].groupby(steps["ticket"][runs]).sum()
