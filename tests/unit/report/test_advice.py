"""What the report advises: publishing, gaps, opening hours, pooling, certainty."""

import numpy as np
import pandas as pd
import pytest

from omnistaff.report import wording
from omnistaff.report.inputs import Inputs
from omnistaff.report.sections import (
    certainty,
    decisions,
    demand,
    gaps,
    opening,
    pooling,
)


def test_pooling_saves_a_tenth_for_certain_where_every_day_saves_a_tenth(inputs):
    found = pooling.saving(inputs)
    assert (found.share, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.hours == pytest.approx(inputs.table("requirement")["agents"].sum() * 0.5 * 0.1)


def test_limits_of_the_saving_widen_when_weeks_differ(world, inputs):
    pool = inputs.table("pool")
    second = pool["interval_start"] >= pool["interval_start"].min() + pd.Timedelta(days=7)
    changed = Inputs(world.work, world.plan)
    changed._tables["pool"] = pool.assign(agents=pool["agents"].where(~second, pool["agents"] * 0.7))
    found = pooling.saving(changed)
    assert 0.1 - 1e-9 <= found.low < found.share < found.high <= 0.37 + 1e-9


def test_one_week_still_has_limits_of_its_saving(world, inputs):
    first = inputs.table("requirement")["interval_start"].min()
    short = Inputs(world.work, world.plan)
    for name in ("requirement", "pool"):
        table = inputs.table(name)
        short._tables[name] = table[table["interval_start"] < first + pd.Timedelta(days=7)].reset_index(drop=True)
    thin = short.table("pool")["interval_start"] < first + pd.Timedelta(days=1)
    short._tables["pool"]["agents"] *= np.where(thin, 0.5, 1.0)
    found = pooling.saving(short)
    assert found.low < found.share < found.high


def test_publishing_is_advised_with_the_risk_that_the_plan_would_not_take(inputs):
    outcomes = inputs.table("outcomes").copy()
    reached = {"service_level": 1.0, "service_level_low": 0.999, "service_level_high": 1.0, "asa_s": 1.0,
               "abandoned": 0.0, "late": 0.0}  # fmt: skip
    for column, value in reached.items():
        outcomes[column] = value
    inputs._tables["outcomes"] = outcomes
    assert any(line.startswith("Publish: ") for line in decisions.decisions(inputs).lines)
    live = next(queue for queue in inputs.plan.queues if queue.mode == "live" and queue.target.answered_share)
    goal = live.target.answered_share
    mine = outcomes["queue"] == live.name
    outcomes.loc[mine, ["service_level", "service_level_low", "service_level_high"]] = goal, goal - 0.02, goal + 0.02
    told = [line for line in decisions.decisions(inputs).lines if line.startswith("Publish")]
    assert told[0].endswith(f"but {live.name} keeps its own in 50\u202f% of the ways demand may come, "
                            "and the plan asks for 80\u202f%.")  # fmt: skip


def test_gaps_are_stretches_that_hold_all_missing_hours(inputs):
    found = gaps.stretches(inputs)
    net = inputs.table("coverage")["net"]
    assert found["hours"].sum() == pytest.approx(-net[net < -gaps.SMALL].sum() * 0.5)
    assert (found["to"] > found["start"]).all()
    assert (found.groupby("queue")["first"].diff().dropna() > pd.Timedelta(minutes=30)).all()


def test_a_stretch_tells_the_reason_of_its_worst_interval(inputs):
    view = gaps.uncovered(inputs)
    worst = inputs.table("coverage").nsmallest(1, "net").iloc[0]
    told = [row for row in view.rows if row[-1] != wording.NOTHING]
    assert (worst["queue"], "4 can serve it: 3 at work; 1 would break rest") in [(row[2], row[-1]) for row in told]


def test_contacts_outside_hours_are_a_week_s_mean(inputs):
    chart = demand.outside_hours(inputs)
    closed = inputs.table("demand").query("~is_open")["offered"].sum()
    assert chart.data["per_week"].sum() == pytest.approx(closed / 6)  # six weeks of history


def test_opening_hours_that_should_change_are_told_in_stretches(inputs):
    view = opening.advice(inputs)
    assert view.title == "2 hours a week more would pay; without return: 1 of today's"
    assert [row[:4] for row in view.rows] == [
        ("cards", "open", "Sat 10:00 to 12:00", "20"),
        ("cards", "close", "Mon 19:00 to 20:00", "20"),
    ]
    assert any("opening cards on Sat 10:00 to 12:00: 20 new" in line for line in decisions.decisions(inputs).lines)


def test_certainty_is_compared_with_the_plan_s_probability(inputs):
    chart = certainty.curve(inputs)
    hours = chart.data.set_index("probability")["agent_hours"]
    assert inputs.plan.staffing.meet_target_with_probability == 0.8
    assert wording.signed(hours[0.95] - hours[0.8]) in chart.finding
