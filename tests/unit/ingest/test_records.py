"""Records that are no delimited text: JSON in any layout, Parquet, databases."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff.errors import ConfigError, ParseError

RECORDS = [
    {"id": k, "meta": {"opened": f"2026-04-05T09:0{k}:00Z"}, "user": {"mail": f"p{k}@example.com"}, "s": k + 0.5}
    for k in range(3)
]


JSON_MAP = {"contact_id": "id", "arrived_at": "meta.opened", "email": "user.mail", "effort_s": "s"}


@pytest.mark.parametrize("layout", ["lines", "list", "wrapped", "back to back"])
def test_json_records_are_read_in_any_layout(read_sample: Any, tmp_path: Path, layout: str) -> None:
    text = {
        "lines": "\n".join(map(json.dumps, RECORDS)),
        "list": json.dumps(RECORDS, indent=2),
        "wrapped": json.dumps({"data": RECORDS}),
        "back to back": "".join(map(json.dumps, RECORDS)),
    }[layout]
    (tmp_path / "r.json").write_text(text)
    log = read_sample("r.json", tmp_path, reader="json", columns=JSON_MAP).log
    assert log.contacts["effort_s"].tolist() == [0.5, 1.5, 2.5]
    assert log.identifiers["value"].tolist() == ["p0@example.com", "p1@example.com", "p2@example.com"]


def test_broken_lines_of_json_are_rejects_and_a_file_without_json_is_an_error(
    read_sample: Any, tmp_path: Path
) -> None:
    lines = [json.dumps(RECORDS[0]), '{"id": 1, "meta"', json.dumps(RECORDS[2]), "[1]"]
    (tmp_path / "r.json").write_text("\n".join(lines))
    log = read_sample("r.json", tmp_path, reader="json", columns=JSON_MAP).log
    assert (log.contacts["contact_id"].tolist(), log.rejects["row"].tolist()) == (["json:0", "json:2"], [2, 4])
    (tmp_path / "r.json").write_text("<html>not json</html>")
    with pytest.raises(ParseError, match="is not JSON"):
        read_sample("r.json", tmp_path, reader="json", columns=JSON_MAP)


def test_parquet_keeps_times_numbers_and_missing_values(read_sample: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "at": pd.to_datetime(["2026-04-05 09:00:00.25", "2026-04-05 10:00:00.00"], utc=True),
            "wall": pd.to_datetime(["2026-04-05 09:05", None]),
            "s": [12.5, None],
        }
    )
    frame.to_parquet(tmp_path / "c.parquet")
    columns = {"contact_id": "id", "arrived_at": "at", "answered_at": "wall", "effort_s": "s"}
    log = read_sample("c.parquet", tmp_path, reader="parquet", time_zone="UTC", columns=columns).log
    assert log.contacts["contact_id"].tolist() == ["parquet:1", "parquet:2"]
    assert log.contacts["arrived_at"][0] == pd.Timestamp("2026-04-05 09:00:00.25", tz="UTC")
    assert log.contacts["wait_s"][0] == 299.75
    assert log.contacts["effort_s"][0] == 12.5
    assert log.contacts["outcome"].tolist() == ["answered", "open"]


def test_the_sql_reader_reads_a_query(read_sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("create table cases (id integer, opened text, mail text)")
        database.executemany(
            "insert into cases values (?, ?, ?)", [(1, "2026-04-05T09:00Z", "a@b.c"), (2, None, "x@b.c")]
        )
    monkeypatch.setenv("CRM_FILE", str(tmp_path / "crm.db"))
    log = read_sample(
        "sqlite:///${CRM_FILE}", tmp_path, reader="sql", query="select * from cases order by id", channel="ticket",
        columns={"contact_id": "id", "arrived_at": "opened", "email": "mail"},
    ).log  # fmt: skip
    assert (log.contacts["contact_id"].tolist(), log.rejects["row"].tolist()) == (["sql:1"], [2])


def test_a_database_that_refuses_is_a_plan_error(read_sample: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the database refused"):
        read_sample(
            "sqlite:///:memory:", tmp_path, reader="sql", query="select * from nothing", columns={"arrived_at": "a"}
        )
    with pytest.raises(ConfigError, match="OMNISTAFF_NO_SUCH"):
        read_sample("x://${OMNISTAFF_NO_SUCH}", tmp_path, reader="sql", query="select 1", columns={"arrived_at": "a"})


def test_lines_of_json_hold_truth_values_lists_boxes_and_broken_text(read_sample: Any, tmp_path: Path) -> None:
    at = '"at": "2026-04-05T09:00:00Z"'
    lines = [
        f'{{"id": 1, {at}, "user": {{"tel": "+346000001", "is": [{{"id": "vip", "value": "yes"}}]}}, "real": false}}',
        f'{{"id": "{{2}}", {at}, "user": {{"tel": {{"a": 1}}}}, "real": true}}',
        f'{{"id": 12345678901234567890123, {at}, "user": "nobody", "real": null}}',
        "", f'{{"id": 4, {at}', "[4]", "5", f'{{"id": "\\ud800", {at}}}',
    ]  # fmt: skip
    (tmp_path / "r.jsonl").write_text("\n".join(lines))
    columns = {
        "contact_id": "id", "arrived_at": "at", "phone": "user.tel", "is_demand": "real", "reason": "user.is.vip",
    }  # fmt: skip
    log = read_sample("r.jsonl", tmp_path, reader="json", columns=columns).log
    assert log.contacts["contact_id"].tolist() == ["json:1", "json:12345678901234567890123", "json:{2}"]
    assert log.contacts["is_demand"].tolist() == [False, True, True]
    assert log.contacts["reason"].fillna("").tolist() == ["yes", "", ""]
    assert log.identifiers["value"].tolist() == ["+346000001"]
    assert dict(zip(log.rejects["row"], log.rejects["reason"].str.slice(0, 13), strict=True)) == {
        5: "not JSON: Exp", 6: "not a JSON ob", 7: "not a JSON ob", 8: "not a JSON ob",
    }  # fmt: skip
