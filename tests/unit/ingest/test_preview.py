"""What the preview warns of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnistaff.errors import ConfigError
from omnistaff.ingest import READERS, list_readers, list_warnings, preview, read_all, read_histories
from omnistaff.plan import Plan, Source, make_plan
from tests.unit.ingest.conftest import FORMATS


def warnings_of(
    folder: Path,
    stamps: list[str],
    *,
    effort: str = "60",
    wait: str = "",
    swap: dict[str, str] | None = None,
    **more: Any,
) -> list[str]:
    rows = [f"{k},{at},{'' if wait else at},{effort},{wait},+3460000{k % 50:04d}" for k, at in enumerate(stamps)]
    (folder / "b.csv").write_text("id,at,answered,effort,wait,phone\n" + "\n".join(rows))
    columns = {
        "contact_id": "id",
        "arrived_at": "at",
        "answered_at": "answered",
        "effort_s": "effort",
        "wait_s": "wait",
    }
    queue = {"name": "q", "contacts": {"queue": ["q"]}, "hours": more.pop("hours", {"daily": "24h"})}
    queue |= more.pop("promise", {})
    entry = {
        "reader": "csv",
        "path": "b.csv",
        "channel": "voice",
        "queue": "q",
        "columns": columns | (swap or {}),
        **more,
    }
    content = {"name": "t", "time_zone": "America/New_York", "ingest": [entry], "queues": [queue]}
    plan = make_plan(content, folder=folder)
    return list(list_warnings(read_all(plan), read_histories(plan), plan))


def stamps_at(hour: int, seconds: int = 7, days: tuple[int, ...] = (1, 2, 3)) -> list[str]:
    return [
        f"2026-04-{day:02d}T{hour:02d}:{minute:02d}:{(minute * seconds) % 60:02d}Z"
        for day in days
        for minute in range(60)
    ]


def test_sound_logs_give_no_warning(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, stamps_at(14)) == []


def test_a_peak_in_the_night_suggests_a_wrong_zone(tmp_path: Path) -> None:
    assert "busiest hour is 04:00" in warnings_of(tmp_path, stamps_at(8))[0]


def test_rounded_stamps_are_noticed(tmp_path: Path) -> None:
    assert "100% of arrivals at second 00" in warnings_of(tmp_path, stamps_at(14, seconds=0))[0]


def test_a_gap_of_days_is_noticed(tmp_path: Path) -> None:
    assert "6 days without contacts before 2026-04-08" in warnings_of(tmp_path, stamps_at(14, days=(1, 8)))[0]


def test_durations_in_milliseconds_are_noticed(tmp_path: Path) -> None:
    assert "are durations milliseconds?" in warnings_of(tmp_path, stamps_at(14), effort="300000")[0]
    assert warnings_of(tmp_path, stamps_at(14), effort="300000", duration_unit="ms") == []


def test_most_contacts_outside_the_opening_hours_suggest_a_wrong_zone(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, stamps_at(14), hours={"mon-fri": "09:00-18:00"}) == []
    found = warnings_of(tmp_path, stamps_at(1), hours={"mon-fri": "09:00-18:00"})
    assert found == ["queue q: 100% of contacts outside its opening hours, is time_zone right?"]


def test_mail_may_come_outside_the_opening_hours(tmp_path: Path) -> None:
    promise = {"mode": "deferred", "target": {"on_time_share": 0.9, "due_hours": 8}}
    stamps = stamps_at(14, days=(4, 5)) + stamps_at(14, days=(6,))
    assert warnings_of(tmp_path, stamps, hours={"mon-fri": "09:00-18:00"}, promise=promise) == []
    (found,) = warnings_of(tmp_path, stamps, hours={"mon-fri": "09:00-18:00"})
    assert found == "queue q: 67% of contacts outside its opening hours, is time_zone right?"


def test_hours_on_holidays_that_nobody_knows_are_noticed(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, stamps_at(14), hours={"daily": "24h", "holidays": "closed"})
    assert found == [
        "queue q: hours on holidays mean nothing, none is known in 2026 to 2027: "
        "set calendar.country or calendar.holidays"
    ]


def test_each_source_shows_its_first_contacts_however_few_another_has(tmp_path: Path) -> None:
    head = "id,at\n"
    (tmp_path / "a.csv").write_text(head + "1,2026-04-01T09:00:00Z\n")
    (tmp_path / "b.csv").write_text(head + "".join(f"{k},2026-04-0{k}T09:00:00Z\n" for k in range(4, 0, -1)))
    entries = [
        {"reader": "csv", "path": f"{name}.csv", "name": name, "channel": "voice",
         "columns": {"contact_id": "id", "arrived_at": "at"}}
        for name in "ab"
    ]  # fmt: skip
    content = {"name": "t", "time_zone": "Europe/Madrid", "ingest": entries, "queues": [{"name": "q"}]}
    shown = preview(make_plan(content, folder=tmp_path))["First contacts, in local time"]
    at = shown[shown["column"] == "arrived_at"].set_index("source").fillna("")
    assert at.loc["a", ["first", "second", "third"]].tolist() == ["2026-04-01 11:00:00", "", ""]
    assert at.loc["b", "third"] == "2026-04-03 11:00:00"


def test_swapped_days_and_months_are_noticed(tmp_path: Path) -> None:
    stamps = [f"{day:02d}/03/2026 14:{minute:02d}:07" for day in range(2, 20) for minute in range(0, 60, 10)]
    found = warnings_of(tmp_path, stamps, time_format="%m/%d/%Y %H:%M:%S", time_zone="America/New_York")
    assert any("are day and month swapped in time_format?" in text for text in found)
    found = warnings_of(tmp_path, stamps, time_format="%d/%m/%Y %H:%M:%S", time_zone="America/New_York")
    assert found == []


def test_negative_waits_are_noticed(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, [*stamps_at(14), "2026-04-01T09:00:01Z"], wait="-20")
    assert found[-2] == "csv: 181 rows with negative waits or durations, are columns or zones mixed up?"


def test_identifiers_and_ids_that_were_mixed_up_are_noticed(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, stamps_at(14), swap={"contact_id": "phone", "phone": "id"})
    assert "csv: ids stand for several contacts, is columns.contact_id a customer's or a case's?" in found
    assert any("of phone values do not look like one (" in text for text in found)


def test_a_separator_that_the_file_does_not_have_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        warnings_of(tmp_path, stamps_at(14), delimiter=";")
    assert list(caught.value.problems) == [
        "b.csv has one column, 'id,at,answered,effort,wait,phone': is delimiter ';' right?"
    ]


def test_interval_reports_in_another_zone_or_unit_are_noticed(tmp_path: Path) -> None:
    hours = [(day, hour) for day in range(1, 4) for hour in range(24)]
    rows = [f"2026-04-{day:02d}T{hour:02d}:00Z,Sales,{20 if hour == 8 else 2},2,9000000" for day, hour in hours]
    (tmp_path / "i.csv").write_text("at,queue,n,done,aht\n" + "\n".join(rows))
    columns = {"interval_start": "at", "queue": "queue", "offered": "n", "handled": "done", "handle_s": "aht"}
    entry = {"reader": "interval_csv", "path": "i.csv", "columns": columns}
    content = {"name": "t", "time_zone": "America/New_York", "queues": [{"name": "q"}], "ingest": [entry]}
    plan = make_plan(content, folder=tmp_path)
    found = "\n".join(list_warnings(read_all(plan), read_histories(plan), plan))
    assert "queue Sales: busiest hour is 04:00" in found
    assert "queue Sales: median handle time is 2,500 h, is it a total or in milliseconds?" in found
    assert "queue 'Sales' of the interval reports belongs to no queue of the plan" in found
    assert "queue q: no contact belongs to it" in found


def test_unknown_effort_and_contacts_outside_the_plan_are_noticed(tmp_path: Path) -> None:
    found = warnings_of(tmp_path, stamps_at(14), effort="", queue="other")
    assert any("set assumed_effort_s" in text for text in found)
    assert any("180 contacts by voice in queue 'other' belong to no queue" in text for text in found)
    assert any("queue q: no contact belongs to it" in text for text in found)


def demo_plan(*sources: dict[str, Any]) -> Plan:
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": list(sources)}
    return make_plan(content, folder=FORMATS)


def test_the_preview_shows_rows_counts_hours_and_the_account_of_rows() -> None:
    tables = preview(demo_plan({"reader": "asterisk_queue_log", "path": "asterisk_queue_log.txt"}))
    first = tables["First contacts, in local time"].set_index("column")
    arrived = ["2026-10-26 13:00:05", "2026-10-26 13:00:40", "2026-10-26 13:02:10"]
    assert first.loc["arrived_at"].tolist() == ["asterisk_queue_log", *arrived]
    counts = tables["Contacts by source, channel, queue and outcome"]
    assert dict(zip(counts["outcome"], counts["size"], strict=True)) == {
        "abandoned": 1,
        "answered": 2,
        "flowed_out": 2,
    }
    assert tables["Busiest hours"]["hour"].tolist() == ["13:00"]
    assert tables["Where the rows went"]["rows"].tolist() == [21, 16, 0, 5]


def test_every_reader_is_listed_with_an_entry_that_the_plan_accepts() -> None:
    import yaml

    table = list_readers()
    assert table["reader"].tolist() == sorted(READERS)
    for example, name in zip(table["example"], table["reader"], strict=True):
        assert Source.model_validate(yaml.safe_load(example)).reader == name
