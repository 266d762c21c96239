import numpy as np
import pytest

from omnistaff.simulate import simulate_roster
from omnistaff.staffing import (
    pool_staff,
    pooling_study,
    required_staff,
    sources_of_saving,
    usual_arrangements,
    worth_of_training,
)


@pytest.fixture
def centre(build_plan, build_forecast):
    plan = build_plan("voice", "cards", "mail", meet_target_with_probability=None, certify_rounds=10)
    plan = plan.model_copy(update={"simulate": plan.simulate.model_copy(update={"replications": 10})})
    shape = 40.0 + 30.0 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    return plan, build_forecast({"voice": shape, "cards": shape[::-1], "mail": 15.0})


def test_people_who_can_do_everything_save_against_silos_and_both_keep_their_promises(centre, build_agents):
    plan, forecast = centre
    agents = build_agents({"cards|voice": 20, "mail": 10})
    arrangements = usual_arrangements(agents, plan)
    chosen = {name: arrangements[name] for name in ("silos", "everybody can do all")}
    base, pooled = pooling_study(forecast, chosen, plan, simulate_roster, repeats=2)
    assert base.promises_kept
    assert pooled.promises_kept
    assert base.saved_share == base.saved_low == base.saved_high == 0
    assert pooled.saved_share == pytest.approx(1 - pooled.agent_hours / base.agent_hours, abs=0.01)
    assert 0.05 < pooled.saved_low <= pooled.saved_share <= pooled.saved_high < 0.5
    assert pooled.saved_cost == pytest.approx(20 * (base.agent_hours - pooled.agent_hours))  # an hour costs 20
    for way in (base, pooled):  # two repeats of intervals of half an hour
        assert way.whole_hours * 4 == pytest.approx(round(way.whole_hours * 4))
        assert way.agent_hours <= way.whole_hours
    assert pooled.saved_whole_share > pooled.saved_share  # three teams leave more of a person unused than one


def test_arrangements_keep_people_and_change_skills(centre, build_agents):
    plan, _ = centre
    agents = build_agents({"cards|voice": 20, "mail": 10})
    made = usual_arrangements(agents, plan)
    assert set(made["silos"]["skills"]) == {"voice", "cards", "mail"}
    assert (made["every tenth can do all"]["skills"] == "cards|mail|voice").sum() == 3
    assert set(made["everybody can do all"]["skills"]) == {"cards|mail|voice"}
    assert made["skills as they are"] is agents


def test_the_parts_of_the_saving_add_up(centre, build_agents):
    plan, forecast = centre
    agents = build_agents({"cards|mail|voice": 40})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, agents, plan)
    parts = sources_of_saving(forecast, requirement, agents, plan)
    saved = pool.silo - pool.table["agents"].sum() / 2
    assert parts.small_groups_hours > 0
    assert parts.deferred_fill_hours > 0
    assert parts.small_groups_hours + parts.deferred_fill_hours == pytest.approx(saved, rel=1e-6)
    by_queue = requirement.groupby("queue")["agents"].max().sum()
    assert parts.peak_offset_agents == pytest.approx(
        by_queue - requirement.groupby("interval_start")["agents"].sum().max()
    )


def test_a_person_with_a_second_skill_saves_a_person_where_peaks_or_groups_allow(
    build_plan, build_forecast, build_agents
):
    plan = build_plan("voice", "cards", "mail", meet_target_with_probability=None, certify_rounds=10)
    forecast = build_forecast({"voice": 20.0, "cards": 20.0, "mail": 0.5})
    agents = build_agents({"voice": 20, "cards": 20, "mail": 5})
    trainings = worth_of_training(forecast, required_staff(forecast, plan), agents, plan)
    worth = {(t.skills, t.learns): t.saved_hours for t in trainings}
    assert len(trainings) == 6
    # one person, ready for .88 x .92 of twelve hours, stands in for one of each group
    assert worth["voice", "cards"] == pytest.approx(12 * 0.88 * 0.92, rel=1e-6)
    assert worth["cards", "voice"] == pytest.approx(worth["voice", "cards"], rel=1e-6)
    mail = 12 * 0.5 * 300 / 1800  # all the work there is
    assert 0 < worth["voice", "mail"] <= mail + 1e-9
    assert [t.saved_cost for t in trainings] == pytest.approx(
        sorted((20 * t.saved_hours for t in trainings), reverse=True)
    )
