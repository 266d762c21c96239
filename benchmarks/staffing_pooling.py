"""Silo against pool at equal quality: three sizes of one centre, every staffing certified by simulation.

    python benchmarks/staffing_pooling.py [small medium large]

One day from 7 to 21 h with two peaks; 2,400 calls of 300 s, 1,500 chats of 600 s (three at once at speeds 1, .85,
.72) and 600 mails of 480 s due in four hours, times 0.2, 1 and 5. Promises: 95 % of calls in 20 s, of chats in 60 s,
of mails in 4 h. Safety above the work is scaled by halving until every promise just holds at its lower 95 % limit.
Conversations are packed: spread over people with all skills, each keeps somebody from the telephone (no saving).
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from omnistaff.plan import Plan, make_plan
from omnistaff.simulate import simulate_roster
from omnistaff.staffing import required_staff
from omnistaff.staffing.certify import proof_plan, virtual_roster
from omnistaff.staffing.loads import queue_loads
from omnistaff.staffing.model import PoolProblem, solve_pool
from omnistaff.staffing.pool import pool_problem
from omnistaff.tables import Agents, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, conform, empty

HOURS = {"daily": "07:00-21:00"}
SIZES = {"small": 0.2, "medium": 1.0, "large": 5.0}
VOLUME = {"voice": 2400, "chat": 1500, "mail": 600}
HANDLE_S = {"voice": 300.0, "chat": 600.0, "mail": 480.0}
TWO = ("mail|voice", "chat|mail")
ALL = "chat|mail|voice"
ROUNDS = 8


def centre() -> Plan:
    """Return the plan of the centre."""
    queues = [
        {"name": "voice", "target": {"answered_share": 0.95, "within_s": 20}, "patience_s": 180.0, "priority": 2},
        {
            "name": "chat", "mode": "messaging", "concurrency": 3, "concurrency_speeds": [1, 0.85, 0.72],
            "target": {"answered_share": 0.95, "within_s": 60}, "patience_s": 400.0, "priority": 1,
        },
        {"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.95, "due_hours": 4}},
    ]  # fmt: skip
    common = {"hours": HOURS, "max_occupancy_share": 1.0}
    return make_plan(
        {
            "name": "pooling",
            "time_zone": "UTC",
            "interval_minutes": 15,
            "queues": [queue | common for queue in queues],
            "staffing": {"meet_target_with_probability": None, "max_abandon_share": 1.0, "blending_share": 1.0},
            "simulate": {"replications": 100, "conversations": "packed"},
            "schedule": {"weeks": 1},
        }
    )


def forecast_of(size: float) -> DemandForecast:
    """Return one day's known arrivals."""
    starts = pd.date_range("2026-03-02 07:00", periods=56, freq="15min", tz="UTC").as_unit("us")
    hour = starts.hour.to_numpy() + starts.minute.to_numpy() / 60 + 0.125
    shape = 0.35 + 0.65 * np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((hour - 16) / 2.5) ** 2))
    rows = [
        pd.DataFrame(
            {
                "queue": queue, "interval_start": starts, "model": "known",
                "mean": size * volume * shape / shape.sum(), "handle_s": HANDLE_S[queue],
            }
        ).assign(variance=lambda t: t["mean"], handle_sd_s=lambda t: t["handle_s"])
        for queue, volume in VOLUME.items()
    ]  # fmt: skip
    table = check(Forecast, conform(Forecast, pd.concat(rows, ignore_index=True)))
    return DemandForecast(table, empty(ForecastQuantiles), empty(ForecastPaths))


def people(counts: dict[str, int]) -> pd.DataFrame:
    """Return agents by skill set."""
    rows = [
        {"agent_id": f"{s}{k}", "name": s, "time_zone": "UTC", "skills": s, "contract": "-", "hourly_cost": 1.0}
        for s, count in counts.items()
        for k in range(count)
    ]
    return check(Agents, conform(Agents, pd.DataFrame(rows)))


def scaled(problem: PoolProblem, live: dict[str, float], mail: float) -> PoolProblem:
    """Return the program with safety b sqrt(work) for each live queue, and mail work times 1 + *mail*."""
    need = problem.live
    b = np.array([live[problem.skills.queues[k]] for k in need.columns])[:, None]
    agents = need.work + b * np.sqrt(need.work)
    deferred = tuple(replace(d, occupancy=d.occupancy / (1 + mail)) for d in problem.deferred)
    return replace(problem, live=replace(need, agents=agents), deferred=deferred)


def cheapest(plan: Plan, forecast: DemandForecast, counts: dict[str, int], joint: bool) -> tuple[float, float, float]:
    """Return (hours, peak, abandonment of calls) of the fewest people who keep every promise."""
    requirement = required_staff(forecast, plan)
    problem, starts = pool_problem(queue_loads(forecast.table, plan), requirement, people(counts), plan)
    low = {"voice": -0.5, "chat": -0.5, "mail": 0.0}
    high = {"voice": 3.0, "chat": 3.0, "mail": 1.0}
    best = (np.inf, np.inf, np.nan)
    for number in range(ROUNDS + 1):
        now = high if number == 0 else {name: 0.5 * (low[name] + high[name]) for name in VOLUME}
        answer = solve_pool(scaled(problem, now, now["mail"]), goal="least_cost")
        roster, staff = virtual_roster(answer, problem, starts, plan)
        outcomes = simulate_roster(roster, forecast, staff, proof_plan(plan, number))
        rows = outcomes[outcomes["period"] == "horizon"].set_index("queue")
        kept = {name: bool(rows.loc[name, "service_level_low"] >= 0.95) for name in VOLUME}
        hours = answer.agents.sum() / 4
        if all(kept.values()) and hours < best[0]:
            lost = rows.loc["voice", "abandoned"] / rows.loc["voice", "offered"]
            best = (hours, answer.agents.sum(axis=0).max(), lost)
        if joint:  # live queues share people: one knob
            kept["voice"] = kept["chat"] = kept["voice"] and kept["chat"]
        for name in VOLUME:
            (high if kept[name] else low)[name] = now[name]
    return best


def main() -> None:
    """Print the study."""
    plan = centre()
    print(f"{'centre':8} {'skills':14} {'hours':>8} {'saved':>7} {'peak':>6} {'calls lost':>10} {'CPU s':>6}")
    for name in sys.argv[1:] or SIZES:
        size = SIZES[name]
        forecast = forecast_of(size)
        heads = int(60 * size) + 4
        silo = np.nan
        for label, counts, joint in (
            ("silo", dict.fromkeys(VOLUME, 4 * heads), False),
            ("two skills", dict.fromkeys(TWO, 4 * heads), False),
            ("10 % all", dict.fromkeys(TWO, 4 * heads) | {ALL: max(1, round(0.1 * heads))}, True),
            ("all skills", {ALL: 4 * heads}, True),
        ):
            started = time.process_time()
            hours, peak, lost = cheapest(plan, forecast, counts, joint)
            silo = hours if label == "silo" else silo
            spent = time.process_time() - started
            print(f"{name:8} {label:14} {hours:8.1f} {1 - hours / silo:7.1%} {peak:6.1f} {lost:10.2%} {spent:6.1f}")


if __name__ == "__main__":
    main()
