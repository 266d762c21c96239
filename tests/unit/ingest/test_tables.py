"""Rows with named columns: column maps, locales, zones, rejects, presets, and the other containers of rows."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff.errors import ConfigError, ParseError
from omnistaff.ingest import read_all, read_contacts
from omnistaff.plan import make_plan

SPANISH = {
    "reader": "csv",
    "time_zone": "Europe/Madrid",
    "time_format": "%d/%m/%Y %H:%M:%S",
    "decimal": ",",
    "channel": "in_person",
    "columns": {"contact_id": "id", "arrived_at": "fecha + hora", "effort_s": "segundos", "account": "cliente"},
}


def test_stamps_and_numbers_are_read_by_the_stated_locale(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id;fecha;hora;segundos;cliente\n7;05/04/2026;09:30:00;312,5;A1\n")
    log = read_sample("b.csv", tmp_path, **SPANISH).log
    row = log.contacts.iloc[0]
    assert row["arrived_at"] == pd.Timestamp("2026-04-05 07:30", tz="UTC")
    assert row["effort_s"] == 312.5
    assert log.identifiers.iloc[0].to_dict() == {
        "contact_id": "csv:7", "kind": "account", "value": "A1", "source": "csv",
    }  # fmt: skip


def test_every_broken_row_is_a_reject_with_its_line_and_reason(read_sample: Any, tmp_path: Path) -> None:
    rows = [
        "1;05/04/2026;09:30:00;10;A",
        "2;99/04/2026;09:30:00;10;A",
        "3;05/04/2026",
        "",
        "4;05/04/2026;09:31:00;x;A",
    ]
    (tmp_path / "b.csv").write_text("id;fecha;hora;segundos;cliente\n" + "\n".join(rows) + "\n")
    log = read_sample("b.csv", tmp_path, **SPANISH).log
    assert list(log.contacts["contact_id"]) == ["csv:1"]
    assert dict(zip(log.rejects["row"], log.rejects["reason"], strict=True)) == {
        3: "arrived_at: stamp is not understood: 99/04/2026 09:30:00",
        4: "expected 5 fields, found 2",
        6: "effort_s: not a number: x",
    }
    assert "99/04/2026" in log.rejects["text"].iloc[0]


def test_a_log_with_one_broken_row_in_twenty_still_reads(read_sample: Any, tmp_path: Path) -> None:
    lines = [f"{k};05/04/2026;{'xx' if k % 20 == 0 else '09'}:30:00;10;A" for k in range(1000)]
    (tmp_path / "b.csv").write_text("id;fecha;hora;segundos;cliente\n" + "\n".join(lines))
    log = read_sample("b.csv", tmp_path, **SPANISH).log
    assert (len(log.contacts), len(log.rejects)) == (950, 50)


def test_a_stamp_without_a_zone_is_rejected_when_the_plan_states_none(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,at\n1,2026-04-05 09:30\n2,2026-04-05T09:30:00+02:00\n")
    log = read_sample("b.csv", tmp_path, reader="csv", columns={"contact_id": "id", "arrived_at": "at"}).log
    assert list(log.contacts["arrived_at"]) == [pd.Timestamp("2026-04-05 07:30", tz="UTC")]
    assert log.rejects["reason"].str.contains("no time zone").tolist() == [True]


def test_the_repeated_autumn_hour_follows_the_order_of_rows(read_sample: Any, tmp_path: Path) -> None:
    stamps = ["01:30", "02:30", "02:50", "02:10", "02:40", "03:05"]
    lines = [f"{k},2026-10-25 {stamp}" for k, stamp in enumerate(stamps)]
    (tmp_path / "b.csv").write_text("id,at\n" + "\n".join(lines))
    log = read_sample(
        "b.csv", tmp_path, reader="csv", time_zone="Europe/Madrid", columns={"contact_id": "id", "arrived_at": "at"}
    ).log
    assert log.contacts["arrived_at"].dt.strftime("%H:%M").tolist() == [
        "23:30", "00:30", "00:50", "01:10", "01:40", "02:05",
    ]  # fmt: skip


@pytest.mark.parametrize("size", range(40, 160, 8))
@pytest.mark.parametrize("layout", ["csv", "json"])
def test_the_repeated_hour_is_told_apart_wherever_a_block_of_a_big_file_ends(
    read_sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, size: int
) -> None:
    monkeypatch.setattr("omnistaff.ingest.csv_rows.BLOCK_BYTES", size)
    monkeypatch.setattr("omnistaff.ingest.json_lines.BLOCK_BYTES", size)
    stamps = [f"2026-10-25 0{hour}:{minute}" for hour in (1, 2, 2, 3) for minute in range(10, 60, 10)]
    rows = [f"{k:02d},{stamp}" for k, stamp in enumerate(stamps)]
    lines = [json.dumps({"id": f"{k:02d}", "at": stamp}) for k, stamp in enumerate(stamps)]
    (tmp_path / "b").write_text("\n".join(["id,at", *rows] if layout == "csv" else lines))
    columns = {"contact_id": "id", "arrived_at": "at"}
    log = read_sample("b", tmp_path, reader=layout, time_zone="Europe/Madrid", columns=columns).log
    expected = [
        f"2026-10-{day} {hour}:{m}"
        for day, hour in ((24, 23), (25, "00"), (25, "01"), (25, "02"))
        for m in range(10, 60, 10)
    ]
    assert log.contacts["arrived_at"].dt.strftime("%Y-%m-%d %H:%M").tolist() == expected
    assert log.rejects.empty


def test_a_spring_stamp_that_never_was_is_a_reject(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,at\n1,2026-03-29 02:30\n2,2026-03-29 03:30\n")
    log = read_sample(
        "b.csv", tmp_path, reader="csv", time_zone="Europe/Madrid", columns={"contact_id": "id", "arrived_at": "at"}
    ).log
    assert len(log.contacts) == 1
    assert "does not exist" in log.rejects["reason"].iloc[0]


def test_the_newest_copy_of_a_redelivered_row_wins(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(
        "id,at,end,upd\n1,2026-04-05T09:00Z,2026-04-05T09:09Z,2\n1,2026-04-05T09:00Z,,1\n"
    )
    columns = {"contact_id": "id", "arrived_at": "at", "ended_at": "end", "updated_at": "upd"}
    (tmp_path / "b.csv").write_text(
        "id,at,end,upd\n1,2026-04-05T09:00Z,2026-04-05T09:09Z,2026-04-06T00:00Z\n"
        "1,2026-04-05T09:00Z,,2026-04-05T10:00Z\n"
    )
    result = read_sample("b.csv", tmp_path, reader="csv", columns=columns)
    assert result.log.contacts["outcome"].tolist() == ["answered"]
    assert result.tallies[0].set_aside == {"older copy of a redelivered contact": 1}


def test_unknown_codes_are_counted_and_do_not_stop_the_row(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(
        "id,at,how\n1,2026-04-05T09:00Z,tel\n2,2026-04-05T09:00Z,fax\n3,2026-04-05T09:00Z,fax\n"
    )
    result = read_sample(
        "b.csv", tmp_path, reader="csv", columns={"contact_id": "id", "arrived_at": "at", "channel": "how"},
        values={"channel": {"tel": "voice"}},
    )  # fmt: skip
    assert result.log.contacts["channel"].tolist() == ["voice", "other", "other"]
    assert result.tallies[0].unknown == {("channel", "fax"): 2}


def test_a_wrong_column_map_names_every_mistake_and_the_nearest_column(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,opened\n1,2026-04-05T09:00Z\n")
    plan = make_plan(
        {
            "name": "t", "time_zone": "UTC", "queues": [{"name": "q"}],
            "ingest": [{"reader": "csv", "path": "b.csv", "columns": {"contact_idd": "id", "arrived_at": "openned"}}],
        },
        folder=tmp_path,
    )  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        read_all(plan)
    assert "did you mean contact_id?" in str(caught.value)
    assert "did you mean 'opened'?" in str(caught.value)


def test_all_sources_that_cannot_be_read_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("no json at all")
    plan = make_plan(
        {
            "name": "t", "time_zone": "UTC", "queues": [{"name": "q"}],
            "ingest": [
                {"reader": "zendesk_ticket", "path": "x.json"},
                {"reader": "amazon_connect", "path": "x.json"},
                {"reader": "mbox", "path": "nothing*.mbox", "own_addresses": ["a@example.org"]},
            ],
        },
        folder=tmp_path,
    )  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        read_all(plan)
    text = str(caught.value)
    assert "did you mean zendesk_tickets" in text
    assert "x.json is not JSON" in text
    assert "no file matches 'nothing*.mbox'" in text


def test_gz_zip_and_folders_are_read_like_plain_files(read_sample: Any, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with gzip.open(folder / "a.csv.gz", "wt") as stream:
        stream.write("id,at\n1,2026-04-05T09:00Z\n")
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("x/b.csv", "id,at\n2,2026-04-05T09:00Z\n")
    (folder / "c.csv").write_text("id,at\n3,2026-04-05T09:00Z\n")
    log = read_sample("logs", tmp_path, reader="csv", columns={"contact_id": "id", "arrived_at": "at"}).log
    assert log.contacts["contact_id"].tolist() == ["csv:1", "csv:2", "csv:3"]


def test_bytes_in_another_encoding_stay_visible(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes("id,at,reason\n1,2026-04-05T09:00Z,niño\n".encode("cp1252"))
    columns = {"contact_id": "id", "arrived_at": "at", "reason": "reason"}
    assert read_sample("b.csv", tmp_path, reader="csv", columns=columns).log.contacts["reason"][0] == "ni\\xf1o"
    right = read_sample("b.csv", tmp_path, reader="csv", columns=columns, encoding="cp1252")
    assert right.log.contacts["reason"][0] == "niño"


TECHNION = """vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,\
outcome,ser_start,ser_exit,ser_time,server
AA0101,1,9664491,2,PS,990103,10:00:00,10:00:06,6,10:00:06,10:03:09,183,HANG,0:00:00,0:00:00,0,NO_SERVER
AA0101,2,0,0,PS,990103,10:01:00,10:01:11,11,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER
AA0101,3,0,0,NW,990103,10:02:00,10:02:10,10,0:00:00,0:00:00,0,AGENT,10:02:09,10:05:37,208,BASCH
AA0101,4,123,1,PS,990103,23:58:00,23:58:06,6,23:58:06,0:00:30,144,AGENT,0:00:29,0:04:29,240,TOVA
AA0101,5,123,1,PS,990103,12:00:00,12:00:06,6,12:00:06,12:00:30,24,PHANTOM,12:00:29,12:01:00,31,NO_SERVER
AA0107,6,5,1,TT,990103,13:00:00,13:00:06,6,13:00:06,13:00:30,24,AGENT,13:00:29,13:01:00,31,SHARON
"""


def test_the_quirks_of_the_technion_log_are_honoured(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(TECHNION)
    contacts = read_sample("calls.csv", tmp_path, reader="csv", preset="technion_calls").log.contacts
    by_call = contacts.assign(call=contacts["contact_id"].str[-1]).set_index("call")
    assert by_call["outcome"].to_dict() == {
        "1": "abandoned", "2": "contained", "3": "answered", "4": "answered", "5": "contained", "6": "answered",
    }  # fmt: skip
    assert by_call["is_demand"].to_dict() == {"1": True, "2": True, "3": True, "4": True, "5": False, "6": True}
    assert by_call["arrived_at"]["3"] == pd.Timestamp(
        "1999-01-03 10:02:09", tz="Asia/Jerusalem"
    )  # service began first
    assert by_call["ended_at"]["4"] == pd.Timestamp("1999-01-04 00:04:29", tz="Asia/Jerusalem")  # past midnight
    assert by_call["wait_s"].dropna().to_dict() == {"1": 183, "2": 0, "3": 0, "4": 144, "5": 24, "6": 24}
    assert by_call["effort_s"]["4"] == 240
    assert by_call["effort_basis"]["4"] == "measured"
    assert by_call["channel"].to_dict()["6"] == "callback"
    assert by_call["priority"]["2"] == 1


def test_a_source_of_which_no_row_can_be_used_stops_the_run_with_the_reasons(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("id,at\n1,2026-04-05 09:30:00\n2,2026-04-05 09:31:00\n")
    entry = {
        "reader": "csv",
        "path": "b.csv",
        "channel": "voice",
        "columns": {"contact_id": "id", "arrived_at": "at"},
    }
    content = {"name": "x", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [entry]}
    with pytest.raises(ParseError, match="csv: all 2 rows were rejected") as caught:
        read_contacts(make_plan(content, folder=tmp_path))
    assert "zone" in str(caught.value)


def test_a_call_that_ended_without_an_answer_was_abandoned_where_answers_are_logged(
    read_sample: Any, tmp_path: Path
) -> None:
    rows = ["1,2026-04-05T09:30:00Z,2026-04-05T09:30:10Z,2026-04-05T09:33:00Z"]
    rows += ["2,2026-04-05T09:31:00Z,,2026-04-05T09:32:00Z", "3,2026-04-05T09:31:00Z,,2026-04-05T09:31:02Z"]
    (tmp_path / "b.csv").write_text("id,at,answered,ended\n" + "\n".join(rows) + "\n")
    columns = {"contact_id": "id", "arrived_at": "at", "answered_at": "answered", "ended_at": "ended"}
    calls = read_sample("b.csv", tmp_path, reader="csv", channel="voice", columns=columns).log.contacts
    assert list(calls["outcome"]) == ["answered", "abandoned", "short_abandoned"]
    assert list(calls["wait_s"]) == [10.0, 60.0, 2.0]
    mails = read_sample("b.csv", tmp_path, reader="csv", channel="email", columns=columns).log.contacts
    assert list(mails["outcome"]) == ["answered"] * 3


def test_a_header_that_is_no_delimited_text_is_told_as_such(read_sample: Any, tmp_path: Path) -> None:
    (tmp_path / "mac.csv").write_bytes(b"id;fecha;hora\r1;05/04/2026;09:30:00\rx\n")
    with pytest.raises(ParseError, match=r"mac\.csv has a header line that is no delimited text"):
        read_sample("mac.csv", tmp_path, **SPANISH)
