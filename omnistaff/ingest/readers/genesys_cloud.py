"""Genesys Cloud conversation details: conversations > participants > sessions > segments and metrics.

Metrics called ``t*`` are milliseconds, ``n*`` are counts (Genesys Cloud developer centre, "Metrics definitions"). An
agent who never answered still has tAcw and tHandle: only sessions with tAnswered are handle time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from omnistaff.ingest.json_rows import Record, pick_list, pick_number, pick_text, read_records
from omnistaff.ingest.mapped import mapped_columns, mapped_identifiers
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

CHANNEL_OF = {
    "voice": "voice", "callback": "callback", "chat": "web_chat", "email": "email", "whatsapp": "whatsapp",
    "facebook": "messenger", "instagram": "instagram", "sms": "sms", "twitter": "social",
    "webmessaging": "web_chat", "line": "other", "open": "other", "message": "other", "screenshare": "other",
    "cobrowse": "other", "video": "other",
}  # fmt: skip
AT_ONCE = ("web_chat", "whatsapp", "messenger", "instagram", "sms", "social", "telegram", "other")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the conversations of detail queries; one that is delivered again with its end replaces the open one."""
    found, rejects = read_records(given.files, given.source.encoding, lists=("conversations",))
    records = [record for _, _, record in found]
    rows = pd.DataFrame([_conversation(record) for record in records], columns=list(_conversation({})))
    unknown = Counter(("mediaType", str(code)) for code in rows["media"].dropna() if code not in CHANNEL_OF)
    drafts = _drafts(rows.astype({name: "str" for name in rows if name != "effort_s"}), given.source)
    drafts = drafts.assign(**{name: values.array for name, values in mapped_columns(records, given.source).items()})
    drafts["file"] = pd.Series([file for file, _, _ in found], dtype="str")
    drafts["row"] = pd.Series([row for _, row, _ in found], dtype="int64")
    known = {
        "phone": rows["phone"].astype("str").str.removeprefix("tel:"),
        "email": rows["email"],
        **mapped_identifiers(records, given.source),
    }
    identifiers = make_identifiers(drafts, known)
    total = len(records) + len(rejects)
    yield Parsed(total, drafts, identifiers, make_rejects(rejects), Counter(), unknown)


def _conversation(record: Record) -> dict[str, Any]:
    """Return one row: stamps as text, handle time in seconds."""
    acd = list(_sessions(record, "acd"))
    customers = [session for _, session in (*_sessions(record, "customer"), *_sessions(record, "external"))]
    agents = [
        (answer[0], pick_text(participant, "userId"), _metric(session, "tHandle"))
        for participant, session in _sessions(record, "agent")
        if (answer := _metric(session, "tAnswered"))
    ]
    first = min(agents, key=lambda agent: agent[0], default=(None, None, None))
    handled = [found[1] for _, _, found in agents if found]
    entries = [found[0] for _, session in acd if (found := _metric(session, "nOffered"))]
    exits = {name for name in ("tAbandon", "tFlowOut") for _, session in acd if _metric(session, name)}
    media = [text for s in customers for key in ("messageType", "mediaType") if (text := pick_text(s, key))]
    address = next((text for s in customers for key in ("ani", "addressFrom") if (text := pick_text(s, key))), None)
    return {
        "id": pick_text(record, "conversationId"),
        "started": pick_text(record, "conversationStart"),
        "ended": pick_text(record, "conversationEnd"),
        "direction": pick_text(record, "originatingDirection"),
        "queued": min(entries, default=None),
        "queue": next((pick_text(participant, "participantName") for participant, _ in acd), None),
        "answered": first[0],
        "agent": first[1],
        "effort_s": sum(handled) / 1000 if handled else float("nan"),
        "left": "abandoned" if "tAbandon" in exits else "flowed_out" if "tFlowOut" in exits else None,
        "media": media[0] if media else None,
        "phone": address if address and "@" not in address else None,
        "email": address if address and "@" in address else None,
    }


def _sessions(record: Any, purpose: str) -> Iterator[tuple[Any, Any]]:
    for participant in pick_list(record, "participants"):
        if pick_text(participant, "purpose") == purpose:
            for session in pick_list(participant, "sessions"):
                yield participant, session


def _metric(session: Any, name: str) -> tuple[str, float] | None:
    """Return (time of emission, value) of a metric, nothing when the session has none of that name."""
    for metric in pick_list(session, "metrics"):
        if pick_text(metric, "name") == name:
            return pick_text(metric, "emitDate") or "", pick_number(metric, "value")
    return None


def _drafts(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    stamps, problem = {}, pd.Series("", index=rows.index, dtype="str")
    for name in ("started", "ended", "queued", "answered"):
        stamps[name], found = read_stamps(rows[name], source)
        problem = problem.mask(problem == "", found)
    channel = rows["media"].map(CHANNEL_OF).astype("str").fillna(source.channel or "other")
    answered, ended = stamps["answered"], stamps["ended"]
    outcome = rows["left"].mask(answered.notna(), "answered")
    in_menu = outcome.isna() & ended.notna() & stamps["queued"].isna()
    outcome = outcome.mask(in_menu, "contained").mask(outcome.isna() & ~in_menu & ended.notna(), "flowed_out")
    at_once = channel.isin(AT_ONCE)
    shares = at_once & (source.concurrency > 1)
    return make_drafts(
        {
            "native_id": rows["id"],
            "problem": problem,
            "channel": channel,
            "direction": rows["direction"],
            "queue": rows["queue"],
            "arrived_at": stamps["queued"].fillna(stamps["started"]),
            "answered_at": answered,
            "ended_at": ended,
            "updated_at": ended,
            "effort_s": rows["effort_s"].astype("float64") / at_once.map({True: source.concurrency, False: 1.0}),
            "effort_basis": shares.map({True: "derived", False: "measured"}),
            "outcome": outcome.fillna("open"),
            "agent_id": rows["agent"],
            "legs": pd.Series(1, index=rows.index),
        },
        len(rows),
    )
