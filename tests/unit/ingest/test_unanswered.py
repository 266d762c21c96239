"""Conversations that ended without an answer: left by the customer, solved by a bot, or closed unanswered by us."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.unit.ingest.conftest import FORMATS


def chatwoot(folder: Path, *, messages: str = "", events: str = "", assignee: str = "") -> None:
    """Write the sample's dump with conversation 503 resolved, and more rows about it."""
    for path in FORMATS.glob("chatwoot_*.csv"):
        shutil.copy(path, folder)
    table = folder / "chatwoot_conversations.csv"
    table.write_text(table.read_text().replace("503,1,13,3,,", f"503,1,13,1,{assignee},"))
    for name, rows in (("messages", messages), ("reporting_events", events)):
        with (folder / f"chatwoot_{name}.csv").open("a") as file:
            file.write(rows)


BOT_WROTE = "90008,Hello,1,13,503,1,2026-10-26 14:10:05,2026-10-26 14:10:05,f,0,,0,AgentBot,5\n"
BOT_RESOLVED = (
    "5,conversation_bot_resolved,60,1,13,,503,2026-10-26 14:30:00,,,2026-10-26 14:10:00,2026-10-26 14:30:00\n"
)
HANDED_ON = "6,conversation_bot_handoff,60,1,13,,503,2026-10-26 14:20:00,,,2026-10-26 14:10:00,2026-10-26 14:20:00\n"


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ({}, "flowed_out"),
        ({"assignee": "71"}, "flowed_out"),
        ({"messages": BOT_WROTE}, "contained"),
        ({"events": BOT_RESOLVED}, "contained"),
        ({"messages": BOT_WROTE, "assignee": "71"}, "flowed_out"),
        ({"messages": BOT_WROTE, "events": HANDED_ON}, "flowed_out"),
    ],
    ids=[
        "nobody wrote",
        "an agent closed it",
        "a bot wrote",
        "a bot resolved it",
        "assigned after the bot",
        "handed on",
    ],
)
def test_a_resolved_chatwoot_conversation_without_reply(
    read_sample: Any, tmp_path: Path, rows: dict[str, str], outcome: str
) -> None:
    chatwoot(tmp_path, **rows)
    contacts = read_sample("*.csv", tmp_path, reader="chatwoot").log.contacts
    row = contacts[contacts["contact_id"] == "chatwoot:503"].iloc[0]
    assert (row["outcome"], row["is_demand"], pd.isna(row["answered_at"])) == (outcome, True, True)


def changed(folder: Path, file: str, record_id: Any, changes: dict[str, Any], **more: Any) -> pd.Series[Any]:
    """Return the contact of a JSON sample's record after *changes* at dotted paths."""
    text = (FORMATS / file).read_text()
    lines = file.endswith("jsonl")
    pages = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    records = pages if isinstance(pages, list) else next(v for v in pages.values() if isinstance(v, list))
    for record in records:
        if str(record.get("id", record.get("ContactId", ""))).endswith(str(record_id)):
            for path, value in changes.items():
                *steps, last = path.split(".")
                target = record
                for step in steps:
                    target = target.setdefault(step, {}) if target.get(step) is not None else {}
                target[last] = value
    (folder / file).write_text("\n".join(map(json.dumps, pages)) if lines else json.dumps(pages))
    contacts = more.pop("read")(file, folder, **more).log.contacts
    return contacts[contacts["contact_id"].str.endswith(str(record_id))].iloc[0]


INTERCOM = "intercom_conversations.json"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("contained", False)),
        ({"ai_agent": {"resolution_state": "routed_to_team"}}, ("flowed_out", True)),
        ({"ai_agent_participated": False}, ("contained", False)),
        ({"ai_agent_participated": False, "admin_assignee_id": 814001}, ("flowed_out", True)),
        ({"ai_agent_participated": False, "teammates": {"admins": [{"id": "1"}]}}, ("flowed_out", True)),
    ],
    ids=["bot", "bot handed on", "nobody had it", "an admin had it", "an admin took part"],
)
def test_a_closed_intercom_conversation_without_reply(
    read_sample: Any, tmp_path: Path, changes: dict[str, Any], expected: tuple[str, bool]
) -> None:
    row = changed(tmp_path, INTERCOM, 3, changes, read=read_sample, reader="intercom_conversations")
    assert (row["outcome"], row["is_demand"]) == expected


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("CUSTOMER_DISCONNECT", "abandoned"), ("TELECOM_PROBLEM", "abandoned"), (None, "abandoned"),
     ("CONTACT_FLOW_DISCONNECT", "flowed_out"), ("API", "flowed_out")],
)  # fmt: skip
def test_an_amazon_connect_contact_that_nobody_took(
    read_sample: Any, tmp_path: Path, reason: str | None, outcome: str
) -> None:
    file = "amazon_connect_contact_records.jsonl"
    row = changed(tmp_path, file, "002", {"DisconnectReason": reason}, read=read_sample, reader="amazon_connect")
    assert row["outcome"] == outcome


def test_a_freshdesk_chat_resolved_without_a_word_is_no_answer_but_a_call_is(
    read_sample: Any, tmp_path: Path
) -> None:
    read = {"read": read_sample, "reader": "freshdesk_tickets"}
    silent = {"stats.first_responded_at": None}
    assert changed(tmp_path, "freshdesk_tickets.json", 2, silent, **read)["outcome"] == "flowed_out"
    assert changed(tmp_path, "freshdesk_tickets.json", 3, silent, **read)["outcome"] == "answered"


@pytest.mark.parametrize(
    ("tags", "outcome"), [([], "flowed_out"), (["zopim_chat", "zopim_chat_missed"], "abandoned")]
)
def test_a_zendesk_chat_solved_without_a_word(
    read_sample: Any, tmp_path: Path, tags: list[str], outcome: str
) -> None:
    changes = {"metric_set.reply_time_in_seconds": None, "metric_set.reply_time_in_minutes": None, "tags": tags}
    row = changed(tmp_path, "zendesk_tickets_export.jsonl", 1005, changes, read=read_sample, reader="zendesk_tickets")
    assert row["outcome"] == outcome


@pytest.mark.parametrize(
    ("event", "reason", "outcome"),
    [("task.canceled", "hangup", "abandoned"), ("task.canceled", None, "abandoned"),
     ("task.canceled", "Task TTL Exceeded", "flowed_out"), ("task.completed", None, "flowed_out")],
)  # fmt: skip
def test_a_twilio_task_that_nobody_took(
    read_sample: Any, tmp_path: Path, event: str, reason: str | None, outcome: str
) -> None:
    page = json.loads((FORMATS / "twilio_taskrouter_events.json").read_text())
    (last,) = [found for found in page["events"] if found["event_type"] == "task.canceled"]
    last["event_type"], last["event_data"]["task_canceled_reason"] = event, reason
    (tmp_path / "e.json").write_text(json.dumps(page))
    contacts = read_sample("e.json", tmp_path, reader="twilio_taskrouter").log.contacts
    assert contacts["outcome"].tolist() == ["answered", outcome]
