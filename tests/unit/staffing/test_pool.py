import numpy as np
import pytest

from omnistaff.simulate import simulate_roster
from omnistaff.staffing import describe, pool_staff, required_staff
from omnistaff.staffing.loads import queue_loads
from omnistaff.staffing.model import solve_pool
from omnistaff.staffing.pool import pool_problem
from omnistaff.staffing.skills import pooled_agents


def staffed(plan, forecast, agents):
    requirement = required_staff(forecast, plan)
    return requirement, pool_staff(forecast, requirement, agents, plan)


def test_dedicated_agents_get_what_their_queue_needs(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 90.0})
    requirement, pool = staffed(plan, forecast, build_agents({"voice": 50, "cards": 50}))
    by_queue = pool.table.groupby("skills")["agents"].sum()
    needed = requirement.groupby("queue")["agents"].sum()
    assert by_queue.to_dict() == pytest.approx(needed.to_dict(), rel=1e-6)
    assert pool.silo == pytest.approx(needed.sum() / 2)


def test_agents_with_both_skills_need_less_than_silos_and_more_than_the_bound(
    build_plan, build_forecast, build_agents
):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 60.0})
    requirement, pool = staffed(plan, forecast, build_agents({"cards|voice": 100}))
    hours = pool.table["agents"].sum() / 2
    assert pool.bound <= hours * (1 + 1e-9)
    assert hours < 0.95 * pool.silo
    answered = requirement["load_erlangs"] * (1 - requirement["abandon_share"])
    load = answered.to_numpy().reshape(2, -1)
    both, _ = pooled_agents(requirement["agents"].to_numpy().reshape(2, -1), load)
    assert hours == pytest.approx(np.maximum(both, load.sum(axis=0) / 0.88).sum() / 2, rel=1e-6)


def test_the_allocation_adds_up_to_the_pool_and_uses_only_skills_people_have(
    build_plan, build_forecast, build_agents
):
    plan = build_plan("voice", "cards", "chat", "mail")
    forecast = build_forecast({"voice": 60.0, "cards": 40.0, "chat": 30.0, "mail": 20.0})
    agents = build_agents({"voice": 20, "cards|voice": 20, "chat|mail": 20, "mail|voice": 10})
    _, pool = staffed(plan, forecast, agents)
    key = ["interval_start", "skills"]
    np.testing.assert_allclose(
        pool.allocation.groupby(key)["agents"].sum().to_numpy(),
        pool.table.set_index(key)["agents"].to_numpy(),
        rtol=1e-5,
    )
    assert all(row.queue in row.skills.split("|") for row in pool.allocation.itertuples())


def test_deferred_work_is_moved_into_the_gaps_of_live_work(build_plan, build_forecast, build_agents):
    changes = {"voice": {"max_occupancy_share": 1.0}, "mail": {"target": {"on_time_share": 0.95, "due_hours": 24}}}
    plan = build_plan("voice", "mail", changes=changes)
    forecast = build_forecast({"voice": [30.0] * 12 + [120.0] * 12, "mail": [0.0] * 12 + [30.0] * 12}, days=2)
    requirement, pool = staffed(plan, forecast, build_agents({"mail|voice": 100}))
    assert pool.table["agents"].sum() / 2 < 0.95 * pool.silo
    peak = requirement[requirement["queue"] == "voice"]["agents"].max()
    first_day = pool.table.sort_values("interval_start")["agents"].head(24)
    assert (
        first_day.max() < peak + 2.5
    )  # 30 mails in half an hour are 5 agents' work: most of it waits for the morning


def test_a_queue_nobody_serves_gets_people_to_hire_instead_of_no_answer(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "chat")
    forecast = build_forecast({"voice": 60.0, "chat": 30.0})
    requirement, pool = staffed(plan, forecast, build_agents({"voice": 30}))
    hired = pool.table[pool.table["skills"] == "chat"]["agents"].sum()
    assert hired == pytest.approx(requirement[requirement["queue"] == "chat"]["agents"].sum(), rel=1e-6)


def test_cheaper_people_are_used_first(build_plan, build_forecast, build_agents):
    plan = build_plan("voice")
    forecast = build_forecast({"voice": 30.0})
    agents = build_agents({"voice": 40, "cards|voice": 40}, {"cards|voice": 10.0})
    plan_both = build_plan("voice", "cards")
    _, pool = staffed(plan_both, forecast, agents)
    assert set(pool.table["skills"]) == {"voice"}  # cards is not planned, so the sets are one
    forecast = build_forecast({"voice": 30.0, "cards": 0.0})
    _, pool = staffed(plan_both, forecast, agents)
    assert set(pool.table["skills"]) == {"cards|voice"}
    assert plan.queues[0].name == "voice"


def test_same_input_same_tables(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards", "mail")
    forecast = build_forecast({"voice": 60.0, "cards": 40.0, "mail": 20.0}, days=3)
    agents = build_agents({"voice": 20, "cards|voice": 20, "mail|voice": 10})
    _, first = staffed(plan, forecast, agents)
    _, second = staffed(plan, forecast, agents)
    assert first.table.equals(second.table)
    assert first.allocation.equals(second.allocation)


def test_the_figures_say_hours_of_silos_pool_and_bound(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 60.0})
    requirement, pool = staffed(plan, forecast, build_agents({"cards|voice": 100}))
    told = describe(requirement, pool, plan)
    figures = {figure.figure: figure.value for figure in told}
    assert list(figures).index("bound_hours") < list(figures).index("bound_gap")
    assert told[-1].text == f"the pooled agent-hours are {figures['bound_gap']:.1%} above the bound"
    assert figures["pooled_hours"] == pytest.approx(pool.table["agents"].sum() / 2)
    assert figures["saved_share"] == pytest.approx(1 - figures["pooled_hours"] / figures["silo_hours"])
    assert figures["gross_hours"] == pytest.approx(figures["pooled_hours"] / (0.88 * 0.92))


@pytest.mark.parametrize("queue", ["voice", "mail"])
def test_a_forecast_of_no_contacts_is_proved_with_nobody(queue, build_plan, build_forecast, build_agents):
    plan, forecast = build_plan(queue), build_forecast({queue: 0.0})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, build_agents({queue: 2}), plan, certify=simulate_roster)
    assert pool.table.empty
    assert pool.service["offered"].sum() == 0


def test_no_forecast_needs_nobody(build_plan, build_forecast, build_agents):
    plan = build_plan("chat")
    forecast = build_forecast({"voice": 60.0})
    requirement, pool = staffed(plan, forecast, build_agents({"chat": 3}))
    assert len(requirement) == len(pool.table) == 0
    assert describe(requirement, pool, plan)[0].value == 0


def test_of_people_who_cost_the_same_those_with_more_skills_come_first(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards")
    forecast = build_forecast({"voice": 60.0, "cards": 60.0})
    counts = {"cards|voice": 100, "voice": 100, "cards": 100}

    def used(cost, goal):
        agents = build_agents(counts, hourly_cost={"cards|voice": cost})
        problem = pool_problem(queue_loads(forecast.table, plan), required_staff(forecast, plan), agents, plan)
        hours = solve_pool(problem, goal=goal).agents.sum(axis=1)
        return {name for name, each in zip(problem.skills.names, hours, strict=True) if each > 1e-6}

    assert used(21.0, "most_skilled") == {"cards|voice"}
    assert {"cards", "voice"} <= used(30.0, "most_skilled")  # half as dear again is more than a skill is worth
