import numpy as np
import pandas as pd
import pytest

from omnistaff.simulate.paired import paths_met, replicated_service
from omnistaff.tables import DemandForecast


def test_replications_add_up_to_the_outcomes(case, queue_settings):
    live, _ = queue_settings
    centre = case([live("voice", patience_s=60), live("cards")], {"voice": (60, 300), "cards": (30, 300)},
                  {"voice": 5, "cards": 4}, hours=12)  # fmt: skip
    table = replicated_service(centre.roster, centre.forecast, centre.agents, centre.plan)
    sums = table.groupby("queue")[["good", "base", "offered", "abandoned"]].sum()
    horizon = centre.horizon("voice")
    runs = centre.plan.simulate.replications
    assert sums.loc["voice", "good"] / sums.loc["voice", "base"] == pytest.approx(horizon["service_level"])
    assert sums.loc["voice", "abandoned"] / runs == pytest.approx(horizon["abandoned"])
    assert horizon["abandoned"] > 0
    assert table["replication"].nunique() == runs
    assert sums.loc["all", "offered"] == sums.drop("all")["offered"].sum()


def with_paths(forecast, counts):
    """Return *forecast* with these contacts by queue, path and interval."""
    table = forecast.table
    frames = [
        pd.DataFrame({"path": np.repeat(np.arange(len(mine)), mine.shape[1]), "queue": queue,
                      "interval_start": np.tile(table.loc[table["queue"] == queue, "interval_start"], len(mine)),
                      "arrivals": mine.ravel()})
        for queue, mine in counts.items()
    ]  # fmt: skip
    return DemandForecast(table, forecast.quantiles, pd.concat(frames, ignore_index=True))


def test_a_change_of_demand_leaves_other_customers_where_they_were(case, queue_settings):
    live, _ = queue_settings
    centre = case([live("voice"), live("cards")], {"voice": (60, 300), "cards": (30, 300)},
                  {"voice": 6, "cards": 4}, hours=12, replications=20, arrivals="path_counts")  # fmt: skip
    weeks = np.random.default_rng(4).gamma(10, 1 / 10, (2, 40, 1))
    counts = {"voice": np.round(weeks[0] * np.full(24, 30.0)), "cards": np.round(weeks[1] * np.full(24, 15.0))}
    base = with_paths(centre.forecast, counts)
    more = with_paths(centre.forecast, counts | {"voice": np.round(3 * counts["voice"])})
    order = paths_met(base, centre.plan)
    assert (order != paths_met(more, centre.plan)).any()
    named = (centre.agents, centre.plan)
    one, same, other = (
        replicated_service(centre.roster, forecast, *named, order=given).query("queue == 'cards'")
        for forecast, given in ((base, None), (base, order), (more, order))
    )
    pd.testing.assert_frame_equal(one, same)
    pd.testing.assert_frame_equal(one, other)


def test_an_order_of_other_paths_is_not_taken(case, queue_settings):
    live, _ = queue_settings
    centre = case([live("voice")], {"voice": (60, 300)}, {"voice": 6}, hours=12, replications=4)
    named = (centre.roster, centre.forecast, centre.agents, centre.plan)
    pd.testing.assert_frame_equal(replicated_service(*named), replicated_service(*named, order=np.arange(9)))
