"""Fair shares: evened out within a roster and over the one before."""

from __future__ import annotations

from typing import Any

import pandas as pd

import omnistaff
from omnistaff.tables import BuiltRoster
from tests.unit.schedule.small import small_agents, small_plan, small_pool

CONTRACT = {
    "hours_per_week": 24, "tolerance_hours": 8, "weekends_off": 0, "patterns": ["night", "day"],
    "max_days_per_week": 6, "min_rest_hours": 8,
}  # fmt: skip


def _built(previous: pd.DataFrame | None = None, **rules: Any) -> BuiltRoster:
    plan = small_plan(2, gap_share=0.1, contracts={"full": CONTRACT}, rules=rules)
    agents = small_agents(4, "full").assign(skills="calls|chat")
    return omnistaff.build_roster(small_pool(2), agents, plan, previous=previous)


def _weekend_days(roster: pd.DataFrame) -> pd.Series:
    work = roster[roster["activity"] == "work"].drop_duplicates("shift_id")
    weekend = work["schedule_date"].dt.day_of_week >= 5
    return weekend.groupby(work["agent_id"]).sum()


def test_weekend_days_are_shared_out_evenly() -> None:
    days = _weekend_days(_built(fairness_cost=200, fair_shares=["weekend_days"]).table)
    assert days.max() - days.min() <= 1


def test_who_had_more_before_gets_less_now() -> None:
    first = _built().table
    mine = first[first["agent_id"] == "a0"]
    weekends = [pd.Timestamp("2026-05-02"), pd.Timestamp("2026-05-03"), pd.Timestamp("2026-04-26")]
    one = mine[mine["schedule_date"] == mine["schedule_date"].iloc[0]]
    moved = []
    for day in weekends:
        by = day - one["schedule_date"].iloc[0]
        moved.append(
            one.assign(
                start_at=one["start_at"] + by, end_at=one["end_at"] + by, schedule_date=one["schedule_date"] + by,
                shift_id=f"a0-{day.date()}",
            )
        )  # fmt: skip
    days = _weekend_days(_built(pd.concat(moved), fairness_cost=200, fair_shares=["weekend_days"]).table)
    assert days["a0"] == days.min()
    assert days["a0"] < days.max()


def test_an_unfair_share_is_a_part_of_the_cost() -> None:
    cheap = _built(fairness_cost=0.01, fair_shares=["weekend_days"])
    assert sum(cheap.cost_parts.values()) > 0
    parts = cheap.cost_parts
    assert abs(sum(parts.values()) - cheap.cost) < 1e-6
    assert 0 < parts.get("fairness", 0) < 1
