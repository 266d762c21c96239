"""Patience of any distribution, redials, trunks, uncertain load: against the exact models they contain."""

import numpy as np
import pytest
from scipy import stats

from omnistaff.errors import DomainError
from omnistaff.queueing import (
    arrivals_with_redials,
    chance_to_keep,
    erlang_b,
    expected_service,
    fewest_agents,
    fewest_agents_uncertain,
    fewest_trunks,
    patience_measures,
    quantile_survival,
    queue_measures,
    rate_quantile,
    trunk_measures,
)
from omnistaff.queueing.load import carried_load, lagged_load
from omnistaff.queueing.transient import transient_measures

QUEUE = {"arrivals_per_s": 0.1, "handle_s": 300.0, "servers": 28, "within_s": 20.0}


@pytest.mark.parametrize(
    ("load", "servers", "patience", "within"),
    [(30, 28, 180, 20), (1e4, 9000, 300, 20), (1e5, 1.001e5, 1000, 1), (5, 9.5, 30, 20), (1e5, 8e4, 30_000, 20)],
)
def test_exponential_patience_of_the_general_kind_is_erlang_a(load, servers, patience, within):
    named = {"arrivals_per_s": load / 300, "handle_s": 300, "servers": servers, "within_s": within}
    general = patience_measures(survival=lambda t: np.exp(-t / patience), **named)
    erlang = queue_measures(patience_s=patience, **named)
    for name, value in vars(erlang).items():
        assert float(getattr(general, name)) == pytest.approx(float(value), rel=1e-9, abs=1e-11), name


def test_who_waits_exactly_as_long_as_allowed_is_a_queue_with_a_limit_on_waits():
    """Deterministic patience D (Barrer 1957), from the density of the offered wait by hand."""
    limit, load, n = 60 / 300, 30.0, 28
    m = patience_measures(survival=lambda t: (t < 60).astype(float), bends_s=[60], **QUEUE)
    before = 1 / float(erlang_b(load, n - 1))
    grow = np.expm1((load - n) * limit) / (load - n)  # within the limit
    beyond = np.exp((load - n) * limit) / n  # offered waits that nobody sits out
    total = before + load * (grow + beyond)
    assert float(m.abandon_share) == pytest.approx(load * beyond / total, rel=1e-10)
    assert float(m.wait_share) == pytest.approx(load * (grow + beyond) / total, rel=1e-10)


def test_a_table_of_quantiles_is_the_distribution_it_is_taken_from():
    spread = stats.gamma(0.7, scale=200)
    table = spread.ppf(np.linspace(0, 1, 2001).clip(0, 1 - 1e-7))
    fine = patience_measures(survival=spread.sf, **QUEUE)
    coarse = patience_measures(survival=quantile_survival(table), bends_s=table, **QUEUE)
    assert float(coarse.abandon_share) == pytest.approx(float(fine.abandon_share), abs=2e-4)
    with pytest.raises(DomainError, match="rise"):
        quantile_survival([0, 60, 30])


def test_customers_who_never_leave_must_be_few_enough():
    with pytest.raises(DomainError, match="never leave"):
        patience_measures(survival=lambda t: 0.97 + 0.03 * np.exp(-t / 60), **QUEUE)
    calm = patience_measures(survival=lambda t: 0.5 + 0.5 * np.exp(-t / 60), **QUEUE)
    assert 0 < calm.abandon_share < 0.5
    assert patience_measures(survival=lambda t: np.exp(-t), **(QUEUE | {"servers": 0})).wait_s == pytest.approx(1)


def test_exactly_as_many_patient_customers_as_agents_can_serve_is_too_many():
    with pytest.raises(DomainError, match="waits are endless"):
        patience_measures(arrivals_per_s=0.1, handle_s=100, servers=10, survival=np.ones_like)


def test_trunks_for_customers_without_any_patience_are_refused():
    with pytest.raises(DomainError, match="patience_s has a value of 0"):
        fewest_trunks(arrivals_per_s=0.1, handle_s=200, servers=22, blocked_share=0.01, patience_s=0)


def test_redials_add_what_the_balance_says():
    named = {"handle_s": 300, "servers": [20, 25, 40], "patience_s": 120}
    rate = arrivals_with_redials(arrivals_per_s=0.1, redial_share=0.5, reconnect_share=0.1, **named)
    left = queue_measures(arrivals_per_s=rate, **named).abandon_share
    np.testing.assert_allclose(rate, 0.1 + rate * (0.5 * left + 0.1 * (1 - left)), rtol=1e-13)
    assert (np.diff(rate) < 0).all()
    assert arrivals_with_redials(arrivals_per_s=0.1, **named) == pytest.approx(0.1)
    with pytest.raises(DomainError, match="never end"):
        arrivals_with_redials(arrivals_per_s=0.1, redial_share=1.0, **named)


def chain(load, n, k, theta):
    """Return the chances of 0 ... k in the system, plainly."""
    weights = [1.0]
    for j in range(1, k + 1):
        weights.append(weights[-1] * load / (min(j, n) + theta * max(j - n, 0)))
    return np.array(weights) / sum(weights)


@pytest.mark.parametrize("patience", [None, 90.0])
def test_trunks_are_the_chain_with_an_end(patience):
    m = trunk_measures(**QUEUE, trunks=35, patience_s=patience)
    theta = 300 / patience if patience else 0.0
    chance = chain(30, 28, 35, theta)
    number = np.arange(36)
    assert float(m.blocked_share) == pytest.approx(chance[-1])
    assert float(m.abandon_share) == pytest.approx(theta * (chance @ np.maximum(number - 28, 0)) / 30)
    assert float(m.occupancy_share) == pytest.approx(chance @ np.minimum(number, 28) / 28)
    assert float(m.wait_share) == pytest.approx(chance[28:35].sum())
    assert float(m.trunks_busy) == pytest.approx(chance @ number)


def test_few_trunks_are_erlang_b_and_many_erlang_a_and_c():
    assert float(trunk_measures(**QUEUE, trunks=28).blocked_share) == pytest.approx(float(erlang_b(30, 28)))
    for patience, servers in ((90.0, 28), (None, 33)):
        named = QUEUE | {"servers": servers, "patience_s": patience}
        wide, endless = trunk_measures(**named, trunks=3000), queue_measures(**named)
        for name in ("service_level", "asa_s", "abandon_share", "occupancy_share", "wait_share"):
            assert float(getattr(wide, name)) == pytest.approx(float(getattr(endless, name)), rel=1e-9, abs=1e-12)
    none = trunk_measures(arrivals_per_s=0.1, handle_s=300, servers=0, trunks=5, patience_s=60)
    assert float(none.blocked_share) == pytest.approx(float(erlang_b(6, 5)))
    with pytest.raises(DomainError, match="below servers"):
        trunk_measures(**QUEUE, trunks=20)


def test_fewest_trunks_are_enough_and_one_fewer_is_not():
    for servers, share in ((22, 0.01), (22, 0.3), (12, 0.45), (30, 0.001)):
        named = {"arrivals_per_s": 0.1, "handle_s": 200, "servers": servers, "patience_s": 100}
        trunks = float(fewest_trunks(**named, blocked_share=share))
        few = min(servers, trunks), min(servers, trunks - 1)
        here, fewer = (
            float(trunk_measures(**(named | {"servers": n}), trunks=k).blocked_share)
            for n, k in zip(few, (trunks, trunks - 1), strict=True)
        )
        assert here <= share < fewer
    with pytest.raises(DomainError, match="trunks are needed"):
        fewest_trunks(arrivals_per_s=0.1, handle_s=300, servers=20, blocked_share=0.01)


def test_random_rates_lower_the_service_as_sampling_says():
    named = {"handle_s": 300, "servers": 100, "within_s": 20, "patience_s": 180}
    rate = np.random.default_rng(3).gamma(100, 1 / 100, 200_000) * 100 / 300
    level = queue_measures(arrivals_per_s=rate, **named).service_level
    ours = float(expected_service(arrivals_per_s=100 / 300, cv=0.1, **named))
    assert ours == pytest.approx((rate * level).sum() / rate.sum(), abs=0.001)
    kept = float(chance_to_keep(arrivals_per_s=100 / 300, cv=0.1, answered_share=0.8, **named))
    assert kept == pytest.approx((level >= 0.8).mean(), abs=0.004)


def test_agents_for_a_random_rate_are_enough_and_one_fewer_is_not():
    promise = {"handle_s": 240, "within_s": 20, "patience_s": 150}
    rates, cv = np.array([0.0, 0.01, 0.2, 1.5]), 0.15
    agents = fewest_agents_uncertain(arrivals_per_s=rates, cv=cv, answered_share=0.8, **promise)
    assert agents[0] == 0
    assert (expected_service(arrivals_per_s=rates, cv=cv, servers=agents, **promise) >= 0.8).all()
    fewer = expected_service(arrivals_per_s=rates[1:], cv=cv, servers=agents[1:] - 1, **promise)
    assert (fewer < 0.8).all()
    sure = fewest_agents_uncertain(arrivals_per_s=rates, cv=cv, answered_share=0.8, certainty=0.9, **promise)
    high = rate_quantile(rates, cv=cv, level=0.9)
    np.testing.assert_array_equal(sure, fewest_agents(arrivals_per_s=high, answered_share=0.8, **promise))


def test_the_lag_shifts_arrivals_by_one_handle_time():
    np.testing.assert_allclose(lagged_load([1, 2, 3, 3], 900, interval_s=900), [0, 900, 1800, 2700])
    np.testing.assert_allclose(lagged_load([0.2] * 5, 450, interval_s=900), [45, 90, 90, 90, 90])


def test_carried_backlog_follows_the_exact_equations_through_an_overload():
    rate, servers = np.array([0.08, 0.08, 0.13, 0.13, 0.07, 0.05, 0.05, 0.05]), np.full(8, 10)
    exact = transient_measures(rate, servers, handle_s=100, interval_s=100)
    load, backlog = carried_load(rate, servers, handle_s=100, interval_s=100)
    assert (load < 10).all()
    assert np.abs(load - exact.busy)[2:].max() < 0.8  # an empty start is not steady
    assert backlog[3] > backlog[1]
    assert backlog[7] < backlog[3]
