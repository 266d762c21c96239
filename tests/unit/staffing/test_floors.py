"""Minimum staff by the hour, and floors of people who can serve a queue."""

import numpy as np
import pytest

from omnistaff.errors import ConfigError
from omnistaff.staffing import pool_staff, required_staff
from omnistaff.tables import Agents, empty


def able(pool, queue):
    rows = pool.table[pool.table["skills"].str.split("|").map(lambda skills: queue in skills)]
    return rows.groupby("interval_start")["agents"].sum()


def local_hour(times):
    return times.dt.tz_convert("Europe/Madrid").dt.hour


def test_minimum_staff_follows_the_clock(build_plan, build_forecast):
    least = {"default": 1, "mon 08:00-10:00": 4}
    table = required_staff(
        build_forecast({"voice": 0.0}, days=2), build_plan("voice", changes={"voice": {"min_agents": least}})
    )
    early = (local_hour(table["interval_start"]) < 10) & (table["interval_start"].dt.day == 2)
    np.testing.assert_allclose(table["agents"], np.where(early, 4.0, 1.0))


def test_enough_people_who_can_serve_a_queue_are_at_work_whatever_they_do(build_plan, build_forecast, build_agents):
    forecast = build_forecast({"voice": 80.0, "cards": 2.0})
    agents = build_agents({"cards|voice": 10, "voice": 40}, hourly_cost={"cards|voice": 30.0})
    free = build_plan("voice", "cards")
    floor = build_plan(
        "voice", "cards", changes={"cards": {"min_able_agents": {"default": 3, "daily 18:00-20:00": 5}}}
    )
    pools = [pool_staff(forecast, required_staff(forecast, plan), agents, plan) for plan in (free, floor)]
    assert able(pools[0], "cards").min() < 3 - 1e-6
    kept = able(pools[1], "cards").reset_index()
    late = local_hour(kept["interval_start"]) >= 18
    assert (kept["agents"] >= np.where(late, 5, 3) - 1e-6).all()
    hours = [pool.table["agents"].sum() for pool in pools]
    assert hours[1] == pytest.approx(hours[0], rel=0.02)  # they serve the other queue meanwhile
    assert pools[1].bound >= pools[0].bound - 1e-6


def test_a_floor_of_able_people_holds_while_the_queue_is_open_and_not_after_closing(
    build_plan, build_forecast, build_agents
):
    plan = build_plan("voice", changes={"voice": {"min_able_agents": 6, "closing_minutes": 30}})
    forecast = build_forecast({"voice": 2.0})
    pool = pool_staff(forecast, required_staff(forecast, plan), build_agents({"voice": 20}), plan)
    kept = able(pool, "voice").reset_index()
    late = local_hour(kept["interval_start"]) >= 20
    assert (kept.loc[~late, "agents"] >= 6 - 1e-6).all()
    assert late.sum() == 1
    assert kept.loc[late, "agents"].item() < 3


def test_a_centre_without_people_gets_people_to_hire(build_plan, build_forecast):
    plan, forecast = build_plan("voice"), build_forecast({"voice": 40.0})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, empty(Agents), plan)
    assert pool.table["agents"].sum() == pytest.approx(requirement["agents"].sum(), rel=1e-6)


def test_minimum_staff_of_deferred_work_is_in_the_pool(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "mail", changes={"mail": {"min_agents": 2}})
    forecast = build_forecast({"voice": 40.0, "mail": 1.0})
    agents = build_agents({"mail": 5, "voice": 40})
    pool = pool_staff(forecast, required_staff(forecast, plan), agents, plan)
    assert (able(pool, "mail") >= 2 - 1e-6).all()
    assert len(able(pool, "mail")) == 24


def test_a_floor_above_the_people_who_have_the_skill_is_refused(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "cards", changes={"cards": {"min_able_agents": 3}})
    forecast = build_forecast({"voice": 40.0, "cards": 2.0})
    requirement = required_staff(forecast, plan)
    with pytest.raises(ConfigError, match=r"queues.cards.min_able_agents: 3 asked for, 2 have the skill"):
        pool_staff(forecast, requirement, build_agents({"cards|voice": 2, "voice": 40}), plan)
