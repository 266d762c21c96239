"""Laws that queues keep at every load."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omnistaff.queueing import (
    concurrent_measures,
    erlang_a,
    erlang_b,
    erlang_c,
    fewest_agents,
    queue_measures,
)
from omnistaff.queueing.square_root import erlang_c_bounds

loads = st.floats(1e-3, 3000)
servers = st.integers(1, 3500)
patience = st.floats(0.01, 100)
times = st.floats(0, 3)
EPS = 1e-11


def measured(load, n, ratio, within=0.1):
    return queue_measures(arrivals_per_s=load, handle_s=1, servers=n, within_s=within, patience_s=ratio)


@given(load=loads, n=servers)
def test_one_more_server_never_loses_or_delays_more(load, n):
    assert erlang_b(load, n + 1) <= erlang_b(load, n)
    assert erlang_c(load, n + 1) <= erlang_c(load, n)


@given(load=loads, n=st.floats(0.1, 3500), more=st.floats(0.01, 2))
def test_a_fraction_of_a_server_more_never_hurts(load, n, more):
    assert erlang_b(load, n + more) <= erlang_b(load, n) * (1 + 1e-12)


@given(load=loads, n=servers)
def test_erlang_b_keeps_its_recursion(load, n):
    before, now = float(erlang_b(load, n - 1)), float(erlang_b(load, n))
    np.testing.assert_allclose(now, load * before / (n + load * before), rtol=1e-12)


@given(load=st.floats(0.05, 3000), slack=st.floats(0.02, 4))
def test_erlang_c_lies_between_its_gaussian_bounds(load, slack):
    n = int(np.ceil(load + slack * np.sqrt(load))) + 1
    low, high = erlang_c_bounds(load, n)
    assert low * (1 - 1e-12) <= erlang_c(load, n) <= high * (1 + 1e-12)


@given(load=loads, n=servers, ratio=patience, within=times)
def test_service_gets_better_with_every_agent(load, n, ratio, within):
    few, many = measured(load, n, ratio, within), measured(load, n + 1, ratio, within)
    assert many.service_level >= few.service_level - EPS
    assert many.abandon_share <= few.abandon_share + EPS
    assert many.asa_s <= few.asa_s * (1 + 1e-9) + EPS
    assert many.occupancy_share <= few.occupancy_share + EPS


@given(load=loads, n=servers, ratio=patience, within=times, more=st.floats(1.001, 1.5))
def test_service_gets_worse_with_load(load, n, ratio, within, more):
    quiet, busy = measured(load, n, ratio, within), measured(load * more, n, ratio, within)
    assert busy.service_level <= quiet.service_level + EPS
    assert busy.abandon_share >= quiet.abandon_share - EPS


@given(load=loads, n=servers, ratio=patience, more=st.floats(1.01, 3))
def test_patient_customers_wait_more_and_leave_less(load, n, ratio, more):
    hasty, patient = measured(load, n, ratio), measured(load, n, ratio * more)
    assert patient.wait_share >= hasty.wait_share - EPS
    assert patient.abandon_share <= hasty.abandon_share + EPS


@given(load=loads, n=servers, ratio=patience)
def test_littles_law_and_leaving_at_the_rate_of_waiting(load, n, ratio):
    m = measured(load, n, ratio)
    np.testing.assert_allclose(m.queue_length, load * m.wait_s, rtol=1e-12)
    np.testing.assert_allclose(m.abandon_share, m.wait_s / ratio, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(m.occupancy_share * n, load * (1 - m.abandon_share), rtol=1e-9)


@given(load=loads, n=servers)
def test_patience_as_long_as_service_gives_the_poisson_tail(load, n):
    np.testing.assert_allclose(erlang_a(load, n, 1.0), stats.poisson.sf(n - 1, load), rtol=1e-9, atol=1e-13)


@given(load=st.floats(0.1, 500), slack=st.floats(0.3, 4))
def test_endless_patience_is_erlang_c(load, slack):
    n = int(np.ceil(load + slack * np.sqrt(load))) + 1
    np.testing.assert_allclose(erlang_a(load, n, 1e10), erlang_c(load, n), rtol=1e-6, atol=1e-14)


@given(load=loads, n=servers, ratio=patience, within=times)
def test_waiting_splits_into_answered_late_and_left(load, n, ratio, within):
    m = measured(load, n, ratio, within)
    answered = 1 - m.abandon_share
    assert m.service_level <= answered + EPS
    assert m.service_level <= m.service_level_ignoring + EPS
    assert m.service_level <= m.service_level_answered + EPS
    assert m.late_share <= m.wait_share + EPS
    assert m.service_level + m.late_share <= 1 + EPS


@settings(max_examples=40)
@given(load=loads, share=st.floats(0.3, 0.97), within=times, ratio=patience)
def test_the_search_finds_the_first_number_that_is_enough(load, share, within, ratio):
    n = float(fewest_agents(arrivals_per_s=load, handle_s=1, within_s=within, answered_share=share, patience_s=ratio))
    assert measured(load, n, ratio, within).service_level >= share - 1e-12
    assert n == 0 or measured(load, n - 1, ratio, within).service_level < share + 1e-12


@settings(max_examples=40)
@given(load=st.floats(0.5, 200), n=st.integers(1, 80), slow=st.floats(0.5, 1))
def test_conversations_that_slow_each_other_serve_between_one_agent_and_as_many_as_slots(load, n, slow):
    speeds = [1.0, 0.5 + 0.5 * slow]
    named = {"arrivals_per_s": load, "handle_s": 1.0, "within_s": 0.2, "patience_s": 1.0}
    both = concurrent_measures(agents=n, speeds=speeds, **named)
    one = queue_measures(servers=n, **named)
    double = queue_measures(servers=2 * n, **named)
    assert one.abandon_share >= both.abandon_share - EPS
    assert both.abandon_share >= double.abandon_share - EPS
