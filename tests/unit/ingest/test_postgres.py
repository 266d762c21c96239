"""The sql reader against a real PostgreSQL server, started for the test from the system's package."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

pytestmark = [
    pytest.mark.skipif(not SERVERS, reason="no PostgreSQL server: apt-get install postgresql"),
    pytest.mark.skipif(
        importlib.util.find_spec("psycopg") is None, reason="no driver: pip install 'psycopg[binary]'"
    ),
]


def as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL does not run as root: use the package's own user then."""
    if os.geteuid() != 0:
        return command
    if shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root and there is no runuser")
    return ["runuser", "-u", "postgres", "--", *command]


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a new server that listens on a socket in its own folder."""
    tools = SERVERS[-1]
    with tempfile.TemporaryDirectory(prefix="omnistaff-pg-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        data = folder / "data"

        def run(*command: str) -> None:
            subprocess.run(as_server_user(list(command)), check=True, capture_output=True, cwd=folder, timeout=60)

        run(str(tools / "initdb"), "-D", str(data), "-U", "planner", "-A", "trust", "-N")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(str(tools / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://planner@/postgres?host={folder}"
        finally:
            run(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


def test_types_of_a_postgresql_query_come_through(database: str, read_sample: Any) -> None:
    query = """
        select * from (values
            (1, timestamptz '2026-04-05 09:00:00.25+02', timestamp '2026-04-05 07:01', 90.5::numeric, 'niño', true),
            (2, timestamptz '2026-04-05 10:00:00+02', null, null, null, false)
        ) as cases (id, opened, answered, effort, reason, wanted) order by id
    """
    log = read_sample(
        database, Path(), reader="sql", query=query, time_zone="UTC", channel="ticket",
        columns={
            "contact_id": "id", "arrived_at": "opened", "answered_at": "answered", "effort_s": "effort",
            "reason": "reason", "is_demand": "wanted",
        },
    ).log  # fmt: skip
    contacts = log.contacts
    assert contacts["contact_id"].tolist() == ["sql:1", "sql:2"]
    assert contacts["arrived_at"].dt.strftime("%H:%M:%S.%f").tolist() == ["07:00:00.250000", "08:00:00.000000"]
    assert contacts["wait_s"].tolist()[0] == 59.75
    assert contacts["effort_s"].tolist()[0] == 90.5
    assert contacts["reason"][0] == "niño"
    assert contacts["is_demand"].tolist() == [True, False]
    assert contacts["outcome"].tolist() == ["answered", "open"]
