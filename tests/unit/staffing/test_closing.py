"""People after closing: who is there then is served, nobody more, and the simulator needs no less."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan.simulate import SimulateSettings
from omnistaff.simulate import simulate_roster
from omnistaff.staffing import describe, pool_staff, required_staff, staffing_curve

HANDLE_S, STEP_S = 300.0, 1800.0
QUIET = {"meet_target_with_probability": None, "max_abandon_share": 1.0}


def closing_plan(build_plan, minutes, **changes):
    return build_plan("voice", changes={"voice": {"closing_minutes": minutes} | changes}, **QUIET)


def local(times):
    return pd.DatetimeIndex(times).tz_convert("Europe/Madrid")


def test_the_load_after_closing_is_what_was_there_dying_out(build_plan, build_forecast):
    table = required_staff(build_forecast({"voice": 60.0}, days=2), closing_plan(build_plan, 60))
    times = local(table["interval_start"])
    late = table[times.hour == 20]
    assert len(table) == 2 * 26
    at_closing = 60 * HANDLE_S / STEP_S  # 12 hours: the load is steady, none of the start is left
    first = at_closing * HANDLE_S / STEP_S * (1 - np.exp(-STEP_S / HANDLE_S))  # mean of the falling exponential
    np.testing.assert_allclose(late["load_erlangs"].to_numpy()[::2], first, rtol=1e-6)
    np.testing.assert_allclose(late["load_erlangs"].to_numpy()[1::2], first * np.exp(-STEP_S / HANDLE_S), rtol=1e-6)
    assert (late["agents"] > late["load_erlangs"]).all()
    assert table.loc[times.hour < 20, "agents"].tolist() == pytest.approx(
        required_staff(build_forecast({"voice": 60.0}, days=2), closing_plan(build_plan, 0))["agents"].tolist()
    )


def test_the_hours_after_closing_are_told_and_worth_something_to_the_roster(build_plan, build_forecast, build_agents):
    plan, forecast = closing_plan(build_plan, 30), build_forecast({"voice": 60.0})
    requirement = required_staff(forecast, plan)
    pool = pool_staff(forecast, requirement, build_agents({"voice": 50}), plan)
    figures = {figure.figure: figure.value for figure in describe(requirement, pool, plan)}
    assert figures["closing_hours"] == pytest.approx(requirement["agents"].iloc[-1] / 2)
    curve = staffing_curve(forecast, requirement, pool.allocation, plan)
    last = curve[curve["interval_start"] == requirement["interval_start"].max()]
    there = 60 * HANDLE_S / STEP_S * (1 - np.exp(-STEP_S / HANDLE_S))
    assert last.loc[last["share"] == 0, "abandoned"].item() == pytest.approx(there, rel=1e-6)


def test_who_waits_at_closing_is_served_in_the_simulation(build_plan, build_forecast, build_agents):
    """People are few, so that some wait at closing: with nobody there they leave, with people after closing not."""
    forecast, agents = build_forecast({"voice": 60.0}), build_agents({"voice": 40})
    lost = {}
    for minutes in (0, 30):
        slow = {"patience_s": 3600.0, "target": {"answered_share": 0.3, "within_s": 120}, "max_occupancy_share": 1.0}
        plan = closing_plan(build_plan, minutes, **slow)
        staffing = plan.staffing.model_copy(update={"certify_rounds": 0})
        simulate = SimulateSettings(replications=100, arrivals="mean_rates", handle_times="exponential")
        plan = plan.replace(staffing=staffing, simulate=simulate)
        requirement = required_staff(forecast, plan)
        outcomes = pool_staff(forecast, requirement, agents, plan, certify=simulate_roster).service
        rows = outcomes[(outcomes["period"] == "interval") & (outcomes["queue"] == "voice")]
        last = rows[local(rows["interval_start"]).strftime("%H:%M") == "19:30"]
        lost[minutes] = float(last["abandoned"].sum() / last["offered"].sum())
    assert lost[0] > 0.05
    assert lost[30] < 0.7 * lost[0]  # the others leave before closing


def test_a_queue_that_never_closes_and_one_that_opens_again_get_no_more_rows_than_fit(build_plan, build_forecast):
    always = closing_plan(build_plan, 120, hours={"daily": "24h"})
    forecast = build_forecast({"voice": 10.0})
    assert len(required_staff(forecast, always)) == 24  # the forecast ends, the queue does not close
    siesta = closing_plan(build_plan, 120, hours={"daily": "08:00-13:30, 14:30-20:00"})
    table = forecast.table[~local(forecast.table["interval_start"]).strftime("%H:%M").isin(["13:30", "14:00"])]
    found = required_staff(replace(forecast, table=table.reset_index(drop=True)), siesta)
    assert len(found) == 24 + 4
    assert not found["interval_start"].duplicated().any()


def test_deferred_work_does_not_close(build_plan):
    with pytest.raises(ConfigError, match="closing_minutes: means nothing for a deferred queue"):
        build_plan("mail", changes={"mail": {"closing_minutes": 30}})
