"""The mean handle time of a day is off as the forecast says that it may be."""

import numpy as np
import pytest

from omnistaff.simulate.handling import DayErrors
from omnistaff.simulate.run import read_scene
from omnistaff.tables import DemandForecast


def test_factors_have_mean_one_their_error_and_are_those_of_a_day():
    share = np.array([[0.1, 0.1, 0.1, 0.1], [0.3, 0.3, 0.3, 0.0]])
    errors = DayErrors(share, np.array([0, 0, 1, 1]))
    drawn = np.stack([errors.drawn(7, replication, [11, 12]) for replication in range(4000)])
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.02)
    np.testing.assert_allclose(drawn.std(axis=0), share, atol=0.02)
    assert (drawn[:, 0, 0] == drawn[:, 0, 1]).all()
    between = np.corrcoef(drawn[:, [0, 0, 1], [0, 2, 0]].T)
    assert np.abs(between[np.triu_indices(3, 1)]).max() < 0.05


@pytest.mark.parametrize(("arrivals", "spread"), [("path_counts", 0.2), ("mean_rates", 0.0)])
def test_replications_differ_in_their_handle_times_unless_all_is_as_forecast(case, queue_settings, arrivals, spread):
    live, _ = queue_settings
    built = case([live("v")], {"v": (60, 100)}, {"v": 9}, hours=48, arrivals=arrivals)
    table = built.forecast.table.assign(handle_error_s=20.0)
    forecast = DemandForecast(table, built.forecast.quantiles, built.forecast.paths)
    _, centre, given = read_scene(forecast, built.plan).staffed(built.roster, built.agents, built.plan)
    means = np.array([given(centre, replication).handle_s[0] for replication in range(300)])
    assert means.mean() == pytest.approx(100, rel=0.03)
    assert means.std(axis=0).mean() == pytest.approx(100 * spread, rel=0.1, abs=1e-9)
    assert (means[:, 0] == means[:, 20]).all()
    assert (means[:, 0] == means[:, -1]).all() == (spread == 0)
