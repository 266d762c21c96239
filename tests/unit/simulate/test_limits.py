"""The limits of abandonment and of the wait hold as often as they say, and `all` counts live queues' waits only."""

import numpy as np
import pytest


def horizon(rows, queue):
    return rows[(rows["period"] == "horizon") & (rows["queue"] == queue)].iloc[0]


def test_upper_limits_lie_above_what_happens_in_the_long_run(case, queue_settings):
    live, _ = queue_settings
    centre = case([live("v", 60)], {"v": (252, 120)}, {"v": 9}, hours=12, replications=15, seed=3)
    runs = []
    for seed in range(25):
        centre.plan = centre.plan.model_copy(update={"seed": seed})
        runs.append(horizon(centre.run(), "v"))
    left = np.array([row["abandoned"] / row["offered"] for row in runs])
    above = np.array([row["abandon_share_high"] for row in runs]) > left.mean()
    slower = np.array([row["asa_high_s"] for row in runs]) > np.mean([row["asa_s"] for row in runs])
    assert 0.87 < above.mean() <= 1.0  # 97.5 % asked
    assert 0.87 < slower.mean() <= 1.0
    assert (np.array([row["abandon_share_high"] for row in runs]) - left).max() < 0.05


def test_the_wait_of_all_is_that_of_live_queues(case, queue_settings):
    live, mail = queue_settings
    rows = case([live("v", 60), mail("m")], {"v": (252, 120), "m": (20, 120)}, {"m|v": 9}, hours=12).run()
    assert horizon(rows, "all")["asa_s"] == pytest.approx(horizon(rows, "v")["asa_s"])
    assert horizon(rows, "all")["asa_high_s"] == pytest.approx(horizon(rows, "v")["asa_high_s"])
