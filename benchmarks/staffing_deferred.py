"""Deferred work in the gaps of calls against people of its own who work evenly, on the reference set.

    python benchmarks/staffing_deferred.py

Four weeks of 14-hour days in quarter hours with two peaks: 26,000 hours of calls (300 s, 80 % in 20 s, patience
180 s, occupancy at most 85 %) and 12,100 hours of mail (480 s, 95 % on time), a third due in 4 hours, the rest in
24; occupancy of deferred work 92 %. Even spreading is the smoothest work that is on time, by people who do nothing
else. The people in the gaps are certified by simulation.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from omnistaff.plan import Plan, make_plan
from omnistaff.simulate import simulate_roster
from omnistaff.staffing import pool_staff, required_staff
from omnistaff.tables import Agents, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, conform, empty

DAYS, REPLICATIONS = 28, 5
WORK_HOURS = {"voice": 26_000.0, "mail-4h": 12_100 / 3, "mail-24h": 12_100 * 2 / 3}
HANDLE_S = {"voice": 300.0, "mail-4h": 480.0, "mail-24h": 480.0}
HOURS = {"daily": "07:00-21:00"}
ASKED = 0.10


def reference_plan() -> Plan:
    """Return the plan of the reference set."""
    mail = {"mode": "deferred", "max_occupancy_share": 0.92, "hours": HOURS}
    queues = [
        {
            "name": "voice", "hours": HOURS, "max_occupancy_share": 0.85, "patience_s": 180.0,
            "target": {"answered_share": 0.8, "within_s": 20},
        },
        {"name": "mail-4h", "target": {"on_time_share": 0.95, "due_hours": 4}, **mail},
        {"name": "mail-24h", "target": {"on_time_share": 0.95, "due_hours": 24, "clock": "open"}, **mail},
    ]  # fmt: skip
    return make_plan(
        {
            "name": "deferred", "time_zone": "UTC", "interval_minutes": 15, "queues": queues,
            "staffing": {"meet_target_with_probability": None},
            "simulate": {"replications": REPLICATIONS, "arrivals": "mean_rates"}, "schedule": {"weeks": 4},
        }
    )  # fmt: skip


def reference_forecast() -> DemandForecast:
    """Return its known arrivals."""
    starts = pd.date_range("2026-03-02", periods=96 * DAYS, freq="15min", tz="UTC").as_unit("us")
    starts = starts[(starts.hour >= 7) & (starts.hour < 21)]
    hour = starts.hour.to_numpy() + starts.minute.to_numpy() / 60 + 0.125
    shape = 0.35 + 0.65 * np.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((hour - 16) / 2.5) ** 2))
    tables = [
        pd.DataFrame(
            {
                "queue": queue, "interval_start": starts, "model": "known", "handle_s": HANDLE_S[queue],
                "mean": work * 3600 / HANDLE_S[queue] * shape / shape.sum(),
            }
        ).assign(variance=lambda t: t["mean"], handle_sd_s=lambda t: t["handle_s"])
        for queue, work in WORK_HOURS.items()
    ]  # fmt: skip
    table = check(Forecast, conform(Forecast, pd.concat(tables, ignore_index=True)))
    return DemandForecast(table, empty(ForecastQuantiles), empty(ForecastPaths))


def everybody(count: int) -> pd.DataFrame:
    """Return people who can do all of it."""
    rows = [
        {"agent_id": f"A{k}", "name": "-", "time_zone": "UTC", "skills": "mail-24h|mail-4h|voice", "contract": "-",
         "hourly_cost": 1.0}
        for k in range(count)
    ]  # fmt: skip
    return check(Agents, conform(Agents, pd.DataFrame(rows)))


def main() -> None:
    """Print asked and measured."""
    plan, forecast = reference_plan(), reference_forecast()
    started = time.process_time()
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, everybody(1000), plan, certify=simulate_roster)
    hours = requirement.groupby("queue")["agents"].sum() / 4
    own = float(hours.drop("voice").sum())
    total = float(pool.table["agents"].sum() / 4)
    gaps = total - float(hours["voice"])
    peak = pool.table.groupby("interval_start")["agents"].sum().max()
    evenly = requirement.groupby("interval_start")["agents"].sum().max()
    rows = pool.service[pool.service["period"] == "horizon"].set_index("queue")
    print(f"calls alone {hours['voice']:,.0f} h; mail evenly {own:,.0f} h; together {total:,.0f} h")
    print(f"{'':34}{'asked':>10}{'measured':>12}")
    print(f"{'hours for mail, fewer than evenly':34}{ASKED:>10.0%}{1 - gaps / own:>12.1%}")
    print(f"{'all hours, fewer':34}{'-':>10}{1 - total / (total - gaps + own):>12.1%}")
    print(f"{'agents at the peak, fewer':34}{'-':>10}{1 - peak / evenly:>12.1%}")
    for queue in WORK_HOURS:
        row, asked = rows.loc[queue], 0.8 if queue == "voice" else 0.95
        print(f"{queue + ' in time, lower 95 % limit':34}{asked:>10.0%}{row['service_level_low']:>12.1%}")
    print(f"{'CPU s':34}{'-':>10}{time.process_time() - started:>12.1f}")


if __name__ == "__main__":
    main()
