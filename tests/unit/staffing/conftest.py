"""A small centre with known numbers: one week, voice, chat and mail, people with several skills."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.plan import make_plan
from omnistaff.tables import (
    Agents,
    DemandForecast,
    Forecast,
    ForecastPaths,
    ForecastQuantiles,
    check,
    conform,
    empty,
)

HOURS = {"mon-sun": "08:00-20:00"}
QUEUES = {
    "voice": {
        "name": "voice",
        "hours": HOURS,
        "target": {"answered_share": 0.8, "within_s": 20},
        "patience_s": 180.0,
    },
    "cards": {
        "name": "cards",
        "hours": HOURS,
        "target": {"answered_share": 0.8, "within_s": 20},
        "patience_s": 180.0,
    },
    "chat": {
        "name": "chat",
        "mode": "messaging",
        "concurrency": 3,
        "concurrency_speeds": [1, 0.85, 0.72],
        "hours": HOURS,
        "target": {"answered_share": 0.8, "within_s": 60},
        "patience_s": 400.0,
    },
    "mail": {
        "name": "mail",
        "mode": "deferred",
        "hours": HOURS,
        "target": {"on_time_share": 0.95, "due_hours": 4},
        "max_occupancy_share": 1.0,
    },
}


@pytest.fixture
def build_plan():
    def build(*names, changes=None, **staffing):
        queues = [QUEUES[name] | (changes or {}).get(name, {}) for name in names]
        return make_plan({"name": "test", "time_zone": "Europe/Madrid", "queues": queues, "staffing": staffing})

    return build


@pytest.fixture
def build_forecast():
    def build(arrivals, days=1, cv=0.0, handle_s=None):
        tables = []
        for queue, mean in arrivals.items():
            local = pd.date_range("2026-03-02", periods=days * 48, freq="30min", tz="Europe/Madrid")
            local = local[(local.hour >= 8) & (local.hour < 20)]
            means = np.resize(np.asarray(mean, dtype=float), len(local))
            handle = (handle_s or {}).get(queue, 300.0)
            tables.append(
                pd.DataFrame(
                    {
                        "queue": queue,
                        "interval_start": local.tz_convert("UTC").as_unit("us"),
                        "model": "known",
                        "mean": means,
                        "variance": means + (cv * means) ** 2,
                        "handle_s": handle,
                        "handle_sd_s": handle,
                        "handle_error_s": np.nan,
                    }
                ).astype({"queue": "str", "model": "str"})
            )
        table = check(Forecast, conform(Forecast, pd.concat(tables, ignore_index=True)))
        return DemandForecast(table, empty(ForecastQuantiles), empty(ForecastPaths))

    return build


@pytest.fixture
def build_agents():
    def build(counts, hourly_cost=None):
        rows = [
            {
                "agent_id": f"{skills}-{k}",
                "name": f"{skills} {k}",
                "time_zone": "Europe/Madrid",
                "skills": skills,
                "contract": "full",
                "hourly_cost": (hourly_cost or {}).get(skills, 20.0),
            }
            for skills, count in counts.items()
            for k in range(count)
        ]
        return check(Agents, conform(Agents, pd.DataFrame(rows)))

    return build
