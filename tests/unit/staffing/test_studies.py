"""Questions to a finished run, asked of a work folder with its tables."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.staffing import pool_staff, recommend_hours, required_staff, sources_of_saving, worth_of_training
from omnistaff.studies import hours_that_pay, pooling, sources, trainings
from omnistaff.tables import Demand, check, conform
from omnistaff.tables.files import Workspace


def week_of_demand():
    """Return eight weeks in which voice, open from 8 to 20, has attempts in the hour before, and none at night."""
    local = pd.date_range("2026-01-05", periods=8 * 7 * 48, freq="30min", tz="Europe/Madrid")
    hour = local.hour.to_numpy()
    is_open = (hour >= 8) & (hour < 20)
    rows = pd.DataFrame(
        {"queue": "voice", "interval_start": local.tz_convert("UTC").as_unit("us"), "is_open": is_open}
    )
    offered = np.where(is_open, 40, np.where(hour == 7, 30, 0))
    zeros = dict.fromkeys(("abandoned", "repeat_contacts", "switched_contacts", "unlinked_contacts"), 0)
    rows = rows.assign(
        offered=offered, handled=offered, first_contacts=offered, handle_s=300.0, handle_sd_s=300.0,
        workload_s=300.0 * offered, is_outlier=False, is_event=False, **zeros,
    )  # fmt: skip
    return check(Demand, conform(Demand, rows))


@pytest.fixture
def finished(build_plan, build_forecast, build_agents, tmp_path):
    plan = build_plan("voice", "cards", "mail", meet_target_with_probability=None)
    plan = plan.model_copy(update={"simulate": plan.simulate.model_copy(update={"replications": 10})})
    forecast = build_forecast({"voice": 30.0, "cards": 20.0, "mail": 5.0})
    agents = build_agents({"cards|voice": 20, "voice": 10, "mail": 10})
    requirement = required_staff(forecast, plan)
    work = Workspace(tmp_path)
    tables = {
        "forecast": forecast.table, "forecast_quantiles": forecast.quantiles, "forecast_paths": forecast.paths,
        "agents": agents, "requirement": requirement, "demand": week_of_demand(),
    }  # fmt: skip
    for name, table in tables.items():
        work.write(name, table)
    return plan, work, forecast, requirement, agents


def test_hours_that_should_change_are_told_with_day_and_advice(finished):
    plan, work, *_, agents = finished
    changes = hours_that_pay(plan, work, worth_of_contact=1000.0)
    assert set(changes["advice"]) == {"open"}
    assert set(changes["hour"]) == {7}  # attempts, and each worth a lot
    assert changes["day"].tolist() == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert set(changes["today"]) == {"closed"}
    everything = hours_that_pay(plan, work, worth_of_contact=1000.0, all_hours=True)
    assert len(everything) == 168
    assert (everything["advice"] == "keep").sum() == 161
    advice = recommend_hours(work.read("demand"), agents, plan, worth_of_contact=1000.0)
    assert everything["cost"].sum() == pytest.approx(sum(row.cost for row in advice))


def test_what_is_worth_nothing_should_close(finished):
    plan, work, *_ = finished
    changes = hours_that_pay(plan, work, worth_of_contact=0.0)
    assert set(changes["advice"]) == {"close"}
    assert len(changes) == 84


def test_hours_of_a_queue_without_history_are_none(finished):
    plan, work, *_ = finished
    work.write("demand", week_of_demand().iloc[:0])
    assert hours_that_pay(plan, work).empty


def test_ways_to_pool_are_compared_with_silos_first(finished):
    plan, work, *_ = finished
    once = plan.staffing.model_copy(update={"certify_rounds": 0})
    ways = pooling(plan.model_copy(update={"staffing": once}), work)
    assert ways["name"].tolist() == [
        "silos", "skills as they are", "every tenth can do all", "everybody can do all",
    ]  # fmt: skip
    assert ways["saved_share"].iloc[0] == 0
    assert ways["saved_share"].iloc[3] >= ways["saved_share"].iloc[1] > 0
    assert (ways["saved_share"] == 1 - ways["agent_hours"] / ways["agent_hours"].iloc[0]).all()


def test_where_the_saving_is_from_and_what_training_brings_are_those_of_the_run(finished):
    plan, work, forecast, requirement, agents = finished
    parts = sources(plan, work)
    expected = sources_of_saving(forecast, requirement, agents, plan)
    assert parts["small_groups_hours"] == pytest.approx(expected.small_groups_hours)
    pool = pool_staff(forecast, requirement, agents, plan)
    saved = pool.silo - pool.table["agents"].sum() / 2
    assert parts["small_groups_hours"] + parts["deferred_fill_hours"] == pytest.approx(saved, rel=1e-6)
    best = trainings(plan, work)
    assert list(best.columns) == ["skills", "learns", "saved_hours", "saved_cost"]
    first = worth_of_training(forecast, requirement, agents, plan)[0]
    assert (best["skills"].iloc[0], best["learns"].iloc[0]) == (first.skills, first.learns)
    assert (np.diff(best["saved_cost"]) <= 1e-9).all()
