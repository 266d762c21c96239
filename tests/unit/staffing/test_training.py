"""Which pair of skills to train next: one after another, against trying every pair at every step."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from omnistaff.staffing import next_trainings, pool_staff, required_staff, worth_of_training
from omnistaff.tables import Agents, check, conform

SPREAD = {"voice": 20.0, "cards": 14.0, "mail": 4.0}


@pytest.fixture
def centre(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards", "mail", meet_target_with_probability=None, shrinkage_share={})
    forecast = build_forecast(SPREAD)
    agents = build_agents({"voice": 10, "cards": 10, "mail": 5}, hourly_cost={"voice": 22.0, "mail": 18.0})
    return plan, forecast, agents


def learned(agents, training):
    """Return the people after the first of the skill set has learnt the queue, as dear as before."""
    first = agents.index[agents["skills"] == training.skills][0]
    skills = agents["skills"].copy()
    skills[first] = "|".join(sorted([*training.skills.split("|"), training.learns]))
    return check(Agents, agents.assign(skills=skills))


def by_trying_all(plan, forecast, agents, count):
    """Return the best pair of each step, and what the staffing costs after each, by solving with real people."""
    requirement = required_staff(forecast, plan)
    found = []
    for _ in range(count):
        best = worth_of_training(forecast, requirement, agents, plan)[0]
        agents = learned(agents, best)
        found.append((best.skills, best.learns, best.saved_cost))
    return found, agents


def cost_of(plan, forecast, agents):
    pool = pool_staff(forecast, required_staff(forecast, plan), agents, plan)
    cost = agents.groupby("skills")["hourly_cost"].mean()
    return float((pool.table["agents"] * pool.table["skills"].map(cost)).sum() / 2)


def test_each_is_the_best_after_those_before_it(centre):
    plan, forecast, agents = centre
    found = next_trainings(forecast, required_staff(forecast, plan), agents, plan, count=4)
    tried, trained = by_trying_all(plan, forecast, agents, 4)
    assert [t.saved_cost for t in found] == pytest.approx([saved for _, _, saved in tried], rel=1e-4)
    total = cost_of(plan, forecast, agents) - cost_of(plan, forecast, trained)
    assert sum(t.saved_cost for t in found) == pytest.approx(total, rel=1e-4)
    assert (np.diff([t.saved_cost for t in found]) <= 1e-6).all()


def test_the_first_is_the_best_of_all_pairs_and_the_end_comes_where_nothing_pays(centre, build_agents):
    plan, forecast, agents = centre
    requirement = required_staff(forecast, plan)
    first = next_trainings(forecast, requirement, agents, plan, count=1)
    assert first == worth_of_training(forecast, requirement, agents, plan)[:1]
    universal = build_agents({"cards|mail|voice": 30})
    assert next_trainings(forecast, requirement, universal, plan) == []


def test_nothing_pays_where_no_queue_is_ever_open(centre):
    plan, forecast, agents = centre
    closed = replace(forecast, table=forecast.table[:0])
    requirement = required_staff(closed, plan)
    assert worth_of_training(closed, requirement, agents, plan) == []
    assert next_trainings(closed, requirement, agents, plan) == []


def test_as_many_people_learn_as_there_are(centre):
    plan, forecast, _ = centre
    one = pd.DataFrame(
        {"agent_id": ["a", "b"], "name": "-", "time_zone": "UTC", "skills": ["voice", "cards"], "contract": "-",
         "hourly_cost": 20.0}
    ).assign(site="", team="", email="")  # fmt: skip
    agents = check(Agents, conform(Agents, one))
    found = next_trainings(forecast, required_staff(forecast, plan), agents, plan, count=10)
    learners = [t.skills for t in found if "|" not in t.skills]
    assert len(learners) <= 2
    assert len(set(learners)) == len(learners)
