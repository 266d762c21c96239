import numpy as np
import pytest

from omnistaff.errors import DomainError
from omnistaff.queueing import (
    array_search,
    arrays,
    concurrent_measures,
    engine,
    fewest_agents,
    fewest_concurrent,
    most_arrivals,
    queue_measures,
)

CENTRES = [
    {"answered_share": 0.8, "within_s": 20.0},
    {"answered_share": 0.8, "within_s": 20.0, "patience_s": 180.0},
    {"answered_share": 0.95, "within_s": 5.0, "patience_s": 60.0},
    {"asa_s": 10.0, "patience_s": 300.0},
    {"asa_s": 10.0},
    {"abandon_share": 0.02, "patience_s": 90.0},
    {"max_occupancy_share": 0.8, "patience_s": 90.0},
    {"max_occupancy_share": 0.8},
    {"answered_share": 0.6, "within_s": 60.0, "abandon_share": 0.05, "max_occupancy_share": 0.9, "patience_s": 30.0},
]
LOADS = np.array([0.01, 0.5, 1.6, 4.0, 33.0, 47.9, 100.0, 1234.5])


def keeps(promise, rate, handle, agents):
    m = queue_measures(
        arrivals_per_s=rate,
        handle_s=handle,
        servers=agents,
        within_s=promise.get("within_s", 0.0),
        patience_s=promise.get("patience_s"),
    )
    return (
        (m.service_level >= promise.get("answered_share", 0))
        & (m.asa_s <= promise.get("asa_s", np.inf))
        & (m.abandon_share <= promise.get("abandon_share", 1))
        & (m.occupancy_share <= promise.get("max_occupancy_share", 1) * (1 + 1e-12))
    )


@pytest.mark.parametrize("promise", CENTRES)
def test_the_answer_keeps_every_promise_and_one_agent_fewer_breaks_one(promise):
    agents = fewest_agents(arrivals_per_s=LOADS / 240, handle_s=240, **promise)
    assert keeps(promise, LOADS / 240, 240, agents).all()
    fewer = np.maximum(agents - 1, 0)
    assert not (keeps(promise, LOADS / 240, 240, fewer) & (agents > 0)).any()


@pytest.mark.parametrize("promise", CENTRES)
def test_the_numpy_path_gives_the_same_agents(promise, monkeypatch):
    rng = np.random.default_rng(4)
    loads = np.exp(rng.normal(2.5, 1.3, 400))
    compiled = fewest_agents(arrivals_per_s=loads / 240, handle_s=240, **promise)
    fine = fewest_agents(arrivals_per_s=loads[:40] / 240, handle_s=240, **promise, fractional=True)
    monkeypatch.setattr(engine, "compiled", lambda: None)
    np.testing.assert_array_equal(fewest_agents(arrivals_per_s=loads / 240, handle_s=240, **promise), compiled)
    plain = fewest_agents(arrivals_per_s=loads[:40] / 240, handle_s=240, **promise, fractional=True)
    np.testing.assert_allclose(plain, fine, atol=1e-9)


def test_the_numpy_path_gives_the_same_measures(monkeypatch):
    rng = np.random.default_rng(5)
    loads = np.exp(rng.normal(3, 2, 500))
    servers = np.maximum(0, loads + rng.normal(0, 3, 500) * np.sqrt(loads))
    servers[::2] = np.ceil(servers[::2])
    patience = np.where(rng.random(500) < 0.2, np.inf, np.exp(rng.normal(0, 2, 500)))
    named = {"arrivals_per_s": loads, "handle_s": 1.0, "servers": servers, "within_s": 0.1, "patience_s": patience}
    compiled = queue_measures(**named)
    monkeypatch.setattr(engine, "compiled", lambda: None)
    plain = queue_measures(**named)
    for name, values in vars(compiled).items():
        np.testing.assert_allclose(getattr(plain, name), values, rtol=1e-9, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(arrays.log_b(loads, servers), engine.log_b(loads, servers), rtol=1e-12, atol=1e-13)


def test_fractional_agents_lie_within_one_of_the_whole_answer_and_just_keep_the_promise():
    promise = {"answered_share": 0.8, "within_s": 20.0, "patience_s": 180.0}
    whole = fewest_agents(arrivals_per_s=LOADS / 240, handle_s=240, **promise)
    fine = fewest_agents(arrivals_per_s=LOADS / 240, handle_s=240, **promise, fractional=True)
    assert ((fine <= whole) & (fine > whole - 1)).all()
    level = queue_measures(
        arrivals_per_s=LOADS / 240, handle_s=240, servers=fine, within_s=20, patience_s=180
    ).service_level
    np.testing.assert_allclose(level, 0.8, atol=1e-8)


def test_the_search_starts_at_the_true_lower_bound():
    assert fewest_agents(arrivals_per_s=1.6, handle_s=1, within_s=1e6, answered_share=0.1) == 2
    assert fewest_agents(arrivals_per_s=8.8, handle_s=1, max_occupancy_share=0.88) == 10
    assert fewest_agents(arrivals_per_s=100, handle_s=1, within_s=9, answered_share=0.3, patience_s=1) == 31


def test_an_impossible_promise_ends_with_an_error():
    with pytest.raises(DomainError, match="more than max_agents"):
        fewest_agents(arrivals_per_s=1, handle_s=100, asa_s=0.0, patience_s=10, max_agents=500)
    with pytest.raises(DomainError, match=r"write 0\.80"):
        fewest_agents(arrivals_per_s=1, handle_s=100, answered_share=80)


def test_a_million_erlangs_are_no_trouble():
    agents = fewest_agents(arrivals_per_s=1e6 / 300, handle_s=300, within_s=20, answered_share=0.8)
    assert keeps({"answered_share": 0.8, "within_s": 20}, 1e6 / 300, 300, agents)
    assert not keeps({"answered_share": 0.8, "within_s": 20}, 1e6 / 300, 300, agents - 1)


def test_volume_agents_and_service_are_inverse_to_each_other():
    promise = {"answered_share": 0.8, "within_s": 20, "patience_s": 180}
    rate = most_arrivals(servers=[5, 40, 300], handle_s=240, **promise)
    agents = fewest_agents(arrivals_per_s=rate * (1 - 1e-9), handle_s=240, **promise)
    np.testing.assert_array_equal(agents, [5, 40, 300])
    np.testing.assert_array_equal(
        fewest_agents(arrivals_per_s=rate * (1 + 1e-6), handle_s=240, **promise), [6, 41, 301]
    )
    with pytest.raises(DomainError, match="no promise limits the volume"):
        most_arrivals(servers=5, handle_s=240, patience_s=100)


def test_conversations_at_once_at_concurrency_one_are_erlang_a():
    m = concurrent_measures(arrivals_per_s=0.1, handle_s=200, agents=22, speeds=[1], within_s=20, patience_s=100)
    same = queue_measures(arrivals_per_s=0.1, handle_s=200, servers=22, within_s=20, patience_s=100)
    for name, values in vars(same).items():
        assert float(getattr(m, name)) == pytest.approx(float(values), rel=1e-12), name


def test_fewest_concurrent_keeps_the_promise_and_one_agent_fewer_does_not():
    speeds = [1, 0.85, 0.72]
    rate = np.array([0.0, 0.01, 0.075, 0.5])
    named = {"handle_s": 600.0, "speeds": speeds, "within_s": 60.0, "patience_s": 400.0}
    agents = fewest_concurrent(arrivals_per_s=rate, answered_share=0.8, **named)
    level = concurrent_measures(arrivals_per_s=rate, agents=agents, **named).service_level
    fewer = concurrent_measures(arrivals_per_s=rate, agents=np.maximum(0, agents - 1), **named).service_level
    assert (level >= 0.8).all()
    assert (fewer[1:] < 0.8).all()
    assert agents[0] == 0


def test_a_conversation_more_must_add_to_what_an_agent_gets_done():
    with pytest.raises(DomainError, match="allow fewer conversations"):
        concurrent_measures(arrivals_per_s=0.1, handle_s=200, agents=22, speeds=[1, 0.4])


def test_the_array_search_says_when_more_than_the_most_are_needed():
    rows = np.array([[10.0, 0.1, 0.0, 0.8, np.inf, 1.0, 1.0], [10.0, 0.1, 1.0, 0.8, np.inf, 1.0, 1.0]])
    np.testing.assert_array_equal(array_search.fewest(rows, 8, fractional=False), [-1, -1])


def test_a_whole_number_of_most_agents_is_no_reason_to_compile_again():
    kernel_search = pytest.importorskip("omnistaff.queueing.kernel_search")
    for most in (1000, 1000.0):
        fewest_agents(arrivals_per_s=0.1, handle_s=300.0, answered_share=0.8, within_s=20.0, max_agents=most)
    assert len(kernel_search.fewest_all.signatures) == 1
