"""Messages to conversations: a silence of the stated length ends one, the next message opens another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff.ingest.parsed import UTC_TIME
from omnistaff.plan import Source


def group_messages(messages: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Return (one row a conversation, each message's conversation number).

    *messages* has thread_id, message_id, at, is_inbound, is_human (an outbound message written by a person),
    agent_id, file, row and legs (source rows of the message). A conversation arrives with its first inbound message;
    outbound messages before it belong to it when the silence rule joins them. Conversations without an inbound
    message are outbound and no demand. Columns returned: native_id, thread_id, arrived_at, answered_at, ended_at,
    direction, outcome, agent_id, file, row, legs and first (position in *messages* of the message that names it).
    """
    ordered = messages.sort_values(["thread_id", "at", "row"], kind="stable")
    new_thread = ordered["thread_id"] != ordered["thread_id"].shift()
    silence = ordered["at"].diff() > pd.Timedelta(minutes=source.session_gap_minutes)
    number = (new_thread | silence).cumsum().astype("int64") - 1
    sessions = _summarise(ordered.assign(number=number, position=ordered.index))
    return sessions, number.reindex(messages.index)


def _summarise(ordered: pd.DataFrame) -> pd.DataFrame:
    first_in = ordered[ordered["is_inbound"]].drop_duplicates("number").set_index("number")
    base = ordered.drop_duplicates("number").set_index("number")
    lead = first_in.reindex(base.index)
    inbound = lead["at"].notna()
    arrived = lead["at"].fillna(base["at"])
    arrived_of_row = arrived.reindex(ordered["number"]).set_axis(ordered.index)
    replies = ordered[ordered["is_human"] & ~ordered["is_inbound"] & (ordered["at"] >= arrived_of_row)]
    reply = replies.drop_duplicates("number").set_index("number").reindex(base.index)
    answered = reply["at"].where(inbound).astype(UTC_TIME)
    last = ordered.groupby("number")["at"].max()
    name = lead["message_id"].fillna(base["message_id"])
    return pd.DataFrame(
        {
            "native_id": name,
            "thread_id": base["thread_id"],
            "arrived_at": arrived,
            "answered_at": answered,
            "ended_at": last.where(answered.notna() | ~inbound).astype(UTC_TIME),
            "direction": pd.Series(np.where(inbound, "inbound", "outbound"), index=base.index, dtype="str"),
            "outcome": pd.Series(
                np.where(answered.notna() | ~inbound, "answered", "open"), index=base.index, dtype="str"
            ),
            "agent_id": reply["agent_id"],
            "file": lead["file"].fillna(base["file"]),
            "row": lead["row"].fillna(base["row"]).astype("int64"),
            "legs": ordered.groupby("number")["legs"].sum(),
            "first": lead["position"].fillna(base["position"]).astype("int64"),
        }
    ).reset_index(drop=True)
