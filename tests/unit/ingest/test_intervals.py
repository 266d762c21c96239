"""Interval histories of each report format, read to the values in the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff.ingest import HistoryLog, describe_histories, preview, read_histories, read_history_log
from omnistaff.plan import make_plan
from tests.unit.ingest.conftest import FORMATS

NEW_YORK = {"time_zone": "America/New_York"}
GERMAN = {
    "time_zone": "Europe/Berlin", "time_format": "%d.%m.%Y %H:%M", "decimal": ",", "thousands": ".",
    "columns": {
        "interval_start": "Datum + Intervall", "queue": "Queue", "offered": "Angebot", "handled": "Angenommen",
        "abandoned": "Aufgelegt", "handle_s": "AHT (s)",
    },
}  # fmt: skip


def read(reader: str, path: str, folder: Path = FORMATS, **source: Any) -> HistoryLog:
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}]}
    return read_history_log(
        make_plan({**content, "ingest": [{"reader": reader, "path": path, **source}]}, folder=folder)
    )


def rows(log: HistoryLog) -> list[tuple[Any, ...]]:
    table = log.histories.assign(at=log.histories["interval_start"].dt.strftime("%d %H:%M"))
    columns = table[["queue", "at", "offered", "handled", "abandoned", "handle_s"]].astype("object")
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in columns.to_numpy()]


def test_avaya_durations_and_totals_are_understood() -> None:
    log = read("avaya_cms_interval", "avaya_cms_skill_interval.txt", **NEW_YORK)
    assert rows(log) == [
        ("Support EN", "26 13:00", 31, 31, 0, 302 + 41),
        ("Support EN", "26 13:15", 33, 29, 4, 331 + 50),
        ("Support EN", "26 13:30", 32, 30, 2, 308 + 43),
        ("Support EN", "26 13:45", 29, 28, 1, 307 + 42),
    ]
    assert log.histories["handled"].sum() == 118  # the Totals line of the file


def test_calabrio_repeats_the_autumn_hour_by_the_order_of_rows() -> None:
    log = read("calabrio_queue_statistics", "calabrio_queue_statistics.csv", **NEW_YORK)
    assert [row[1:3] for row in rows(log)] == [
        ("01 04:30", 6), ("01 04:45", 5), ("01 05:00", 4), ("01 05:15", 4), ("01 05:30", 3), ("01 05:45", 2),
        ("01 06:00", 3), ("01 06:15", 2), ("01 06:30", 2), ("01 06:45", 1), ("01 07:00", 2), ("01 07:15", 0),
    ]  # fmt: skip
    assert rows(log)[0][5] == (1525 + 210) / 5
    assert rows(log)[-1][5] is None  # no calls, no average


def test_calabrio_columns_with_a_header_read_the_same(tmp_path: Path) -> None:
    body = (FORMATS / "calabrio_queue_statistics.csv").read_text()
    (tmp_path / "h.csv").write_text(";".join(f"Column {k}" for k in range(21)) + "\n" + body)
    with_header = read("calabrio_queue_statistics", "h.csv", tmp_path, **NEW_YORK)
    pd.testing.assert_frame_equal(
        with_header.histories,
        read("calabrio_queue_statistics", "calabrio_queue_statistics.csv", **NEW_YORK).histories,
    )


def test_cisco_reads_quoted_12_hour_stamps_over_midnight() -> None:
    log = read("cisco_uccx_interval", "cisco_uccx_csq_interval.csv", **NEW_YORK)
    assert rows(log) == [
        ("Support EN", "26 13:00", 66, 60, 6, 356),
        ("Support EN", "26 13:30", 62, 57, 3, 350),
        ("Support EN", "27 03:30", 0, 0, 0, None),
    ]


def test_genesys_history_divides_the_total_handle_time() -> None:
    log = read("genesys_wfm_history", "genesys_wfm_historical_import.csv")
    assert ("Support EN (Voice)", "26 13:00", 42, 39, None, 13104 / 39) in rows(log)
    assert ("Support EN (Email)", "26 13:00", 5, 0, None, None) in rows(log)
    assert len(rows(log)) == 6


def test_a_german_spreadsheet_is_read_with_its_dots_and_commas() -> None:
    assert rows(read("interval_csv", "generic_interval_european.csv", **GERMAN)) == [
        ("Support DE", "26 08:00", 1042, 1001, 41, 312.5),
        ("Support DE", "26 08:30", 987, 963, 24, 318),
        ("Support DE", "26 09:00", 0, 0, 0, None),
    ]


def test_without_the_stated_zone_every_interval_is_rejected() -> None:
    log = read("cisco_uccx_interval", "cisco_uccx_csq_interval.csv")
    assert len(log.histories) == 0
    assert log.rejects["reason"].str.contains("no time zone").tolist() == [True] * 3


@pytest.mark.parametrize("bad", ["x", "-3", ""])
def test_a_count_that_is_none_is_a_reject(tmp_path: Path, bad: str) -> None:
    (tmp_path / "i.csv").write_text(f"t,n\n2026-10-26T09:00Z,5\n2026-10-26T09:30Z,{bad}\n")
    log = read("interval_csv", "i.csv", tmp_path, queue="q", columns={"interval_start": "t", "offered": "n"})
    assert rows(log) == [("q", "26 09:00", 5, None, None, None)]
    assert log.rejects["row"].tolist() == [3]


def test_of_exports_that_overlap_the_later_file_counts_and_the_rest_is_told(tmp_path: Path) -> None:
    entry = {"queue": "q", "columns": {"interval_start": "t", "offered": "n"}}
    (tmp_path / "w1.csv").write_text("t,n\n2026-10-26T09:00Z,5\n2026-10-26T09:30Z,6\n")
    (tmp_path / "w2.csv").write_text("t,n\n2026-10-26T09:30Z,7\n2026-10-26T09:30Z,1\n2026-10-26T10:00Z,8\n")
    log = read("interval_csv", "w*.csv", tmp_path, **entry)
    assert log.histories["offered"].tolist() == [5, 7 + 1, 8]
    left_out = log.rejects[["file", "row", "reason"]].to_numpy().tolist()
    assert left_out == [["w1.csv", 3, "a later file has this interval"]]
    (told,) = describe_histories(log)
    assert told.figure == "report_repeats"
    assert told.text.startswith("1 rows of interval reports left out")


def test_sources_of_their_own_add_up(tmp_path: Path) -> None:
    columns = {"interval_start": "t", "offered": "n"}
    for name in ("east.csv", "west.csv"):
        (tmp_path / name).write_text("t,n\n2026-10-26T09:00Z,5\n")
    sources = [
        {"reader": "interval_csv", "path": f"{name}.csv", "name": name, "queue": "q", "columns": columns}
        for name in ("east", "west")
    ]
    plan = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": sources}, folder=tmp_path)
    assert read_histories(plan)["offered"].tolist() == [10]
    assert describe_histories(read_history_log(plan)) == []


def test_the_preview_shows_rows_of_reports_that_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,n\n2026-10-26T09:00Z,x\n2026-10-26T09:30Z,5\n")
    (tmp_path / "b.csv").write_text("t,n\n2026-10-26T09:30Z,5\n")
    entry = {
        "reader": "interval_csv", "path": "*.csv", "queue": "q", "columns": {"interval_start": "t", "offered": "n"},
    }  # fmt: skip
    plan = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [entry]}, folder=tmp_path)
    table = preview(plan)["Rejected rows"]
    assert table["first_file"].tolist() == ["a.csv", "a.csv"]
    assert sorted(table["first_row"].tolist()) == [2, 3]
