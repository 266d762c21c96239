"""Customers and matters found among contacts with known truth: precision, recall and the corrected count.

    python benchmarks/identity_quality.py contacts.parquet [more.parquet ...]

The file has columns contact_id, ts, channel, reason, phone, email, nid, handle, given_name, surname, surname2, city,
true_customer and true_case, as the reference generator writes them with names. The truth is never shown to the
resolver, and the plan has its defaults: only the country of phone numbers is set.
"""

from __future__ import annotations

import argparse
import time

import duckdb
import pandas as pd

from omnistaff import identity, timeline
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identifiers, check, conform

KINDS = {
    "phone": "phone", "email": "email", "nid": "national_id", "handle": "handle:social", "given_name": "given_name",
    "surname": "surname", "surname2": "second_surname", "city": "city",
}  # fmt: skip
CHANNELS = {"phone": "voice", "webchat": "web_chat", "twitter": "social", "pqr": "form"}
PLAN = make_plan(
    {"name": "quality", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": {"default_region": "CO"}}
)
LARGEST = 250 / 243  # customers may be found this much larger than the largest there is


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    for file in parser.parse_args().files:
        measure(file)


def measure(file: str) -> None:
    """Print asked and measured for one file."""
    rows = duckdb.sql(f"select * replace (contact_id::varchar as contact_id) from '{file}'").df()
    contacts, identifiers = read(rows)
    truth = rows.set_index(rows["contact_id"].str.zfill(10)).loc[contacts["contact_id"]].reset_index(drop=True)
    start = time.process_time()
    found = identity.resolve(contacts, identifiers, PLAN).identities
    spent = time.process_time() - start
    found = found.set_index("contact_id").loc[contacts["contact_id"]].reset_index()
    scores = identity.score_customers(found["customer_id"], truth["true_customer"], contacts["arrived_at"])
    largest = int(truth["true_customer"].value_counts().max())
    print(f"{file}: {len(rows):,} contacts, {scores.true_customers:,} customers, {spent:.1f} CPU s")
    print(f"{'':32} {'asked':>12} {'measured':>12}")
    show("pair precision", ">= .99", f"{scores.pair_precision:.4f}")
    show("pair recall", ">= .80", f"{scores.pair_recall:.4f}")
    show("contacted before, precision", ">= .99", f"{scores.context_precision:.4f}")
    show("contacted before, recall", ">= .85", f"{scores.context_recall:.4f}")
    show(f"largest customer (true {largest})", f"<= {int(largest * LARGEST)}", f"{scores.largest}")
    count(contacts, identifiers, found, truth["true_case"].nunique())


def count(contacts: pd.DataFrame, identifiers: pd.DataFrame, found: pd.DataFrame, true: int) -> None:
    """Print matters as counted and as corrected beside the truth."""
    views = identity.two_views(contacts, identifiers, PLAN).merge(found[["contact_id", "customer_id"]])
    result = timeline.correct_cases(contacts, views, PLAN)
    if result is None:
        print("too few repeats are seen twice to correct the count")
        return
    covered = result.cases_low <= true <= result.cases_high
    show(f"matters counted (true {true:,})", "", f"{result.counted / true - 1:+.1%}")
    show("matters corrected", "within 2 %", f"{result.cases / true - 1:+.1%}")
    show(f"in {result.cases_low:,.0f} to {result.cases_high:,.0f}", "yes", "yes" if covered else "no")


def show(what: str, asked: str, measured: str) -> None:
    """Print one line of the table."""
    print(f"{what:32} {asked:>12} {measured:>12}", flush=True)


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
