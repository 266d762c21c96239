import numpy as np
import pytest

from omnistaff.errors import DomainError
from omnistaff.queueing import erlang_c, fewest_agents, queue_measures


def test_numbers_give_numbers_and_arrays_broadcast():
    assert np.ndim(queue_measures(arrivals_per_s=0.1, handle_s=200, servers=25).asa_s) == 0
    m = queue_measures(arrivals_per_s=[[0.1], [0.2]], handle_s=200, servers=[30, 50, 70], patience_s=100)
    assert m.service_level.shape == (2, 3)
    one = queue_measures(arrivals_per_s=0.2, handle_s=200, servers=50, patience_s=100)
    assert m.asa_s[1, 1] == one.asa_s


def test_an_empty_queue_needs_nobody_and_is_served_at_once():
    m = queue_measures(arrivals_per_s=0, handle_s=200, servers=0, within_s=20)
    assert (m.service_level, m.asa_s, m.abandon_share, m.queue_length) == (1, 0, 0, 0)
    assert fewest_agents(arrivals_per_s=0, handle_s=200, within_s=20, answered_share=0.99) == 0


def test_without_agents_everybody_leaves_after_the_patience():
    m = queue_measures(arrivals_per_s=0.1, handle_s=200, servers=0, within_s=20, patience_s=60)
    assert (m.service_level, m.abandon_share, m.wait_s) == (0, 1, 60)
    assert m.queue_length == pytest.approx(6)
    assert m.late_share == pytest.approx(np.exp(-1 / 3))


def test_erlang_c_in_overload_never_keeps_up():
    m = queue_measures(arrivals_per_s=1, handle_s=100, servers=[100, 50], within_s=20)
    assert (m.service_level == 0).all()
    assert np.isinf(m.asa_s).all()
    assert (m.wait_share == 1).all()


def test_the_four_ways_to_count_abandons_keep_their_order():
    m = queue_measures(arrivals_per_s=0.5, handle_s=200, servers=98, within_s=20, patience_s=120)
    assert m.service_level < m.service_level_ignoring < m.service_level_answered
    assert m.service_level < 1 - m.late_share


def test_the_issue_example_comes_out():
    m = queue_measures(arrivals_per_s=100 / 180, handle_s=180, servers=100, within_s=20, patience_s=300)
    assert float(m.service_level) == pytest.approx(0.7588, abs=5e-5)


def test_infinite_patience_is_erlang_c_in_every_measure():
    named = {"arrivals_per_s": 0.1, "handle_s": 200, "servers": 23, "within_s": 15}
    waits = queue_measures(**named)
    patient = queue_measures(**named, patience_s=1e12)
    assert float(waits.wait_share) == float(erlang_c(20, 23))
    for name in ("service_level", "asa_s", "occupancy_share", "wait_share", "queue_length"):
        assert float(getattr(patient, name)) == pytest.approx(float(getattr(waits, name)), rel=1e-7)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arrivals_per_s": -1}, "arrivals_per_s has a value below 0"),
        ({"handle_s": 0}, "handle_s has a value of 0"),
        ({"patience_s": 0}, "patience_s has a value of 0"),
        ({"servers": float("nan")}, "servers has a value that is not a number"),
        ({"servers": [1, 2], "within_s": [1, 2, 3]}, "do not broadcast"),
    ],
)
def test_a_value_outside_the_domain_is_named(change, words):
    with pytest.raises(DomainError, match=words):
        queue_measures(**({"arrivals_per_s": 0.1, "handle_s": 200, "servers": 25, "within_s": 20} | change))
