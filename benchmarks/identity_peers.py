"""Customers found by omnistaff and by Splink with its usual settings, in the same run, beside the truth.

    python benchmarks/identity_peers.py people fake_1000.csv.gz            # columns of Splink's own example
    python benchmarks/identity_peers.py demo configs/omnichannel_demo.yaml runs/demo-logs runs/demo

``people``: unique_id, first_name, surname, dob, city, email and cluster. ``demo``: the contacts and identifiers that
a run read, and the truth that the sample logs were made from. omnistaff has the defaults of its plan (the demo's own
for the demo). Splink has the settings of its tutorial: comparisons by type, blocking on each column that names
somebody, u from random pairs, m by expectation maximisation, clusters of links from .95. Neither sees the truth.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff import identity
from omnistaff.plan import load_plan, make_plan

THRESHOLD = 0.95
KINDS = {"first_name": "given_name", "surname": "surname", "dob": "birth_date", "city": "city", "email": "email"}
TRAINED_ON = {"people": ["email", "dob"], "demo": ["name", "phone"]}


def main() -> None:
    match sys.argv[1:]:
        case ["people", file]:
            people(Path(file))
        case ["demo", plan, logs, work]:
            demo(Path(plan), Path(logs), Path(work))
        case _:
            print(__doc__)
            sys.exit(2)


def people(file: Path) -> None:
    """Compare on a file of person records."""
    records = pd.read_csv(file, dtype=str)
    ids = records["unique_id"].str.zfill(8)
    at = pd.Series(pd.date_range("2026-01-01", periods=len(records), freq="s", tz="UTC", unit="us"))
    contacts = pd.DataFrame(
        {"contact_id": ids, "arrived_at": at, "reason": pd.Series(pd.NA, index=ids.index, dtype="str")}
    )
    parts = [pd.DataFrame({"contact_id": ids, "kind": kind, "value": records[name]}) for name, kind in KINDS.items()]
    identifiers = pd.concat(parts).dropna().assign(source="file").astype("str")
    plan = make_plan({"name": "people", "time_zone": "UTC", "queues": [{"name": "q"}]})
    truth = pd.Series(records["cluster"].to_numpy(), index=ids)
    compare(contacts, identifiers, plan, records.assign(unique_id=ids)[["unique_id", *KINDS]], truth, "people")


def demo(plan_file: Path, logs: Path, work: Path) -> None:
    """Compare on the contacts of a demo run."""
    contacts = pd.read_parquet(work / "tables" / "contacts.parquet")
    identifiers = pd.read_parquet(work / "tables" / "identifiers.parquet")
    true = pd.read_parquet(logs / "truth" / "contacts.parquet", columns=["contact_id", "customer"])
    known = contacts[contacts["contact_id"].isin(true["contact_id"])].reset_index(drop=True)
    said = identifiers[identifiers["kind"].isin(["phone", "email", "account", "national_id", "name"])]
    wide = said.drop_duplicates(["contact_id", "kind"]).pivot(index="contact_id", columns="kind", values="value")
    records = wide.reindex(known["contact_id"]).rename_axis("unique_id").reset_index()
    compare(known, identifiers, load_plan(plan_file), records, true.set_index("contact_id")["customer"], "demo")


def compare(
    contacts: pd.DataFrame, identifiers: pd.DataFrame, plan: Any, records: pd.DataFrame, truth: pd.Series, kind: str
) -> None:
    """Print the scores of both."""
    head = ("", "pair P", "pair R", "F1", "before P", "before R", "customers", "CPU s")
    print(f"{head[0]:28}" + "".join(f"{name:>10}" for name in head[1:]))
    start = time.process_time()
    ours = identity.resolve(contacts, identifiers, plan).identities.set_index("contact_id")["customer_id"]
    show("omnistaff, defaults", ours, contacts, truth, time.process_time() - start)
    start = time.process_time()
    theirs = splink_clusters(records, TRAINED_ON[kind])
    show(f"Splink, usual settings, {THRESHOLD}", theirs, contacts, truth, time.process_time() - start)


def show(who: str, found: pd.Series, contacts: pd.DataFrame, truth: pd.Series, spent: float) -> None:
    """Print one line of scores."""
    ids = contacts["contact_id"]
    right = truth.reindex(ids).reset_index(drop=True)
    scores = identity.score_customers(
        found.reindex(ids).astype("str").reset_index(drop=True), right, contacts["arrived_at"]
    )
    f1 = 2 / (1 / scores.pair_precision + 1 / scores.pair_recall)
    shares = (scores.pair_precision, scores.pair_recall, f1, scores.context_precision, scores.context_recall)
    print(
        f"{who:28}" + "".join(f"{share:10.4f}" for share in shares) + f"{scores.customers:10,}{spent:10.1f}",
        flush=True,
    )


def splink_clusters(records: pd.DataFrame, trained_on: list[str]) -> pd.Series:
    """Return Splink's cluster of each record, by its tutorial's way."""
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    library = {
        "first_name": cl.NameComparison, "surname": cl.NameComparison, "name": cl.NameComparison,
        "email": cl.EmailComparison,
    }  # fmt: skip
    columns = [name for name in records.columns if name != "unique_id"]
    comparisons = [
        cl.DateOfBirthComparison(name, input_is_string=True) if name == "dob"
        else library.get(name, cl.ExactMatch)(name) for name in columns
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(name) for name in columns if name not in ("city", "name")],
    )
    table = pa.Table.from_pandas(records.astype(object).where(records.notna(), None), preserve_index=False)
    linker = Linker(DuckDBAPI().register(table), settings, log_level=logging.ERROR)
    rules = [block_on(name) for name in trained_on]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    links = linker.inference.predict(threshold_match_probability=THRESHOLD)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(links, THRESHOLD).as_pandas_dataframe()
    return clusters.set_index("unique_id")["cluster_id"]


if __name__ == "__main__":
    main()
