"""The kernel for millions of rows gives the customers of the ordinary way."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from omnistaff import identity
from omnistaff.identity.bulk import resolve_rows
from omnistaff.plan import Plan

COLUMNS = {"phone": "phone", "email": "email", "nid": "national_id", "account": "account"}


@pytest.mark.parametrize("seed", range(6))
def test_the_kernel_agrees_with_resolve(seed: int, log: Callable[..., tuple[Any, Any]], plan: Plan) -> None:
    rng = np.random.default_rng(seed)
    spaces = {
        "phone": [f"+5730012345{k:02d}" for k in range(60)], "email": [f"u{k}@empresa.co" for k in range(60)],
        "nid": [str(10_000_001 + k) for k in range(40)], "account": [f"A{k}" for k in range(40)],
    }  # fmt: skip
    shown = {"phone": 0.5, "email": 0.4, "nid": 0.3, "account": 0.2}
    rows = [
        {name: str(rng.choice(values)) for name, values in spaces.items() if rng.random() < shown[name]}
        for _ in range(120)
    ]
    contacts, identifiers = log(*({COLUMNS[name]: value for name, value in row.items()} for row in rows))
    usual = identity.resolve(contacts, identifiers, plan)
    table = pd.DataFrame(rows, columns=list(spaces)).astype("str").reset_index(names="row")
    connection = duckdb.connect()
    connection.register("contacts", table)
    labels = resolve_rows(connection, "contacts", COLUMNS, plan.identity)
    _, guess = np.unique(labels, return_inverse=True)
    _, expected = np.unique(usual.identities["customer_id"], return_inverse=True)
    # where best-evidence-first meets equal ranks, the two break ties by other hashes
    pairs = len({*zip(guess.tolist(), expected.tolist(), strict=True)})
    assert pairs <= max(len(set(guess)), len(set(expected))) + (usual.events["kind"] == "refuse").sum()
    ids = table.assign(label=labels)
    assert ids.dropna(subset=["nid"]).groupby("label")["nid"].nunique().max() == 1
    assert ids.dropna(subset=["account"]).groupby("label")["account"].nunique().max() == 1


def test_without_conflicts_the_kernel_gives_the_very_same_customers(
    log: Callable[..., tuple[Any, Any]], plan: Plan
) -> None:
    rng = np.random.default_rng(3)
    rows = [{"phone": f"+573001{k // 3:06d}", "email": f"u{k // 5}@empresa.co"} for k in range(200)]
    rows = [{name: value for name, value in row.items() if rng.random() < 0.6} for row in rows]
    usual = identity.resolve(*log(*rows), plan).identities["customer_id"]
    connection = duckdb.connect()
    connection.register(
        "contacts", pd.DataFrame(rows, columns=["phone", "email"]).astype("str").reset_index(names="row")
    )
    labels = resolve_rows(connection, "contacts", {"phone": "phone", "email": "email"}, plan.identity)
    assert usual.groupby(labels).nunique().eq(1).all()
    assert len(set(labels)) == usual.nunique()
