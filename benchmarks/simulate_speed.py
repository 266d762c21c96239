"""Speed of the simulator: contacts a CPU second, beside other simulators on the single queue in the same run.

    python benchmarks/simulate_speed.py [--peers] [--replications 20]

The omnichannel case has voice, chat in three conversations with level-dependent speed, pre-empted e-mail with a
backlog, four skill groups, priorities, time-varying arrivals and a roster of 500 people over four weeks. The
single queue is M/M/100+M at load 100, patience two handle times. Peers (ciw, simpy) are measured if installed.
"""

from __future__ import annotations

import argparse
import heapq
import random
import time

import numpy as np
import pandas as pd

import omnistaff as om
from omnistaff.simulate.centre import make_centre, queue_rules
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.first_come import Line, simulate_line
from omnistaff.simulate.outcomes import Summary
from omnistaff.simulate.replications import DrawnContacts, run_replications
from omnistaff.simulate.state import OFFERED
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
)

START = pd.Timestamp("2026-03-02", tz="UTC").as_unit("us")
GROUPS = ("voice", "mail|voice", "chat|mail", "chat|mail|voice")


def omnichannel(people: int = 500, weeks: int = 4, replications: int = 20):
    """Return (plan, roster, forecast, agents) of the omnichannel case, volume in step with people."""
    plan = om.make_plan(
        {
            "name": "speed", "time_zone": "UTC", "interval_minutes": 15, "threads": 1,
            "queues": [
                {"name": "voice", "patience_s": 180},
                {"name": "chat", "mode": "messaging", "concurrency": 3, "concurrency_speeds": [1, 0.85, 0.72],
                 "patience_s": 400, "target": {"answered_share": 0.8, "within_s": 60}},
                {"name": "mail", "mode": "deferred", "hours": {"daily": "07:00-21:00"},
                 "target": {"on_time_share": 0.95, "due_hours": 4}},
            ],
            "schedule": {"weeks": weeks},
            "staffing": {"shrinkage_share": {}},
            "simulate": {"replications": replications, "backlog": {"mail": people}, "arrivals": "mean_rates"},
        }
    )  # fmt: skip
    starts = pd.date_range(START, periods=96 * 7 * weeks, freq="15min").as_unit("us")
    hour = starts.hour.to_numpy() + starts.minute.to_numpy() / 60
    profile = 0.35 + 0.65 * np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((hour - 16) / 2.5) ** 2))
    profile = np.where((hour >= 7) & (hour < 21), profile, 0)
    a_day = {"voice": (11_000, 300), "chat": (6_000, 600), "mail": (2_800, 480)}
    tables = [
        pd.DataFrame({
            "queue": queue, "interval_start": starts, "model": "known", "handle_s": float(handle),
            "handle_sd_s": float(handle), "variance": 0.0,
            "mean": profile * volume * people / 500 / profile[:96].sum(),
        })[profile > 0]
        for queue, (volume, handle) in a_day.items()
    ]  # fmt: skip
    table = check(Forecast, conform(Forecast, pd.concat(tables)))
    agents = pd.DataFrame(
        {"agent_id": [f"a{k:04d}" for k in range(people)], "skills": [GROUPS[k % 4] for k in range(people)]}
    )
    agents = agents.assign(name="x", time_zone="UTC", contract="c", hourly_cost=1.0)
    number, day = np.divmod(np.arange(people * 7 * weeks), 7 * weeks)
    works = (number + day) % 7 < 5
    number, day = number[works], day[works]
    begin = np.array([7, 8, 9, 12, 13])[number // 4 % 5]
    pieces = []
    for low, high, activity in ((0, 4, "work"), (4, 4.5, "meal"), (4.5, 8, "work")):
        at = START + pd.to_timedelta(day * 24 + begin + low, unit="h")
        pieces.append(pd.DataFrame({
            "agent_id": agents["agent_id"].to_numpy()[number], "start_at": at,
            "end_at": at + pd.Timedelta(hours=high - low),
            "schedule_date": (START + pd.to_timedelta(day, unit="D")).tz_localize(None),
            "activity": activity, "shift_id": [f"s{d}" for d in day], "is_paid": True,
        }))  # fmt: skip
    roster = check(Roster, conform(Roster, pd.concat(pieces)))
    forecast = DemandForecast(table, empty(ForecastQuantiles), empty(ForecastPaths))
    return plan, roster, forecast, check(Agents, conform(Agents, agents))


def measure_omnichannel(people: int, replications: int) -> None:
    """Print contacts a CPU second of replications, and the time 100 of them would take."""
    plan, roster, forecast, agents = omnichannel(people, replications=replications)
    window = find_window(forecast, plan)
    volume = read_volume(forecast, plan, window)
    staff = read_staff(roster, agents, plan, window.start, window.seconds)
    keys = np.array([name_key(queue.name) for queue in plan.queues], dtype=np.uint64)
    contacts = DrawnContacts(volume, staff, keys, plan.seed)
    centre = make_centre(plan, staff, volume, window, rules=queue_rules(plan, window))
    list(run_replications(centre, contacts, numbers=range(1), threads=1))  # compiled or loaded now
    started = time.process_time()
    results = list(run_replications(centre, contacts, numbers=range(replications), threads=1))
    spent = time.process_time() - started
    offered = sum(result.counts[:, :, OFFERED].sum() for result in results)
    summary = Summary(plan, window, staff.groups)
    started = time.process_time()
    summary.add(results)
    rows = summary.outcomes()
    table_s = time.process_time() - started
    horizon = rows[rows["period"] == "horizon"].set_index("queue")
    print(f"omnichannel, {people} people, 4 weeks: {offered / replications:,.0f} contacts a replication")
    print(
        f"  asked 2.5 M contacts/CPU s, measured {offered / spent / 1e6:.2f} M; 100 replications asked 30 CPU s, "
        f"measured {100 * (spent + table_s) / replications:.1f} s with the tables"
    )
    print(horizon[["offered", "service_level", "asa_s", "occupancy_share", "backlog"]].round(3).to_string())


# -- the single queue ----------------------------------------------------------------------------------------------


def measure_line(contacts: int) -> None:
    """Print the speed of the single first-come queue."""
    line = Line(arrivals_per_s=100 / 180, handle_s=180.0, servers=100, patience_s=360.0, within_s=20.0)
    simulate_line(line, contacts=1000, seed=0)
    started = time.process_time()
    result = simulate_line(line, contacts=contacts, seed=1)
    spent = time.process_time() - started
    print(f"single first-come queue: asked 8 M contacts/CPU s, measured {contacts / spent / 1e6:.2f} M, {result}")


def heap_loop(contacts: int) -> tuple[float, float]:
    """Return CPU seconds and abandonment of a plain Python loop over a heap of servers."""
    draw = random.Random(1)
    started = time.process_time()
    free, at, left = [0.0] * 100, 0.0, 0
    for _ in range(contacts):
        at += draw.expovariate(100 / 180)
        begin = max(at, free[0])
        if begin - at > draw.expovariate(1 / 360):
            left += 1
            continue
        heapq.heapreplace(free, begin + draw.expovariate(1 / 180))
    return time.process_time() - started, left / contacts


def simpy_loop(contacts: int) -> tuple[float, float]:
    """Return CPU seconds and abandonment of SimPy."""
    import simpy

    draw, left = random.Random(1), [0]
    environment = simpy.Environment()
    desk = simpy.Resource(environment, 100)

    def customer():
        with desk.request() as turn:
            patience = environment.timeout(draw.expovariate(1 / 360))
            yield turn | patience
            if turn.triggered:
                yield environment.timeout(draw.expovariate(1 / 180))
            else:
                left[0] += 1

    def source():
        for _ in range(contacts):
            yield environment.timeout(draw.expovariate(100 / 180))
            environment.process(customer())

    environment.process(source())
    started = time.process_time()
    environment.run()
    return time.process_time() - started, left[0] / contacts


def ciw_loop(contacts: int) -> tuple[float, float]:
    """Return CPU seconds and abandonment of Ciw."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(100 / 180)],
        service_distributions=[ciw.dists.Exponential(1 / 180)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / 360)],
        number_of_servers=[100],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    started = time.process_time()
    simulation.simulate_until_max_customers(contacts)
    spent = time.process_time() - started
    records = simulation.get_all_records()
    left = sum(record.record_type == "renege" for record in records)
    return spent, left / max(len(records), 1)


def measure_peers(contacts: int) -> None:
    """Print the speed of other simulators that are installed."""
    for name, run, size in (
        ("heap loop", heap_loop, contacts),
        ("SimPy", simpy_loop, contacts // 5),
        ("Ciw", ciw_loop, contacts // 10),
    ):
        try:
            spent, left = run(size)
        except ImportError:
            print(f"{name}: not installed")
            continue
        print(f"{name}: {size / spent / 1e3:,.0f} k contacts/CPU s, {left:.4f} left (exact 0.0330)")


def main() -> None:
    """Run the measurements asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    measure_omnichannel(options.people, options.replications)
    measure_line(3_000_000)
    if options.peers:
        measure_peers(200_000)


if __name__ == "__main__":
    main()
