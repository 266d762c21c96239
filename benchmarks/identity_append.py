"""A batch of contacts appended to millions: customers and the timeline of the customers it touches.

    python -m benchmarks.identity_append contacts.parquet [--batch 10000] [--threads 2]

The file is that of identity_scale.py and timeline_scale.py; its last contacts are the batch. All
others are resolved and kept on disk first, in a process of its own. Then the folder is opened, the batch
appended and the timeline of the touched customers written. At the end all contacts are resolved at once: every
contact must have the same customer. Loading compiled code does not count. Asked: less than 5 seconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.identity_scale import LAYOUT
from benchmarks.timeline_scale import make_contacts
from omnistaff.identity.bulk import resolve_rows
from omnistaff.identity.kept import KeptCustomers
from omnistaff.plan import TimelineSettings
from omnistaff.timeline.bulk import update_timeline


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = multiprocessing.get_context("spawn").Process(
            target=prepare, args=(options.file, folder, options.batch, options.threads)
        )
        first.start()
        first.join()
        measure(options.file, folder, options.threads)


def connect(threads: int) -> Any:
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}; set memory_limit = '1GB'; set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    return connection


def select(file: Path | str) -> str:
    """Return the query for the rows of a file, numbered."""
    return f"(select *, file_row_number as row from read_parquet('{file}', file_row_number = true))"


def prepare(file: str, folder: Path, batch: int, threads: int) -> None:
    """Split the file and keep the customers of the old contacts and of a few; write the tables of their contacts."""
    connection = connect(threads)
    cut = pq.read_metadata(file).num_rows - batch
    for part, wanted in {"old": f"row < {cut}", "new": f"row >= {cut}", "few": f"row < {batch}"}.items():
        own = folder / f"{part}.parquet"
        rows = f"select * exclude (row, file_row_number) from {select(file)} where {wanted} order by row"
        connection.execute(f"copy ({rows}) to '{own}'")
    start = time.process_time()
    kept = {
        part: KeptCustomers.build(connection, select(folder / f"{part}.parquet"), LAYOUT.columns, LAYOUT.settings,
                                  folder / f"customers-{part}")
        for part in ("few", "old")
    }  # fmt: skip
    print(f"customers of {cut:,} contacts resolved and kept in {time.process_time() - start:.1f} CPU s")
    size = sum(path.stat().st_size for path in (folder / "customers-old").rglob("*.npy"))
    print(f"they take {size / 1e9:.2f} GB on disk")
    labels = {part: each.labels() for part, each in kept.items()} | {"new": np.zeros(batch, dtype=np.int32)}
    for part, own in labels.items():
        pq.write_table(pa.table({"customer_id": own}), folder / "labels.parquet")
        query = make_contacts(str(folder / f"{part}.parquet"), str(folder / "labels.parquet"))
        connection.execute(f"copy ({query}) to '{folder}/contacts-{part}.parquet'")


def append(connection: Any, folder: Path, part: str) -> tuple[KeptCustomers, np.ndarray, float]:
    """Append the batch to the customers of a part; return them, the touched rows and the CPU seconds of identity."""
    start = time.process_time()
    kept = KeptCustomers(folder / f"customers-{part}", LAYOUT.columns, LAYOUT.settings)
    touched = kept.append(connection, select(folder / "new.parquet"))
    spent = time.process_time() - start
    files = [folder / f"contacts-{part}.parquet", folder / "contacts-new.parquet"]
    update_timeline(connection, files, touched, folder / "update.parquet", TimelineSettings())
    return kept, touched.rows, spent


def measure(file: str, folder: Path, threads: int) -> None:
    """Print what the batch costs, asked beside measured."""
    connection = connect(threads)
    append(connection, folder, "few")  # compiled code is loaded once
    start, wall = time.process_time(), time.perf_counter()
    kept, touched, identity_s = append(connection, folder, "old")
    spent, wall_s = time.process_time() - start, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    whole = resolve_rows(connection, select(file), LAYOUT.columns, LAYOUT.settings)
    apart = np.count_nonzero(kept.labels() != whole)
    print("\n| what | asked | measured |\n| --- | --- | --- |")
    print(
        f"| batch appended to {kept.rows:,} contacts | under 5 s | {spent:.2f} CPU s, {wall_s:.1f} s by the clock |"
    )
    print(f"| of it customers, timeline | | {identity_s:.2f}, {spent - identity_s:.2f} CPU s |")
    print(f"| contacts of the touched customers | | {len(touched):,} |")
    print(f"| peak memory | | {memory:.2f} GB |")
    print(f"| contacts with another customer than all at once give | 0 | {apart} |")


if __name__ == "__main__":
    main()
