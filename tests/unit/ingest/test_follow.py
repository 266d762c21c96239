"""Following a pipe or a growing file: small logs, as the lines come, and the store in step."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.ingest import follow, load_store, read_contacts
from omnistaff.ingest.read import tallies
from omnistaff.plan import Plan
from omnistaff.tables.store import Store
from tests.unit.ingest.conftest import FORMATS
from tests.unit.ingest.test_store import plan_of

APP = {
    "reader": "json", "path": "app*.jsonl", "name": "app", "channel": "app",
    "columns": {"contact_id": "id", "arrived_at": "at", "ended_at": "end", "updated_at": "upd", "phone": "user.tel"},
}  # fmt: skip
WHATSAPP = {"reader": "whatsapp_cloud", "path": "wa.jsonl", "assumed_effort_s": 240}


def line(k: int, **more: Any) -> bytes:
    record = {"id": k, "at": f"2026-04-05T09:0{k}:00Z", "upd": "2026-04-05T10:00:00Z", "user": {"tel": f"+3460{k}"}}
    return json.dumps(record | more).encode() + b"\n"


def pipe_plan(folder: Path, *sources: dict[str, Any]) -> Plan:
    return plan_of(folder, *(sources or (APP,)))


def test_lines_of_a_pipe_come_out_as_they_come_in_and_are_in_the_store(tmp_path: Path) -> None:
    out, into = os.pipe()
    with os.fdopen(out, "rb") as stream, Store(tmp_path / "store.duckdb") as store:
        logs = follow(pipe_plan(tmp_path), stream, store)
        os.write(into, line(1) + line(2) + line(3)[:20])
        assert next(logs).contacts["contact_id"].tolist() == ["app:1", "app:2"]
        assert store.count("contacts") == 2
        os.write(into, line(3)[20:] + b"{broken\n")
        log = next(logs)
        assert log.contacts["contact_id"].tolist() == ["app:3"]
        assert log.identifiers["value"].tolist() == ["+34603"]
        assert log.rejects[["file", "row"]].to_numpy().tolist() == [["stream 1", 4]]
        os.write(into, line(4).rstrip())
        os.close(into)
        assert next(logs).contacts["contact_id"].tolist() == ["app:4"]
        assert next(logs, None) is None
        assert store.count("contacts") == 4


def test_a_newer_copy_replaces_what_was_said_and_an_older_one_does_not(tmp_path: Path) -> None:
    newer = line(1, end="2026-04-05T09:09:00Z", upd="2026-04-05T11:00:00Z")
    older = line(1, upd="2026-04-05T08:00:00Z", user={"tel": "+1"})
    with Store(tmp_path / "s.duckdb") as store:
        plan = pipe_plan(tmp_path)
        (first,) = follow(plan, io.BufferedReader(io.BytesIO(line(1))), store)
        (second,) = follow(plan, io.BufferedReader(io.BytesIO(newer)), store)
        (third,) = follow(plan, io.BufferedReader(io.BytesIO(older)), store)
        assert [log.contacts["outcome"].tolist() for log in (first, second, third)] == [
            ["open"],
            ["answered"],
            ["answered"],
        ]
        assert third.identifiers["value"].tolist() == ["+34601"]
        assert store.count("contacts") == store.count("identifiers") == 1


def test_a_growing_file_is_followed_and_only_its_new_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    path.write_bytes(line(1))
    plan = pipe_plan(tmp_path)
    load_store(plan, tmp_path / "s.duckdb")
    with path.open("ab") as file:
        file.write(line(2))
    later = threading.Timer(0.5, lambda: path.write_bytes(line(1) + line(2) + line(3)))
    later.start()
    with Store(tmp_path / "s.duckdb") as store:
        found = [log.contacts["contact_id"].tolist() for log in follow(plan, path, store, idle_s=3)]
        followed = store.log()
    later.join()
    assert found == [["app:2"], ["app:3"]]
    for kept, read in zip(followed, read_contacts(plan), strict=True):
        pd.testing.assert_frame_equal(kept, read)
    (again,) = load_store(plan, tmp_path / "s.duckdb")  # the file is read whole once more: nothing changes
    assert (again.new_files, again.contacts) == (1, 3)


def test_a_log_that_is_rotated_is_followed_into_the_new_file_and_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    path.write_bytes(line(1) + line(2))
    plan = pipe_plan(tmp_path, {**APP, "path": "app.jsonl*"})

    def rotate() -> None:
        path.rename(tmp_path / "old.jsonl")
        path.write_bytes(line(3))

    later = threading.Timer(0.5, rotate)
    later.start()
    with Store(tmp_path / "s.duckdb") as store:
        found = [log.contacts["contact_id"].tolist() for log in follow(plan, path, store, idle_s=2)]
        later.join()
        assert found == [["app:1", "app:2"], ["app:3"]]
        with path.open("ab") as file:
            file.write(line(4))
        list(follow(plan, path, store, idle_s=0.1))
        assert store.log().contacts["contact_id"].tolist() == ["app:1", "app:2", "app:3", "app:4"]


def test_no_line_of_a_new_file_is_passed_over_when_it_has_outgrown_the_old_one(tmp_path: Path) -> None:
    path, plan = tmp_path / "app.jsonl", pipe_plan(tmp_path)
    with Store(tmp_path / "s.duckdb") as store:
        for lines in ([1, 2, 3], [4, 5, 6, 7], [6, 7, 8]):  # the last begins within what was read
            path.write_bytes(b"".join(map(line, lines)))
            list(follow(plan, path, store, idle_s=0.1))
        assert store.log().contacts["contact_id"].tolist() == [f"app:{k}" for k in range(1, 9)]
        assert account_of(plan, store) == (8, 8, 0, {})


def test_the_time_that_a_taker_spends_is_no_silence(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    path.write_bytes(line(1))
    with Store(tmp_path / "s.duckdb") as store:
        logs = follow(pipe_plan(tmp_path), path, store, idle_s=0.2)
        next(logs)
        with path.open("ab") as file:
            file.write(line(2))
        threading.Event().wait(0.3)
        assert next(logs).contacts["contact_id"].tolist() == ["app:2"]


def test_a_half_written_last_line_is_read_when_it_is_whole_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    plan = pipe_plan(tmp_path)
    path.write_bytes(line(1) + b"{broken\n" + line(2)[:20])
    with Store(tmp_path / "s.duckdb") as store:
        (log,) = follow(plan, path, store, idle_s=0.1)
        assert log.rejects["row"].tolist() == [2]
        assert account_of(plan, store) == (2, 1, 1, {})
        path.write_bytes(line(1) + b"{broken\n" + line(2) + line(1))
        found = [log.contacts["contact_id"].tolist() for log in follow(plan, path, store, idle_s=0.1)]
        assert found == [["app:1", "app:2"]]
        assert account_of(plan, store) == (4, 2, 1, {"older copy of a redelivered contact": 1})


def account_of(plan: Plan, store: Store) -> tuple[int, int, int, dict[str, int]]:
    (tally,) = tallies(plan, store)
    assert tally.rows == tally.legs + tally.rejects + sum(tally.set_aside.values())
    return tally.rows, tally.legs, tally.rejects, dict(tally.set_aside)


def test_conversations_are_given_again_when_they_go_on(tmp_path: Path) -> None:
    lines = (FORMATS / "whatsapp_cloud_webhooks.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "wa.jsonl").write_bytes(b"".join(lines))
    plan = pipe_plan(tmp_path, WHATSAPP)
    out, into = os.pipe()
    with os.fdopen(out, "rb") as stream, Store(tmp_path / "s.duckdb") as store:
        logs = follow(plan, stream, store)
        os.write(into, lines[0])
        begun = next(logs).contacts
        os.write(into, b"".join(lines[1:]))
        os.close(into)
        later = pd.concat([log.contacts for log in logs]).drop_duplicates("contact_id", keep="last")
        for kept, read in zip(store.log()[:2], read_contacts(plan)[:2], strict=True):
            pd.testing.assert_frame_equal(kept, read)
    assert begun["outcome"].tolist() == ["open"]
    assert later["outcome"].tolist() == ["answered", "open"]
    assert begun["contact_id"].tolist() == later["contact_id"].tolist()[:1]


def test_what_cannot_be_followed_is_said(tmp_path: Path) -> None:
    empty = io.BufferedReader(io.BytesIO())
    with Store(tmp_path / "s.duckdb") as store:
        with pytest.raises(ConfigError, match="expected one of app, wa"):
            list(follow(pipe_plan(tmp_path, APP, {**WHATSAPP, "name": "wa"}), empty, store))
        parquet = {"reader": "parquet", "path": "x", "columns": {"arrived_at": "a"}}
        with pytest.raises(ConfigError, match="parquet cannot be followed"):
            list(follow(pipe_plan(tmp_path, parquet), empty, store))
