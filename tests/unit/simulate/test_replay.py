import datetime as dt

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import observe_duty, ready_quantiles, replay, with_time_to_ready
from omnistaff.simulate.readiness import interval_quantiles
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


def test_who_hung_up_in_the_menu_asked_nobody():
    contacts = log([(0, 0, 300, "a"), (10, 290, 60, "a"), (20, 25, None, None)])
    menu = contacts["contact_id"].eq("c00002")
    contacts = check(Contacts, contacts.assign(outcome=contacts["outcome"].mask(menu, "contained")))
    roster, agents = observe_duty(contacts, PLAN)
    result = replay(contacts, roster, agents, PLAN, day=dt.date(2026, 3, 2))
    for rows in (result.observed, result.simulated):
        assert rows.loc[(rows["period"] == "day") & (rows["queue"] == "v"), "offered"].tolist() == [2]


def test_presence_from_calls_alone_knows_no_waits():
    contacts = log([(0, 0, 60, "b"), (100, 300, 50, "a"), (500, 0, 20, "b")])
    roster, _ = observe_duty(contacts, PLAN, gap_minutes=30, waited_s=np.inf)
    b = roster[roster["agent_id"] == "b"].iloc[0]
    assert (b["end_at"] - b["start_at"]).total_seconds() == 520


def test_bounds_of_times_give_their_distribution():
    rng = np.random.default_rng(3)
    times = np.floor(rng.exponential(20, 6000))
    low, high = np.maximum(times - rng.exponential(15, 6000), 0), times + rng.exponential(15, 6000)
    is_known = rng.uniform(size=6000) < 0.4
    found = interval_quantiles(np.where(is_known, times, low), np.where(is_known, times, high))
    assert np.diff(found).min() >= 0
    assert found[100] == pytest.approx(np.median(times), abs=2)
    assert found[180] == pytest.approx(np.quantile(times, 0.9), rel=0.1)
    assert interval_quantiles(np.zeros(0), np.zeros(0)).max() == 0


def test_time_to_ready_shows_while_customers_wait_and_bounds_the_rest():
    # customers wait throughout: a is ready 20 s after each call
    rows = [(0, 0, 40, "a")] + [(1 + k, 60 * k - 1 - k, 40, "a") for k in range(1, 40)]
    contacts = log(rows)
    _, agents = observe_duty(contacts, PLAN, waited_s=np.inf)
    assert set(ready_quantiles(contacts, agents, PLAN)) == {20}
    # nobody waits: it is only known to be at most 260 s, and no contact ends under pressure
    calm = log([(300 * k, 0, 40, "a") for k in range(40)])
    assert ready_quantiles(calm, agents, PLAN).max() == 0
    assert 0 <= ready_quantiles(calm, agents, PLAN, only_pressed=False)[100] <= 260
    # a pause beyond the gap is no time to get ready
    assert ready_quantiles(contacts, agents, PLAN, gap_minutes=0.1).max() == 0


def test_time_to_ready_is_added_to_answered_contacts_only():
    contacts = log([(0, 0, 300, "a"), (10, 290, 60, "a"), (20, 25, None, None)])
    held = with_time_to_ready(contacts, np.full(201, 7.0), seed=1)
    assert held["effort_s"].tolist()[:2] == [307, 67]
    assert held["effort_s"].isna().tolist() == [False, False, True]
    assert contacts["effort_s"].tolist()[:2] == [300, 60]


def test_a_day_with_time_to_ready_is_found_again_only_with_it():
    """People who take 30 s after each call: presence from calls alone is too good, measured readiness is right."""
    rng = np.random.default_rng(5)
    free, rows = np.zeros(6), []
    for arrival in np.sort(rng.uniform(0, 36_000, 1700)):
        agent = int(free.argmin())
        wait, patience, work = max(free[agent] - arrival, 0.0), rng.exponential(90), rng.exponential(100)
        if patience < wait:
            rows.append((arrival, patience, None, None))
            continue
        free[agent] = arrival + wait + work + rng.exponential(30)
        rows.append((arrival, wait, work, f"a{agent}"))
    contacts = log(rows)
    roster, agents = observe_duty(contacts, PLAN, gap_minutes=600, waited_s=np.inf)
    quantiles = ready_quantiles(contacts, agents, PLAN, gap_minutes=600, waited_s=0)
    assert quantiles.mean() == pytest.approx(30, abs=4)
    day = dt.date(2026, 3, 2)
    with_it = replay(with_time_to_ready(contacts, quantiles, seed=1), roster, agents, PLAN, day=day)
    without = replay(contacts, roster, agents, PLAN, day=day)
    seen, right, rosy = (
        rows.loc[(rows["period"] == "day") & (rows["queue"] == "v"), "asa_s"].iloc[0]
        for rows in (with_it.observed, with_it.simulated, without.simulated)
    )
    assert right == pytest.approx(seen, rel=0.25)
    assert rosy < 0.6 * seen


def test_a_day_without_contacts_is_refused():
    contacts = log([(0, 0, 60, "a")])
    roster, agents = observe_duty(contacts, PLAN)
    with pytest.raises(om.TableError, match="2026-03-05"):
        replay(contacts, roster, agents, PLAN, day=dt.date(2026, 3, 5))
