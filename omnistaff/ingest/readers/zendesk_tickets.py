"""Zendesk tickets (incremental export, one ticket a line, with ``metric_set``).

The export has no handle time: ``assumed_effort_s`` of the plan gives it. Metric times are minutes in calendar or
business time; only calendar times are laid on the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from omnistaff.ingest.json_rows import Record, numbers, pick_list, pick_text, read_records, texts
from omnistaff.ingest.mapped import mapped_columns, mapped_identifiers
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_stamps
from omnistaff.plan import Source

CHANNEL_OF = {
    "email": "email", "web": "form", "web_form": "form", "help_center": "form", "web_widget": "form",
    "voice": "voice", "phone": "voice", "native_messaging": "web_chat", "messaging": "web_chat", "chat": "web_chat",
    "facebook": "messenger", "instagram_dm": "instagram", "whatsapp": "whatsapp", "sms": "sms", "twitter": "social",
    "x_corp": "social", "telegram": "telegram", "mobile": "app", "mobile_sdk": "app", "api": "other", "rule": "other",
    "closed_ticket": "other", "line": "other",
}  # fmt: skip
PRIORITY_OF = {"low": 0.0, "normal": 1.0, "high": 2.0, "urgent": 3.0}
LONGEST_S = 1e9  # a reply after 30 years is a mistake in the data
LISTS = ("tickets", "results")
#: Channels whose customer waits for words: solving without any is no answer.
CHATS = ("web_chat", "messenger", "instagram", "whatsapp", "sms", "social", "telegram", "app")
MISSED = "zopim_chat_missed"  # the tag of a chat whose visitor left before anybody answered


def read(given: Input) -> Iterator[Parsed]:
    """Yield the tickets."""
    found, rejects = read_records(given.files, given.source.encoding, lists=LISTS)
    records = [record for _, _, record in found]
    drafts, unknown = _drafts(records, given.source)
    drafts["file"] = pd.Series([file for file, _, _ in found], dtype="str")
    drafts["row"] = pd.Series([row for _, row, _ in found], dtype="int64")
    identifiers = make_identifiers(drafts, _identifiers(records, given.source))
    rows = len(records) + len(rejects)
    yield Parsed(rows, drafts, identifiers, make_rejects(rejects), Counter(), unknown)


def _drafts(records: Sequence[Record], source: Source) -> tuple[pd.DataFrame, Counter[tuple[str, str]]]:
    via = texts(records, "via", "channel")
    strange = via[via.notna() & ~via.isin(CHANNEL_OF)]
    created, problem = read_stamps(texts(records, "created_at"), source)
    solved, problem_solved = read_stamps(texts(records, "metric_set", "solved_at"), source)
    updated, _ = read_stamps(texts(records, "updated_at"), source)
    deleted = texts(records, "status") == "deleted"
    outbound = texts(records, "via", "source", "rel").isin(["outbound", "proactive"])
    answered = created + pd.to_timedelta(_reply_s(records), unit="s")
    done = answered.notna() | solved.notna()
    channel = via.map(CHANNEL_OF).astype("str")
    missed = answered.isna() & pd.Series([MISSED in pick_list(r, "tags") for r in records], dtype="bool")
    unanswered = answered.isna() & done & channel.isin(CHATS)
    outcome = np.select(
        [deleted & ~done, missed, unanswered, done],
        ["contained", "abandoned", "flowed_out", "answered"],
        default="open",
    )
    drafts = make_drafts(
        {
            "native_id": texts(records, "id"),
            "problem": problem.mask(problem == "", problem_solved),
            "channel": channel,
            "direction": pd.Series(np.where(outbound, "outbound", "inbound"), dtype="str"),
            "queue": texts(records, "group_id"),
            "reason": _first_tags(records),
            "priority": texts(records, "priority").map(PRIORITY_OF).astype("float64"),
            "arrived_at": created,
            "answered_at": answered.dt.as_unit("us"),
            "ended_at": _later(solved, answered),
            "updated_at": updated,
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": texts(records, "assignee_id"),
            "is_demand": ~deleted,
            "derives_effort": False,
            **mapped_columns(records, source),
        },
        len(records),
    )
    return drafts, Counter(("via.channel", str(code)) for code in strange)


def _later(solved: pd.Series[pd.Timestamp], answered: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """Return the end, never before a reply whose minutes were rounded up."""
    rounding = (answered > solved) & (answered - solved <= pd.Timedelta(minutes=1))
    return solved.mask(rounding, answered.dt.as_unit("us"))


def _reply_s(records: Sequence[Record]) -> pd.Series[float]:
    """Return seconds from creation to the first reply: exact where given, else whole minutes."""
    exact = numbers(records, "metric_set", "reply_time_in_seconds", "calendar")
    seconds = exact.fillna(numbers(records, "metric_set", "reply_time_in_minutes", "calendar") * 60)
    return seconds.where(seconds.abs() < LONGEST_S)


def _first_tags(records: Sequence[Record]) -> pd.Series[str]:
    first = [next((tag for tag in pick_list(record, "tags") if isinstance(tag, str)), None) for record in records]
    return pd.Series(first, dtype="str")


def _identifiers(records: Sequence[Record], source: Source) -> dict[str, pd.Series[str]]:
    address = texts(records, "via", "source", "from", "address")
    is_mail = address.str.contains("@", regex=False, na=False)
    phone = [
        pick_text(r, "via", "source", "from", "phone") or pick_text(r, "via", "source", "from", "formatted_phone")
        for r in records
    ]
    return {
        "email": address.where(is_mail),
        "phone": address.where(~is_mail).fillna(pd.Series(phone, dtype="str")),
        "name": texts(records, "via", "source", "from", "name"),
        "handle:zendesk": texts(records, "requester_id"),
        **mapped_identifiers(records, source),
    }
