"""Exact resolution of a Parquet file of contacts: CPU seconds, memory, and the ratio to the bare scan.

    python -m benchmarks.identity_scale contacts.parquet [--threads 2] [--truth true_customer] [--splink]

The file has columns phone, email, nid and handle (as the reference generator writes them) and one row a contact. With
--splink, Splink's own clustering gets the same edges from contact to contact, no unique ids to respect and nothing to
read, normalise or judge, in a process of its own. Loading compiled code does not count. Asked of 10 million
contacts: 10 CPU seconds, 6 bare scans, 1.5 GB, 3 times less CPU than Splink.
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

from omnistaff.identity.bulk import Layout, judge, read_values, resolve_rows
from omnistaff.plan import Identity

LAYOUT = Layout({"phone": "phone", "email": "email", "nid": "national_id", "handle": "handle"}, Identity())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--truth", help="column with the true customer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--splink", action="store_true", help="run Splink's clustering beside it")
    options = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(f"set threads = {options.threads}; set memory_limit = '1GB'")
    connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
    source = f"(select *, file_row_number as row from read_parquet('{options.file}', file_row_number = true))"
    resolve_rows(connection, f"(select * from {source} where row < 1000)", LAYOUT.columns, LAYOUT.settings)
    start = time.process_time()
    listed = ", ".join(f"count({column}), max(length({column}))" for column in LAYOUT.columns)
    connection.execute(f"select {listed} from read_parquet('{options.file}')").fetchall()
    scan_s = time.process_time() - start
    start, wall = time.process_time(), time.perf_counter()
    labels = resolve_rows(connection, source, LAYOUT.columns, LAYOUT.settings)
    spent_s, wall_s = time.process_time() - start, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sizes = np.bincount(labels)
    print(f"{len(labels):,} contacts, {np.count_nonzero(sizes):,} customers, largest {sizes.max()}")
    if options.truth:
        print_pairs(labels, pq.read_table(options.file, columns=[options.truth]).column(0).to_numpy())
    print("\n| what | asked for 10 million | measured |\n| --- | --- | --- |")
    print(f"| bare scan of the four columns | | {scan_s:.2f} CPU s |")
    print(f"| resolution | 10 CPU s | {spent_s:.2f} CPU s, {wall_s:.1f} s by the clock |")
    print(f"| beside the bare scan | 6 times | {spent_s / scan_s:.1f} times |")
    print(f"| peak memory | 1.5 GB | {memory:.2f} GB |", flush=True)
    if options.splink:
        with tempfile.TemporaryDirectory() as folder:
            print_splink(connection, source, Path(folder), options.threads, spent_s)


def print_splink(connection: Any, source: str, folder: Path, threads: int, spent_s: float) -> None:
    """Print what Splink's clustering of the same edges costs."""
    size, edges = write_edges(connection, source, folder / "edges.parquet")
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    peer = context.Process(target=run_splink, args=(str(folder), size, threads, answer))
    peer.start()
    peer_s, memory, customers = answer.get()
    peer.join()
    print(f"| Splink's clustering of the same {edges:,} edges | | {peer_s:.2f} CPU s, {memory:.2f} GB |")
    print(f"| Splink's clustering beside the whole resolution | 3 times | {peer_s / spent_s:.1f} times |")
    print(f"\nSplink finds {customers:,} clusters: it is not asked to keep unique ids apart.")


def write_edges(connection: Any, source: str, target: Path) -> tuple[int, int]:
    """Write the edges from each contact to the first one with the same value, and return contacts and edges."""
    values, size = read_values(connection, source, LAYOUT)
    judge(values, LAYOUT)
    parts = []
    for own in values.values():
        for codes in own.codes:
            row = np.flatnonzero(codes >= 0)
            row = row[~own.is_shared[codes[row]]]
            first = np.zeros(len(own.keys), dtype=np.int64)
            first[codes[row][::-1]] = row[::-1]  # the last assignment wins
            other = first[codes[row]]
            parts.append(np.stack([other, row])[:, other != row])
    left, right = np.concatenate(parts, axis=1)
    pq.write_table(pa.table({"contact_l": left, "contact_r": right}), target)
    return size, len(left)


def run_splink(folder: str, size: int, threads: int, answer: Any) -> None:
    """Put CPU seconds, peak memory in GB and the number of clusters into *answer*."""
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}; set temp_directory = '{folder}'; set memory_limit = '6GB'")
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"create table contacts as select range as contact from range({size})")
    connection.execute(f"create table edges as select * from read_parquet('{folder}/edges.parquet')")
    start = time.process_time()
    found = cluster_pairwise_predictions_at_threshold(
        connection.table("contacts"), connection.table("edges"), DuckDBAPI(connection), "contact"
    )
    spent = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    query = f"select count(distinct cluster_id) from {found.physical_name}"
    answer.put((spent, memory, connection.execute(query).fetchall()[0][0]))


def print_pairs(labels: np.ndarray, truth: np.ndarray) -> None:
    """Print pairwise precision and recall."""

    def pairs(codes: np.ndarray) -> float:
        counts = np.unique(codes, return_counts=True)[1].astype(float)
        return float((counts * (counts - 1) / 2).sum())

    both = pairs(labels.astype(np.int64) * (int(truth.max()) + 1) + truth)
    print(f"pair precision {both / pairs(labels):.4f}, pair recall {both / pairs(truth):.4f}")


if __name__ == "__main__":
    main()
