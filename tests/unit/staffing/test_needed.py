"""People needed, by the pool and found again: hours, money and the peak."""

import pytest

from omnistaff.simulate import simulate_roster
from omnistaff.staffing import NeededPeople, people_again, people_in_pool, pool_staff, required_staff, staffing_curve


def test_hours_cost_and_peak_of_a_pool_are_its_own(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("voice", "mail"), build_forecast({"voice": [60.0, 30.0], "mail": 20.0})
    agents = build_agents({"voice": 40, "mail": 40}, hourly_cost={"voice": 30.0, "mail": 10.0})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, agents, plan).table
    found = people_in_pool(pool, requirement, agents, plan)
    hours = pool.groupby("skills")["agents"].sum() / 2
    assert found.agent_hours == pytest.approx(hours.sum())
    assert found.cost == pytest.approx(30 * hours["voice"] + 10 * hours["mail"])
    assert found.peak_agents == pytest.approx(pool.groupby("interval_start")["agents"].sum().max())


def test_a_queue_without_a_forecast_takes_nobody_from_the_sets_of_the_others(
    build_plan, build_forecast, build_agents
):
    plan, forecast = build_plan("mail", "voice"), build_forecast({"mail": 20.0})
    requirement, agents = required_staff(forecast, plan), build_agents({"mail|voice": 40})
    pool = pool_staff(forecast, requirement, agents, plan)
    assert people_in_pool(pool.table, requirement, agents, plan).cost == pytest.approx(
        20 * pool.table["agents"].sum() / 2
    )
    curve = staffing_curve(forecast, requirement, pool.allocation, plan, agents=agents)
    assert curve.loc[curve["share"] == 1, "agents"].sum() == pytest.approx(pool.allocation["agents"].sum())


def test_the_search_of_the_plans_own_seed_finds_the_certified_pool(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("voice", certify_rounds=2), build_forecast({"voice": 20.0})
    requirement, agents = required_staff(forecast, plan), build_agents({"voice": 20})
    plan = plan.replace(simulate=plan.simulate.model_copy(update={"replications": 4}))
    pool = pool_staff(forecast, requirement, agents, plan, certify=simulate_roster)
    own, other = people_again(forecast, requirement, agents, plan, simulate_roster, repeats=(0, 1))
    kept = people_in_pool(pool.table, requirement, agents, plan)
    assert own.agent_hours == pytest.approx(kept.agent_hours)
    assert own.cost == pytest.approx(kept.cost)
    assert own.peak_agents == pytest.approx(kept.peak_agents)
    assert own.unproved_queues == len(pool.missed)
    assert other.agent_hours > 0


def test_nobody_is_needed_where_nothing_is_forecast(build_plan, build_forecast, build_agents):
    plan, forecast, agents = build_plan("voice"), build_forecast({"voice": 20.0}), build_agents({"voice": 20})
    nothing = type(forecast)(forecast.table.iloc[:0], forecast.quantiles, forecast.paths)
    requirement = required_staff(nothing, plan)
    pool = pool_staff(nothing, requirement, agents, plan)
    nobody = NeededPeople(0.0, 0.0, 0.0)
    assert people_in_pool(pool.table, requirement, agents, plan) == nobody
    again = people_again(nothing, requirement, agents, plan, simulate_roster, repeats=[1])
    assert again == [NeededPeople(0.0, 0.0, 0.0, 0)]
