"""Traps of the samples that no count shows: who the contacts are from, and how report durations are written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from omnistaff.ingest.stamps import read_clock_durations
from tests.unit.ingest.test_formats import SAMPLES

#: Sample: what identifies the contact whose id ends so; as the file has it, for identity knows the region.
WHO: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "asterisk_queue_log.txt": (".101", {("phone", "12025550143")}),
    "amazon_connect_contact_records.jsonl": ("004", {("phone", "+12025550188")}),
    "genesys_cloud_conversation_details.json": ("001", {("phone", "+12025550143")}),  # tel:+...
    "twilio_calls.json": ("04", {("phone", "+12025550188")}),
    "twilio_messages.json": ("04", {("phone", "+12025550134")}),  # whatsapp:+...
    "twilio_taskrouter_events.json": ("02", {("phone", "+12025550143")}),  # JSON inside a string
    "five9_call_log.csv": ("01", {("phone", "2025550143")}),  # national, without +1
    "zendesk_tickets_export.jsonl": (
        "1001", {("email", "dana.cruz@example.com"), ("handle:zendesk", "901001"), ("name", "Dana Cruz")},
    ),
    "salesforce_cases.csv": ("20AA", {("phone", "(202) 555-0188")}),
    "support_mailbox.mbox": (
        "<m1@mail.example.com>", {("email", "dana.cruz@example.com"), ("name", "Cruz, Dana")},  # encoded words
    ),
    "whatsapp_cloud_webhooks.jsonl": (
        "EX0007", {("handle:whatsapp", "US.13490000000000000001"), ("name", "Ivy Fox")},  # no phone at all
    ),
    "meta_messenger_instagram_webhooks.jsonl": ("aWdfex0001", {("handle:instagram", "6600000000000001")}),
    "telegram_desktop_export.json": ("/1", {("handle:telegram", "user500000001"), ("name", "Gus Hale")}),
    "x_archive_direct_messages.js": ("01", {("handle:x", "900777")}),
}  # fmt: skip


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one[1] in WHO], ids=lambda one: one[1])
def test_a_samples_contacts_are_known_by_their_customers(read_sample: Any, sample: tuple[Any, ...]) -> None:
    reader, file, settings = sample[:3]
    ending, expected = WHO[file]
    found = read_sample(file, reader=reader, **settings).log.identifiers
    mine = found[found["contact_id"].str.endswith(ending)]
    assert set(zip(mine["kind"], mine["value"], strict=True)) == expected


def test_calls_we_made_name_nobody_who_came_to_us(read_sample: Any) -> None:
    result = read_sample("five9_call_log.csv", reader="five9_call_log", time_zone="America/Los_Angeles")
    assert not result.log.identifiers["contact_id"].str.endswith("04").any()


def test_report_durations_are_seconds_minutes_or_hours_by_their_colons() -> None:
    text = pd.Series([":21", "1:05", "1:02:10", "0:00:24", "1:5", "x", None], dtype="str")
    assert read_clock_durations(text).tolist()[:4] == [21, 65, 3730, 24]
    assert read_clock_durations(text).isna().tolist() == [False] * 4 + [True] * 3
