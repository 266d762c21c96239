"""Interval histories: they fill the time before contacts, never beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omnistaff import demand
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Demand, empty


def plan(**changes: object) -> Plan:
    queue = {"name": "calls", "contacts": {"queue": ["acd-1", "acd-2"]}, "hours": {"daily": "09:00-11:00"}}
    return make_plan({"name": "test", "time_zone": "UTC", "interval_minutes": 30, "queues": [queue]} | changes)


def history(minutes: int = 15, **columns: object) -> pd.DataFrame:
    starts = pd.date_range("2026-03-02 09:00", "2026-03-02 10:45", freq=f"{minutes}min", tz="UTC").as_unit("us")
    frame = pd.DataFrame({"queue": "acd-1", "interval_start": starts, "offered": 4.0, "handled": 3.0})
    return frame.assign(abandoned=np.nan, handle_s=200.0).assign(**columns)


def test_short_intervals_are_added_up() -> None:
    table = demand.add_histories(empty(Demand), history(), plan())
    assert table["offered"].tolist() == [8.0] * 4
    assert table["handled"].tolist() == [6.0] * 4
    assert table["abandoned"].tolist() == [2.0] * 4
    assert table["handle_s"].tolist() == [200.0] * 4
    assert table["workload_s"].tolist() == [1200.0] * 4
    assert table["is_open"].all()


def test_queues_of_one_filter_are_added_and_others_left_out() -> None:
    both = pd.concat([history(), history(queue="acd-2"), history(queue="acd-3")], ignore_index=True)
    assert demand.add_histories(empty(Demand), both, plan())["offered"].sum() == 64.0


def test_what_was_counted_from_contacts_is_kept() -> None:
    counted = demand.add_histories(empty(Demand), history(), plan()).iloc[2:]
    later = counted.assign(offered=99.0)
    table = demand.add_histories(later, history(), plan())
    assert table["offered"].tolist() == [8.0, 8.0, 99.0, 99.0]


def test_a_report_counts_up_to_the_first_contact_of_a_day_that_logs_begin_on() -> None:
    days = days_of("2026-02-02", 29)  # to Monday, 2 March
    days["offered"] = np.random.default_rng(1).poisson(100, len(days)).astype(float)
    whole = demand.add_histories(empty(Demand), days, plan())
    ten = pd.Timestamp("2026-03-02 10:00", tz="UTC")
    counted = whole.tail(4).copy()  # logs begin at ten, the morning before is a zero in them
    counted.loc[counted["interval_start"] < ten, ["offered", "handled", "abandoned", "workload_s"]] = 0.0
    table = demand.add_histories(counted, days[days["interval_start"] < ten], plan())
    assert not table["is_outlier"].any()
    pd.testing.assert_frame_equal(table.sort_values("interval_start", ignore_index=True), whole)


@pytest.mark.parametrize(("until", "learnt"), [("10:00", True), ("09:30", False)])
def test_the_day_that_logs_begin_on_is_learnt_from_if_reports_make_it_whole(until: str, learnt: bool) -> None:
    days = days_of("2026-02-02", 30)
    days["offered"] = np.random.default_rng(1).poisson(100, len(days)).astype(float)
    counted = demand.add_histories(empty(Demand), days, plan()).tail(8).copy()
    begun = counted["interval_start"].dt.day == 2  # cut off, as far as logs know
    counted["is_outlier"] = begun
    early = counted["interval_start"] < pd.Timestamp("2026-03-02 10:00", tz="UTC")
    counted.loc[early, ["offered", "handled", "abandoned", "workload_s"]] = 0.0
    told = days[days["interval_start"] < pd.Timestamp(f"2026-03-02 {until}", tz="UTC")]
    table = demand.add_histories(counted, told, plan()).sort_values("interval_start")
    assert table["is_outlier"].tail(6).tolist() == [not learnt] * 2 + [False] * 4
    last = demand.add_histories(counted[begun], told, plan()).sort_values("interval_start")
    assert last["is_outlier"].tail(2).all()  # it may be cut off at its end, too


def test_a_silent_interval_is_zero_or_unknown_as_the_plan_says() -> None:
    holed = history().drop(index=[2, 3])
    assert demand.add_histories(empty(Demand), holed, plan())["offered"].tolist() == [8.0, 0.0, 8.0, 8.0]
    unknown = plan(demand={"missing": "unknown"})
    assert demand.add_histories(empty(Demand), holed, unknown)["offered"].tolist() == [8.0] * 3


def test_intervals_longer_than_the_plans_are_refused() -> None:
    with pytest.raises(ConfigError, match="steps of 30 minutes, the plan in 15"):
        demand.add_histories(empty(Demand), history(30), plan(interval_minutes=15))


def split(*filters: dict[str, list[str]]) -> Plan:
    return plan(queues=[{"name": f"q{k}", "contacts": each} for k, each in enumerate(filters)])


def test_a_reported_queue_belongs_to_the_first_queue_that_names_it() -> None:
    both = pd.concat([history(), history(queue="acd-2", offered=1.0)], ignore_index=True)
    shared = split({"queue": ["acd-1"]}, {"queue": ["acd-1", "acd-2"]}, {"queue": ["acd-1"], "language": ["en"]})
    table = demand.add_histories(empty(Demand), both, shared)
    assert table.groupby("queue")["offered"].sum().to_dict() == {"q0": 32.0, "q1": 8.0}


def test_a_queue_that_reports_cannot_split_is_refused() -> None:
    for second in ({"queue": ["acd-1"], "language": ["fr"]}, {"queue": ["acd-1"]}):
        shared = split({"queue": ["acd-1"], "language": ["en"]}, second)
        with pytest.raises(ConfigError, match=r"'acd-1' .* could be q0 or q1, as reports do not tell language"):
            demand.add_histories(empty(Demand), history(), shared)
    alone = split({"queue": ["acd-1"], "language": ["en"]}, {"queue": ["acd-2"]})
    assert demand.add_histories(empty(Demand), history(), alone)["offered"].sum() == 32.0


def days_of(first: str, number: int) -> pd.DataFrame:
    dates = pd.date_range(first, periods=number).normalize()
    day = history()
    moves = [
        day["interval_start"] + (date.tz_localize("UTC") - pd.Timestamp("2026-03-02", tz="UTC")) for date in dates
    ]
    return pd.concat([day.assign(interval_start=starts) for starts in moves], ignore_index=True)


def test_rows_after_the_cut_off_are_ignored() -> None:
    table = demand.add_histories(empty(Demand), days_of("2026-03-02", 5), plan(demand={"cut_off": "2026-03-05"}))
    assert table["interval_start"].max() == pd.Timestamp("2026-03-04 10:30", tz="UTC")


@pytest.mark.parametrize("day", ["1970-01-01", "2026-12-03"])
def test_a_row_with_a_date_far_off_is_left_out_and_told(day: str) -> None:
    rows = pd.concat([days_of("2026-03-02", 20), days_of("2026-03-22", 20), days_of(day, 1).head(1)])
    table = demand.add_histories(empty(Demand), rows, plan())
    assert len(table) == 40 * 4
    figures = {one.figure: one.text for one in demand.describe(table, plan(), histories=rows)}
    assert figures["stray_reports"].startswith("1 rows of interval reports left out")


def report(minutes: int, *, share: float = 1.0, first: str = "2026-03-02", days: int = 20) -> pd.DataFrame:
    """Rows of an evenly busy report from nine to five in UTC; *share* of them are there."""
    starts = pd.date_range(first, periods=days * 1440 // minutes, freq=f"{minutes}min", tz="UTC").as_unit("us")
    starts = starts[(starts.hour >= 9) & (starts.hour < 17)]
    starts = starts[np.random.default_rng(4).random(len(starts)) < share]
    return pd.DataFrame(
        {
            "queue": "acd-1",
            "interval_start": starts,
            "offered": 2.0,
            "handled": 2.0,
            "abandoned": 0.0,
            "handle_s": 60.0,
        }
    )


@pytest.mark.parametrize(("share", "days"), [(0.3, 20), (0.02, 200), (0.05, 5), (0.1, 3)])
def test_a_thin_report_that_leaves_quiet_intervals_out_is_taken(share: float, days: int) -> None:
    thin = report(30, share=share, days=days)
    assert 0 < demand.add_histories(empty(Demand), thin, plan())["offered"].sum() == 2 * len(thin)


@pytest.mark.parametrize(("step", "interval"), [(15, 20), (10, 15), (60, 30), (1440, 60)])
def test_steps_that_do_not_divide_the_plans_are_refused(step: int, interval: int) -> None:
    rows = report(step) if step < 1440 else report(60).iloc[::8]
    with pytest.raises(ConfigError, match=f"in steps of {step} minutes, the plan in {interval}"):
        demand.add_histories(empty(Demand), rows, plan(interval_minutes=interval))


@pytest.mark.parametrize("hours", [[9], [9, 17]])
def test_a_report_of_few_times_of_day_is_taken(hours: list[int]) -> None:
    rows = report(60, days=40)
    late = rows.assign(interval_start=rows["interval_start"] + pd.Timedelta(hours=8))
    rows = pd.concat([rows, late]).drop_duplicates("interval_start").sort_values("interval_start")
    rows = rows[rows["interval_start"].dt.hour.isin(hours)]
    queue = {"name": "acd-1", "hours": {"daily": "09:00-10:00" if hours == [9] else "09:00-18:00"}}
    table = demand.add_histories(empty(Demand), rows, plan(interval_minutes=60, queues=[queue]))
    assert table["offered"].sum() == 2 * len(rows)


@pytest.mark.parametrize(
    ("step", "interval", "advice"),
    [
        (10, 15, "divide 15, or set interval_minutes to 10 or 20 or 30 or 60$"),
        (1440, 60, "divide 60$"),
        (480, 60, "divide 60$"),
    ],
)
def test_the_advice_on_odd_steps_can_be_followed(step: int, interval: int, advice: str) -> None:
    starts = pd.date_range("2026-03-02", periods=40, freq=f"{step}min", tz="UTC").as_unit("us")
    rows = history().iloc[[0]].merge(pd.DataFrame({"start": starts}), how="cross")
    rows = rows.assign(interval_start=rows["start"]).drop(columns="start")
    queue = {"name": "acd-1", "hours": {"daily": "00:00-24:00"}}
    with pytest.raises(ConfigError, match=advice):
        demand.add_histories(empty(Demand), rows, plan(interval_minutes=interval, queues=[queue]))


def test_long_steps_before_short_ones_are_refused() -> None:
    both = pd.concat([report(60, days=10), report(15, first="2026-03-12")], ignore_index=True)
    with pytest.raises(ConfigError, match="from 2026-03-02 on its interval history is in steps of 60 minutes"):
        demand.add_histories(empty(Demand), both, plan())
    assert len(demand.add_histories(empty(Demand), both, plan(interval_minutes=60)))


def test_hours_that_begin_at_half_past_in_the_queues_zone_are_refused() -> None:
    india = {"time_zone": "Asia/Kolkata", "interval_minutes": 60}
    with pytest.raises(ConfigError, match="steps of 60 minutes that begin at 14:30 in Asia/Kolkata"):
        demand.add_histories(empty(Demand), report(60), plan(**india))
    assert len(demand.add_histories(empty(Demand), report(30), plan(**india)))
