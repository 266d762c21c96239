"""Contacts loaded into the store from large CSV and JSON-lines files: CPU as a ratio to DuckDB's own scan, memory.

    python -m benchmarks.ingest_scale 10000000

DuckDB's scan reads the same file, all columns as text, and counts what is in each; both use what threads they like
and are charged for all of them. Memory is the peak of the whole process.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS = {
    "contact_id": "id", "arrived_at": "arrived", "answered_at": "answered", "ended_at": "ended", "queue": "queue",
    "reason": "reason", "agent_id": "agent", "phone": "phone",
}  # fmt: skip
#: Chance is a hash of the row's number, so that every run has the same rows.
CONTACTS = """
SELECT 'c' || k AS id, strftime(began, '%Y-%m-%dT%H:%M:%SZ') AS arrived,
       strftime(began + to_seconds(wait), '%Y-%m-%dT%H:%M:%SZ') AS answered,
       strftime(began + to_seconds(wait + 60 + (hash(k, 2) % 840)::INTEGER), '%Y-%m-%dT%H:%M:%SZ') AS ended,
       ['cards', 'loans', 'accounts'][1 + (hash(k, 3) % 3)::INTEGER] AS queue,
       ['lost', 'limit', 'pin', 'fee'][1 + (hash(k, 4) % 4)::INTEGER] AS reason,
       'agent' || (hash(k, 5) % 200)::INTEGER AS agent,
       '+3460' || (1000000 + (hash(k, 6) % 8999999)::INTEGER) AS phone
FROM (
    SELECT range AS k, 1 + (hash(range, 1) % 119)::INTEGER AS wait,
           TIMESTAMP '2025-01-01' + to_days((range // 100000)::INTEGER)
           + to_seconds(range % 100000 * 86400 // 100000) AS began
    FROM range({rows})
)
"""


def main(rows: int) -> None:
    """Measure both formats in a process each, so that peaks of memory do not mix."""
    import multiprocessing

    print("asked: bounded memory, peak under 4 GB; throughput as a ratio to DuckDB's own scan of the same file\n")
    print("| file | rows | MB | load, CPU s | rows a CPU s | DuckDB scan, CPU s | ratio | peak GB | under 4 GB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    context = multiprocessing.get_context("spawn")
    for layout in ("csv", "jsonl"):
        process = context.Process(target=measure, args=(layout, rows))
        process.start()
        process.join()


def measure(layout: str, rows: int) -> None:
    """Print the measured figures of one format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"contacts.{layout}"
        write_contacts(path, rows)
        megabytes = path.stat().st_size / 1e6
        load_s = cpu_seconds(lambda: load(path, folder))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        scan_s = cpu_seconds(lambda: scan(path))
    print(
        f"| {layout} | {rows:,} | {megabytes:,.0f} | {load_s:.0f} | {rows / load_s:,.0f} | {scan_s:.1f} "
        f"| {load_s / scan_s:.1f} | {peak:.2f} | {'yes' if peak < 4 else 'NO'} |",
        flush=True,
    )


def write_contacts(path: Path, rows: int) -> None:
    """Write *rows* contacts, 100,000 a day and in their order, the same for every run."""
    import duckdb

    layout = "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT json"
    duckdb.sql(f"COPY ({CONTACTS.format(rows=rows)}) TO '{path}' ({layout})")


def load(path: Path, folder: Path) -> None:
    """Load the file into a new store and check that every row arrived."""
    from omnistaff.ingest import load_store
    from omnistaff.plan import make_plan
    from omnistaff.tables.store import Store

    reader = "csv" if path.suffix == ".csv" else "json"
    source = {"reader": reader, "path": path.name, "channel": "voice", "columns": COLUMNS}
    plan = make_plan(
        {"name": "scale", "time_zone": "UTC", "queues": [{"name": "q"}], "ingest": [source]}, folder=folder
    )
    (loaded,) = load_store(plan, folder / "store.duckdb")
    with Store(folder / "store.duckdb") as store:
        assert store.count("contacts") == loaded.contacts == store.count("identifiers")


def scan(path: Path) -> None:
    """Let DuckDB read every column of the file."""
    import duckdb

    if path.suffix == ".csv":
        table = f"read_csv('{path}', all_varchar = true)"
    else:
        columns = ", ".join(f"{name}: 'VARCHAR'" for name in COLUMNS.values())
        table = f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
    counts = ", ".join(f"sum(length({name}))" for name in COLUMNS.values())
    duckdb.sql(f"SELECT count(*), {counts} FROM {table}").fetchall()


def cpu_seconds(work: Callable[[], None]) -> float:
    """Return the CPU seconds of all threads that *work* takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
