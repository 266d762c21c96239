"""Demand with a known truth: weekday levels, a daily profile, a drifting level, Poisson counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Demand, check

LEVEL = np.array([1.3, 1.1, 1.0, 1.0, 1.05, 0.5, 0.3])
ZONE = "Europe/Madrid"


def settings(**changes: object) -> dict[str, object]:
    base = {
        "name": "test",
        "time_zone": ZONE,
        "interval_minutes": 60,
        "queues": [{"name": "calls", "hours": {"daily": "08:00-20:00"}}],
        "forecast": {"horizon_days": 14, "paths": 50, "backtest_origins": 4},
    }
    return base | changes


def make_demand(
    start: str = "2026-01-05", days: int = 98, volume: float = 600.0, seed: int = 1, queue: str = "calls"
) -> pd.DataFrame:
    """Return demand of one queue, open 08 to 20 hours every day, Poisson around a known rate."""
    rng = np.random.default_rng(seed)
    local = pd.date_range(start, periods=days * 24, freq="h")
    local = local[(local.hour >= 8) & (local.hour < 20)]
    hour = local.hour.to_numpy()
    shape = np.exp(-(((hour - 12) / 3.0) ** 2)) + 0.3
    rate = volume * LEVEL[local.day_of_week.to_numpy()] * shape / shape[:12].sum()
    offered = rng.poisson(rate).astype(float)
    return demand_rows(queue, local, offered)


def demand_rows(queue: str, local: pd.DatetimeIndex, offered: np.ndarray) -> pd.DataFrame:
    starts = local.tz_localize(ZONE).tz_convert("UTC").as_unit("us")
    frame = pd.DataFrame({"queue": pd.Series([queue] * len(starts), dtype="str"), "interval_start": starts})
    return check(
        Demand,
        frame.assign(
            is_open=True, offered=offered, handled=offered, abandoned=0.0, first_contacts=offered,
            repeat_contacts=0.0, switched_contacts=0.0, unlinked_contacts=0.0,
            handle_s=np.where(offered > 0, 240.0, np.nan),
            handle_sd_s=np.where(offered > 1, 120.0, np.nan), workload_s=240.0 * offered, is_outlier=False,
            is_event=False,
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def plan() -> Plan:
    return make_plan(settings())


@pytest.fixture(scope="session")
def demand() -> pd.DataFrame:
    return make_demand()
