import numpy as np
import pytest
from scipy.special import ndtri

from omnistaff.simulate import streams


def test_normal_quantiles_agree_with_scipy_to_the_last_digits():
    u = np.concatenate([np.logspace(-15, -0.31, 400), 1 - np.logspace(-12, -0.31, 400)])
    ours = np.array([streams.normal_quantile(float(x)) for x in u])
    assert np.allclose(ours, ndtri(u), rtol=2e-13, atol=1e-15)


def test_streams_are_uniform_and_do_not_follow_each_other():
    names = np.array([streams.name_key("a"), streams.name_key("b")], dtype=np.uint64)
    keys = np.concatenate([streams.stream_keys(np.uint64(7), r, names).ravel() for r in range(2)])
    assert len(set(keys.tolist())) == keys.size
    draws = np.array([[streams.uniform(key, n) for n in range(2000)] for key in keys])
    assert abs(draws.mean() - 0.5) < 0.005
    assert abs(draws.var() - 1 / 12) < 0.002
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 4.5 / np.sqrt(2000)


@pytest.mark.parametrize(
    ("kind", "spread", "variance"),
    [(streams.EXPONENTIAL, 0.0, 1.0), (streams.LOGNORMAL, 0.5, np.exp(0.25) - 1), (streams.CONSTANT, 0.0, 0.0)],
)
def test_draws_have_mean_one_and_the_variance_of_their_kind(kind, spread, variance):
    u = (np.arange(200_000) + 0.5) / 200_000
    draws = np.array([streams.unit_draw(kind, spread, np.ones(2), float(x)) for x in u])
    assert draws.mean() == pytest.approx(1.0, abs=1e-4)
    assert draws.var() == pytest.approx(variance, abs=2e-3)


def test_a_table_is_read_along_straight_lines():
    table = np.array([0.0, 1.0, 3.0])
    assert streams.unit_draw(streams.TABLE, 0.0, table, 0.25) == pytest.approx(0.5)
    assert streams.unit_draw(streams.TABLE, 0.0, table, 0.75) == pytest.approx(2.0)
