"""Laws that hold in every replication, whatever the centre."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import omnistaff as om
from omnistaff.simulate.centre import make_centre, queue_rules
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.replications import DrawnContacts, run_replications
from omnistaff.simulate.state import ABANDONED, ANSWERED, OFFERED, UNSERVED
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import find_window, read_volume
from omnistaff.tables import (
    Agents,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    Roster,
    check,
    conform,
    empty,
)  # fmt: skip

START = pd.Timestamp("2026-03-02", tz="UTC").as_unit("us")
MODES = ("live", "messaging", "deferred")


def forecast(rates, hours):
    starts = pd.date_range(START, periods=2 * hours, freq="30min").as_unit("us")
    tables = [
        pd.DataFrame({"queue": queue, "interval_start": starts, "model": "m", "mean": rate, "variance": rate,
                      "handle_s": 240.0, "handle_sd_s": 200.0})
        for queue, rate in rates.items()
    ]  # fmt: skip
    return DemandForecast(
        check(Forecast, conform(Forecast, pd.concat(tables))), empty(ForecastQuantiles), empty(ForecastPaths)
    )


def staff(groups, spans):
    agents = pd.DataFrame(
        [{"agent_id": f"{g}{k}", "name": "x", "time_zone": "UTC", "skills": g, "contract": "c", "hourly_cost": 1.0}
         for g, n in groups.items() for k in range(n)]
    )  # fmt: skip
    rows = [
        {"agent_id": a, "start_at": START + pd.Timedelta(hours=lo), "end_at": START + pd.Timedelta(hours=hi),
         "schedule_date": START.tz_localize(None), "activity": "work", "shift_id": "s", "is_paid": True}
        for a in agents["agent_id"] for lo, hi in spans
    ]  # fmt: skip
    return check(Agents, conform(Agents, agents)), check(Roster, conform(Roster, pd.DataFrame(rows)))


def plan_of(seed, shift_end, deferred_work, reserve=0, threads=1, replications=3):
    queues = [
        {"name": "v", "patience_s": 90},
        {"name": "c", "mode": "messaging", "concurrency": 3, "patience_s": 200},
        {"name": "m", "mode": "deferred", "target": {"on_time_share": 0.9, "due_hours": 2}},
    ]
    simulate = {
        "replications": replications, "arrivals": "mean_rates", "shift_end": shift_end,
        "deferred_work": deferred_work, "reserved_idle": reserve, "backlog": {"m": 5},
    }  # fmt: skip
    return om.make_plan(
        {"name": "t", "time_zone": "UTC", "seed": seed, "threads": threads, "queues": queues, "simulate": simulate}
    )


@given(
    seed=st.integers(0, 10_000),
    rates=st.tuples(st.floats(0, 40), st.floats(0, 25), st.floats(0, 10)),
    groups=st.dictionaries(
        st.sampled_from(["v", "c", "m", "c|v", "m|v", "c|m|v"]), st.integers(1, 4), min_size=1, max_size=4
    ),
    rule=st.sampled_from(["finish", "hard_stop", "first_to_finish"]),
    work=st.sampled_from(["pre_empted", "finished_first"]),
    reserve=st.integers(0, 2),
    threads=st.integers(1, 3),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_contacts_are_conserved_and_nobody_works_off_duty(seed, rates, groups, rule, work, reserve, threads):
    plan = plan_of(seed, rule, work, reserve)
    agents, roster = staff(groups, [(0, 3), (3.5, 7), (8, 10)])
    cast = forecast(dict(zip("vcm", rates, strict=True)), 12)
    window = find_window(cast, plan)
    people = read_staff(roster, agents, plan, window.start, window.seconds)
    volume = read_volume(cast, plan, window)
    contacts = DrawnContacts(volume, people, np.array([name_key(q) for q in "vcm"], dtype=np.uint64), seed)
    centre = make_centre(plan, people, volume, window, rules=queue_rules(plan, window))
    for result in run_replications(centre, contacts, numbers=range(3), threads=threads):
        total = result.counts.sum(axis=0)
        kept = total[:, ANSWERED] + total[:, ABANDONED] + total[:, UNSERVED]
        assert (total[:, OFFERED] == kept).all()
        assert total[2, OFFERED] >= 5
        assert total[2, ABANDONED] == 0
        busy, duty = result.spent[:, :, 0], result.spent[:, :, 1]
        assert (busy <= duty + 1e-6).all()


def test_results_are_the_same_at_any_number_of_threads_and_differ_by_seed():
    agents, roster = staff({"v": 3, "c|m|v": 3}, [(0, 12)])
    cast = forecast({"v": 20.0, "c": 10.0, "m": 4.0}, 12)
    runs = [
        om.simulate_roster(
            roster, cast, agents, plan_of(seed, "finish", "pre_empted", threads=threads, replications=7)
        )
        for seed, threads in [(1, 1), (1, 2), (1, 3), (2, 1)]
    ]
    pd.testing.assert_frame_equal(runs[0], runs[1], check_exact=True)
    pd.testing.assert_frame_equal(runs[0], runs[2], check_exact=True)
    assert not runs[0].equals(runs[3])


@given(extra=st.integers(1, 3), seed=st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_more_people_meet_the_same_contacts_and_lose_no_more_of_them(extra, seed):
    cast = forecast({"v": 20.0, "c": 5.0, "m": 0.0}, 12)
    plan = plan_of(seed, "finish", "pre_empted", replications=6)
    few = om.simulate_roster(*swap(staff({"v": 3}, [(0, 12)]), cast), plan)
    many = om.simulate_roster(*swap(staff({"v": 3 + extra}, [(0, 12)]), cast), plan)
    a, b = (rows[(rows["period"] == "horizon") & (rows["queue"] == "v")].iloc[0] for rows in (few, many))
    assert a["offered"] == b["offered"]
    assert b["abandoned"] < a["abandoned"]
    assert b["service_level"] > a["service_level"]


def swap(people, cast):
    agents, roster = people
    return roster, cast, agents
