"""The store keeps contacts between runs: appending, re-reading, changed records, and failures half-way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff.errors import OmnistaffError
from omnistaff.ingest import Loading, LoadStep, load_store, read_contacts
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Identifiers, Rejects, check, empty
from omnistaff.tables.store import Piece, Store
from tests.unit.ingest.conftest import FORMATS


def plan_of(folder: Path, *sources: dict[str, Any]) -> Plan:
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": list(sources)}
    return make_plan(content, folder=folder)


CSV = {"reader": "csv", "path": "*.csv", "columns": {"contact_id": "id", "arrived_at": "at", "phone": "tel"}}
QUEUE_LOG = {"reader": "asterisk_queue_log", "path": "queue_log*"}


def write_day(folder: Path, day: int, n: int = 3) -> None:
    rows = [f"{day}-{k},2026-04-0{day}T09:0{k}:00Z,+3460000000{k}" for k in range(n)]
    (folder / f"d{day}.csv").write_text("id,at,tel\n" + "\n".join(rows) + "\n")


def test_reading_again_is_a_no_op_and_tomorrows_file_is_appended(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    plan, store = plan_of(tmp_path, CSV), tmp_path / "work" / "store.duckdb"
    assert [loaded.contacts for loaded in load_store(plan, store)] == [3]
    assert [(loaded.new_files, loaded.rows) for loaded in load_store(plan, store)] == [(0, 0)]
    write_day(tmp_path, 2)
    assert [(loaded.new_files, loaded.skipped_files, loaded.rows) for loaded in load_store(plan, store)] == [
        (1, 1, 3)
    ]
    with Store(store) as opened:
        assert opened.count("contacts") == 6
        log = opened.log()
    for kept, read in zip(log, read_contacts(plan), strict=True):
        pd.testing.assert_frame_equal(kept, read)


def test_a_failure_half_way_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    store = tmp_path / "store.duckdb"
    load_store(plan_of(tmp_path, CSV), store)
    write_day(tmp_path, 2)
    (tmp_path / "bad.json").write_text("no json")
    with pytest.raises(OmnistaffError, match=r"bad\.json is not JSON"):
        load_store(plan_of(tmp_path, CSV, {"reader": "amazon_connect", "path": "bad.json"}), store)
    with Store(store) as opened:
        assert opened.count("contacts") == 3
        assert len(opened.files()) == 1


def test_rows_that_were_added_are_not_held_until_the_load_ends() -> None:
    import pyarrow as pa

    def piece(k: int) -> Piece:
        columns = {"source": "s", "file": f"f{k}", "row": range(count), "reason": "r" * 20, "text": "t" * 100}
        frame = pd.DataFrame(columns).astype({"row": "int64"})
        return Piece(empty(Contacts), empty(Identifiers), check(Rejects, frame))

    count = 20_000
    with Store(":memory:") as store, store.loading():
        store.add(piece(0))
        held = pa.total_allocated_bytes()
        for k in range(1, 11):
            store.add(piece(k))
        assert pa.total_allocated_bytes() - held < count * 120  # less than one of the pieces
        assert store.count("rejects") == 11 * count


def test_an_interruption_between_blocks_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    write_day(tmp_path, 2)
    store = tmp_path / "store.duckdb"

    def interrupt(step: LoadStep) -> None:
        if step.contacts > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_store(plan_of(tmp_path, CSV), store, loading=Loading(progress=interrupt))
    with Store(store) as opened:
        assert opened.count("contacts") == 0


def test_a_call_that_runs_over_two_files_is_one_contact(tmp_path: Path) -> None:
    lines = (FORMATS / "asterisk_queue_log.txt").read_text().splitlines(keepends=True)
    (tmp_path / "queue_log.1").write_text("".join(lines[:9]))
    plan, store = plan_of(tmp_path, QUEUE_LOG), tmp_path / "store.duckdb"
    load_store(plan, store)
    with Store(store) as opened:
        first = opened.read("contacts")
    assert first["outcome"].tolist() == ["answered", "abandoned"]
    assert first["ended_at"].isna().tolist() == [True, False]  # the first call is still going on
    (tmp_path / "queue_log.2").write_text("".join(lines[9:]))
    load_store(plan, store)
    with Store(store) as opened:
        pd.testing.assert_frame_equal(opened.read("contacts"), read_contacts(plan).contacts)
        assert opened.count("contacts") == 5


def test_other_settings_replace_what_was_read_before(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    store = tmp_path / "store.duckdb"
    load_store(plan_of(tmp_path, CSV), store)
    load_store(plan_of(tmp_path, {**CSV, "channel": "voice"}), store)
    with Store(store) as opened:
        assert opened.read("contacts")["channel"].tolist() == ["voice"] * 3


def test_rejects_are_kept_once(tmp_path: Path) -> None:
    (tmp_path / "d1.csv").write_text("id,at,tel\n1,when,\n3,2026-04-01T09:00Z,\n")
    plan, store = plan_of(tmp_path, CSV), tmp_path / "store.duckdb"
    load_store(plan, store)
    (tmp_path / "d1.csv").write_text("id,at,tel\n1,when,\n2,2026-04-01T09:00Z,\n")
    load_store(plan, store)
    with Store(store) as opened:
        assert (opened.count("contacts"), opened.count("rejects")) == (1, 1)
