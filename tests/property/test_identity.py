"""Laws of who is who, on random logs full of conflicts: all contacts at once, and one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import identity
from omnistaff.identity.live import LiveCustomers
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identifiers, Resolution, check, conform

PLAN = make_plan(
    {
        "name": "t", "time_zone": "UTC", "queues": [{"name": "q"}],
        "identity": {"default_region": "CO", "model_links": {"enabled": False}},
    }
)  # fmt: skip
AT = pd.Timestamp("2026-02-01", tz="UTC")
VALUES = {
    "account": ["A1", "A2", "A3", "A4"],
    "phone": [f"+57300123456{k}" for k in range(4)],
    "email": [f"u{k}@empresa.co" for k in range(4)],
    "name": ["Ana Gil", "Luis Gil", "Ana"],
}
contact = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in VALUES.items()})
logs = st.lists(contact, min_size=1, max_size=24)


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


def some(contacts: Any, identifiers: Any, ids: list[str]) -> tuple[Any, Any]:
    return contacts[contacts["contact_id"].isin(ids)], identifiers[identifiers["contact_id"].isin(ids)]


def whole(contacts: Any, identifiers: Any, previous: Resolution | None = None) -> set[frozenset[str]]:
    return parts(identity.resolve(contacts, identifiers, PLAN, previous=previous).identities)


def held(live: LiveCustomers) -> set[frozenset[str]]:
    rows = {"contact_id": list(live.customer), "customer_id": list(live.customer.values())}
    return parts(pd.DataFrame(rows))


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


@settings(max_examples=25, deadline=None)
@given(rows=logs, data=st.data())
def test_incremental_is_batch_in_any_order(rows: list[dict[str, str]], data: st.DataObject) -> None:
    contacts, identifiers = make_log(rows)
    pairs = [list(row.items()) for row in rows]
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
    assert held(live) == whole(contacts, identifiers)


@settings(max_examples=6, deadline=None)
@given(rows=logs, data=st.data())
def test_decisions_of_people_hold_for_contacts_that_come_later(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    rows = [*rows, {"phone": VALUES["phone"][0]}, {"phone": VALUES["phone"][0]}]
    contacts, identifiers = make_log(rows)
    pairs = [list(row.items()) for row in rows]
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
    assert held(live) == whole(contacts, identifiers, decided)


@settings(max_examples=10, deadline=None)
@given(rows=logs, again=st.lists(st.tuples(st.integers(0, 23), contact), max_size=6))
def test_a_contact_that_comes_again_counts_as_it_was_said_last(rows: list[dict[str, str]], again: Any) -> None:
    contacts, identifiers = make_log(rows)
    ids, at = contacts["contact_id"].tolist(), contacts["arrived_at"].astype("int64").tolist()
    live = LiveCustomers.load(contacts, identifiers, PLAN.identity)
    for k, row in again:
        if k < len(rows):
            rows[k] = row
            live.add(ids[k], at[k], list(row.items()))
    contacts, identifiers = make_log(rows)
    assert held(live) == whole(contacts, identifiers)


def worlds(count: int, seed: int) -> tuple[Any, Any]:
    """Return many small logs that share no value as one, their contacts mixed."""
    rng = np.random.default_rng(seed)
    rows = []
    for world in range(count):
        own = {
            "account": [f"A{world}.{k}" for k in range(4)],
            "phone": [f"+573{world:05d}{k:04d}" for k in range(4)],
            "email": [f"u{world}.{k}@empresa.co" for k in range(4)],
            "name": VALUES["name"],
        }
        rows += [
            {kind: str(rng.choice(values)) for kind, values in own.items() if rng.random() < 0.5}
            for _ in range(int(rng.integers(1, 25)))
        ]
    return make_log([rows[k] for k in rng.permutation(len(rows))])


def test_two_hundred_logs_of_values_that_turn_out_to_be_shared_grow_to_the_customers_of_one_run() -> None:
    contacts, identifiers = worlds(200, seed=11)
    rng = np.random.default_rng(12)
    ids, at = contacts["contact_id"].tolist(), contacts["arrived_at"].astype("int64").tolist()
    said = {
        name: list(zip(own["kind"], own["value"], strict=True)) for name, own in identifiers.groupby("contact_id")
    }
    order = rng.permutation(len(ids)).tolist()
    third = len(ids) // 3
    live = LiveCustomers.load(*some(contacts, identifiers, [ids[k] for k in order[:third]]), PLAN.identity)
    for k in order[third:]:
        live.add(ids[k], at[k], said.get(ids[k], []))
    expected = identity.resolve(contacts, identifiers, PLAN)
    assert held(live) == parts(expected.identities)
    assert (expected.events["kind"] == "block").sum() > 100
    assert (expected.events["kind"] == "refuse").sum() > 50
    previous = None
    for end in (third, 2 * third, len(ids)):
        batch = contacts.iloc[sorted(order[:end])].reset_index(drop=True)
        previous = identity.resolve(batch, identifiers, PLAN, previous=previous)
    assert previous is not None
    assert parts(previous.identities) == parts(expected.identities)
