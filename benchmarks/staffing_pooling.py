"""Silo against pool at equal quality: three sizes of one centre, every staffing certified by simulation.

    python benchmarks/staffing_pooling.py [small medium large]

One day from 7 to 21 h with two peaks; 2,400 calls of 300 s, 1,500 chats of 600 s (three at once at speeds 1, .85,
.72) and 600 mails of 480 s due in four hours, times 0.2, 1 and 5. Promises, the same for every arrangement: 95 % of
calls in 20 s, of chats in 60 s, of mails in 4 h, at most 1.25 % of calls and of chats lost. Each arrangement is
certified three times, on other contacts each time; the limits are 95 % over these. Last columns: hours, and what
they are fewer, where every skill set has whole people in every interval.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from omnistaff.plan import Plan, make_plan
from omnistaff.simulate import RosterSimulator
from omnistaff.staffing import pooling_study
from omnistaff.tables import Agents, DemandForecast, Forecast, ForecastPaths, ForecastQuantiles, check, conform, empty

HOURS = {"daily": "07:00-21:00"}
SIZES = {"small": 0.2, "medium": 1.0, "large": 5.0}
ROUNDS = {"small": 14, "medium": 8, "large": 8}  # a person is a large step for a small centre
VOLUME = {"voice": 2400, "chat": 1500, "mail": 600}
HANDLE_S = {"voice": 300.0, "chat": 600.0, "mail": 480.0}
TWO = ("mail|voice", "chat|mail")
ALL = "chat|mail|voice"
REPEATS = 3
REPLICATIONS = {"small": 100, "medium": 32, "large": 16}  # about as many contacts each
ASKED = {"small": 0.22, "medium": 0.17, "large": 0.06}  # saved by people who can do everything
ASKED_S = 20.0


def centre(rounds: int, replications: int) -> Plan:
    """Return the plan of the centre, certified in at most so many rounds of so many replications."""
    queues = [
        {
            "name": "voice", "target": {"answered_share": 0.95, "within_s": 20, "abandon_share": 0.0125},
            "patience_s": 180.0, "priority": 2,
        },
        {
            "name": "chat", "mode": "messaging", "concurrency": 3, "concurrency_speeds": [1, 0.85, 0.72],
            "target": {"answered_share": 0.95, "within_s": 60, "abandon_share": 0.0125},
            "patience_s": 400.0, "priority": 1,
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
            "staffing": {
                "meet_target_with_probability": None, "max_abandon_share": 1.0, "blending_share": 1.0,
                "certify_rounds": rounds,
            },
            "simulate": {"replications": replications, "conversations": "packed"},
            "schedule": {"weeks": 1},
        }
    )  # fmt: skip


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


def arrangements(size: float) -> dict[str, pd.DataFrame]:
    """Return people with one skill, with two, with two and a tenth with all, and with all; enough of each."""
    heads = int(60 * size) + 4
    return {
        "one skill each": people(dict.fromkeys(VOLUME, 4 * heads)),
        "two skills": people(dict.fromkeys(TWO, 4 * heads)),
        "a tenth with all": people(dict.fromkeys(TWO, 4 * heads) | {ALL: max(1, round(0.1 * heads))}),
        "all skills": people({ALL: 4 * heads}),
    }


def main() -> None:
    """Print the study."""
    print(
        f"{'centre':8} {'arrangement':17} {'hours':>8} {'peak':>6} {'lost':>6} {'saved':>6} {'95 % limits':>16} "
        f"{'whole people':>13}"
    )
    for name in sys.argv[1:] or SIZES:
        started, plan = time.process_time(), centre(ROUNDS[name], REPLICATIONS[name])
        rows = pooling_study(
            forecast_of(SIZES[name]), arrangements(SIZES[name]), plan, RosterSimulator(), repeats=REPEATS
        )
        spent = time.process_time() - started
        for row in rows:
            limits = f"{row.saved_low:.1%} to {row.saved_high:.1%}"
            print(
                f"{name:8} {row.name:17} {row.agent_hours:8.1f} {row.peak_agents:6.1f} {row.abandoned_share:6.2%} "
                f"{row.saved_share:6.1%} {limits:>16} {row.whole_hours:6.0f} {row.saved_whole_share:6.1%}"
                f"{'' if row.promises_kept else '  promises missed'}"
            )
        share = rows[2].saved_share / rows[3].saved_share
        print(
            f"{name}: asked about {ASKED[name]:.0%} saved by all skills, measured {rows[3].saved_share:.1%}, "
            f"{rows[3].saved_whole_share:.1%} in whole people, {share:.0%} of it with a tenth; asked at most "
            f"{ASKED_S:.0f} s, measured {spent:.1f} CPU s"
        )


if __name__ == "__main__":
    main()
