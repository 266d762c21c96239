"""What the readers of message formats share: single messages to conversations, drafts and identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from omnistaff.ingest.parsed import (
    Input,
    Parsed,
    is_among,
    make_drafts,
    make_identifiers,
    split_problems,
)
from omnistaff.ingest.sessions import group_messages

_TEXT = ("file", "message_id", "thread_id", "channel", "queue", "agent_id", "name", "text", "problem")


def make_messages(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return a frame of messages from rows with file, row, message_id, thread_id, is_inbound and what else is known.

    ``stamp`` stays as it is for the caller to read; ``is_human`` holds unless a row says otherwise.
    """
    frame = pd.DataFrame(list(rows))
    result: dict[str, pd.Series[Any]] = {}
    nothing = pd.Series(pd.NA, index=frame.index, dtype="str")
    for name in _TEXT:
        result[name] = frame[name].astype("str") if name in frame else nothing
    result["problem"] = result["problem"].fillna("")
    result["row"] = frame["row"].astype("int64") if "row" in frame else pd.Series([], dtype="int64")
    for name, usual in (("is_inbound", False), ("is_human", True), ("is_demand", True)):
        given = frame[name] if name in frame else pd.Series(usual, index=frame.index)
        result[name] = given.astype("bool")
    result["stamp"] = frame["stamp"].astype("str") if "stamp" in frame else nothing
    extra = [name for name in frame if str(name).startswith("id:")]
    return pd.DataFrame(result | {str(name): frame[name].astype("str") for name in extra})


def to_conversations(messages: pd.DataFrame, given: Input, rejects: pd.DataFrame, aside: Counter[str]) -> Parsed:
    """Return the conversations in *messages*, which have ``at`` by now.

    Columns called ``id:<kind>`` become identifiers of kind. A message that names nobody or has no time is a reject;
    one that was delivered twice counts once.
    """
    problem = messages["problem"].mask((messages["problem"] == "") & messages["at"].isna(), "message has no time")
    problem = problem.mask((problem == "") & messages["thread_id"].isna(), "message names no customer")
    problem = problem.mask((problem == "") & messages["message_id"].isna(), "message has no id")
    good, refused = split_problems(messages.assign(problem=problem))
    copies = good.groupby(["is_inbound", "message_id"])["row"].transform("size").astype("int64")
    good = good.assign(legs=copies).drop_duplicates(["is_inbound", "message_id"]).reset_index(drop=True)
    sessions, number = group_messages(good, given.source)
    lead = good.iloc[sessions["first"].to_numpy()].reset_index(drop=True)
    wanted = good["is_demand"].groupby(number).any() if len(good) else pd.Series([], dtype="bool")
    drafts = make_drafts(
        {
            **{str(name): sessions[name] for name in sessions.columns},
            "channel": lead["channel"].fillna(given.source.channel or "other"),
            "queue": lead["queue"],
            "is_demand": wanted,
            "derives_effort": lead["channel"] != "email",
        },
        len(sessions),
    )
    kinds = {str(name)[3:]: lead[name] for name in good if str(name).startswith("id:")}
    identifiers = make_identifiers(drafts, {**kinds, "name": lead["name"]})
    inbound = drafts.loc[drafts["direction"] == "inbound", "native_id"]
    identifiers = identifiers[is_among(identifiers["native_id"], inbound)].reset_index(drop=True)
    all_rejects = pd.concat([rejects, refused], ignore_index=True)
    rows = len(messages) + len(rejects) + sum(aside.values())
    return Parsed(rows, drafts, identifiers, all_rejects, aside)
