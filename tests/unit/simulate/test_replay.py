import datetime as dt

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import observe_duty, replay
from omnistaff.tables import Contacts, check, conform

START = pd.Timestamp("2026-03-02T09:00", tz="UTC").as_unit("us")
PLAN = om.make_plan(
    {
        "name": "t", "time_zone": "UTC", "threads": 1, "simulate": {"replications": 20},
        "queues": [{"name": "v", "contacts": {"channel": ["voice"]}, "patience_s": 60}],
    }
)  # fmt: skip


def log(rows):
    """Return contacts from (arrival s, wait s, effort s or None if it left, agent)."""
    frame = pd.DataFrame(rows, columns=["at", "wait_s", "effort_s", "agent_id"])
    arrived = START + pd.to_timedelta(frame["at"], unit="s")
    has_answer = frame["effort_s"].notna()
    answered = (arrived + pd.to_timedelta(frame["wait_s"], unit="s")).where(has_answer)
    frame = frame.assign(
        contact_id=[f"c{k:05d}" for k in range(len(frame))], source="s", channel="voice", direction="inbound",
        arrived_at=arrived, answered_at=answered, ended_at=answered + pd.to_timedelta(frame["effort_s"], unit="s"),
        effort_basis="measured", outcome=np.where(has_answer, "answered", "abandoned"), is_demand=True, legs=1,
    )  # fmt: skip
    return check(Contacts, conform(Contacts, frame.drop(columns="at").astype({"is_demand": "bool"})))


def test_presence_joins_calls_until_a_long_pause():
    contacts = log([(0, 0, 60, "a"), (600, 0, 60, "a"), (4000, 0, 100, "a"), (50, 10, 30, "b")])
    roster, agents = observe_duty(contacts, PLAN, gap_minutes=30)
    spans = [
        (r.agent_id, (r.start_at - START).total_seconds(), (r.end_at - START).total_seconds())
        for r in roster.itertuples()
    ]
    assert spans == [("a", 0, 660), ("a", 4000, 4100), ("b", 60, 90)]
    assert agents["skills"].tolist() == ["v", "v"]


def test_nobody_was_ready_while_a_customer_waited():
    # b talks 0-60; a call waits from 100 and is answered by a at 400: b, seen again at 500, was not at the desk
    contacts = log([(0, 0, 60, "b"), (100, 300, 50, "a"), (500, 0, 20, "b"), (120, 8, None, None)])
    roster, _ = observe_duty(contacts, PLAN, gap_minutes=30, waited_s=10)
    spans = [
        (r.agent_id, (r.start_at - START).total_seconds(), (r.end_at - START).total_seconds())
        for r in roster.itertuples()
    ]
    assert spans == [("a", 400, 450), ("b", 0, 110), ("b", 400, 520)]


def test_a_replay_keeps_arrivals_and_counts_what_happened():
    contacts = log([(0, 0, 300, "a"), (10, 290, 60, "a"), (20, 25, None, None)])
    roster, agents = observe_duty(contacts, PLAN)
    result = replay(contacts, roster, agents, PLAN, day=dt.date(2026, 3, 2))
    seen, made = (
        rows[(rows["period"] == "day") & (rows["queue"] == "v")].iloc[0]
        for rows in (result.observed, result.simulated)
    )
    assert (seen["offered"], seen["answered"], seen["abandoned"], seen["asa_s"]) == (3, 2, 1, 145)
    assert seen["occupancy_share"] == pytest.approx(1.0)
    assert made["offered"] == 3
    assert made["answered"] + made["abandoned"] == pytest.approx(3)
    assert 1 <= made["answered"] < 2  # the first always; patience of a minute seldom lasts five


def test_simulated_days_are_found_again_by_their_replay():
    """A day made by the simulator's own model, replayed with its true people, gives its own service back."""
    rng = np.random.default_rng(4)
    at = np.sort(rng.uniform(0, 36_000, 2000))
    free, rows = np.zeros(6), []
    for arrival in at:
        agent = int(free.argmin())
        wait, patience, work = max(free[agent] - arrival, 0.0), rng.exponential(60), rng.exponential(110)
        if patience < wait:
            rows.append((arrival, patience, None, None))
            continue
        free[agent] = arrival + wait + work
        rows.append((arrival, wait, work, f"a{agent}"))
    contacts = log(rows)
    roster, agents = observe_duty(contacts, PLAN, gap_minutes=600)
    result = replay(contacts, roster, agents, PLAN, day=dt.date(2026, 3, 2))
    seen, made = (
        rows[(rows["period"] == "day") & (rows["queue"] == "v")].iloc[0]
        for rows in (result.observed, result.simulated)
    )
    assert made["abandoned"] / made["offered"] == pytest.approx(seen["abandoned"] / seen["offered"], abs=0.03)
    assert made["asa_s"] == pytest.approx(seen["asa_s"], rel=0.2)


def test_a_day_without_contacts_is_refused():
    contacts = log([(0, 0, 60, "a")])
    roster, agents = observe_duty(contacts, PLAN)
    with pytest.raises(om.TableError, match="2026-03-05"):
        replay(contacts, roster, agents, PLAN, day=dt.date(2026, 3, 5))
