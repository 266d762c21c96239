"""Every log is what its system would have written, and together they hold every contact once.

The parsers here are small and know nothing of omnistaff's readers.
"""

import csv
import datetime as dt
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

UTC = dt.UTC


def json_lines(folder: Path) -> tuple[list[dict], int]:
    """Return (objects, broken lines) of all files in a folder."""
    good, broken = [], 0
    for file in sorted(folder.iterdir()):
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                good.append(json.loads(line))
            except json.JSONDecodeError:
                broken += 1
    return good, broken


def queue_log(folder: Path) -> list[list[str]]:
    lines = [line for file in sorted(folder.iterdir()) for line in file.read_text(encoding="utf-8").splitlines()]
    return [parts for line in lines if len(parts := line.split("|")) >= 5]


def table(demo: Path, name: str) -> list[dict[str, str]]:
    with (demo / "chatwoot" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def branch_rows(demo: Path) -> list[dict[str, str]]:
    with (demo / "branch" / "sucursal.csv").open(encoding="cp1252", newline="") as stream:
        return [row for row in csv.DictReader(stream, delimiter=";") if not row["Llegada"].startswith("31/02")]


def ids_in_logs(demo: Path) -> list[str]:
    calls = {row[1] for row in queue_log(demo / "pbx") if row[4] == "ENTERQUEUE"}
    records, _ = json_lines(demo / "connect")
    contacts = {record["InitialContactId"] or record["ContactId"] for record in records}
    hooks, _ = json_lines(demo / "whatsapp")
    first = {
        message["id"]
        for hook in hooks
        for message in hook["entry"][0]["changes"][0]["value"].get("messages", [])
        if message["type"] == "interactive"
    }
    tickets, _ = json_lines(demo / "zendesk")
    return [
        *(f"pbx:{key}" for key in calls),
        *(f"connect:{key}" for key in contacts),
        *(f"whatsapp:{key}" for key in first),
        *(f"zendesk:{ticket['id']}" for ticket in tickets),
        *(f"chatwoot:{row['id']}" for row in table(demo, "conversations")),
        *(f"branch:{row['Turno']}" for row in branch_rows(demo)),
    ]


def test_every_contact_is_in_exactly_one_log_and_every_log_entry_in_the_truth(demo, truth):
    found = Counter(ids_in_logs(demo))
    assert max(found.values()) == 1
    assert set(found) == set(truth["contact_id"])
    assert truth["contact_id"].is_unique


def test_a_queue_log_call_enters_once_and_ends_as_the_truth_says(demo, truth):
    calls = {}
    for epoch, call, _, _, event, *rest in queue_log(demo / "pbx"):
        calls.setdefault(call, []).append((int(epoch), event, rest))
    calls.pop("NONE")
    expected = truth[truth["line"] == "cards-voice"].set_index("contact_id")
    assert len(calls) == len(expected)
    for call, events in calls.items():
        names = [event for _, event, _ in events]
        true = expected.loc[f"pbx:{call}"]
        assert names.count("ENTERQUEUE") == 1
        assert ("CONNECT" in names) == (true["outcome"] == "answered")
        assert ("ABANDON" in names) == (true["outcome"] in ("abandoned", "short_abandoned"))
        entered = next(epoch for epoch, event, _ in events if event == "ENTERQUEUE")
        for epoch, event, rest in events:
            if event == "CONNECT":
                assert epoch - entered == int(rest[0])
                assert abs(int(rest[0]) - true["wait_s"]) < 1
            if event == "ABANDON":
                assert epoch - entered == int(rest[2])
            if event.startswith("COMPLETE"):
                assert int(rest[1]) == int(0.88 * true["agent_s"])


def test_contact_records_add_up_to_the_true_handle_time_over_their_transfers(demo, truth):
    records, broken = json_lines(demo / "connect")
    newest = {}
    for record in records:
        newest[record["ContactId"]] = record
    assert len(records) > len(newest)  # some are delivered twice
    assert broken == len(list((demo / "connect").iterdir()))
    handled: Counter[str] = Counter()
    for record in newest.values():
        agent = record["Agent"]
        if agent:
            work = (
                agent["AgentInteractionDuration"] + agent["CustomerHoldDuration"] + agent["AfterContactWorkDuration"]
            )
            handled[record["InitialContactId"] or record["ContactId"]] += work
    expected = truth[(truth["line"] == "accounts-voice") & (truth["outcome"] == "answered")]
    assert set(handled) == {key.removeprefix("connect:") for key in expected["contact_id"]}
    for key, seconds in zip(expected["contact_id"], expected["agent_s"], strict=True):
        assert handled[key.removeprefix("connect:")] == pytest.approx(seconds, abs=0.5)


def test_menu_calls_have_no_queue_and_abandoned_ones_no_agent(demo, truth):
    records, _ = json_lines(demo / "connect")
    line = dict(zip(truth["contact_id"], truth["line"], strict=True))
    outcome = dict(zip(truth["contact_id"], truth["outcome"], strict=True))
    for record in records:
        key = f"connect:{record['InitialContactId'] or record['ContactId']}"
        assert (record["Queue"] is None) == (line[key] == "menu")
        if outcome[key] in ("abandoned", "short_abandoned"):
            assert record["Agent"] is None
            wait = dt.datetime.fromisoformat(record["Queue"]["DequeueTimestamp"]) - dt.datetime.fromisoformat(
                record["Queue"]["EnqueueTimestamp"]
            )
            assert wait.total_seconds() == record["Queue"]["Duration"]


def test_webhooks_carry_a_phone_or_a_user_id_and_stamps_as_text(demo):
    hooks, broken = json_lines(demo / "whatsapp")
    assert broken == len(list((demo / "whatsapp").iterdir()))
    kinds = Counter()
    for hook in hooks:
        value = hook["entry"][0]["changes"][0]["value"]
        assert value["messaging_product"] == "whatsapp"
        for message in value.get("messages", []):
            assert ("from" in message) != ("from_user_id" in message)
            assert message["timestamp"].isdigit()
            kinds["phone" if "from" in message else "user"] += 1
        for status in value.get("statuses", []):
            assert ("recipient_id" in status) != ("recipient_user_id" in status)
            kinds["status"] += 1
    assert kinds["user"] > 0.03 * kinds["phone"] > 0
    assert kinds["status"] > 0


def test_messages_of_one_number_are_one_conversation_only_if_hours_lie_between(demo):
    hooks, _ = json_lines(demo / "whatsapp")
    times: dict[str, list[tuple[int, str]]] = {}
    for hook in hooks:
        for message in hook["entry"][0]["changes"][0]["value"].get("messages", []):
            who = message.get("from") or message["from_user_id"]
            times.setdefault(who, []).append((int(message["timestamp"]), message["id"][:16]))
    for messages in times.values():
        messages.sort()
        for (before, talk), (after, next_talk) in pairwise(messages):
            assert (after - before > 4 * 3600) == (talk != next_talk)


def test_tickets_have_metric_sets_whose_reply_is_no_later_than_the_solution(demo, truth):
    tickets, _ = json_lines(demo / "zendesk")
    assert [ticket["id"] for ticket in tickets] == sorted(ticket["id"] for ticket in tickets)
    kinds = Counter((ticket["via"]["channel"], ticket["status"]) for ticket in tickets)
    assert {via for via, _ in kinds} == {"email", "web", "api"}
    assert kinds["api", "deleted"] == (truth["line"] == "deleted").sum()
    for ticket in tickets:
        metrics = ticket["metric_set"]
        if ticket["status"] == "closed":
            reply, whole = metrics["reply_time_in_minutes"], metrics["full_resolution_time_in_minutes"]
            assert 0 <= reply["calendar"] <= whole["calendar"]
            assert metrics["solved_at"] >= ticket["created_at"]
        assert (ticket["via"]["source"]["from"] != {}) == (ticket["via"]["channel"] == "email")


def test_chat_tables_refer_to_each_other(demo):
    conversations, contacts = table(demo, "conversations"), {row["id"] for row in table(demo, "contacts")}
    ids = {row["id"] for row in conversations}
    asked = [row for row in conversations if row["status"] != "2"]
    assert {row["contact_id"] for row in asked} <= contacts
    assert {row["inbox_id"] for row in conversations} == {row["id"] for row in table(demo, "inboxes")}
    assert {row["conversation_id"] for row in table(demo, "messages")} <= ids
    assert {row["conversation_id"] for row in table(demo, "reporting_events")} <= ids
    kinds = Counter((row["message_type"], row["private"]) for row in table(demo, "messages"))
    assert kinds["3", "f"] == len(asked)  # the bot greets everybody
    assert kinds["1", "t"] > 0  # private notes must not count as replies


def test_branch_rows_use_local_time_decimal_comma_and_spanish_words(demo, truth):
    arrived = dict(zip(truth["contact_id"], truth["arrived_at"], strict=True))
    minutes = dict(zip(truth["contact_id"], truth["agent_s"] / 60, strict=True))
    rows = branch_rows(demo)
    assert {row["Estado"] for row in rows} == {"Atendido", "Abandonado"}
    for row in rows:
        local = dt.datetime.strptime(row["Llegada"], "%d/%m/%Y %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Madrid"))
        assert local.astimezone(UTC) == arrived[f"branch:{row['Turno']}"].floor("s")
        if row["Estado"] == "Atendido":
            assert "." not in row["Duración (min)"]
            assert float(row["Duración (min)"].replace(",", ".")) == pytest.approx(
                minutes[f"branch:{row['Turno']}"], abs=0.051
            )


def test_people_files_fit_the_plan(demo):
    agents = pd.read_csv(demo / "agents.csv", dtype="str")
    absences = pd.read_csv(demo / "absences.csv", dtype="str")
    preferences = pd.read_csv(demo / "preferences.csv", dtype="str")
    assert len(agents) == 40
    assert agents["contract"].nunique() == 3
    assert set(absences["agent_id"]) | set(preferences["agent_id"]) <= set(agents["agent_id"])
    assert (absences["start_at"] < absences["end_at"]).all()
    for skills in agents["skills"]:
        assert skills.split("|") == sorted(skills.split("|"))
