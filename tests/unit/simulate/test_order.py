"""The first paths, however many, stand for all; limits that know the demand hold as often as they say."""

import numpy as np
import pytest
from scipy import stats

from omnistaff.simulate.limits import adjusted_limits, confidence_limits, stratified_limits
from omnistaff.simulate.order import demand_features, representative_order


def forecast(seed, paths=200):
    """Paths of three queues, one with a long tail, over four intervals."""
    rng = np.random.default_rng(seed)
    totals = rng.gamma([4.0, 30.0, 50.0], [250.0, 20.0, 8.0], size=(paths, 3))
    return rng.poisson(totals[:, :, None] / 4, size=(paths, 3, 4)).astype(float)


def service(paths, rng):
    """Contacts late and offered by path, queue and all: more than in proportion where people are short."""
    offered = paths.sum(axis=2)
    load = 0.5 * offered[:, [0]] + 0.5 * offered
    late = rng.binomial(offered.astype(int), np.clip(0.1 + 0.4 * (load / load.mean(axis=0) - 1), 0.01, 0.9))
    return tuple(np.column_stack([each, each.sum(axis=1)]) for each in (late.astype(float), offered))


def plain_limits(late, offered):
    squares = (late, offered, late * late, late * offered, offered * offered)
    return confidence_limits(np.stack([each.sum(axis=0) for each in squares], axis=1), len(late))


def order_of(paths):
    return representative_order(demand_features(paths).reshape(len(paths), -1))


@pytest.mark.parametrize("first", [20, 50, 100])
def test_first_paths_hold_as_many_contacts_as_all(first):
    as_drawn, ordered = [], []
    for seed in range(20):
        contacts = forecast(seed).sum(axis=2)
        order = order_of(forecast(seed))
        assert sorted(order) == list(range(200))
        mean, high = contacts.mean(axis=0), np.quantile(contacts, 0.9, axis=0)
        for rows, found in ((contacts[:first], as_drawn), (contacts[order[:first]], ordered)):
            over = np.maximum(rows - high, 0).mean(axis=0) / np.maximum(contacts - high, 0).mean(axis=0)
            found.append([np.abs(rows.mean(axis=0) / mean - 1).max(), np.abs(over - 1).max()])
    mean_error, tail_error = np.mean(ordered, axis=0) / np.mean(as_drawn, axis=0)
    assert mean_error < 0.5
    assert tail_error < 0.75


def test_paths_alike_keep_their_order():
    assert order_of(np.ones((4, 2, 3))).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("first", [50, 100])
def test_limits_that_know_the_demand_hold_and_are_narrower(first):
    held, width = [], []
    for seed in range(100):
        rng, paths = np.random.default_rng([7, seed]), forecast(seed)
        paths = paths[order_of(paths)]
        late, offered = service(paths, rng)
        again = [service(paths, rng)[0] for _ in range(20)]  # the long run on all paths
        truth = np.mean(again, axis=0).sum(axis=0) / offered.sum(axis=0)
        _, low, high = adjusted_limits(late[:first], offered[:first], demand_features(paths)[:first])
        _, plain_low, plain_high = plain_limits(late[:first], offered[:first])
        held.append((low <= truth) & (truth <= high))
        width.append((high - low) / (plain_high - plain_low))
    assert np.mean(held, axis=0).min() >= 0.95
    assert np.mean(width, axis=0).max() < 0.5


def test_few_replications_and_equal_paths_have_plain_limits():
    rng = np.random.default_rng(3)
    for paths in (forecast(1, paths=8), np.repeat(forecast(1, paths=1), 60, axis=0)):
        late, offered = service(paths, rng)
        found = adjusted_limits(late, offered, demand_features(paths))
        np.testing.assert_allclose(found, plain_limits(late, offered), rtol=1e-12)


def test_paths_met_twice_leave_only_what_differs_within_them():
    held, width = [], []
    for seed in range(100):
        rng, paths = np.random.default_rng([9, seed]), forecast(seed, paths=60)
        offered = service(paths, rng)[1]
        again = [service(paths, rng)[0] for _ in range(40)]
        truth = np.mean(again, axis=0).sum(axis=0) / offered.sum(axis=0)
        late, path = np.concatenate([service(paths, rng)[0] for _ in range(2)]), np.tile(np.arange(60), 2)
        twice = np.tile(offered, (2, 1))
        _, low, high = stratified_limits(late, twice, path)
        _, other_low, other_high = adjusted_limits(late, twice, demand_features(paths)[path])
        held.append((low <= truth) & (truth <= high))
        width.append((high - low) / (other_high - other_low))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(width) < 1


def test_a_path_met_more_often_counts_no_more_than_others():
    late, offered = np.array([[0.0], [2.0], [4.0], [6.0], [5.0], [5.0]]), np.full((6, 1), 10.0)
    share, low, high = stratified_limits(late, offered, np.array([0, 0, 1, 1, 1, 1]))
    assert share == pytest.approx(22 / 60)
    # means of the paths: 0.1 (variance 0.02, twice) and 0.5 (variance 0.02 / 3, four times); 1.3 degrees of freedom
    error = np.sqrt(0.02 / 2 + 0.02 / 3 / 4) / 2
    freedom = (0.01 + 0.005 / 3) ** 2 / (0.01**2 + (0.005 / 3) ** 2 / 3)
    assert (low, high) == (0.0, pytest.approx(min(1.0, 0.3 + stats.t.ppf(0.975, freedom) * error)))
