"""A small centre for tests: two queues, four skill sets, full and part time, breaks and a meal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.plan import Plan
from omnistaff.plan.load import make_plan
from omnistaff.tables import Absences, Agents, Allocation, Pool, PooledStaff, Preferences, check
from omnistaff.timegrid import interval_grid

ZONE = "Europe/Madrid"
START = dt.date(2026, 5, 4)  # a Monday

DAY = {
    "name": "day", "start_from": "08:00", "start_to": "12:00", "hours": [8.5],
    "breaks": [
        {"minutes": 15, "earliest_after_minutes": 60, "latest_after_minutes": 180},
        {"activity": "meal", "minutes": 30, "is_paid": False, "earliest_after_minutes": 180},
    ],
}  # fmt: skip
SHORT = {
    "name": "short", "start_from": "08:00", "start_to": "16:00", "step_minutes": 60, "hours": [4, 5],
    "breaks": [{"minutes": 15, "earliest_after_minutes": 60, "latest_after_minutes": 150}],
}  # fmt: skip
NIGHT = {"name": "night", "start_from": "22:00", "start_to": "23:00", "hours": [8]}
CONTRACTS: dict[str, dict[str, Any]] = {
    "full": {"hours_per_week": 40, "patterns": ["day"], "max_consecutive_days": 5, "weekends_off": 2},
    "part": {
        "hours_per_week": 20, "tolerance_hours": 1, "patterns": ["short"], "min_days_off_together": 2,
        "weekends_off": 1,
    },
}  # fmt: skip


def small_plan(weeks: int = 1, **schedule: Any) -> Plan:
    """Return the plan of the small centre; *schedule* replaces keys of its section."""
    section: dict[str, Any] = {
        "start": START, "weeks": weeks, "patterns": [DAY, SHORT, NIGHT], "contracts": CONTRACTS, "time_limit_s": 1e6
    }  # fmt: skip
    queues = [{"name": name, "target": {"answered_share": 0.8}} for name in ("calls", "chat")]
    return make_plan(
        {
            "name": "small", "time_zone": ZONE, "interval_minutes": 30, "queues": queues, "threads": 1,
            "staffing": {"shrinkage_share": {"all": 0.2}}, "schedule": section | schedule,
        }
    )  # fmt: skip


def small_agents(count: int = 6, contract: str | None = None) -> pd.DataFrame:
    """Return people with alternating skills and contracts."""
    skills = ("calls", "calls|chat", "chat")
    nothing = pd.Series(pd.NaT, index=range(count), dtype="datetime64[us, UTC]")
    frame = pd.DataFrame(
        {
            "agent_id": [f"a{k}" for k in range(count)], "name": [f"Agent {k}" for k in range(count)], "site": "one",
            "time_zone": ZONE, "skills": [skills[k % 3] for k in range(count)],
            "contract": [contract or ("full", "part")[k % 2] for k in range(count)], "hourly_cost": 20.0, "team": "",
            "email": "", "valid_from": nothing, "valid_to": nothing,
        }
    )  # fmt: skip
    return check(Agents, as_text(frame))


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with text columns as ``str``."""
    return frame.astype({name: "str" for name in frame if frame[name].dtype == object})


def small_pool(weeks: int = 1, start: dt.date = START, seed: int = 3) -> PooledStaff:
    """Return a need of one to three net agents a queue from eight to eight."""
    rng = np.random.default_rng(seed)
    grid = interval_grid(start, 7 * weeks, ZONE, 30)
    local = grid.tz_convert(ZONE)
    grid = grid[(local.hour >= 8) & (local.hour < 20)]
    rows = [
        {"interval_start": at, "skills": queue, "queue": queue, "agents": float(rng.uniform(0.3, 1.6))}
        for at in grid
        for queue in ("calls", "chat")
    ]
    frame = as_text(pd.DataFrame(rows)).astype({"interval_start": "datetime64[us, UTC]"})
    return PooledStaff(check(Pool, frame.drop(columns="queue")), check(Allocation, frame))


def small_absences(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return absences from (agent, start, end, activity), times local."""
    frame = pd.DataFrame(rows, columns=["agent_id", "start_at", "end_at", "activity"]).assign(is_paid=True)
    for name in ("start_at", "end_at"):
        frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(ZONE).dt.tz_convert("UTC").dt.as_unit("us")
    return check(Absences, as_text(frame))


def small_wishes(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Return preferences of weight 1 from (agent, preference, weekday, start_from, start_to)."""
    columns = ["agent_id", "preference", "weekday", "start_from", "start_to"]
    frame = pd.DataFrame(rows, columns=columns).assign(date="", weight=1.0)
    return check(Preferences, as_text(frame))
