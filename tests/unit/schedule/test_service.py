"""What a missing hour costs by the service it loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import omnistaff
from omnistaff.plan.schedule import Rules
from omnistaff.schedule.need import net_need
from omnistaff.schedule.service import LEVELS, value_need
from omnistaff.tables import BuiltRoster, StaffingCurve, check
from tests.unit.schedule.small import small_agents, small_plan, small_pool

STEPS = (0.0, 0.5, 1.0, 1.5)


def _curve(lost: dict[tuple[str, int], tuple[float, ...]]) -> pd.DataFrame:
    rows = [
        (queue, pd.Timestamp("2026-05-04", tz="UTC") + pd.Timedelta(hours=hour), share, left, 0.0)
        for (queue, hour), values in lost.items()
        for share, left in zip(STEPS, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["queue", "interval_start", "share", "abandoned", "late"])


def _net(agents: dict[tuple[str, int], float]) -> pd.DataFrame:
    rows = [
        (queue, pd.Timestamp("2026-05-04", tz="UTC") + pd.Timedelta(hours=hour), heads)
        for (queue, hour), heads in agents.items()
    ]
    return pd.DataFrame(rows, columns=["queue", "interval_start", "agents"])


def _total(net: pd.DataFrame, shares: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return the cost of nobody in each row, recounted from the levels."""
    parts = np.diff(np.concatenate([np.zeros((len(net), 1)), shares], axis=1), axis=1)
    return (parts * costs).sum(axis=1) * net["agents"].to_numpy()


def test_without_a_curve_an_hour_costs_the_same_everywhere() -> None:
    shares, costs = value_need(_net({("calls", 0): 3.0, ("calls", 1): 5.0}), None, Rules())
    assert (shares == 1).all()
    assert (costs == Rules().understaffing_cost).all()


def test_nobody_costs_each_queue_what_it_loses_and_the_first_hour_missing_the_cost_of_the_plan() -> None:
    net = _net({("calls", 0): 4.0, ("calls", 1): 2.0, ("chat", 0): 3.0, ("chat", 1): 1.0})
    curve = _curve({
        ("calls", 0): (20, 6, 2, 1), ("calls", 1): (5, 1, 0.5, 0),
        ("chat", 0): (7, 3, 1, 0), ("chat", 1): (1, 0.4, 0.3, 0),
    })  # fmt: skip
    rules = Rules(understaffing_cost=50, spare_cost_share=1e-6)
    shares, costs = value_need(net, curve, rules)
    assert shares.shape == (4, LEVELS)
    assert (np.diff(shares, axis=1) >= 0).all()
    assert (shares[:, -1] == 1).all()
    assert (np.diff(costs, axis=1) <= 1e-9).all()
    # what a contact is worth: the cost of the queue's hours over what the last halves lose, by share
    calls, chat = 50 * 6 / ((4 + 0.5) / 0.5), 50 * 4 / ((2 + 0.1) / 0.5)
    assert _total(net, shares, costs).sum() == pytest.approx(calls * (18 + 4.5) + chat * (6 + 0.7))


def test_the_first_half_of_a_small_queue_is_worth_more_than_the_last() -> None:
    net = _net({("calls", 0): 2.0})
    shares, costs = value_need(net, _curve({("calls", 0): (9, 1, 0, 0)}), Rules(understaffing_cost=60))
    assert costs[0, 0] == pytest.approx(60 * 8)
    assert costs[0, -1] == pytest.approx(60)
    assert _total(net, shares, costs)[0] == pytest.approx(60 * 8 + 60)


def test_hours_with_more_contacts_for_the_same_people_are_worth_more() -> None:
    net = _net({("calls", 0): 2.0, ("calls", 1): 2.0})
    shares, costs = value_need(net, _curve({("calls", 0): (9, 4, 0, 0), ("calls", 1): (3, 1, 0, 0)}), Rules())
    assert (costs[0] > costs[1]).all()
    assert _total(net, shares, costs) == pytest.approx([60 * 4 * 9 / 10, 60 * 4 * 3 / 10])


def test_a_curve_that_first_gains_little_is_taken_as_its_hull() -> None:
    net = _net({("calls", 0): 2.0})
    _, costs = value_need(net, _curve({("calls", 0): (8, 7, 0, 0)}), Rules(understaffing_cost=60))
    assert costs == pytest.approx(60)


def test_late_contacts_count_by_their_share_and_hours_that_lose_nothing_are_worth_little() -> None:
    net = _net({("calls", 0): 1.0, ("calls", 1): 1.0})
    curve = _curve({("calls", 0): (0, 0, 0, 0), ("calls", 1): (0, 0, 0, 0)})
    curve.loc[(curve["interval_start"].dt.hour == 0) & (curve["share"] < 1), "late"] = 3.0
    rules = Rules(understaffing_cost=40)
    _, costs = value_need(net, curve, rules)
    assert costs[0, 0] == pytest.approx(80)
    assert costs[1] == pytest.approx(40 * rules.spare_cost_share)
    _, flat = value_need(net, curve, rules.model_copy(update={"late_cost_share": 0.0}))
    assert (flat == 40).all()  # nothing is lost at all, so nothing tells the hours apart


def test_a_roster_by_the_curve_loses_fewer_contacts_and_keeps_its_bound() -> None:
    pool, agents, plan = small_pool(), small_agents(4), small_plan()
    net = net_need(pool.allocation, plan, agents)
    heads, busy = net["agents"], 1 + 9 * (net["interval_start"].dt.hour < 12)  # mornings: ten times the contacts
    steps = [
        net[["queue", "interval_start"]].assign(
            share=share, agents=share * heads, abandoned=busy * (1 - share) ** 2, late=0.0
        )
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    curve = check(StaffingCurve, pd.concat(steps, ignore_index=True))
    flat = omnistaff.build_roster(pool, agents, plan)
    built = omnistaff.build_roster(replace(pool, curve=curve), agents, plan)
    assert 0 < built.bound <= built.cost
    assert sum(built.cost_parts.values()) == pytest.approx(built.cost)

    def lost(roster: BuiltRoster) -> float:
        both = roster.coverage.merge(net.assign(busy=busy), on=["queue", "interval_start"])
        share = (both["scheduled"] / both["required"]).clip(upper=1.0)
        return float((both["busy"] * (1 - share) ** 2).sum())

    assert lost(built) < lost(flat)
