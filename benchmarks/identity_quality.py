"""Customers and matters found among contacts with known truth: precision, recall and the corrected count.

    python benchmarks/identity_quality.py contacts.parquet [--auto 0.9]

The file has columns contact_id, ts, channel, reason, phone, email, nid, handle, given_name, surname, surname2, city,
true_customer and true_case, as the reference generator writes them with names. The truth is never shown to the
resolver.
"""

from __future__ import annotations

import argparse
import time

import duckdb
import pandas as pd

from omnistaff import identity, timeline
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Identifiers, check, conform

KINDS = {
    "phone": "phone", "email": "email", "nid": "national_id", "handle": "handle:social", "given_name": "given_name",
    "surname": "surname", "surname2": "second_surname", "city": "city",
}  # fmt: skip
CHANNELS = {"phone": "voice", "webchat": "web_chat", "twitter": "social", "pqr": "form"}
DESCRIPTIVE = ["name", "given_name", "surname", "second_surname", "city"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--auto", type=float, default=0.9, help="links at least this probable join")
    options = parser.parse_args()
    links = {"auto_share": options.auto, "review_share": min(0.5, options.auto)}
    plan = make_plan(
        {
            "name": "quality", "time_zone": "UTC", "queues": [{"name": "q"}],
            "identity": {"default_region": "CO", "descriptive": DESCRIPTIVE, "model_links": links},
        }
    )  # fmt: skip
    rows = duckdb.sql(f"select * replace (contact_id::varchar as contact_id) from '{options.file}'").df()
    contacts, identifiers = read(rows)
    truth = rows.set_index(rows["contact_id"].str.zfill(10)).loc[contacts["contact_id"]].reset_index(drop=True)
    start = time.process_time()
    found = identity.resolve(contacts, identifiers, plan).identities
    spent = time.process_time() - start
    found = found.set_index("contact_id").loc[contacts["contact_id"]].reset_index()
    scores = identity.score_customers(found["customer_id"], truth["true_customer"], contacts["arrived_at"])
    largest = int(truth["true_customer"].value_counts().max())
    print(f"pair precision {scores.pair_precision:.4f} (asked .99), recall {scores.pair_recall:.4f} (.80)")
    print(
        f"contacted before: precision {scores.context_precision:.4f} (.99), recall {scores.context_recall:.4f} (.85)"
    )
    print(f"largest customer {scores.largest} (true {largest}), {spent:.1f} CPU s", flush=True)
    count(contacts, identifiers, found, truth["true_case"].nunique(), plan)


def count(contacts: pd.DataFrame, identifiers: pd.DataFrame, found: pd.DataFrame, true: int, plan: Plan) -> None:
    """Print matters as counted and as corrected beside the truth."""
    views = identity.two_views(contacts, identifiers, plan).merge(found[["contact_id", "customer_id"]])
    result = timeline.correct_cases(contacts, views, plan)
    if result is None:
        print("too few repeats are seen twice to correct the count")
        return
    print(f"{true:,} matters, counted {result.counted:,} ({result.counted / true - 1:+.1%}),"
          f" corrected {result.cases:,.0f} ({result.cases / true - 1:+.1%}; asked within 2 %),"
          f" {result.cases_low:,.0f} to {result.cases_high:,.0f}")  # fmt: skip


def read(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the file's contacts and identifiers."""
    ids = rows["contact_id"].str.zfill(10)
    table = pd.DataFrame(
        {
            "contact_id": ids, "source": "g", "direction": "inbound", "effort_basis": "assumed", "legs": 1,
            "channel": rows["channel"].astype("str").replace(CHANNELS), "outcome": "answered", "is_demand": True,
            "arrived_at": pd.to_datetime(rows["ts"], utc=True), "reason": rows["reason"].astype("str"),
        }
    )  # fmt: skip
    parts = [
        pd.DataFrame({"contact_id": ids, "kind": kind, "value": rows[column].astype("object")}).dropna()
        for column, kind in KINDS.items()
    ]
    identifiers = pd.concat(parts, ignore_index=True).assign(source="g").astype("str")
    return check(Contacts, conform(Contacts, table)), check(Identifiers, conform(Identifiers, identifiers))


if __name__ == "__main__":
    main()
