"""Laws of who is who, on random logs full of conflicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import identity
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identifiers, check, conform

PLAN = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": {"default_region": "CO"}})
VALUES = {
    "account": ["A1", "A2", "A3", "A4"],
    "phone": [f"+57300123456{k}" for k in range(5)],
    "email": [f"u{k}@empresa.co" for k in range(5)],
    "name": ["Ana Gil", "Luis Gil", "Ana"],
}
contact = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in VALUES.items()})
logs = st.lists(contact, min_size=1, max_size=16)


def make_log(rows: list[dict[str, str]]) -> tuple[Any, Any]:
    ids = [f"c{k:03d}" for k in range(len(rows))]
    arrived = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(range(len(rows)), unit="h")
    table = pd.DataFrame(
        {"contact_id": ids, "source": "t", "channel": "voice", "direction": "inbound", "arrived_at": arrived,
         "effort_basis": "measured", "outcome": "answered", "is_demand": True, "legs": 1}
    )  # fmt: skip
    found = [(i, kind, value, "t") for i, row in zip(ids, rows, strict=True) for kind, value in row.items()]
    identifiers = pd.DataFrame(found, columns=["contact_id", "kind", "value", "source"])
    return check(Contacts, conform(Contacts, table)), check(Identifiers, conform(Identifiers, identifiers))


def parts(identities: pd.DataFrame) -> set[frozenset[str]]:
    return {frozenset(group) for _, group in identities.groupby("customer_id")["contact_id"]}


@settings(max_examples=8, deadline=None)
@given(rows=logs, seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, str]], seed: int) -> None:
    contacts, identifiers = make_log(rows)
    found = identity.resolve(contacts, identifiers, PLAN)
    mixed = identity.resolve(
        contacts.sample(frac=1, random_state=seed), identifiers.sample(frac=1, random_state=seed), PLAN
    )
    for before, after in zip(found, mixed, strict=True):
        pd.testing.assert_frame_equal(before, after)


@settings(max_examples=8, deadline=None)
@given(rows=logs)
def test_no_customer_holds_two_values_of_a_unique_kind(rows: list[dict[str, str]]) -> None:
    contacts, identifiers = make_log(rows)
    found = identity.resolve(contacts, identifiers, PLAN).identities
    accounts = identifiers[identifiers["kind"] == "account"].merge(found, on="contact_id")
    assert accounts.groupby("customer_id")["value"].nunique().le(1).all()
    assert sorted(found["contact_id"]) == sorted(contacts["contact_id"])


@settings(max_examples=8, deadline=None)
@given(rows=logs, cuts=st.lists(st.integers(1, 15), max_size=3))
def test_growing_in_batches_ends_with_the_customers_of_one_run(rows: list[dict[str, str]], cuts: list[int]) -> None:
    contacts, identifiers = make_log(rows)
    previous = None
    for end in [*sorted(cut for cut in cuts if cut < len(rows)), len(rows)]:
        previous = identity.resolve(contacts.iloc[:end], identifiers, PLAN, previous=previous)
    whole = identity.resolve(contacts, identifiers, PLAN)
    assert previous is not None
    assert parts(previous.identities) == parts(whole.identities)


@settings(max_examples=8, deadline=None)
@given(rows=logs, new=logs)
def test_new_contacts_rename_no_customer_whose_contacts_stay_together(
    rows: list[dict[str, str]], new: list[dict[str, str]]
) -> None:
    contacts, identifiers = make_log([*rows, *new])
    before = identity.resolve(contacts.iloc[: len(rows)], identifiers, PLAN)
    after = identity.resolve(contacts, identifiers, PLAN, previous=before)
    now = after.identities.set_index("contact_id")["customer_id"]
    whole_again = parts(before.identities) & {
        frozenset(set(part) & set(before.identities["contact_id"])) for part in parts(after.identities)
    }
    for _, group in before.identities.groupby("customer_id"):
        if frozenset(group["contact_id"]) in whole_again:
            assert set(now[group["contact_id"]]) == set(group["customer_id"])
    changed = before.identities["customer_id"].to_numpy() != now[before.identities["contact_id"]].to_numpy()
    logged = after.events[after.events["kind"].isin(["merge", "split"])]
    assert set(before.identities["customer_id"][changed]) <= set(logged["other_id"])


@settings(max_examples=8, deadline=None)
@given(rows=logs)
def test_every_join_is_connected_by_live_edges(rows: list[dict[str, str]]) -> None:
    found = identity.resolve(*make_log(rows), PLAN)
    for part in parts(found.identities):
        first, *rest = sorted(part)
        for other in rest:
            path = identity.explain(found, first, other)
            assert len(path) >= 2
            assert path["revoked_at"].isna().all()
            assert np.isin([first, other], path["left_id"]).all()
