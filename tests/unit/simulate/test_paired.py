import pytest

from omnistaff.simulate.paired import replicated_service


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
