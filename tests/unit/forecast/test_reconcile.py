"""Groups and their totals: parts and wholes agree, by each of the three ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.forecast.reconcile import _balance
from omnistaff.plan import Plan, make_plan

from .conftest import make_demand, settings

NAMES = ("calls", "chat", "mail")


def demand() -> pd.DataFrame:
    """Return three queues, whose shares wander while their sum does not."""
    day = np.arange(98).repeat(12)
    swing = 1 + 0.5 * np.sin(2 * np.pi * day / 91)
    parts = [
        make_demand(queue=name, volume=volume, seed=k)
        for k, (name, volume) in enumerate(zip(NAMES, (600, 600, 300), strict=True))
    ]
    parts[0] = parts[0].assign(offered=(parts[0]["offered"] * swing).round())
    parts[1] = parts[1].assign(offered=(parts[1]["offered"] * (2 - swing)).round())
    return pd.concat(parts, ignore_index=True)


def plan_with(method: str, groups: dict[str, list[str]], **changes: object) -> Plan:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in NAMES]
    more = {"horizon_days": 14, "paths": 200, "groups": groups, "reconcile": method} | changes
    return make_plan(settings(queues=queues, forecast=more))


def total(result: object, queues: list[str]) -> float:
    table = result.table  # type: ignore[attr-defined]  # a DemandForecast
    return float(table.loc[table["queue"].isin(queues), "mean"].sum())


def test_bottom_up_changes_no_queue_and_sums_to_the_group() -> None:
    rows, plan = demand(), plan_with("bottom_up", {"live": ["calls", "chat"]})
    result = forecast.forecast_demand(rows, plan)
    alone = forecast.forecast_demand(rows, plan_with("bottom_up", {}))
    pd.testing.assert_frame_equal(result.table, alone.table)
    group = forecast.sum_groups(result, plan)
    assert set(group.table["queue"]) == {"live"}
    assert group.table["mean"].sum() == pytest.approx(total(result, ["calls", "chat"]))
    assert group.table["handle_s"].to_numpy() == pytest.approx(240.0)
    drawn = group.paths.groupby("path")["arrivals"].sum()
    assert drawn.mean() == pytest.approx(group.table["mean"].sum(), rel=0.03)
    assert group.quantiles.groupby("interval_start")["arrivals"].apply(lambda q: q.is_monotonic_increasing).all()


def test_a_group_in_which_nobody_is_expected_keeps_its_queues_handle_times() -> None:
    none = [{"volume_factor": 0.0, "start": "2026-04-13", "end": "2026-04-13"}]
    rows, plan = demand(), plan_with("bottom_up", {"live": ["calls", "chat"]}, adjustments=none)
    rows = rows.assign(handle_s=rows["handle_s"].mask(rows["queue"] == "chat", 120.0))
    made = forecast.adjust_forecast(forecast.forecast_demand(rows, plan), plan)
    group = forecast.sum_groups(made, plan).table
    assert (group["mean"].head(12) == 0).all()
    assert group["handle_s"].head(12).to_numpy() == pytest.approx(180.0)
    assert group["mean"].iloc[12:].min() > 0


def test_top_down_gives_the_groups_own_forecast() -> None:
    rows, groups = demand(), {"live": ["calls", "chat"]}
    result = forecast.forecast_demand(rows, plan_with("top_down", groups))
    truth = 2 * 2 * 600 * np.array([1.3, 1.1, 1.0, 1.0, 1.05, 0.5, 0.3]).sum()
    assert total(result, ["calls", "chat"]) == pytest.approx(truth, rel=0.03)
    alone = forecast.forecast_demand(rows, plan_with("bottom_up", groups))
    assert total(result, ["mail"]) == total(alone, ["mail"])


def test_least_squares_lies_between() -> None:
    rows, groups = demand(), {"live": ["calls", "chat"]}
    up, down, least = (
        total(forecast.forecast_demand(rows, plan_with(m, groups)), ["calls", "chat"])
        for m in ("bottom_up", "top_down", "least_squares")
    )
    assert min(up, down) - 1 <= least <= max(up, down) + 1


def test_least_squares_is_the_weighted_compromise() -> None:
    mean, variance = np.array([[60.0], [30.0]]), np.array([[4.0], [2.0]])
    moved = _balance(mean, variance, np.ones((1, 2)), [(np.array([99.0]), np.array([3.0]))])
    # of the gap of 9, each part takes its variance's share of 4 + 2 + 3
    assert moved.ravel() == pytest.approx([64.0, 32.0])


def test_a_queue_in_two_groups_cannot_be_scaled_to_both() -> None:
    with pytest.raises(ConfigError, match="calls in several groups"):
        plan_with("top_down", {"a": ["calls", "chat"], "b": ["calls", "mail"]})


def test_a_group_of_unknown_queues_is_named() -> None:
    with pytest.raises(ConfigError, match=r"groups\.a: no queue is called 'fax'"):
        plan_with("bottom_up", {"a": ["fax"]})
