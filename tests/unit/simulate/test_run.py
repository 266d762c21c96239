"""One simulator for many rosters gives what each simulation alone would give, to the bit and by any way of adding."""

from dataclasses import replace

import pandas as pd
import pytest

import omnistaff as om
from omnistaff.simulate import RosterSimulator, outcomes, replications, run
from omnistaff.simulate.outcomes import TOGETHER
from omnistaff.simulate.replications import AT_A_TIME

PATHS = {"arrivals": "path_counts", "paths": 5}  # each met twice where there are ten replications


def _assert_same_bits(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture
def reads(monkeypatch):
    """Return the forecasts that were read, one for each time."""
    seen, read = [], run.read_scene
    monkeypatch.setattr(run, "read_scene", lambda forecast, plan: seen.append(forecast) or read(forecast, plan))
    return seen


@pytest.mark.parametrize("arrivals", [{}, PATHS], ids=["mean_rates", "path_counts"])
def test_a_simulator_reads_anew_what_is_another_forecast_or_plan_and_nothing_else(
    case, queue_settings, reads, arrivals
):
    live, _ = queue_settings

    def build(rate=60, people=7, within_s=20, **more):
        queues = [live("v", 120, within_s=within_s)]
        return case(queues, {"v": (rate, 200)}, {"v": people}, **{"replications": 10, **arrivals, **more})

    small, large = build(), build(rate=90)
    fewer = replace(build(people=5), forecast=small.forecast)
    away = small.plan.staffing.model_copy(update={"shrinkage_share": {"sickness": 0.2}})
    lost = small.plan.model_copy(update={"staffing": away})
    stricter = build(within_s=5).plan
    steps = (
        (small, small.plan, 1), (large, large.plan, 1), (small, small.plan, 1),
        (fewer, small.plan, 0), (small, lost, 0), (small, build(seed=3).plan, 0),
        (small, build(replications=14).plan, 0), (small, stricter, 1), (fewer, stricter, 0), (small, small.plan, 1),
    )  # fmt: skip
    simulator = RosterSimulator()
    for built, plan, times in steps:
        given = built.roster, built.forecast, built.agents, plan
        reads.clear()
        found = simulator(*given)
        assert len(reads) == times
        _assert_same_bits(found, om.simulate_roster(*given))


@pytest.mark.parametrize("arrivals", [{}, PATHS], ids=["mean_rates", "path_counts"])
@pytest.mark.parametrize("count", [2, AT_A_TIME, 10, 3 * AT_A_TIME + 1, TOGETHER + 1])
def test_outcomes_are_the_same_to_the_bit_with_any_number_of_threads(case, queue_settings, count, arrivals):
    live, deferred = queue_settings
    settings, rates = [live("v", 120), deferred("m", 4)], {"v": (60, 200), "m": (20, 300)}
    alone, *others = [
        case(settings, rates, {"v|m": 6}, hours=12, threads=threads, replications=count, **arrivals).run()
        for threads in (1, 2, 3)
    ]
    for other in others:
        _assert_same_bits(alone, other)


def test_looking_at_the_precision_changes_no_bit(case, queue_settings):
    live, _ = queue_settings
    count = 2 * run.BATCH + TOGETHER // 2
    never, without = (
        case([live("v", 120)], {"v": (60, 200)}, {"v": 6}, hours=12, replications=count, half_width=width).run()
        for width in (1e-12, None)
    )
    _assert_same_bits(never, without)


def test_of_a_large_centre_fewer_replications_are_held_at_a_time(case, queue_settings, monkeypatch):
    live, _ = queue_settings
    shares, parts = [], []
    run_share, part_of = replications._run, outcomes.ServiceLevel.part
    monkeypatch.setattr(replications, "_run", lambda of, share: shares.append(len(share)) or run_share(of, share))
    monkeypatch.setattr(
        outcomes.ServiceLevel, "part", lambda self, some: parts.append(len(some)) or part_of(self, some)
    )
    results = []
    for most in (outcomes.MOST_BYTES, 7 * 48 * 8 * outcomes.COUNTS, 1):  # room for 7 with a day of half hours
        monkeypatch.setattr(outcomes, "MOST_BYTES", most)
        monkeypatch.setattr(replications, "MOST_BYTES", most)
        results.append(case([live("v", 120)], {"v": (60, 200)}, {"v": 6}, hours=12, threads=2).run())
    assert shares == [8, 8, 8, 8, 4, 4] + [3, 3] * 6 + [2, 2] + [1, 1] * 20
    assert parts == [16, 16, 8] + [4] * 10 + [1] * 40
    for fewer in results[1:]:
        pd.testing.assert_frame_equal(results[0], fewer, rtol=1e-12)
