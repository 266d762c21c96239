import numpy as np
import pytest

from omnistaff.errors import DomainError
from omnistaff.queueing import erlang_c, fewest_servers_c, queue_measures
from omnistaff.queueing.load import modified_offered_load
from omnistaff.queueing.transient import transient_measures

HOURS = np.arange(7.125, 21, 0.25)
PROFILE = 0.35 + 0.65 * np.exp(-(((HOURS - 10.5) / 2.2) ** 2)) + 0.5 * np.exp(-(((HOURS - 16) / 2.5) ** 2))


def test_steady_arrivals_end_in_the_steady_state():
    end = transient_measures([0.1] * 40, [33] * 40, handle_s=300, interval_s=900)
    assert end.wait_share[-1] == pytest.approx(float(erlang_c(30, 33)), abs=2e-3)
    end = transient_measures([0.1] * 20, [28] * 20, handle_s=300, interval_s=900, patience_s=150)
    steady = queue_measures(arrivals_per_s=0.1, handle_s=300, servers=28, patience_s=150)
    assert end.wait_share[-1] == pytest.approx(float(steady.wait_share), abs=1e-6)
    assert end.queue_length[-1] == pytest.approx(float(steady.queue_length), rel=1e-6)
    assert end.abandoned_per_s[-1] == pytest.approx(0.1 * float(steady.abandon_share), rel=1e-6)


def test_with_agents_for_all_the_busy_ones_are_the_modified_offered_load():
    rate = 0.1 * PROFILE
    day = transient_measures(rate, [400] * len(rate), handle_s=1800, interval_s=900)
    np.testing.assert_allclose(day.busy, modified_offered_load(rate, 1800, interval_s=900), rtol=1e-6)


@pytest.mark.parametrize("handle_s", [1800, 3600])
def test_modified_offered_load_keeps_the_wait_where_interval_by_interval_does_not(handle_s):
    rate = 40 * PROFILE / PROFILE.max() / handle_s
    worst, hours = {}, {}
    for name, load in {
        "each interval alone": rate * handle_s,
        "modified": modified_offered_load(rate, handle_s, interval_s=900),
    }.items():
        agents = fewest_servers_c(load, 0.2)
        worst[name] = transient_measures(rate, agents, handle_s=handle_s, interval_s=900).wait_share.max()
        hours[name] = agents.sum() / 4
    assert worst["modified"] <= 0.26
    assert worst["each interval alone"] > 0.44
    assert hours["modified"] < hours["each interval alone"]


def test_backlog_of_an_overloaded_interval_is_carried_into_the_next():
    day = transient_measures([0.2, 0.2, 0.05, 0.05], [20, 20, 20, 20], handle_s=300, interval_s=900)
    assert day.queue_length[1] > day.queue_length[0] > 10
    assert day.wait_share[2] > 0.9  # calm arrivals, but the queue is still there
    assert day.queue_length[3] < day.queue_length[2]


def test_more_states_than_can_be_kept_are_refused():
    with pytest.raises(DomainError, match="states are too many"):
        transient_measures([100.0], [1], handle_s=300, interval_s=3600)


@pytest.mark.parametrize("handle_s", [300, 1800, 3600])
def test_an_opening_centre_that_staffs_ramps_for_their_end_keeps_every_minute(handle_s):
    rate = np.interp(np.arange(24), [0, 8, 23], [15, 40, 20]) / handle_s

    def worst(ramp_share: float) -> float:
        load = modified_offered_load(rate, handle_s, interval_s=900, ramp_share=ramp_share)
        agents = np.repeat(fewest_servers_c(load, 0.2), 15)
        return transient_measures(np.repeat(rate, 15), agents, handle_s=handle_s, interval_s=60).wait_share.max()

    assert worst(0.25) < 0.26
    assert worst(np.inf) > 0.35


def test_a_load_cannot_grow_by_less_than_nothing():
    with pytest.raises(DomainError, match=r"ramp_share is -0\.5"):
        modified_offered_load([0.1, 0.2], 300, interval_s=300, ramp_share=-0.5)
