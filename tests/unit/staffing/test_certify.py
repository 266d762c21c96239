import numpy as np
import pandas as pd
import pytest

from omnistaff.staffing import pool_staff, required_staff
from omnistaff.tables import Outcomes, check, conform


def outcomes_with(levels, offered=1000.0, abandoned=0.0):
    rows = [
        {
            "period": "horizon",
            "queue": queue,
            "interval_start": pd.Timestamp("2026-03-02", tz="UTC"),
            "offered": offered,
            "answered": offered - abandoned,
            "abandoned": abandoned,
            "service_level": level,
            "service_level_low": level - 0.005,
            "service_level_high": level + 0.005,
            "backlog": 0.0,
            "late": 0.0,
        }
        for queue, level in levels.items()
    ]
    return check(Outcomes, conform(Outcomes, pd.DataFrame(rows)))


class Judge:
    """A stand-in for the simulator: service grows with the hours on the roster it is shown."""

    def __init__(self, needed_hours):
        self.needed_hours = needed_hours
        self.rosters, self.seeds, self.losses = [], [], []

    def __call__(self, roster, forecast, agents, plan):
        self.rosters.append(roster)
        self.seeds.append(plan.seed)
        self.losses.append(plan.staffing.available_share)
        hours = (roster["end_at"] - roster["start_at"]).dt.total_seconds().sum() / 3600
        return outcomes_with({"voice": min(0.9, 0.806 * hours / self.needed_hours), "cards": 0.9})


@pytest.fixture
def centre(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": [60.0, 90.0, 120.0], "cards": 60.0})
    return plan, forecast, required_staff(forecast, plan), build_agents({"cards|voice": 30, "voice": 30, "cards": 30})


def test_a_pool_that_passes_is_left_alone_and_carries_its_proof(centre):
    plan, forecast, requirement, agents = centre
    plain = pool_staff(forecast, requirement, agents, plan)
    proven = pool_staff(forecast, requirement, agents, plan, certify=Judge(needed_hours=1.0))
    assert proven.rounds == 0
    assert proven.table.equals(plain.table)
    assert proven.service["service_level"].iloc[1] == 0.9
    assert plain.service is None


def test_a_missed_promise_adds_people_until_it_holds_each_time_on_new_contacts(centre):
    plan, forecast, requirement, agents = centre
    plain = pool_staff(forecast, requirement, agents, plan)
    hours = plain.table["agents"].sum() / 2
    judge = Judge(needed_hours=1.08 * hours)
    proven = pool_staff(forecast, requirement, agents, plan, certify=judge)
    assert 1 <= proven.rounds <= 6
    assert proven.table["agents"].sum() / 2 > 1.05 * hours
    assert proven.service["service_level_low"].min() >= 0.8
    assert len(set(judge.seeds)) == proven.rounds + 1
    assert plan.seed not in judge.seeds
    assert set(judge.losses) == {1.0}  # the people of the proof are net


def test_rounds_end_where_people_do_not_help(centre):
    plan, forecast, requirement, agents = centre
    never = pool_staff(
        forecast, requirement, agents, plan, certify=lambda *_: outcomes_with({"voice": 0.5, "cards": 0.9})
    )
    assert never.rounds == plan.staffing.certify_rounds
    assert never.service["service_level"].min() == 0.5


def test_an_abandonment_promise_counts_too(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", changes={"voice": {"target": {"answered_share": 0.8, "abandon_share": 0.02}}})
    forecast = build_forecast({"voice": 60.0})
    result = pool_staff(
        forecast,
        required_staff(forecast, plan),
        build_agents({"voice": 30}),
        plan,
        certify=lambda *_: outcomes_with({"voice": 0.9}, abandoned=30.0),
    )
    assert result.rounds == plan.staffing.certify_rounds


def test_the_virtual_people_work_the_pools_hours_with_one_shift_a_stretch(centre):
    plan, forecast, requirement, agents = centre
    judge = Judge(needed_hours=1.0)
    pool = pool_staff(forecast, requirement, agents, plan, certify=judge)
    roster = judge.rosters[0]
    hours = (roster["end_at"] - roster["start_at"]).dt.total_seconds().sum() / 3600
    skill_sets = pool.table["skills"].nunique()
    assert hours == pytest.approx(pool.table["agents"].sum() / 2, abs=0.5 * skill_sets)
    for _, mine in roster.sort_values("start_at").groupby("agent_id"):
        assert (mine["start_at"].to_numpy()[1:] > mine["end_at"].to_numpy()[:-1]).all()
    on_duty = np.array(
        [((roster["start_at"] <= t) & (roster["end_at"] > t)).sum() for t in forecast.table["interval_start"]]
    )
    asked = pool.table.groupby("interval_start")["agents"].sum().reindex(forecast.table["interval_start"]).to_numpy()
    assert np.abs(on_duty - asked).max() <= skill_sets
