"""A queue as a matrix of days by slots: what counts as zero, and what as not known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff.forecast.days import Days, make_days
from omnistaff.plan import make_plan

from .conftest import ZONE, demand_rows, settings

MAIL = {"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.9}, "hours": {"mon-fri": "09:00-17:00"}}


def mail_days(gone: list[str], marked: list[str]) -> Days:
    """Return three weeks from Monday 5 January of 2 mails an hour while open and one at 20:30 on days but Sundays.

    Days in *gone* have no rows at all, on days in *marked* nothing came and all open intervals are outliers.
    """
    local = pd.date_range("2026-01-05", periods=21 * 24, freq="h")
    opened = (local.hour >= 9) & (local.hour < 17) & (local.day_of_week < 5)
    late = (local.hour == 20) & (local.day_of_week < 6)
    date = local.strftime("%Y-%m-%d")
    out = date.isin(marked)
    kept = (opened | (late & ~out)) & ~date.isin(gone)
    offered = np.where(out, 0.0, np.where(opened, 2.0, 1.0))
    rows = demand_rows("mail", local[kept], offered[kept]).assign(
        is_open=opened[kept], is_outlier=(out & opened)[kept]
    )
    plan = make_plan(settings(queues=[MAIL]))
    assert plan.time_zone == ZONE
    return make_days(rows, plan.queues[0], plan, dt.date(2026, 1, 25))


def test_silence_of_a_deferred_queue_is_zero_on_a_closed_day_between_days_that_are_known() -> None:
    days = mail_days([], [])
    sunday = days.counts[days.row(dt.date(2026, 1, 11))]
    assert sunday.tolist() == [0.0] * 24
    assert np.nansum(days.counts[days.row(dt.date(2026, 1, 12))]) == 17


def test_an_outage_of_a_deferred_queue_is_no_zero_neither_while_open_nor_while_closed() -> None:
    outage = [f"2026-01-{day}" for day in range(12, 18)]
    days = mail_days([], outage)
    first, last = days.row(dt.date(2026, 1, 12)), days.row(dt.date(2026, 1, 17))
    assert np.isnan(days.counts[first : last + 1]).all()
    assert np.isnan(
        days.counts[days.row(dt.date(2026, 1, 18))]
    ).all()  # Sunday: nobody knows whether the feed was back
    assert not np.isnan(days.counts[days.row(dt.date(2026, 1, 20))]).any()


def test_days_of_a_deferred_queue_without_rows_though_open_are_no_zeros() -> None:
    gap = [f"2026-01-{day}" for day in range(12, 19)]
    days = mail_days(gap, [])
    assert np.isnan(days.counts[days.row(dt.date(2026, 1, 12)) : days.row(dt.date(2026, 1, 18)) + 1]).all()
    assert np.nansum(days.counts) == 17 * 10 + 2
