"""Whole rosters of random contracts: what the optimiser makes, the checker finds legal; what is broken, it finds."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import omnistaff
from omnistaff.errors import InfeasibleError
from tests.unit.schedule.small import DAY, SHORT, small_absences, small_agents, small_plan, small_pool

LATE = {"name": "late", "start_from": "15:00", "start_to": "16:00", "step_minutes": 60, "hours": [8]}
NIGHT = {"name": "night", "start_from": "21:00", "start_to": "23:00", "step_minutes": 120, "hours": [8, 10]}
SPLIT = {
    "name": "split", "start_from": "08:00", "start_to": "10:00", "step_minutes": 60, "hours": [10],
    "min_stretch_minutes": 60, "max_stretch_minutes": 240,
    "breaks": [
        {"minutes": 15, "earliest_after_minutes": 60, "latest_after_minutes": 240},
        {"activity": "gap", "minutes": 120, "is_paid": False, "earliest_after_minutes": 120,
         "latest_after_minutes": 400},
    ],
}  # fmt: skip
LIMITS: dict[str, Any] = {
    "tolerance_hours": st.sampled_from([4, 8]),
    "max_days_per_week": st.integers(4, 6),
    "min_consecutive_days": st.integers(1, 2),
    "max_consecutive_days": st.integers(3, 6),
    "min_days_off_together": st.integers(1, 2),
    "min_rest_hours": st.sampled_from([8, 11, 14]),
    "rest_after_nights_hours": st.sampled_from([0, 24, 46, 60]),
    "weekends_off": st.integers(0, 2),
    "of_weekends": st.integers(2, 4),
    "max_overtime_hours": st.sampled_from([0, 6]),
    "max_nights_in_a_row": st.sampled_from([None, 2]),
    "max_nights_in_four_weeks": st.sampled_from([None, 3]),
    "same_start_in_week": st.booleans(),
    "hours_per_month": st.sampled_from([None, 130]),
    "month_tolerance_hours": st.just(30),
    "soft": st.dictionaries(
        st.sampled_from(["weekends_off", "same_start", "consecutive_days", "hours_per_week"]),
        st.just(5.0),
        max_size=2,
    ),
}


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(contract=st.fixed_dictionaries(LIMITS), away=st.booleans(), seed=st.integers(0, 9))
def test_a_built_roster_breaks_no_hard_rule(contract: dict[str, Any], away: bool, seed: int) -> None:
    plan = small_plan(
        2,
        time_limit_s=2,
        patterns=[DAY, SHORT, LATE, NIGHT, SPLIT],
        contracts={"full": {"hours_per_week": 32, **contract}},
    )
    agents = small_agents(2, "full").assign(skills="calls|chat")
    absences = small_absences(*([("a1", "2026-05-06", "2026-05-08", "leave")] if away else []))
    pool = small_pool(2, seed=seed)
    try:
        before = omnistaff.build_roster(pool, agents, plan, absences=absences)
    except InfeasibleError:
        return
    broken = omnistaff.check_roster(before.table, agents, plan, absences=absences)
    assert not broken["is_hard"].any(), broken["message"].tolist()
    assert sum(before.cost_parts.values()) == pytest.approx(before.cost, abs=1e-6)
    assert set(broken["rule"]) <= set(before.cost_parts)
    assert before.bound <= before.cost + 1e-6


def test_nothing_is_known_of_an_empty_roster_without_a_start() -> None:
    plan = small_plan(1, start="auto")
    nobody = omnistaff.build_roster(small_pool(), small_agents(2), plan).table.iloc[:0]
    assert omnistaff.check_roster(nobody, small_agents(2), plan)["rule"].tolist() == ["empty_roster"]
    first = pd.Timestamp("2026-05-04").date()
    missing = omnistaff.check_roster(nobody, small_agents(2), plan, first_day=first)
    assert set(missing["rule"]) == {"hours_per_week"}
