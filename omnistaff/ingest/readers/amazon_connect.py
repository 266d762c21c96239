"""Amazon Connect contact records: JSON lines, or objects back to back as a stream leaves them in object storage.

Handle time is AgentInteractionDuration + CustomerHoldDuration + AfterContactWorkDuration (Amazon Connect
Administrator Guide, "Contact records data model" and metric definitions). A transfer is a new ContactId that names
the first one in InitialContactId: its legs are one contact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, pick, read_records, texts
from omnistaff.ingest.mapped import mapped_columns, mapped_identifiers
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

CHANNEL_OF = {"VOICE": "voice", "CHAT": "web_chat", "TASK": "ticket", "EMAIL": "email"}
OUTBOUND = {"OUTBOUND": "outbound", "EXTERNAL_OUTBOUND": "outbound"}
ENDPOINT_OF = {"phone": "TELEPHONE_NUMBER", "email": "EMAIL_ADDRESS"}
STAMPS = {
    "arrived": ("InitiationTimestamp",),
    "queued": ("Queue", "EnqueueTimestamp"),
    "answered": ("Agent", "ConnectedToAgentTimestamp"),
    "left": ("DisconnectTimestamp",),
    "worked": ("Agent", "AfterContactWorkEndTimestamp"),
    "updated": ("LastUpdateTimestamp",),
}
#: Why a contact ended that no agent had taken: we let it go; anything else is the customer leaving.
LET_GO = ("CONTACT_FLOW_DISCONNECT", "API", "AGENT_DISCONNECT", "EXPIRED")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the contacts of contact records, transfers joined."""
    found, rejects = read_records(given.files, given.source.encoding)
    records = [record for _, _, record in found]
    legs = _legs(records, given.source)
    legs["file"] = pd.Series([file for file, _, _ in found], dtype="str")
    legs["row"] = pd.Series([row for _, row, _ in found], dtype="int64")
    newest = legs.sort_values("updated", kind="stable", na_position="first").drop_duplicates("id", keep="last")
    copies = legs.groupby("id").size()
    newest = newest[newest["id"].notna()].sort_index()
    newest = newest.assign(copies=newest["id"].map(copies))
    parsed = _contacts(newest, records, given.source)
    nameless = legs[legs["id"].isna()]
    rejects += [(f, r, "record has no ContactId", "") for f, r in zip(nameless["file"], nameless["row"], strict=True)]
    strange = texts(records, "Channel")
    strange = strange[strange.notna() & ~strange.isin(CHANNEL_OF)]
    parsed.unknown.update(Counter(("Channel", str(code)) for code in strange))
    parsed.rejects = make_rejects(rejects)
    parsed.rows = len(records) + len(rejects) - len(nameless)
    yield parsed


def _legs(records: Sequence[Record], source: Source) -> pd.DataFrame:
    """Return one row a record."""
    columns: dict[str, pd.Series[Any]] = {
        "id": texts(records, "ContactId"),
        "first": texts(records, "InitialContactId"),
        "method": texts(records, "InitiationMethod"),
        "reason": texts(records, "DisconnectReason"),
        "channel": texts(records, "Channel").map(CHANNEL_OF).astype("str"),
        "queue": texts(records, "Queue", "Name"),
        "agent": texts(records, "Agent", "Username"),
        "talk": numbers(records, "Agent", "AgentInteractionDuration"),
        "hold": numbers(records, "Agent", "CustomerHoldDuration"),
        "wrap": numbers(records, "Agent", "AfterContactWorkDuration"),
        "wait": numbers(records, "Queue", "Duration"),
        "was_queued": pd.Series([isinstance(pick(r, "Queue"), dict) for r in records], dtype="bool"),
        "has_agent": pd.Series([isinstance(pick(r, "Agent"), dict) for r in records], dtype="bool"),
        "number": texts(records, "CustomerEndpoint", "Address"),
        "endpoint": texts(records, "CustomerEndpoint", "Type"),
    }
    problem = pd.Series("", index=pd.RangeIndex(len(records)), dtype="str")
    for name, path in STAMPS.items():
        columns[name], found = read_stamps(texts(records, *path), source)
        problem = problem.mask(problem == "", found)
    columns["problem"] = problem
    columns["position"] = pd.Series(np.arange(len(records)), dtype="int64")
    return pd.DataFrame(columns)


def _contacts(legs: pd.DataFrame, records: Sequence[Record], source: Source) -> Parsed:
    """Return one draft a chain of transfers: arrival of its first queued leg, effort of all legs."""
    legs = _chained(legs, source)
    lead = _first(legs)
    chains = lead.index
    queued = _first(legs[legs["was_queued"]]).reindex(chains)
    taken = _first(legs[legs["has_agent"] & legs["answered"].notna()]).reindex(chains)
    grouped = legs.groupby("chain", sort=False)
    ended = grouped[["left", "worked"]].max().max(axis=1).reindex(chains)
    still_open = legs["left"].isna().groupby(legs["chain"], sort=False).any().reindex(chains)
    answered = taken["answered"].notna().to_numpy(dtype=bool)
    callback = (lead["method"] == "CALLBACK").to_numpy(dtype=bool)
    reason = legs.drop_duplicates("chain", keep="last").set_index("chain")["reason"].reindex(chains)
    let_go = callback | reason.isin(LET_GO).to_numpy(dtype=bool)
    over, was_queued = ~still_open.to_numpy(dtype=bool), queued["id"].notna().to_numpy(dtype=bool)
    outcome = _outcomes(answered, over, was_queued, let_go)
    channel = lead["channel"].mask(callback, "callback")
    drafts = make_drafts(
        {
            "native_id": pd.Series(chains, dtype="str"),
            "file": lead["file"],
            "row": lead["row"],
            "problem": grouped["problem"].max().reindex(chains),
            "channel": channel,
            "direction": lead["method"].map(OUTBOUND).fillna("inbound"),
            "queue": queued["queue"],
            "arrived_at": queued["queued"].fillna(lead["arrived"]),
            "answered_at": taken["answered"],
            "ended_at": ended.mask(still_open),
            "wait_s": queued["wait"].where(~answered),
            "effort_s": grouped["effort"].sum(min_count=1).reindex(chains).where(answered),
            "effort_basis": np.where((channel == "web_chat") & (source.concurrency > 1), "derived", "measured"),
            "outcome": outcome,
            "agent_id": taken["agent"],
            "legs": grouped["copies"].sum().reindex(chains),
            **_by_position(mapped_columns(records, source), lead["position"]),
        },
        len(chains),
    )
    kinds = {kind: lead["number"].where(lead["endpoint"] == of_kind) for kind, of_kind in ENDPOINT_OF.items()}
    known = {**kinds, **_by_position(mapped_identifiers(records, source), lead["position"])}
    return Parsed(0, drafts, make_identifiers(drafts, known), make_rejects())


def _chained(legs: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return legs in their order with the chain each belongs to and the agent's time on it."""
    concurrency = np.where(legs["channel"] == "web_chat", source.concurrency, 1.0)
    effort = (legs["talk"] + legs["hold"].fillna(0)) / concurrency + legs["wrap"].fillna(0)
    chained = legs.assign(chain=legs["first"].fillna(legs["id"]), effort=effort)
    return chained.sort_values(["arrived", "position"], kind="stable", ignore_index=True)


def _first(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the first leg of each chain, by chain."""
    return legs.drop_duplicates("chain").set_index("chain")


def _outcomes(answered: np.ndarray, over: np.ndarray, was_queued: np.ndarray, let_go: np.ndarray) -> pd.Series[str]:
    """Return each contact's outcome: answered, else left the queue, else ended before one, else open."""
    left = over & was_queued
    choices = [answered, left & let_go, left, over]
    return pd.Series(np.select(choices, ["answered", "flowed_out", "abandoned", "contained"], "open"), dtype="str")


def _by_position(columns: dict[str, pd.Series[str]], position: pd.Series[int]) -> dict[str, pd.Series[str]]:
    return {name: values.iloc[position.to_numpy()] for name, values in columns.items()}
