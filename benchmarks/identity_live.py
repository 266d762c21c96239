"""One live contact: resolved, with what its customer came with before, in CPU time.

    python benchmarks/identity_live.py contacts.parquet [--known 100000] [--new 5000]

The file has columns contact_id, ts, channel, reason, phone, email, nid and handle. The first contacts are known, the
next ones come one at a time. Asked: 1 millisecond at the median. Also told is how many customers differ from those
that the exact links of all contacts at once give, which must be none; likely links are made by full runs only.
"""

from __future__ import annotations

import argparse
import time

import duckdb
import numpy as np
import pandas as pd

from omnistaff import identity
from omnistaff.follow import Earlier, LiveHistory
from omnistaff.plan import make_plan
from omnistaff.tables import ContactLog, Contacts, Identifiers, Rejects, check, conform, empty

KINDS = {"phone": "phone", "email": "email", "nid": "national_id", "handle": "handle:social"}
PLAN = make_plan(
    {
        "name": "live", "time_zone": "UTC", "queues": [{"name": "q"}],
        "identity": {"default_region": "CO", "model_links": {"enabled": False}},  # made by full runs only
    }
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--known", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=5_000)
    options = parser.parse_args()
    whole = read(options.file, options.known + options.new)
    ids = whole.contacts["contact_id"]
    first = set(ids[: options.known])
    known = whole.contacts["contact_id"].isin(first)
    old = ContactLog(
        check(Contacts, whole.contacts[known]),
        check(Identifiers, whole.identifiers[whole.identifiers["contact_id"].isin(first)]),
        whole.rejects,
    )
    started = time.process_time()
    live = LiveHistory(old, PLAN)
    print(f"{options.known:,} known contacts loaded in {time.process_time() - started:.1f} CPU s")
    said = whole.identifiers.groupby("contact_id")[["kind", "value"]].agg(list)
    pairs = {c: list(zip(k, v, strict=True)) for c, k, v in zip(said.index, said["kind"], said["value"], strict=True)}
    spent = []
    for row in whole.contacts[~known].to_dict("records"):
        fact = Earlier(row["arrived_at"].value // 1000, row["contact_id"], row["channel"], row["reason"], "answered")
        started = time.process_time_ns()
        live.add(fact, pairs.get(row["contact_id"], ()))
        spent.append((time.process_time_ns() - started) / 1e6)
    low, middle, high = np.quantile(spent, [0.5, 0.99, 1.0])
    print(f"one contact: median {low:.3f} ms CPU (asked: 1), 99 of 100 within {middle:.2f}, longest {high:.1f}")
    found = live.identities(whole.contacts)["customer_id"]
    full = identity.resolve(whole.contacts, whole.identifiers, PLAN).identities["customer_id"]
    pairs_apart = len({*zip(found, full, strict=True)}) - full.nunique()
    print(
        f"{found.nunique():,} customers, {full.nunique():,} by all contacts at once, {pairs_apart} differ (asked: 0)"
    )


def read(file: str, size: int) -> ContactLog:
    """Return the first contacts of the file as a log."""
    rows = duckdb.sql(
        "select contact_id::varchar as contact_id, ts as arrived_at, reason::varchar as reason, phone, email, nid,"
        f" handle"
        f" from read_parquet('{file}') limit {size}"
    ).df()  # fmt: skip
    rows["contact_id"] = rows["contact_id"].str.zfill(10)
    table = rows[["contact_id", "arrived_at", "reason"]].assign(
        source="g", channel="voice", direction="inbound", effort_basis="assumed", outcome="answered", is_demand=True,
        legs=1, arrived_at=pd.to_datetime(rows["arrived_at"], utc=True),
    )  # fmt: skip
    parts = [
        pd.DataFrame({"contact_id": rows["contact_id"], "kind": kind, "value": rows[column]}).dropna()
        for column, kind in KINDS.items()
    ]
    identifiers = pd.concat(parts, ignore_index=True).assign(source="g")
    return ContactLog(
        check(Contacts, conform(Contacts, table)),
        check(Identifiers, conform(Identifiers, identifiers)),
        empty(Rejects),
    )


if __name__ == "__main__":
    main()
