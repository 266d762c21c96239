"""Exact resolution of a Parquet file of contacts: CPU seconds, memory, ratio to the bare scan.

    python benchmarks/identity_scale.py contacts.parquet [--truth true_customer]

The file has columns phone, email, nid and handle with normalised values. Prints one line a measure.
"""

from __future__ import annotations

import argparse
import resource
import time

import duckdb
import numpy as np
import pyarrow.parquet as pq

from omnistaff.identity.bulk import resolve_rows
from omnistaff.plan import Identity

COLUMNS = {"phone": "phone", "email": "email", "nid": "national_id", "handle": "handle"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--truth", help="column with the true customer")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(f"set threads = {options.threads}")
    connection.execute("set memory_limit = '1GB'")
    connection.execute("set preserve_insertion_order = false")
    scan, wall = time.process_time(), time.perf_counter()
    connection.execute(f"select count(phone), count(email), count(nid), count(handle),"
                       f" max(length(phone)), max(length(email)), max(length(nid)), max(length(handle))"
                       f" from read_parquet('{options.file}')").fetchall()  # fmt: skip
    scan_cpu = time.process_time() - scan
    print(f"bare scan              {scan_cpu:8.2f} CPU s {time.perf_counter() - wall:8.2f} s")
    start, wall = time.process_time(), time.perf_counter()
    source = f"(select *, file_row_number as row from read_parquet('{options.file}', file_row_number = true))"
    labels = resolve_rows(connection, source, COLUMNS, Identity())
    cpu = time.process_time() - start
    print(f"resolution             {cpu:8.2f} CPU s {time.perf_counter() - wall:8.2f} s, {cpu / scan_cpu:.1f} scans")
    print(f"peak memory            {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:8.2f} GB")
    sizes = np.bincount(labels)
    print(f"{len(labels):,} contacts, {np.count_nonzero(sizes):,} customers, largest {sizes.max()}")
    if options.truth:
        print_pairs(labels, pq.read_table(options.file, columns=[options.truth]).column(0).to_numpy())


def print_pairs(labels: np.ndarray, truth: np.ndarray) -> None:
    """Print pairwise precision and recall."""

    def pairs(codes: np.ndarray) -> float:
        counts = np.unique(codes, return_counts=True)[1].astype(float)
        return float((counts * (counts - 1) / 2).sum())

    both = pairs(labels.astype(np.int64) * (int(truth.max()) + 1) + truth)
    print(f"pair precision {both / pairs(labels):.4f}, pair recall {both / pairs(truth):.4f}")


if __name__ == "__main__":
    main()
