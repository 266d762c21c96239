"""How near the demo run comes to the truth that its logs were made from.

    python benchmarks/samples_truth.py runs/demo-logs runs/demo

Prints pairwise precision and recall of customers and matters, repeat shares, patience and handle times by queue, and
how far the counted demand lies from the true rates (1.0 is the noise of Poisson counts alone).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

LINES = {
    "cards-voice": ["cards-voice"],
    "accounts-voice": ["accounts-voice"],
    "chat": ["web-chat"],
    "whatsapp": ["whatsapp"],
    "mail": ["email", "form"],
    "branch": ["branch"],
}


def pairs(*groups: pd.Series) -> float:
    """Return how many pairs of contacts share all the given labels."""
    sizes = pd.concat(groups, axis=1).value_counts()
    return float((sizes * (sizes - 1) / 2).sum())


def show_groups(name: str, found: pd.Series, true: pd.Series) -> None:
    both = pairs(found, true)
    precision, recall = both / pairs(found), both / pairs(true)
    f1 = 2 * precision * recall / (precision + recall)
    counts = f"{found.nunique():,} of {true.nunique():,}"
    print(f"{name:10s} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  ({counts})")


def main(logs: Path, work: Path) -> None:
    truth = pd.read_parquet(logs / "truth" / "contacts.parquet").query("is_demand")
    tables = work / "tables"
    identities = pd.read_parquet(tables / "identities.parquet", columns=["contact_id", "customer_id"])
    timeline = pd.read_parquet(
        tables / "timeline.parquet", columns=["contact_id", "case_id", "is_repeat", "is_switch"]
    )
    rows = truth.merge(identities, on="contact_id").merge(timeline, on="contact_id")
    print(f"{len(rows):,} of {len(truth):,} true contacts found")
    show_groups("customers", rows["customer_id"], rows["customer"])
    show_groups("matters", rows["case_id"], rows["matter"])
    print(f"follow-ups: {rows['is_repeat'].mean():.3f} found, {rows['is_follow_up'].mean():.3f} true")
    contacts = pd.read_parquet(tables / "contacts.parquet", columns=["contact_id", "effort_s"])
    rows = rows.merge(contacts, on="contact_id")
    patience = pd.read_parquet(tables / "patience.parquet").set_index("queue")["patience_s"]
    means = pd.read_parquet(logs / "truth" / "lines.parquet").set_index("line")["patience_s"]
    rates = pd.read_parquet(logs / "truth" / "rates.parquet")
    demand = pd.read_parquet(tables / "demand.parquet", columns=["queue", "interval_start", "offered"])
    for queue, lines in LINES.items():
        mine = rows[rows["line"].isin(lines) & rows["agent_s"].notna()]
        rate = rates[rates["line"].isin(lines)].groupby("interval_start")["rate"].sum()
        counted = (
            demand[demand["queue"] == queue].set_index("interval_start")["offered"].reindex(rate.index).fillna(0)
        )
        busy = rate > 1
        spread = float(((counted - rate)[busy] ** 2 / rate[busy]).mean())
        print(
            f"{queue:15s} patience {patience.get(queue, np.nan):7.0f} s of {means[lines[0]]:7.0f}   handle time "
            f"{mine['effort_s'].mean():5.0f} s of {mine['agent_s'].mean():5.0f}   "
            f"volume {counted.sum() / rate.sum():.3f}   spread {spread:.2f}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
