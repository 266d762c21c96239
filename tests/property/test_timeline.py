"""Laws of the chronology."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import timeline
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identities, check, conform

contact = st.tuples(
    st.integers(0, 900), st.sampled_from("ABC"), st.sampled_from(["voice", "email", "web_chat"]),
    st.sampled_from(["card", "loan", None]), st.sampled_from(["answered", "abandoned", "open"]), st.booleans(),
)  # fmt: skip


def make_history(rows: list[Any], **settings_: Any) -> tuple[Any, Any, Any]:
    hours, customers, channels, reasons, outcomes, demand = zip(*rows, strict=True)
    arrived = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(list(hours), unit="h")
    table = pd.DataFrame(
        {"contact_id": [f"k{k:03d}" for k in range(len(rows))], "source": "t", "channel": channels,
         "direction": "inbound", "arrived_at": arrived, "reason": reasons, "outcome": outcomes,
         "effort_basis": "measured", "is_demand": demand, "legs": 1}
    )  # fmt: skip
    who = pd.DataFrame(
        {"contact_id": table["contact_id"], "customer_id": customers, "rule": "single", "probability": 1.0}
    )
    plan = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "timeline": settings_})
    return check(Contacts, conform(Contacts, table)), check(Identities, conform(Identities, who)), plan


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(contact, min_size=1, max_size=25), gap=st.sampled_from([12, 168]), days=st.sampled_from([1, 7]))
def test_contacts_are_conserved_and_every_case_has_one_customer(rows: list[Any], gap: int, days: int) -> None:
    contacts, identities, plan = make_history(rows, case_gap_hours=gap, repeat_days=days)
    history = timeline.build_timeline(contacts, identities, plan)
    table = history.timeline
    assert sorted(table["contact_id"]) == sorted(contacts["contact_id"])
    assert table.groupby("case_id")["customer_id"].nunique().eq(1).all()
    assert history.cases["contacts"].sum() == history.customers["contacts"].sum() == len(contacts)
    assert history.customers["cases"].sum() == len(history.cases) == table["case_id"].nunique()
    assert history.cases["switches"].sum() == table["is_switch"].sum()
    places = table.groupby("case_id")["case_position"].apply(sorted)
    assert all(place == list(range(1, len(place) + 1)) for place in places)
    assert not table.loc[table["case_position"] == 1, ["is_repeat", "is_switch", "is_duplicate"]].any(axis=None)
    assert (table["is_repeat"] | ~table["is_switch"]).all()


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(contact, min_size=1, max_size=25), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(rows: list[Any], seed: int) -> None:
    contacts, identities, plan = make_history(rows)
    found = timeline.build_timeline(contacts, identities, plan)
    mixed = timeline.build_timeline(
        contacts.sample(frac=1, random_state=seed), identities.sample(frac=1, random_state=seed), plan
    )
    for before, after in zip(found, mixed, strict=True):
        pd.testing.assert_frame_equal(before, after)


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(contact, min_size=1, max_size=25))
def test_a_longer_gap_never_makes_more_matters(rows: list[Any]) -> None:
    rows = [row for row in rows if row[3]] or [(0, "A", "voice", "card", "answered", True)]
    counts = []
    for gap in (6, 48, 400):
        contacts, identities, plan = make_history(rows, case_gap_hours=gap)
        counts.append(len(timeline.build_timeline(contacts, identities, plan).cases))
    assert counts == sorted(counts, reverse=True)
