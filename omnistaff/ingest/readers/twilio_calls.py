"""Twilio Calls list: the caller's call and, as its children, the legs to agents.

A parent's duration holds the menu and the queue, so only the children that were answered are the agent's time. The
list does not tell the menu from the queue: a caller without an answered child counts as abandoned from its start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, read_records, texts
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.readers.twilio_messages import RFC_2822
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

STATUSES = ("completed", "no-answer", "busy", "failed", "canceled", "in-progress", "queued", "ringing")
RUNNING = ("in-progress", "queued", "ringing")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the calls in pages of the list."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("calls",))
    records = [record for _, _, record in found]
    legs = _legs(records, given.source)
    legs["file"] = pd.Series([file for file, _, _ in found], dtype="str")
    legs["row"] = pd.Series([row for _, row, _ in found], dtype="int64")
    unknown = Counter(("status", str(code)) for code in legs["status"].dropna() if code not in STATUSES)
    parsed = _calls(legs, given.source)
    parsed.rows = len(records) + len(rejects)
    parsed.rejects = pd.concat([parsed.rejects, make_rejects(rejects)], ignore_index=True)
    parsed.unknown = unknown
    yield parsed


def _legs(records: Sequence[Record], source: Source) -> pd.DataFrame:
    start, problem = read_stamps(texts(records, "start_time"), source, time_format=RFC_2822)
    created, _ = read_stamps(texts(records, "date_created"), source, time_format=RFC_2822)
    end, problem_end = read_stamps(texts(records, "end_time"), source, time_format=RFC_2822)
    return pd.DataFrame(
        {
            "id": texts(records, "sid"),
            "parent": texts(records, "parent_call_sid"),
            "status": texts(records, "status"),
            "direction": texts(records, "direction").fillna("inbound"),
            "from": texts(records, "from"),
            "to": texts(records, "to"),
            "start": start.fillna(created),
            "end": end,
            "duration": numbers(records, "duration"),
            "problem": problem.mask(problem == "", problem_end),
        }
    )


def _calls(legs: pd.DataFrame, source: Source) -> Parsed:
    legs = legs.assign(root=legs["parent"].fillna(legs["id"]))
    legs = legs.sort_values(["start", "id"], kind="stable", ignore_index=True)
    own = legs[legs["parent"].isna() & legs["id"].notna()]
    copies = own.duplicated("id", keep="last")
    calls = own[~copies].reset_index(drop=True)
    lost = legs[~legs["root"].isin(calls["id"])]
    children = legs[legs["parent"].notna() & legs["root"].isin(calls["id"])]
    taken = children[(children["status"] == "completed") & (children["duration"] > 0)]
    ids = pd.Index(calls["id"])
    first = taken.drop_duplicates("root").set_index("root").reindex(ids)
    outbound = calls["direction"].str.startswith("outbound").to_numpy(dtype=bool)
    answered = first["start"].notna().to_numpy(dtype=bool)
    running = calls["status"].isin(RUNNING).to_numpy(dtype=bool)
    done = (calls["status"] == "completed").to_numpy(dtype=bool)
    choices = [answered | (outbound & done), running]
    outcome = np.select(choices, ["answered", "open"], default="abandoned")
    drafts = make_drafts(
        {
            "native_id": calls["id"],
            "file": calls["file"],
            "row": calls["row"],
            "problem": calls["problem"],
            "channel": source.channel or "voice",
            "direction": pd.Series(np.where(outbound, "outbound", "inbound"), dtype="str"),
            "queue": calls["to"].where(~outbound),
            "arrived_at": calls["start"],
            "answered_at": first["start"],
            "ended_at": calls["end"],
            "effort_s": taken.groupby("root")["duration"].sum().reindex(ids) + source.after_contact_s,
            "effort_basis": "measured" if source.after_contact_s == 0 else "derived",
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": first["to"].str.removeprefix("client:"),
            "legs": legs.groupby("root").size().reindex(ids),
        },
        len(calls),
    )
    customer = calls["from"].where(~outbound, calls["to"])
    why = "child call without its parent in the files read"
    rejects = [(f, r, why, str(i)) for f, r, i in zip(lost["file"], lost["row"], lost["id"], strict=True)]
    return Parsed(0, drafts, make_identifiers(drafts, {"phone": customer}), make_rejects(rejects))
