"""One simulator for many rosters gives what each simulation alone would give."""

import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import RosterSimulator
from omnistaff.simulate.outcomes import TOGETHER
from omnistaff.simulate.replications import AT_A_TIME


def test_a_simulator_reads_anew_what_is_another_forecast_or_plan_and_nothing_else(case, queue_settings):
    live, _ = queue_settings
    small, large = (case([live("v", 120)], {"v": (rate, 200)}, {"v": 7}) for rate in (60, 90))
    away = small.plan.staffing.model_copy(update={"shrinkage_share": {"sickness": 0.2}})
    lost = small.plan.model_copy(update={"seed": 3, "staffing": away})
    stricter = case([live("v", 120, within_s=5)], {"v": (60, 200)}, {"v": 7}).plan
    fewer = case([live("v", 120)], {"v": (60, 200)}, {"v": 5})
    simulator = RosterSimulator()
    for built, plan in (
        (small, small.plan), (large, large.plan), (small, small.plan), (small, lost), (small, stricter), (fewer, lost)
    ):  # fmt: skip
        given = built.roster, built.forecast, built.agents, plan
        pd.testing.assert_frame_equal(simulator(*given), om.simulate_roster(*given))


@pytest.mark.parametrize("replications", [2, AT_A_TIME, 3 * AT_A_TIME + 1, TOGETHER + 1])
def test_outcomes_are_the_same_to_the_bit_with_any_number_of_threads(case, queue_settings, replications):
    live, deferred = queue_settings
    settings = [live("v", 120), deferred("m", 4)]
    rates = {"v": (60, 200), "m": (20, 300)}
    results = [
        case(settings, rates, {"v|m": 6}, hours=12, threads=threads, replications=replications).run()
        for threads in (1, 2, 3)
    ]
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0], other, check_exact=True)
