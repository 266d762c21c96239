import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import TableError
from omnistaff.queueing import queue_measures
from omnistaff.staffing import pool_staff, required_staff, staffing_curve

KEYS = ["queue", "interval_start"]


@pytest.fixture
def centre(build_plan, build_forecast, build_agents):
    plan = build_plan("voice", "mail", meet_target_with_probability=None)
    forecast = build_forecast({"voice": [60.0, 120.0], "mail": 20.0}, handle_s={"voice": 300.0, "mail": 600.0})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, build_agents({"mail|voice": 60}), plan)
    return plan, forecast, requirement, pool.allocation, staffing_curve(forecast, requirement, pool.allocation, plan)


def test_more_people_never_lose_more_and_nobody_loses_everybody(centre):
    _, forecast, _, allocation, curve = centre
    for _, rows in curve.groupby(KEYS):
        assert (np.diff(rows.sort_values("share")["abandoned"]) <= 1e-9).all()
    alone = curve[(curve["share"] == 0) & (curve["queue"] == "voice")]
    means = forecast.table[forecast.table["queue"] == "voice"]["mean"].to_numpy()
    assert alone["abandoned"].to_numpy() == pytest.approx(means)
    whole = curve[curve["share"] == 1].groupby(KEYS)["agents"].sum()
    given = allocation.groupby(KEYS)["agents"].sum()
    assert whole.reindex(given.index).to_numpy() == pytest.approx(given.to_numpy())


def test_a_known_rate_loses_what_the_formula_says_of_the_requirement(centre):
    _, forecast, requirement, _, curve = centre
    row = requirement[requirement["queue"] == "voice"].iloc[5]
    formula = queue_measures(
        arrivals_per_s=row["load_erlangs"] / 300, handle_s=300, servers=0.8 * row["agents"], within_s=20,
        patience_s=180,
    )  # fmt: skip
    here = (curve["interval_start"] == row["interval_start"]) & (curve["queue"] == "voice")
    found = curve[here & np.isclose(curve["share"], 0.8)].iloc[0]
    offered = forecast.table.loc[forecast.table["queue"] == "voice", "mean"].iloc[5]
    assert found["abandoned"] == pytest.approx(offered * float(formula.abandon_share), rel=0.02)
    lost = offered * (1 - float(formula.service_level))
    assert found["abandoned"] + found["late"] == pytest.approx(lost, rel=0.02)


def test_deferred_work_that_nobody_does_is_late(centre):
    *_, allocation, curve = centre
    mail = curve[curve["queue"] == "mail"]
    hours = allocation.loc[allocation["queue"] == "mail", "agents"].sum() / 2
    assert mail.loc[mail["share"] == 0, "late"].sum() == pytest.approx(hours * 6)  # six of 600 s in an hour
    assert mail.loc[mail["share"] >= 1, "late"].sum() == 0
    assert mail["abandoned"].sum() == 0


def test_quick_people_who_are_missing_leave_more_deferred_work_late(build_plan, build_forecast, build_agents):
    plan, forecast = build_plan("mail"), build_forecast({"mail": 20.0})
    agents = build_agents({"mail": 40}).assign(proficiency="mail=2")
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, agents, plan)
    curve = staffing_curve(forecast, requirement, pool.allocation, plan, agents=agents)
    assert curve.loc[curve["share"] == 0, "late"].sum() == pytest.approx(20.0 * 24)  # all of the day
    assert curve.loc[curve["share"] == 1, "agents"].sum() == pytest.approx(pool.allocation["agents"].sum())


def test_a_requirement_without_the_queue_is_refused(centre):
    plan, forecast, requirement, allocation, _ = centre
    only = requirement[requirement["queue"] == "mail"]
    with pytest.raises(TableError, match="voice"):
        staffing_curve(forecast, only, allocation, plan)


def test_no_forecast_no_curve(centre):
    plan, forecast, requirement, allocation, _ = centre
    nothing = type(forecast)(forecast.table.iloc[:0], forecast.quantiles, forecast.paths)
    curve = staffing_curve(nothing, requirement, allocation, plan)
    assert isinstance(curve, pd.DataFrame)
    assert curve.empty
