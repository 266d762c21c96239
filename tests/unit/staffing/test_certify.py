import numpy as np
import pandas as pd
import pytest

from omnistaff.staffing import pool_staff, required_staff
from omnistaff.staffing.certify import whole_people
from omnistaff.staffing.promises import margins
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
    """A stand-in for the simulator: service grows with the hours of those on the roster who can serve voice."""

    def __init__(self, needed_hours):
        self.needed_hours = needed_hours
        self.rosters, self.seeds, self.losses, self.replications = [], [], [], []

    def __call__(self, roster, forecast, agents, plan):
        self.rosters.append(roster)
        self.seeds.append(plan.seed)
        self.losses.append(plan.staffing.shrinkage_share)
        self.replications.append(plan.simulate.replications)
        able = roster["agent_id"].isin(agents.loc[agents["skills"].str.contains("voice"), "agent_id"])
        hours = (roster["end_at"] - roster["start_at"])[able].dt.total_seconds().sum() / 3600
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
    assert proven.table["agents"].sum() == pytest.approx(plain.table["agents"].sum())
    assert proven.service["service_level"].iloc[1] == 0.9
    assert plain.service is None


def test_a_missed_promise_adds_people_until_it_holds_each_time_on_new_contacts(centre):
    plan, forecast, requirement, agents = centre

    def able_hours(pool):
        return pool.table.loc[pool.table["skills"].str.contains("voice"), "agents"].sum() / 2

    hours = able_hours(pool_staff(forecast, requirement, agents, plan, certify=Judge(needed_hours=1.0)))
    judge = Judge(needed_hours=1.08 * hours)
    proven = pool_staff(forecast, requirement, agents, plan, certify=judge)
    assert 1 <= proven.rounds <= plan.staffing.certify_rounds
    assert 1.06 * hours < able_hours(proven) < 1.1 * hours
    assert proven.service["service_level_low"].min() >= 0.8
    assert len(set(judge.seeds)) == len(judge.seeds) > proven.rounds
    assert plan.seed not in judge.seeds
    assert all(losses == {} for losses in judge.losses)  # the people of the proof are net
    assert judge.replications == sorted(judge.replications)  # few tell the way, the proof takes all
    assert judge.replications[0] < judge.replications[-1] == plan.simulate.replications


def test_rounds_end_where_people_do_not_help(centre):
    plan, forecast, requirement, agents = centre
    plan = plan.model_copy(update={"staffing": plan.staffing.model_copy(update={"certify_rounds": 7})})
    never = pool_staff(
        forecast, requirement, agents, plan, certify=lambda *_: outcomes_with({"voice": 0.5, "cards": 0.9})
    )
    assert never.rounds == plan.staffing.certify_rounds
    assert never.service["service_level"].min() == 0.5


def test_an_abandonment_promise_counts_too(build_plan, build_forecast, build_agents):
    target = {"answered_share": 0.8, "abandon_share": 0.02}
    plan = build_plan("voice", changes={"voice": {"target": target}}, certify_rounds=3)
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


def test_skills_are_moved_before_people_are_added(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 60.0})
    agents = build_agents({"cards|voice": 30, "cards": 30}, hourly_cost={"cards|voice": 25.0})
    requirement = required_staff(forecast, plan)
    plain = pool_staff(forecast, requirement, agents, plan)
    able = plain.table.loc[plain.table["skills"] == "cards|voice", "agents"].sum() / 2
    proven = pool_staff(forecast, requirement, agents, plan, certify=Judge(needed_hours=1.05 * able))
    assert proven.service["service_level_low"].min() >= 0.8
    assert proven.table["agents"].sum() == pytest.approx(plain.table["agents"].sum(), rel=1e-3)


def test_people_are_added_where_contacts_were_late(centre):
    plan, forecast, requirement, agents = centre
    starts = forecast.table["interval_start"].drop_duplicates().sort_values().to_numpy()
    late = starts[20]

    def judge(roster, forecast, people, plan):
        able = people.loc[people["skills"].str.contains("voice"), "agent_id"]
        mine = roster[roster["agent_id"].isin(able)]
        there = ((mine["start_at"] <= late) & (mine["end_at"] > late)).sum()
        seen.append(there)
        level = 0.75 if there < seen[0] + 2 else 0.82
        return pd.concat([each, outcomes_with({"voice": level, "cards": 0.9})], ignore_index=True)

    seen, usual = [], outcomes_with({"voice": 0.82}).assign(period="interval")
    each = pd.concat([usual.assign(interval_start=t) for t in pd.DatetimeIndex(starts)], ignore_index=True)
    each.loc[each["interval_start"] == late, "service_level"] = 0.3
    late = pd.DatetimeIndex([late])[0]
    proven = pool_staff(forecast, requirement, agents, plan, certify=judge)
    plain = pool_staff(forecast, requirement, agents, plan)
    more = (proven.table.groupby("interval_start")["agents"].sum()
            - plain.table.groupby("interval_start")["agents"].sum())  # fmt: skip
    kept = proven.service[(proven.service["period"] == "horizon") & (proven.service["queue"] == "voice")]
    assert kept["service_level"].item() == pytest.approx(0.82)  # the last look may be one that took back too much
    assert max(seen) >= seen[0] + 2
    assert more.drop(late).abs().max() < 1e-6


def test_a_promised_speed_of_answer_counts_too(build_plan):
    plan = build_plan("voice", changes={"voice": {"target": {"asa_s": 10}}})
    caps = {"voice": 1.0}
    slow = outcomes_with({"voice": 0.9}).assign(asa_s=12.0)
    assert margins(slow, plan, caps) == {"voice": pytest.approx(-0.2)}
    unsure = slow.assign(asa_s=9.0, asa_high_s=11.0)
    assert margins(unsure, plan, caps) == {"voice": pytest.approx(-0.1)}


def test_the_plans_abandonment_cap_and_the_largest_occupancy_are_promises_too(build_plan):
    plan, caps = build_plan("voice"), {"voice": 0.88}
    lossy = outcomes_with({"voice": 0.9}, abandoned=60.0)
    assert margins(lossy, plan, caps) == {"voice": pytest.approx(0.05 - 0.06)}
    unsure = outcomes_with({"voice": 0.9}, abandoned=40.0).assign(abandon_share_high=0.052)
    assert margins(unsure, plan, caps) == {"voice": pytest.approx(0.05 - 0.052)}
    rushed = outcomes_with({"voice": 0.9}).assign(occupancy_share=0.95)
    assert margins(rushed, plan, caps) == {"voice": pytest.approx(0.88 - 0.95)}


def test_deferred_work_of_which_nothing_was_due_misses_no_promise(build_plan):
    nothing_due = outcomes_with({"mail": np.nan})
    assert margins(nothing_due, build_plan("mail"), {"mail": 1.0}) == {"mail": 1.0}
    late = outcomes_with({"mail": 0.9})
    assert margins(late, build_plan("mail"), {"mail": 1.0}) == {"mail": pytest.approx(-0.055)}


def test_what_is_cut_off_one_skill_set_goes_to_another():
    whole = whole_people(np.array([[1.5, 1.5, 1.5, 1.5], [2.5, 2.5, 2.5, 2.5]]))
    assert (whole.sum(axis=0) == 4).all()
    assert whole.sum(axis=1).tolist() == [6, 10]
    assert np.abs(whole - [[1.5], [2.5]]).max() <= 1
