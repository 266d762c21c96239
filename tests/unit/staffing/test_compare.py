import numpy as np
import pandas as pd
import pytest

from omnistaff.compare import first_stage
from omnistaff.differences import needed_differences, paired_differences
from omnistaff.staffing import NeededPeople

RUNS = 200


def replications(level, luck, noise=0.0, queue="voice"):
    """Return replications with 100 contacts each whose service moves with the customers' *luck*."""
    good = 100 * (level + luck + noise)
    rows = {"replication": range(RUNS), "queue": queue, "good": good, "base": 100.0, "offered": 100.0,
            "abandoned": 5.0, "late": 0.0, "waited_s": 950.0 * (1 + luck), "answered": 95.0}  # fmt: skip
    one = pd.DataFrame(rows)
    return pd.concat([one, one.assign(queue="all")], ignore_index=True)


def test_luck_that_both_sides_share_is_not_in_the_limits():
    rng = np.random.default_rng(5)
    luck, noise = rng.normal(0, 0.1, RUNS), rng.normal(0, 0.01, RUNS)
    table = paired_differences(replications(0.7, luck), replications(0.75, luck, noise)).set_index("figure")
    level = table.loc["service level, voice"]
    assert level["difference"] == pytest.approx(0.05 + noise.mean())
    half = 1.972 * noise.std(ddof=1) / np.sqrt(RUNS)  # Student's t with 199 degrees of freedom
    assert level["high"] - level["difference"] == pytest.approx(half, rel=1e-3)
    assert level["low"] - level["difference"] == pytest.approx(-half, rel=1e-3)


def test_the_limits_hold_as_often_as_they_say():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(120):
        luck = rng.normal(0, 0.1, RUNS)
        table = paired_differences(
            replications(0.7, luck), replications(0.72, luck, rng.normal(0, 0.05, RUNS))
        ).set_index("figure")
        held += table.loc["service level, voice", "low"] < 0.02 < table.loc["service level, voice", "high"]
    assert 0.91 < held / 120 < 0.99


def test_a_new_queue_has_no_difference_but_contacts_are_counted_in_all():
    luck = np.zeros(RUNS)
    base = replications(0.7, luck)
    video = replications(0.8, luck, queue="video")
    changed = pd.concat([base[base["queue"] == "voice"], video[video["queue"] == "video"],
                         base[base["queue"] == "all"].assign(offered=200.0)], ignore_index=True)  # fmt: skip
    table = paired_differences(base, changed).set_index("figure")
    assert np.isnan(table.loc["service level, video", "base"])
    assert table.loc["service level, video", "changed"] == pytest.approx(0.8)
    assert table.loc["contacts, all", "difference"] == 100
    # nobody asked: a count differs, a share has nothing to differ from
    assert table.loc["contacts, video", "base"] == 0
    assert table.loc["contacts, video", "difference"] == 100
    assert np.isnan(table.loc["service level, video", "difference"])
    assert table.loc["mean wait in s, video", "changed"] == pytest.approx(10)


def test_people_needed_differ_repeat_by_repeat():
    base = [NeededPeople(100.0, 2000.0, 9.0), NeededPeople(110.0, 2200.0, 10.0, 0), NeededPeople(90.0, 1800.0, 8.0)]
    changed = [
        NeededPeople(each.agent_hours + more, each.cost, 9.0, unproved)
        for each, more, unproved in zip(base, (9, 10, 11), (0, 2, 1), strict=True)
    ]
    table = needed_differences(base, changed).set_index("figure")
    hours = table.loc["agent-hours needed"]
    assert (hours["base"], hours["changed"], hours["difference"]) == pytest.approx((100, 110, 10))
    half = 4.30265 / np.sqrt(3)  # Student's t with two degrees of freedom, deviations of 1
    assert (hours["low"], hours["high"]) == pytest.approx((10 - half, 10 + half), rel=1e-4)
    unproved = table.loc["queues whose promise is not proved"]
    assert (unproved["base"], unproved["changed"], unproved["difference"]) == (0, 2, 2)  # of the worst repeat
    one = needed_differences(base[:1], changed[:1])
    assert np.isnan(one["low"]).all()
    assert np.isnan(one["base"].iloc[-1])  # not known


def test_another_outbound_list_is_another_forecast(build_plan):
    listed = {"handle_s": 240, "contacts": {"direction": ["outbound"]}}
    few, many = (
        build_plan("mail", changes={"mail": listed | {"outbound": [{"date": "2026-03-18", "contacts": contacts}]}})
        for contacts in (100, 900)
    )
    assert first_stage(few, many) == "demand"


def test_one_replication_has_a_difference_without_limits():
    one = [replications(level, np.zeros(RUNS)).query("replication == 0") for level in (0.7, 0.75)]
    level = paired_differences(*one).set_index("figure").loc["service level, voice"]
    assert level["difference"] == pytest.approx(0.05)
    assert np.isnan(level["low"])
    assert np.isnan(level["high"])
