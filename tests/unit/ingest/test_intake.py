"""Loading a work folder: hashed before the store, the account in its file, and following from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import omnistaff as om
from omnistaff.errors import ConfigError
from omnistaff.intake import load_logs
from omnistaff.plan import Plan, make_plan
from omnistaff.tables.files import Workspace
from omnistaff.tables.store import Store
from tests.unit.ingest.test_store import CSV, write_day

TEL_AS_CHANNEL = {**CSV, "columns": {"contact_id": "id", "arrived_at": "at", "channel": "tel"}}


def hashing_plan(folder: Path) -> Plan:
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [CSV]}
    return make_plan({**content, "identity": {"hash_key_env": "OMNISTAFF_TEST_KEY"}}, folder=folder)


def test_identifiers_are_hashed_before_they_reach_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_day(tmp_path, 1)
    plan, work = hashing_plan(tmp_path), Workspace(tmp_path / "run")
    with pytest.raises(ConfigError, match="OMNISTAFF_TEST_KEY"):
        load_logs(plan, work)
    monkeypatch.setenv("OMNISTAFF_TEST_KEY", "one key")
    log = load_logs(plan, work)
    assert log.identifiers["value"].str.startswith("h:").tolist() == [True] * 2  # one number is a placeholder
    assert b"34600000001" not in work.store.read_bytes()
    for kept, read in zip(log, om.read_contacts(plan), strict=True):
        pd.testing.assert_frame_equal(kept, read)
    monkeypatch.setenv("OMNISTAFF_TEST_KEY", "another key")
    assert not set(load_logs(plan, work).identifiers["value"]) & set(log.identifiers["value"])


def test_the_account_says_what_was_read_skipped_rejected_and_unknown(tmp_path: Path) -> None:
    write_day(tmp_path, 1)
    rows = ["x,when,", "y,2026-04-02T09:00Z,", "y,2026-04-02T09:00Z,"]
    (tmp_path / "d2.csv").write_text("id,at,tel\n" + "\n".join(rows) + "\n")
    content = {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [TEL_AS_CHANNEL]}
    plan, work = make_plan(content, folder=tmp_path), Workspace(tmp_path / "run")
    load_logs(plan, work)
    write_day(tmp_path, 3)
    load_logs(plan, work)
    (account,) = json.loads((work.folder / "ingest.json").read_text())["sources"]
    assert account == {
        "source": "csv", "files_read": 1, "files_skipped": 2, "rows_read_now": 3, "rows": 9, "contacts": 7,
        "joined_rows": 7, "set_aside": {"older copy of a redelivered contact": 1},
        "rejects": {"arrived_at: stamp is not understood: when": 1},
        "unknown_codes": {f"channel: +3460000000{k}": 2 for k in range(3)},
    }  # fmt: skip


def test_the_command_follows_a_pipe(tmp_path: Path) -> None:
    columns = "{contact_id: id, arrived_at: at}"
    entry = f"{{reader: json, path: none.jsonl, channel: app, columns: {columns}}}"
    (tmp_path / "p.yaml").write_text(f"name: t\ntime_zone: UTC\nqueues: [{{name: q}}]\ningest: [{entry}]\n")
    command = [sys.executable, "-m", "omnistaff", "ingest", str(tmp_path / "p.yaml"), "-w", str(tmp_path / "run")]
    done = subprocess.run(
        [*command, "--follow", "-"], input='{"id": 1, "at": "2026-04-05T09:00:00Z"}\n{"id": 2}\n',
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.startswith("2026-04-05 09:00:00Z")
    with Store(tmp_path / "run" / "store.duckdb") as store:
        assert (store.count("contacts"), store.count("rejects")) == (1, 1)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "options", [("--follow", "-", "--json"), ("--follow", "-", "--preview"), ("--source", "app")]
)
def test_options_that_would_be_ignored_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "p.yaml").write_text("name: t\ntime_zone: UTC\nqueues: [{name: q}]\n")
    command = [sys.executable, "-m", "omnistaff", "ingest", str(tmp_path / "p.yaml"), *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "--source only with --follow" in done.stderr) == (2, True)
