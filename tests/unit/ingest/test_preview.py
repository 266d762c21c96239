"""What the preview warns of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omnistaff.ingest import READERS, list_readers, list_warnings, preview, read_all
from omnistaff.plan import Plan, Source, make_plan
from tests.unit.ingest.conftest import FORMATS


def warnings_of(folder: Path, stamps: list[str], effort: str = "60", **source: Any) -> list[str]:
    rows = [f"{k},{stamp},{stamp},{effort}" for k, stamp in enumerate(stamps)]
    (folder / "b.csv").write_text("id,at,answered,effort\n" + "\n".join(rows))
    columns = {"contact_id": "id", "arrived_at": "at", "answered_at": "answered", "effort_s": "effort"}
    entry = {"reader": "csv", "path": "b.csv", "channel": "voice", "queue": "q", "columns": columns, **source}
    plan = make_plan(
        {
            "name": "t", "time_zone": "America/New_York", "ingest": [entry],
            "queues": [{"name": "q", "contacts": {"queue": ["q"]}}],
        },
        folder=folder,
    )  # fmt: skip
    return list(list_warnings(read_all(plan), plan))


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
    assert len(tables["First contacts"]) == 5
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
