"""What past days teach of a running one: launches that rest on another queue, forecasts whose days are missing."""

from __future__ import annotations

import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.plan import Plan, make_plan

from .conftest import make_demand, settings
from .test_intraday import clock, hanging_days


def test_a_launch_that_rests_on_another_queue_is_not_counted_twice() -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "chats")]
    events = [
        {"name": "blue", "kind": "launch", "start": "2026-03-02", "end": "2026-03-22", "queues": ["chats"]},
        {"name": "gold", "kind": "launch", "start": "2026-05-25", "queues": ["calls"], "analogue": "blue"},
    ]
    plan = make_plan(settings(queues=queues, calendar={"events": events}))
    chats = make_demand(days=140, queue="chats", seed=2)
    blue = chats["interval_start"].between(clock("2026-03-02"), clock("2026-03-23"))
    chats = chats.assign(offered=chats["offered"].where(~blue, 2 * chats["offered"]))
    past = pd.concat([hanging_days(), chats], ignore_index=True)
    before = forecast.forecast_demand(past, plan)
    mine = before.table["queue"] == "calls"
    seen = make_demand(start="2026-05-25", days=7)
    came = seen.assign(offered=before.table.loc[mine, "mean"].to_numpy()[: len(seen)].round())
    now = clock("2026-06-01 07:30")
    after = forecast.update_forecast(before, pd.concat([past, came]), plan, now=now)
    change = (after.table["mean"] / before.table["mean"])[mine].to_numpy()
    assert change[7 * 12 : 8 * 12] == pytest.approx(1.0, abs=0.05)


def test_what_came_from_some_days_after_a_forecasts_first_on_teaches_nothing_of_its_past(
    plan: Plan, demand: pd.DataFrame
) -> None:
    before = forecast.forecast_demand(demand, plan)
    late = make_demand(start="2026-04-16", days=5).iloc[:-4]
    after = forecast.update_forecast(before, late, plan)
    changed = (after.table["mean"] != before.table["mean"]).to_numpy()
    assert changed.nonzero()[0].tolist() == [8 * 12 - 4 + k for k in range(4)]  # today's evening, by the day's factor
