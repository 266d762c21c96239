"""One contact at a time gives the customers of all at once, whatever the order, and never renames the others."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import identity
from omnistaff.identity.live import LiveCustomers
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identifiers, Resolution, check, conform

PLAN = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": {"default_region": "CO"}})
VALUES = {
    "account": ["A1", "A2", "A3", "A4"],
    "phone": [f"+57300123456{k}" for k in range(4)],
    "email": [f"u{k}@empresa.co" for k in range(4)],
    "name": ["Ana Gil", "Luis Gil", "Ana"],
}
contact = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in VALUES.items()})
logs = st.lists(contact, min_size=1, max_size=24)
AT = pd.Timestamp("2026-02-01", tz="UTC")


def make_log(rows: list[dict[str, str]]) -> tuple[Any, Any, list[list[tuple[str, str]]]]:
    ids = [f"c{k:03d}" for k in range(len(rows))]
    arrived = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(range(len(rows)), unit="h")
    table = pd.DataFrame(
        {"contact_id": ids, "source": "t", "channel": "voice", "direction": "inbound", "arrived_at": arrived,
         "effort_basis": "measured", "outcome": "answered", "is_demand": True, "legs": 1}
    )  # fmt: skip
    said = [(i, kind, value, "t") for i, row in zip(ids, rows, strict=True) for kind, value in row.items()]
    identifiers = pd.DataFrame(said, columns=["contact_id", "kind", "value", "source"])
    pairs = [list(row.items()) for row in rows]
    return check(Contacts, conform(Contacts, table)), check(Identifiers, conform(Identifiers, identifiers)), pairs


def some(contacts: Any, identifiers: Any, ids: list[str]) -> tuple[Any, Any]:
    return contacts[contacts["contact_id"].isin(ids)], identifiers[identifiers["contact_id"].isin(ids)]


def partition(customer: dict[str, str]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for contact_id, name in customer.items():
        groups.setdefault(name, set()).add(contact_id)
    return {frozenset(group) for group in groups.values()}


def whole(contacts: Any, identifiers: Any, previous: Resolution | None = None) -> dict[str, str]:
    found = identity.resolve(contacts, identifiers, PLAN, previous=previous).identities
    return dict(zip(found["contact_id"], found["customer_id"], strict=True))


@settings(max_examples=60, deadline=None)
@given(rows=logs, data=st.data())
def test_incremental_is_batch_in_any_order(rows: list[dict[str, str]], data: st.DataObject) -> None:
    contacts, identifiers, pairs = make_log(rows)
    ids = contacts["contact_id"].tolist()
    at = contacts["arrived_at"].astype("int64").tolist()
    order = data.draw(st.permutations(range(len(ids))))
    cut = data.draw(st.integers(0, len(ids)))
    live = LiveCustomers.load(*some(contacts, identifiers, [ids[k] for k in order[:cut]]), PLAN.identity)
    for k in order[cut:]:
        before = dict(live.customer)
        changed = live.add(ids[k], at[k], pairs[k])
        assert {c for c, name in live.customer.items() if before.get(c) != name} <= {*changed, ids[k]}
        untouched = {c: name for c, name in before.items() if c not in changed}
        assert all(live.customer[c] == name for c, name in untouched.items())
    assert partition(live.customer) == partition(whole(contacts, identifiers))


@settings(max_examples=6, deadline=None)
@given(rows=logs, data=st.data())
def test_decisions_of_people_hold_for_contacts_that_come_later(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    rows = [*rows, {"phone": VALUES["phone"][0]}, {"phone": VALUES["phone"][0]}]
    contacts, identifiers, pairs = make_log(rows)
    ids = contacts["contact_id"].tolist()
    left, right = data.draw(st.permutations(ids).map(lambda found: found[:2]))
    cut = data.draw(st.integers(0, len(ids)))
    known = {*ids[:cut], left, right}
    first = some(contacts, identifiers, sorted(known))
    before = identity.resolve(*(frame.reset_index(drop=True) for frame in first), PLAN)
    decide = data.draw(st.sampled_from([identity.link_contacts, identity.keep_apart]))
    decided = decide(before, left, right, AT)
    live = LiveCustomers.load(*first, PLAN.identity, decided)
    at = contacts["arrived_at"].astype("int64").tolist()
    for k in [k for k, name in enumerate(ids) if name not in known]:
        live.add(ids[k], at[k], pairs[k])
    assert partition(live.customer) == partition(whole(contacts, identifiers, decided))


@settings(max_examples=10, deadline=None)
@given(rows=logs, again=st.lists(st.tuples(st.integers(0, 23), contact), max_size=6))
def test_a_contact_that_comes_again_counts_as_it_was_said_last(rows: list[dict[str, str]], again: Any) -> None:
    contacts, identifiers, _ = make_log(rows)
    ids, at = contacts["contact_id"].tolist(), contacts["arrived_at"].astype("int64").tolist()
    live = LiveCustomers.load(contacts, identifiers, PLAN.identity)
    for k, row in again:
        if k < len(rows):
            rows[k] = row
            live.add(ids[k], at[k], list(row.items()))
    contacts, identifiers, _ = make_log(rows)
    assert partition(live.customer) == partition(whole(contacts, identifiers))
