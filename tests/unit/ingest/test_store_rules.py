"""What the store holds is decided by the files: copies, changed and archived files, kills, erased people."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff.ingest import Loading, load_store, read_all, read_contacts
from omnistaff.ingest.protect import protect_stored
from omnistaff.tables import ContactLog, empty
from omnistaff.tables.catalog import Rejects
from omnistaff.tables.store import Store
from tests.unit.ingest.test_store import CSV, QUEUE_LOG, plan_of, write_day

UPDATED = {**CSV, "columns": {**CSV["columns"], "updated_at": "upd", "ended_at": "end"}}
HEAD = "id,at,tel,end,upd\n"


def write(folder: Path, name: str, *rows: str) -> None:
    (folder / name).write_text(HEAD + "\n".join(rows) + "\n")


def kept(store: Path) -> ContactLog:
    with Store(store) as opened:
        return opened.log()


def assert_same(store: Path, plan: Any) -> None:
    for found, expected in zip(kept(store), read_contacts(plan), strict=True):
        pd.testing.assert_frame_equal(found, expected)


def test_the_newest_copy_counts_over_blocks_and_files_in_whatever_order_they_come(tmp_path: Path) -> None:
    plan, store = plan_of(tmp_path, UPDATED), tmp_path / "s.duckdb"
    newest = "1,2026-04-01T09:00Z,+34600000001,2026-04-01T09:09Z,2026-04-03T00:00Z"
    write(tmp_path, "d2.csv", newest, "2,2026-04-01T09:01Z,,,2026-04-03T00:00Z")
    load_store(plan, store)
    write(tmp_path, "d1.csv", "1,2026-04-01T09:00Z,+34600000009,,2026-04-02T00:00Z")
    write(tmp_path, "d3.csv", "1,2026-04-01T09:00Z,,,2026-04-01T12:00Z")
    load_store(plan, store)
    log = kept(store)
    assert log.contacts["outcome"].tolist() == ["answered", "open"]
    assert log.identifiers["value"].tolist() == ["+34600000001"]
    assert_same(store, plan)
    (tally,) = read_all(plan).tallies
    assert (tally.rows, tally.legs, tally.set_aside) == (4, 2, {"older copy of a redelivered contact": 2})


def test_when_the_file_of_the_newest_copy_changes_an_older_one_counts_again(tmp_path: Path) -> None:
    plan, store = plan_of(tmp_path, UPDATED), tmp_path / "s.duckdb"
    write(tmp_path, "d1.csv", "1,2026-04-01T09:00Z,,,2026-04-02T00:00Z")
    write(tmp_path, "d2.csv", "1,2026-04-01T09:00Z,,2026-04-01T09:09Z,2026-04-03T00:00Z")
    load_store(plan, store)
    write(tmp_path, "d2.csv", "7,2026-04-01T09:00Z,,,2026-04-03T00:00Z")
    load_store(plan, store)
    assert kept(store).contacts["contact_id"].tolist() == ["csv:1", "csv:7"]
    assert_same(store, plan)


def test_one_id_for_two_contacts_in_a_file_is_a_reject_and_equal_copies_are_set_aside(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CSV)
    rows = [
        "1,2026-04-01T09:00Z,+34600000001",
        "1,2026-04-01T09:00Z,+34600000001",
        "1,2026-04-01T10:00Z,+34600000002",
    ]
    (tmp_path / "d.csv").write_text("id,at,tel\n" + "\n".join(rows) + "\n")
    result = read_all(plan)
    assert result.log.rejects[["row", "reason"]].to_numpy().tolist() == [[4, "contact id is not unique"]]
    assert result.log.identifiers["value"].tolist() == ["+34600000001"]
    assert result.tallies[0].set_aside == {"older copy of a redelivered contact": 1}


def test_a_rejected_row_leaves_no_identifier_to_a_good_row_of_the_same_id(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,at,tel\n2,when,+34600000009\n2,2026-04-01T09:00Z,+34600000011\n")
    log = read_all(plan_of(tmp_path, CSV)).log
    assert (log.identifiers["value"].tolist(), log.rejects["row"].tolist()) == (["+34600000011"], [2])


def test_archived_files_stay_and_files_that_the_plan_no_longer_names_go(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    write_day(tmp_path, 2)
    store = tmp_path / "s.duckdb"
    load_store(plan_of(tmp_path, CSV), store)
    (tmp_path / "d1.csv").unlink()
    (known,) = load_store(plan_of(tmp_path, CSV), store)
    assert (known.new_files, known.contacts) == (0, 6)
    (other,) = load_store(plan_of(tmp_path, {**CSV, "path": "d2.csv"}), store)
    assert (other.new_files, other.contacts) == (1, 3)
    (tmp_path / "queue_log").write_text("1793019605|c.1|q|NONE|ENTERQUEUE||5550100|1\n")
    load_store(plan_of(tmp_path, QUEUE_LOG), store)
    assert kept(store).contacts["contact_id"].tolist() == ["asterisk_queue_log:c.1"]


SLOW_LOAD = """
import sys, time
from omnistaff.ingest import Loading, load_store
from omnistaff.plan import load_plan
def wait(step):
    if step.contacts > 3:
        print("half-way", flush=True)
        time.sleep(600)
load_store(load_plan(sys.argv[1]), sys.argv[2], loading=Loading(progress=wait))
"""


def test_a_load_that_is_killed_half_way_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    entry = "{reader: csv, path: 'd*.csv', columns: {contact_id: id, arrived_at: at, phone: tel}}"
    (tmp_path / "p.yaml").write_text(f"name: t\ntime_zone: UTC\nqueues: [{{name: q}}]\ningest: [{entry}]\n")
    store, plan = tmp_path / "s.duckdb", plan_of(tmp_path, {**CSV, "path": "d*.csv"})
    write_day(tmp_path, 1)
    load_store(plan, store)
    before = kept(store)
    write_day(tmp_path, 2)
    write_day(tmp_path, 3)
    (tmp_path / "d1.csv").write_text("id,at,tel\n9,2026-04-01T09:00Z,\n")  # changed: its rows are taken out first
    command = [sys.executable, "-c", SLOW_LOAD, str(tmp_path / "p.yaml"), str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        os.kill(process.pid, signal.SIGKILL)
    for found, expected in zip(kept(store), before, strict=True):
        pd.testing.assert_frame_equal(found, expected)
    load_store(plan, store)
    assert_same(store, plan)


def hide(log: ContactLog) -> ContactLog:
    """Hide contact 1-1 and mask what rejects say of it, as erasing does."""
    mine = log.contacts["contact_id"] == "csv:1-1"
    values = log.identifiers.loc[log.identifiers["contact_id"] == "csv:1-1", "value"]
    text = log.rejects["text"]
    for value in values:
        text = text.mask(text.str.contains(value, regex=False), "erased")
    contacts = log.contacts.assign(contact_id=log.contacts["contact_id"].mask(mine, "erased:x"))
    return ContactLog(
        contacts.sort_values("contact_id", ignore_index=True),
        log.identifiers[log.identifiers["contact_id"] != "csv:1-1"].reset_index(drop=True),
        log.rejects.assign(text=text),
    )


def test_erasing_a_person_keeps_the_rejects_that_only_the_store_has(tmp_path: Path) -> None:
    (tmp_path / "d1.csv").write_text("id,at,tel\n1-1,2026-04-01T09:00Z,+34600000001\nx,when,+34600000001\ny,when,\n")
    plan, store = plan_of(tmp_path, CSV), tmp_path / "s.duckdb"
    load_store(plan, store)
    said = kept(store).rejects.tail(1).assign(text="said before")
    with Store(store) as opened:
        protect_stored(opened, pd.Series(["csv:1-1"], dtype="str"), said, hide)
    assert kept(store).rejects["row"].tolist() == [3, 4]
    assert kept(store).rejects["text"].tolist() == ["erased", "said before"]


def test_an_erased_person_is_nowhere_in_the_stores_file_and_stays_erased(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    plan, store = plan_of(tmp_path, CSV), tmp_path / "s.duckdb"
    load_store(plan, store)
    with Store(store) as opened:
        protect_stored(opened, pd.Series(["csv:1-1"], dtype="str"), empty(Rejects), hide)
    assert b"34600000001" not in store.read_bytes()
    assert kept(store).contacts["contact_id"].tolist() == ["csv:1-0", "csv:1-2", "erased:x"]
    (tmp_path / "d0.csv").write_text("id,at,tel\nx,when,+34600000001\n")  # a reject that names them comes first
    with (tmp_path / "d1.csv").open("a") as file:
        file.write("1-4,2026-04-01T10:00Z,\n")
    load_store(plan, store, loading=Loading(protect=hide))
    log = kept(store)
    assert b"34600000001" not in store.read_bytes()
    assert log.contacts["contact_id"].tolist() == ["csv:1-0", "csv:1-2", "csv:1-4", "erased:x"]
    assert log.rejects["text"].tolist() == ["erased"]


def test_a_store_can_be_compacted_in_any_folder(tmp_path: Path) -> None:
    """Quotes in a path are not quotes in SQL."""
    folder = tmp_path / "o'brien"
    folder.mkdir()
    write_day(folder, 1)
    load_store(plan_of(folder, CSV), folder / "s.duckdb")
    with Store(folder / "s.duckdb") as store:
        before = store.log().contacts
        store.compact()
        pd.testing.assert_frame_equal(store.log().contacts, before)
