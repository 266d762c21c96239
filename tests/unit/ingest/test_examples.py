"""Every plan entry that ``omnistaff readers`` prints reads a file of its format once its path is put in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from omnistaff.ingest import READERS, read_all, read_histories
from omnistaff.ingest.table_rows import parts_of
from omnistaff.plan import make_plan
from tests.unit.ingest.conftest import FORMATS
from tests.unit.ingest.test_formats import SAMPLES

FILES = {reader: file for reader, file, *_ in SAMPLES} | {
    "avaya_cms_interval": "avaya_cms_skill_interval.txt",
    "calabrio_queue_statistics": "calabrio_queue_statistics.csv",
    "cisco_uccx_interval": "cisco_uccx_csq_interval.csv",
    "genesys_wfm_history": "genesys_wfm_historical_import.csv",
    "interval_csv": "generic_interval_european.csv",
}
MAPPED = ("csv", "json", "parquet", "sql")


def entry_of(name: str, path: str) -> dict[str, Any]:
    entry: dict[str, Any] = yaml.safe_load(READERS[name].example)
    return {**entry, "path": path}


def read(entry: dict[str, Any], folder: Path) -> int:
    """Return how many contacts or intervals *entry* gives; nothing may be rejected for its settings."""
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [entry]}
    plan = make_plan(content, folder=folder)
    if READERS[entry["reader"]].gives == "intervals":
        return len(read_histories(plan))
    log = read_all(plan).log
    assert not log.rejects["reason"].str.contains("time_zone|not understood|not a number", regex=True).any()
    return len(log.contacts)


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_example_reads_the_sample_of_its_format(name: str) -> None:
    assert read(entry_of(name, FILES[name]), FORMATS) > 0


@pytest.mark.parametrize("name", MAPPED)
def test_an_example_of_a_column_map_reads_a_file_with_the_columns_that_it_names(name: str, tmp_path: Path) -> None:
    entry = entry_of(name, "file")
    stamp = pd.Timestamp("2026-04-06 09:30").strftime(entry.get("time_format", "%Y-%m-%dT%H:%M:%SZ"))
    row = {
        part: stamp if ours == "arrived_at" else "1"
        for ours, text in entry["columns"].items()
        for part in parts_of(text, ())
    }
    frame = pd.DataFrame([row])
    match name:
        case "csv":
            frame.to_csv(tmp_path / "file", index=False)
        case "json":
            (tmp_path / "file").write_text(
                '{"id": "1", "meta": {"created": "' + stamp + '"}, "user": {"phone": "1"}}\n'
            )
        case "parquet":
            frame.to_parquet(tmp_path / "file")
        case _:
            import sqlite3

            with sqlite3.connect(tmp_path / "crm.sqlite") as database:
                frame.to_sql("cases", database, index=False)
            entry["path"] = f"sqlite:///{tmp_path / 'crm.sqlite'}"
    assert read(entry, tmp_path) == 1


def test_every_reader_has_such_a_test() -> None:
    assert {*FILES, *MAPPED} == set(READERS)
