"""Laws of counting: nothing is lost, nothing is made up, order does not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from omnistaff import demand
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Timeline, conform

PLAN = make_plan(
    {
        "name": "laws",
        "time_zone": "Europe/Madrid",
        "queues": [
            {"name": "calls", "contacts": {"channel": ["voice"]}, "hours": {"mon-fri": "09:00-18:00"}},
            {
                "name": "mail",
                "contacts": {"channel": ["email"]},
                "mode": "deferred",
                "target": {"on_time_share": 0.9},
            },
        ],
    }
)
BASE = pd.Timestamp("2026-03-27", tz="UTC")  # the clocks change two days later

contact = st.fixed_dictionaries(
    {
        "minute": st.integers(0, 6 * 1440),
        "channel": st.sampled_from(["voice", "email", "in_person"]),
        "outcome": st.sampled_from(["answered", "abandoned", "short_abandoned", "contained", "open"]),
        "effort_s": st.one_of(st.none(), st.floats(1, 5000)),
        "delay_s": st.integers(0, 40_000),
        "customer": st.integers(0, 5),
        "is_demand": st.booleans(),
        "is_repeat": st.booleans(),
    }
)


def build(drawn: list[dict[str, object]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.DataFrame(drawn)
    arrived = BASE + pd.to_timedelta(frame["minute"], unit="m")
    answered = frame["outcome"] == "answered"
    frame = frame.assign(
        contact_id=[f"c{k:03d}" for k in range(len(frame))], source="s", direction="inbound", arrived_at=arrived,
        answered_at=arrived.where(answered), wait_s=30.0, effort_basis="measured", legs=1, case_id="m",
        ended_at=(arrived + pd.to_timedelta(frame["delay_s"], unit="s")).where(answered), case_position=1,
        effort_s=pd.to_numeric(frame["effort_s"]).where(answered), customer_id="p" + frame["customer"].astype("str"),
        is_switch=False, is_duplicate=False,
    )  # fmt: skip
    return conform(Contacts, frame), conform(Timeline, frame)


@settings(max_examples=12, deadline=None)
@given(st.lists(contact, min_size=1, max_size=40))
def test_every_contact_is_in_one_cell_and_every_second_of_work_too(drawn: list[dict[str, object]]) -> None:
    contacts, timeline = build(drawn)
    wanted = contacts[
        contacts["channel"].isin(["voice", "email"]) & contacts["is_demand"] & (contacts["outcome"] != "contained")
    ]
    table = demand.count_demand(contacts, timeline, PLAN)
    redials = len(wanted) - table["offered"].sum()
    assert 0 <= redials <= wanted["outcome"].isin(["abandoned", "short_abandoned"]).sum()
    np.testing.assert_allclose(table["offered"], table["first_contacts"] + table["repeat_contacts"])
    assert (table["handled"] + table["abandoned"] <= table["offered"]).all()
    last = wanted["arrived_at"].max()
    if len(wanted) and (wanted["ended_at"].isna() | (wanted["ended_at"] <= last)).all():
        np.testing.assert_allclose(table["workload_s"].sum(), wanted["effort_s"].sum())
    assert table["workload_s"].sum() <= wanted["effort_s"].sum() * (1 + 1e-9)


@settings(max_examples=8, deadline=None)
@given(st.lists(contact, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn: list[dict[str, object]], random: object) -> None:
    contacts, timeline = build(drawn)
    order = list(range(len(contacts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    one = demand.count_demand(contacts, timeline, PLAN)
    two = demand.count_demand(contacts.iloc[order].reset_index(drop=True), timeline, PLAN)
    pd.testing.assert_frame_equal(one, two)
