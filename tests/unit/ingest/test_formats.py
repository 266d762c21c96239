"""Every sample file of a contact format, read to the values that were worked out by hand from it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

NEW_YORK = "America/New_York"

#: reader, file, settings, rows set aside, rejects, and per contact:
#: (end of its id, channel, queue, outcome, is demand, wait in s, effort in s, basis, legs)
SAMPLES: list[tuple[str, str, dict[str, Any], int, int, list[tuple[Any, ...]]]] = [
    (
        "asterisk_queue_log", "asterisk_queue_log.txt", {}, 5, 0,
        [
            (".101", "voice", "support", "answered", True, 21, 312, "measured", 4),
            (".110", "voice", "support", "abandoned", True, 72, None, None, 2),
            (".120", "voice", "support", "answered", True, 211, 159 + 355, "measured", 6),
            (".140", "voice", "support", "flowed_out", True, 300, None, None, 2),
            (".150", "voice", "support", "flowed_out", True, 25, None, None, 2),
        ],
    ),
    (
        "amazon_connect", "amazon_connect_contact_records.jsonl", {"concurrency": 2}, 0, 0,
        [
            ("001", "voice", "Support EN", "answered", True, 18, 312 + 40 + 55, "measured", 2),
            ("002", "voice", "Support EN", "abandoned", True, 72, None, None, 1),
            ("003", "voice", None, "contained", True, None, None, None, 1),
            ("004", "voice", "Support EN", "answered", True, 5, 235 + 20 + 355 + 41, "measured", 2),
            ("006", "web_chat", "Support EN", "answered", True, 9, 8459 / 2 + 15, "derived", 1),
            ("007", "callback", "Support EN", "answered", True, 1015, 290 + 30, "measured", 1),
        ],
    ),
    (
        "amazon_connect", "amazon_connect_firehose_concatenated.json", {}, 0, 0,
        [
            ("002", "voice", "Support EN", "abandoned", True, 72, None, None, 1),
            ("003", "voice", None, "contained", True, None, None, None, 1),
        ],
    ),
    (
        "genesys_cloud", "genesys_cloud_conversation_details.json", {}, 0, 0,
        [
            ("001", "voice", "Support EN", "answered", True, 30.95, 337 + 35 + 27, "measured", 1),
            ("002", "voice", "Support EN", "abandoned", True, 76, None, None, 1),
            ("003", "whatsapp", "Messaging", "answered", True, 189.5, None, None, 1),
        ],
    ),
    (
        "twilio_calls", "twilio_calls.json", {"after_contact_s": 20}, 0, 0,
        [
            ("01", "voice", "+12025550100", "answered", True, 44, 352 + 20, "derived", 2),
            ("03", "voice", "+12025550100", "abandoned", True, 94, None, None, 1),
            ("04", "voice", "+12025550100", "answered", True, 40, 608 + 20, "derived", 3),
            ("07", "voice", None, "short_abandoned", False, 0, None, None, 1),
        ],
    ),
    (
        "twilio_messages", "twilio_messages.json", {}, 1, 0,
        [
            ("01", "sms", "+12025550100", "answered", True, 285, 25, "derived", 3),
            ("04", "whatsapp", "+12025550100", "open", True, None, None, None, 1),
        ],
    ),
    (
        "twilio_taskrouter", "twilio_taskrouter_events.json", {}, 0, 0,
        [
            ("01", "voice", "Support EN", "answered", True, 31, 438 - 31, "measured", 8),
            ("02", "web_chat", "Support EN", "abandoned", True, 111, None, None, 2),
        ],
    ),
    (
        "asterisk_cdr", "asterisk_cdr_master.csv", {"time_zone": NEW_YORK}, 0, 0,
        [
            (".101", "voice", "support", "answered", True, None, 333, "derived", 1),
            (".110", "voice", "support", "abandoned", True, 74, None, None, 1),
            (".160", "voice", None, "abandoned", False, 31, None, None, 1),
            (".201", "voice", "support", "answered", True, None, 1828, "derived", 1),
            (".210", "voice", "support", "answered", True, None, 249, "derived", 1),
        ],
    ),
    (
        "freeswitch_cdr", "freeswitch_cdr.csv", {"time_zone": "UTC"}, 0, 0,
        [
            ("001", "voice", "support", "answered", True, None, 333, "derived", 1),
            ("003", "voice", "support", "abandoned", True, 74, None, None, 1),
            ("004", "voice", None, "abandoned", False, 31, None, None, 1),
            ("006", "voice", "00012025550199", "short_abandoned", False, 0, None, None, 1),
        ],
    ),
    (
        "five9_call_log", "five9_call_log.csv", {"time_zone": "America/Los_Angeles"}, 0, 0,
        [
            ("01", "voice", "Support EN", "answered", True, 18, 407, "measured", 1),
            ("02", "voice", "Support EN", "abandoned", True, 72, None, None, 1),
            ("03", "voice", "Support EN", "answered", True, 5, 255 + 396, "measured", 2),
            ("04", "voice", None, "abandoned", False, 41, None, None, 1),
        ],
    ),
    (
        "zendesk_tickets", "zendesk_tickets_export.jsonl", {"assumed_effort_s": 420}, 0, 0,
        [
            ("1001", "email", "41", "answered", True, 2832, 420, "assumed", 1),
            ("1002", "form", "41", "answered", True, 48732, 420, "assumed", 1),
            ("1003", "email", "42", "open", True, None, None, None, 1),
            ("1004", "voice", "41", "answered", True, 12, 420, "assumed", 1),
            ("1005", "web_chat", "43", "answered", True, 72, 420, "assumed", 1),
            ("1006", "other", None, "contained", False, None, None, None, 1),
        ],
    ),
    (
        "zendesk_metric_events", "zendesk_ticket_metric_events.json", {"channel": "email"}, 0, 1,
        [("1001", "email", None, "answered", True, 47 * 60, None, None, 9)],
    ),
    (
        "freshdesk_tickets", "freshdesk_tickets.json", {"assumed_effort_s": 300}, 0, 0,
        [
            (":1", "email", "7001", "answered", True, 2820, 300, "assumed", 1),
            (":2", "web_chat", "7001", "answered", True, 120, 300, "assumed", 1),
            (":3", "voice", "7001", "answered", True, None, 300, "assumed", 1),
            (":4", "form", None, "open", True, None, None, None, 1),
            (":5", "email", "7001", "answered", False, None, 300, "assumed", 1),
        ],
    ),
    (
        "intercom_conversations", "intercom_conversations.json", {"concurrency": 3}, 0, 0,
        [
            (":1", "web_chat", "5017691", "answered", True, 62, (1490 - 62) / 3, "derived", 1),
            (":2", "email", "5017691", "answered", True, 41700, None, None, 1),
            (":3", "web_chat", "5017691", "contained", False, None, None, None, 1),
            (":4", "whatsapp", "5017691", "answered", True, 240, None, None, 1),
        ],
    ),
    (
        "salesforce_cases", "salesforce_cases.csv", {}, 0, 0,
        [
            ("10AA", "email", None, "answered", True, None, None, None, 2),
            ("20AA", "voice", None, "answered", True, None, None, None, 1),
            ("30AA", "form", "00G0000000000001AA", "open", True, None, None, None, 1),
        ],
    ),
    (
        "mbox", "support_mailbox.mbox", {"own_addresses": ["support@example.org"]}, 0, 0,
        [
            ("<b1@mail.example.net>", "email", "support@example.org", "open", False, None, None, None, 1),
            ("<m1@mail.example.com>", "email", "support@example.org", "answered", True, 2848, None, None, 3),
            ("<m3@mail.example.com>", "email", "support@example.org", "open", True, None, None, None, 1),
        ],
    ),
    (
        "whatsapp_cloud", "whatsapp_cloud_webhooks.jsonl", {"assumed_effort_s": 240}, 1, 0,
        [
            ("EX0001", "whatsapp", "12025550100", "answered", True, 285, 240, "assumed", 6),
            ("EX0007", "whatsapp", "12025550100", "open", True, None, None, None, 1),
        ],
    ),
    (
        "meta_messaging", "meta_messenger_instagram_webhooks.jsonl", {}, 4, 0,
        [
            ("aWdfex0001", "instagram", "178000000000001", "answered", True, 360, None, None, 2),
            ("m_ex0001", "messenger", "102000000000001", "answered", True, 207.342, None, None, 2),
        ],
    ),
    (
        "telegram", "telegram_desktop_export.json", {}, 0, 0,
        [("/1", "telegram", None, "answered", True, 450, 1410, "derived", 5)],
    ),
    (
        "x_archive", "x_archive_direct_messages.js", {"own_addresses": ["900001"]}, 0, 0,
        [("01", "social", None, "answered", True, 221.621, 1853.249, "derived", 4)],
    ),
    (
        "chatwoot", "chatwoot_*.csv", {}, 14, 0,
        [
            ("501", "web_chat", "Website chat", "answered", True, 155.499, 2294.1, "derived", 1),
            ("502", "email", "support@example.com", "open", True, None, None, None, 1),
            ("503", "whatsapp", "WhatsApp", "open", True, None, None, None, 1),
            ("504", "web_chat", "Website chat", "contained", False, None, None, None, 1),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "file", "settings", "aside", "rejects", "expected"), SAMPLES, ids=[sample[1] for sample in SAMPLES]
)
def test_a_sample_reads_to_the_values_worked_out_by_hand(
    read_sample: Any, reader: str, file: str, settings: dict[str, Any], aside: int, rejects: int, expected: list[Any]
) -> None:
    result = read_sample(file, reader=reader, **settings)
    contacts = result.log.contacts
    assert len(contacts) == len(expected)
    for row, (ending, channel, queue, outcome, is_demand, wait_s, effort_s, basis, legs) in zip(
        contacts.to_dict("records"), expected, strict=True
    ):
        assert row["contact_id"].endswith(ending)
        assert (row["channel"], row["outcome"], row["is_demand"], row["legs"]) == (channel, outcome, is_demand, legs)
        assert queue == (None if pd.isna(row["queue"]) else row["queue"])
        assert row["wait_s"] == pytest.approx(math.nan if wait_s is None else wait_s, abs=1e-6, nan_ok=True)
        assert row["effort_s"] == pytest.approx(math.nan if effort_s is None else effort_s, abs=1e-6, nan_ok=True)
        assert basis is None or row["effort_basis"] == basis
    (tally,) = result.tallies
    assert (sum(tally.set_aside.values()), tally.rejects, tally.unknown) == (aside, rejects, {})


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        ("telegram", '{"messages": []}'),
        ("telegram", '{"messages": [{"id": 1, "type": "message", "date_unixtime": "x", "from_id": "user1"}]}'),
        ("twilio_messages", '{"messages": []}'),
        ("mbox", "From a@example.com Thu Jan  1 00:00:99 2026\n\nno header\n"),
        ("whatsapp_cloud", '{"entry": []}'),
        ("meta_messaging", '{"entry": []}'),
    ],
)
def test_a_file_without_a_single_usable_message_gives_no_contact(
    read_sample: Any, tmp_path: Path, reader: str, content: str
) -> None:
    (tmp_path / "none.txt").write_text(content)
    own = {"own_addresses": ["@example.org"]} if reader == "mbox" else {}
    assert read_sample("none.txt", tmp_path, reader=reader, **own).log.contacts.empty
