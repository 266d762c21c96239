"""People who are quicker or slower than the forecast's handle times, and who learn a queue on the way."""

import numpy as np
import pandas as pd
import pytest

import omnistaff as om


def test_two_servers_of_unlike_speed_give_the_waits_of_their_markov_chain(case, queue_settings):
    live, _ = queue_settings
    rate, quick, slow, within = 1 / 180, 1.5 / 200, 0.6 / 200, 20
    built = case([live("a"), live("b")], {"a": (20, 200), "b": (0, 100)}, {"a": 1, "a|b": 1}, replications=150)
    built.agents = built.agents.assign(proficiency=built.agents["skills"].map({"a": "a=1.5", "a|b": "b=2|a=0.6"}))
    # states: nobody busy, the quick one (who is asked first), the slow one, both; then one more in line each
    balance = np.array(
        [
            [-rate, quick, slow, 0],
            [rate, -rate - quick, 0, slow],
            [0, 0, -rate - slow, quick],
            [1, 1, 1, 1 / (1 - rate / (quick + slow))],
        ]
    )
    waits = np.linalg.solve(balance, [0, 0, 0, 1])[3] / (1 - rate / (quick + slow))
    found = built.horizon("a")
    assert found["asa_s"] == pytest.approx(waits / (quick + slow - rate), rel=0.05)
    level = 1 - waits * np.exp(-(quick + slow - rate) * within)
    assert found["service_level"] == pytest.approx(level, abs=0.006)


def test_half_the_speed_is_twice_the_handle_time(case, queue_settings):
    live, _ = queue_settings
    slow = case([live("a")], {"a": (15, 200)}, {"a": 3})
    slow.agents = slow.agents.assign(proficiency="a=0.5")
    long = case([live("a")], {"a": (15, 400)}, {"a": 3})
    pd.testing.assert_frame_equal(slow.run(), long.run())


def test_a_skill_serves_from_its_first_day_to_its_last(case, queue_settings):
    live, _ = queue_settings
    built = case([live("a"), live("b", patience_s=20)], {"a": (1, 60), "b": (10, 60)}, {"a|b": 1}, hours=72)
    built.agents = built.agents.assign(skill_dates="b=2026-03-03..2026-03-03", proficiency="b=1.25")
    rows = built.run()
    days = rows[(rows["period"] == "day") & (rows["queue"] == "b")]
    share = (days["answered"] / days["offered"]).tolist()  # at midnight those who wait are answered
    assert share[0] < 0.01
    assert share[1] > 0.5
    assert share[2] == 0
    built.agents = built.agents.assign(proficiency="c=2")
    with pytest.raises(om.ConfigError, match="proficiency or skill_dates name c"):
        built.run()
