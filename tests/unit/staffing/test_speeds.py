"""People who are quicker or slower than the requirement counts with, and who have a skill for a time."""

import pandas as pd
import pytest

from omnistaff.simulate import simulate_roster
from omnistaff.staffing import pool_staff, pooling_study, required_staff, usual_arrangements
from omnistaff.staffing.skills import skill_sets, with_skills


def hours_of(pool):
    return pool.table["agents"].sum() / 2


def test_people_of_half_the_speed_are_twice_as_many(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("voice", "mail"), build_forecast({"voice": 60.0, "mail": 30.0})
    requirement, agents = required_staff(forecast, plan), build_agents({"voice": 100, "mail": 100})
    usual = pool_staff(forecast, requirement, agents, plan)
    slow = agents.assign(proficiency=agents["skills"] + "=0.5")
    half = pool_staff(forecast, requirement, slow, plan)
    assert half.bound == pytest.approx(2 * usual.bound, rel=1e-6)
    by_set, twice = (pool.table.groupby("skills")["agents"].sum() for pool in (usual, half))
    assert twice.to_dict() == pytest.approx((2 * by_set).to_dict(), rel=1e-6)
    given = half.allocation.groupby("queue")["agents"].sum()
    assert given.to_dict() == pytest.approx(twice.to_dict(), rel=1e-6)


def test_work_goes_to_who_is_quick_at_it(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("voice", "mail"), build_forecast({"voice": 0.0, "mail": 30.0})
    agents = build_agents({"mail": 100, "mail|voice": 100})
    quick = agents["skills"].map({"mail": "mail=2", "mail|voice": "voice=2"})
    pool = pool_staff(forecast, required_staff(forecast, plan), agents.assign(proficiency=quick), plan)
    assert set(pool.table["skills"]) == {"mail"}
    assert hours_of(pool) == pytest.approx(pool.silo / 2, rel=1e-6)


def test_people_of_one_set_count_with_their_mean_speed(build_plan, build_agents):
    plan, agents = build_plan("voice", "mail"), build_agents({"mail|voice": 4})
    day = pd.DatetimeIndex(["2026-03-02 12:00"], tz="UTC")
    mixed = agents.assign(proficiency=["mail=2", "mail=0.5|voice=1.2", None, None])
    assert skill_sets(mixed, ("mail", "voice"), day, plan).speed.round(9).tolist() == [[1.125, 1.05]]


def test_the_bound_holds_for_the_quick_ones_of_a_mixed_set(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("mail"), build_forecast({"mail": 30.0})
    requirement, agents = required_staff(forecast, plan), build_agents({"mail": 100})
    usual, quick, mixed = (
        pool_staff(forecast, requirement, agents.assign(proficiency=speeds), plan).bound
        for speeds in (None, "mail=2", ["mail=2", "mail=0.5"] * 50)
    )
    assert quick == pytest.approx(usual / 2)
    assert mixed == pytest.approx(quick)  # a day on which only the quick ones work takes no more


def test_a_pool_of_slow_people_is_certified_with_as_many_as_they_take(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 60.0})
    requirement, agents = required_staff(forecast, plan), build_agents({"cards|voice": 100})
    slow = agents.assign(proficiency="cards=0.8|voice=0.8")
    usual, more = (pool_staff(forecast, requirement, who, plan, certify=simulate_roster) for who in (agents, slow))
    assert 1.2 * hours_of(usual) < hours_of(more) < 1.35 * hours_of(usual)
    for pool in (usual, more):  # a quarter more people of full speed would answer 97 %
        level = pool.service.query("period == 'horizon' and queue == 'voice'")["service_level"].item()
        assert 0.8 < level < 0.93


def test_people_count_while_they_have_a_skill(build_plan, build_agents):
    plan, agents = build_plan("voice", "mail"), build_agents({"mail|voice": 2, "mail": 1})
    dates = agents["skills"].map({"mail|voice": "voice=2026-03-03..2026-03-04", "mail": None})
    days = pd.date_range("2026-03-02 12:00", periods=4, freq="D", tz="UTC").as_unit("us")
    sets = skill_sets(agents.assign(skill_dates=dates), ("voice", "mail"), days, plan)
    ready = plan.available_share(pd.Series(days))
    assert sets.names == ("mail", "mail|voice")
    assert (sets.count / ready).round(9).tolist() == [[3, 1, 1, 3], [0, 2, 2, 0]]


def test_people_count_while_they_are_employed(build_plan, build_agents):
    plan, agents = build_plan("voice", "mail"), build_agents({"mail": 2, "mail|voice": 2})
    starts = pd.to_datetime([None, "2026-03-03", None, "2026-04-01"], utc=True).as_unit("us")
    ends = pd.to_datetime(["2026-03-04", None, None, None], utc=True).as_unit("us")
    days = pd.date_range("2026-03-02 12:00", periods=3, freq="D", tz="UTC").as_unit("us")
    sets = skill_sets(agents.assign(valid_from=starts, valid_to=ends), ("voice", "mail"), days, plan)
    assert agents["skills"].tolist() == ["mail", "mail", "mail|voice", "mail|voice"]
    ready = plan.available_share(pd.Series(days))
    assert sets.names == ("mail", "mail|voice")
    assert (sets.count / ready).round(9).tolist() == [[1, 2, 1], [1, 1, 1]]


def test_silos_and_universal_people_are_as_quick_as_before(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("voice", "cards"), build_forecast({"voice": 60.0, "cards": 60.0})
    agents = build_agents({"cards|voice": 60}).assign(proficiency="voice=0.5", skill_dates="cards=2020-01-01..")
    alone = with_skills(agents, pd.Series("cards", index=agents.index, dtype="str"))
    assert alone[["proficiency", "skill_dates"]].isna().all(axis=None)
    silo, *_ = pooling_study(forecast, usual_arrangements(agents, plan), plan, simulate_roster, repeats=1)
    needed = required_staff(forecast, plan).groupby("queue")["agents"].sum() / 2
    assert silo.agent_hours > 0.95 * (2 * needed["voice"] + needed["cards"])
