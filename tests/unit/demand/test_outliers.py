"""Days far from their like, and levels that moved to stay, of a queue with a known rate."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pandas as pd
import pytest

from omnistaff import demand
from omnistaff.demand import marks
from omnistaff.demand.marks import mark_outliers, tell_changes
from omnistaff.plan import Plan, make_plan

LEVEL = np.array([1.3, 1.1, 1.0, 1.0, 1.05, 0.5, 0.3])


def make(**changes: object) -> Plan:
    queues = [{"name": "calls", "hours": {"daily": "08:00-20:00"}}]
    return make_plan(
        {"name": "test", "time_zone": "Europe/Madrid", "interval_minutes": 60, "queues": queues} | changes
    )


def rows(end: str, moves: dict[str, float], volume: float = 300.0, days: int = 140, seed: int = 1) -> pd.DataFrame:
    """Return hours of *days* days up to *end*, Poisson, each of *moves* multiplying the rate from its day on."""
    local = pd.date_range(end=pd.Timestamp(end) + pd.Timedelta(hours=23), periods=24 * days, freq="h")
    local = local[(local.hour >= 8) & (local.hour < 20)]
    rate = volume * LEVEL[local.day_of_week.to_numpy()] / 12
    for day, ratio in moves.items():
        rate = np.where(local >= pd.Timestamp(day), rate * ratio, rate)
    starts = local.tz_localize("Europe/Madrid").tz_convert("UTC").as_unit("us")
    offered = np.random.default_rng(seed).poisson(rate).astype(float)
    return pd.DataFrame(
        {
            "queue": pd.Series(["calls"] * len(starts), dtype="str"), "interval_start": starts, "is_open": True,
            "offered": offered, "is_event": False, "is_outlier": False, "handled": offered, "abandoned": 0.0,
            "repeat_contacts": 0.0, "switched_contacts": 0.0, "unlinked_contacts": 0.0, "workload_s": 0.0,
        }
    )  # fmt: skip


def marked(table: pd.DataFrame, plan: Plan) -> list[str]:
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    return sorted(set(local[mark_outliers(table, plan.queues[0], plan)].dt.strftime("%m-%d")))


def shifts(table: pd.DataFrame, plan: Plan) -> list[tuple[str, float]]:
    return [(str(day), round(ratio, 1)) for day, ratio in tell_changes(table, plan.queues[0], plan).shifts]


@pytest.mark.parametrize("since", ["2026-03-25", "2026-03-16", "2026-03-02", "2026-02-02"])
@pytest.mark.parametrize("ratio", [2.5, 0.4])
def test_days_of_a_level_that_moved_to_stay_are_learnt_from(since: str, ratio: float) -> None:
    table, plan = rows("2026-03-29", {since: ratio}), make()
    assert marked(table, plan) == []
    assert shifts(table, plan) == [(since, pytest.approx(ratio, abs=0.11))]


def test_two_shifts_in_a_row_are_both_found() -> None:
    table = rows("2026-03-29", {"2026-01-19": 2.0, "2026-03-16": 2.0})
    assert [day for day, _ in shifts(table, make())] == ["2026-01-19", "2026-03-16"]
    assert marked(table, make()) == []


@pytest.mark.parametrize("since", ["2026-03-20", "2026-03-06", "2026-02-06"])
def test_a_week_that_is_over_is_no_shift_and_is_not_learnt_from(since: str) -> None:
    week = pd.date_range(since, periods=8)
    table = rows("2026-03-29", {since: 3.0, f"{week[7]:%Y-%m-%d}": 1 / 3})
    assert shifts(table, make()) == []
    assert marked(table, make()) == [f"{day:%m-%d}" for day in week[:7]]


def test_four_days_are_no_shift_yet() -> None:
    assert shifts(rows("2026-03-29", {"2026-03-26": 2.5}), make()) == []


@pytest.mark.parametrize("end", ["2025-12-31", "2026-01-05", "2026-01-08"])
def test_weeks_of_feasts_are_no_shift(end: str) -> None:
    table = rows(end, {"2025-12-20": 0.4})
    assert shifts(table, make(calendar={"country": "ES"})) == []
    assert shifts(table, make()) == [("2025-12-20", 0.4)]


def test_figures_tell_queue_day_and_size_of_a_shift_and_a_queue_that_ended() -> None:
    told = {one.figure: one.text for one in demand.describe(rows("2026-03-29", {"2026-03-16": 2.5}), make())}
    assert "calls 2.5" in told["level_shifts"]
    assert "since 2026-03-16" in told["level_shifts"]
    over = rows("2026-03-29", {"2026-02-09": 0.0})
    over["is_outlier"] = mark_outliers(over, make().queues[0], make())
    late = over[over["interval_start"] == pd.Timestamp("2026-02-08 18:00", tz="UTC")].assign(
        is_open=False, offered=0.0
    )
    late["interval_start"] += pd.Timedelta(hours=1)  # work of the last contact, after closing
    over = pd.concat([over, late]).sort_values("interval_start", ignore_index=True)
    told = {one.figure: one.text for one in demand.describe(over, make())}
    assert "calls since 2026-02-08" in told["ended_queues"]
    assert "level_shifts" not in told


def closed_before(table: pd.DataFrame, what: str, opened: str) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Return *table* without contacts in the evenings, or on Saturdays, before a day, and which rows these are."""
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    shut = (local.dt.hour >= 18) if what == "evening" else (local.dt.day_of_week == 5)
    shut &= local < pd.Timestamp(opened, tz="Europe/Madrid")
    return table.assign(offered=table["offered"].where(~shut, 0.0)), shut


@pytest.mark.parametrize("opened", ["2026-03-09", "2026-02-02"])
@pytest.mark.parametrize("what", ["evening", "saturday"])
def test_hours_that_were_not_open_yet_are_no_zeros(what: str, opened: str) -> None:
    table, shut = closed_before(rows("2026-03-29", {}), what, opened)
    plan = make()
    assert mark_outliers(table, plan.queues[0], plan).tolist() == shut.tolist()
    assert shifts(table, plan) == []
    told = {one.figure: one.text for one in demand.describe(table, plan)}
    assert f"calls {shut.sum():,} intervals before 2026-" in told["unopened_queues"]


@pytest.mark.parametrize("weeks", [["2026-03-28"], ["2026-02-28"], ["2026-01-03", "2026-01-10", "2026-01-17"]])
def test_hours_that_were_open_for_once_were_closed_before(weeks: list[str]) -> None:
    table = rows("2026-03-29", {})
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    usual = local.dt.day_of_week.ne(5) | local.dt.strftime("%Y-%m-%d").isin(weeks)
    table = table.assign(offered=table["offered"].where(usual, 0.0))
    assert tell_changes(table, make().queues[0], make()).opened is None


def test_two_weeks_of_late_evenings_open_none() -> None:
    table = rows("2026-03-29", {})
    local = table["interval_start"].dt.tz_convert("Europe/Madrid")
    usual = local.dt.hour.lt(18) | local.dt.strftime("%Y-%m-%d").between("2026-02-16", "2026-03-01")
    table = table.assign(offered=table["offered"].where(usual, 0.0))
    assert tell_changes(table, make().queues[0], make()).opened is None


@pytest.mark.parametrize("growth", [1.0, 10.0])
def test_quiet_hours_before_their_first_contact_are_zeros(growth: float) -> None:
    daily = {f"{day:%Y-%m-%d}": growth ** (1 / 140) for day in pd.date_range("2025-11-10", "2026-03-29")}
    for seed in range(5):
        table = rows("2026-03-29", daily, volume=4.0, seed=seed)
        assert tell_changes(table, make().queues[0], make()).opened is None


def test_figures_lay_each_queue_out_once() -> None:
    with mock.patch.object(marks, "_lay_out", wraps=marks._lay_out) as lay_out:
        demand.describe(rows("2026-03-29", {}), make())
    assert lay_out.call_count == 1
