"""The alarm: it rings for what the distribution does not hold, and is silent on ordinary days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff import forecast
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import DemandForecast

from .conftest import make_demand, settings


def drawn_day(result: DemandForecast, path: int, factor: float = 1.0) -> pd.DataFrame:
    """Return the first day of one path as demand, so many times as much."""
    day = result.paths[result.paths["path"] == path].head(12)
    return day[["queue", "interval_start"]].assign(offered=(day["arrivals"] * factor).round())


def test_days_as_forecast_ring_no_alarm(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    rung = [bool(forecast.find_surprises(result, drawn_day(result, path), plan)) for path in range(50)]
    assert np.mean(rung) <= 0.04


def test_twice_as_much_rings_with_its_size(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    surprise = forecast.find_surprises(result, drawn_day(result, 3, 2.0), plan)[0]
    assert surprise.queue == "calls"
    assert 1.7 < surprise.actual / surprise.expected < 2.3
    assert surprise.text.endswith("more")


def test_silence_in_the_last_two_hours_rings(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    day = drawn_day(result, 5).head(8)
    dead = day.assign(offered=day["offered"].where(np.arange(8) < 4, 0.0))
    surprise = forecast.find_surprises(result, dead, plan)[0]
    assert surprise.since == day["interval_start"].iloc[4]
    assert surprise.actual == 0


def clock(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Europe/Madrid").tz_convert("UTC").as_unit("us")


def test_a_dead_line_rings_though_no_row_tells_of_it(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    day = drawn_day(result, 5)
    since_ten = forecast.find_surprises(result, day.head(2), plan, now=clock("2026-04-13 14:00"))[0]
    assert (since_ten.since, since_ten.actual) == (clock("2026-04-13 10:00"), 0)
    assert since_ten.until == clock("2026-04-13 13:00")
    all_day = forecast.find_surprises(result, day.head(0), plan, now=clock("2026-04-13 14:00"))[0]
    assert (all_day.since, all_day.actual) == (clock("2026-04-13 08:00"), 0)


def test_a_late_feed_rings_no_alarm(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    day, now = drawn_day(result, 5), clock("2026-04-13 14:00")
    until = {"calls": clock("2026-04-13 12:00")}
    assert forecast.find_surprises(result, day.head(4), plan, now=now, seen_until=until) == []
    assert forecast.find_surprises(result, day.head(2), plan, now=now, seen_until=until)


def test_a_queue_whose_actuals_were_not_given_rings_no_alarm(demand: pd.DataFrame) -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "mail")]
    plan = make_plan(settings(queues=queues))
    result = forecast.forecast_demand(pd.concat([demand, make_demand(queue="mail")]), plan)
    day = drawn_day(result, 5)
    assert forecast.find_surprises(result, day, plan) == []
    assert forecast.find_surprises(result, day, plan, now=clock("2026-04-13 20:00"))[0].queue == "mail"


def test_the_interval_that_runs_is_not_looked_at(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    day = drawn_day(result, 5)
    begun = day.head(1).assign(offered=1.0)
    assert forecast.find_surprises(result, begun, plan, now=clock("2026-04-13 08:05")) == []
    assert forecast.find_surprises(result, begun, plan)


def test_a_queue_that_is_closed_today_is_not_named_for_a_day_before() -> None:
    queues = [
        {"name": "calls", "hours": {"mon-fri": "08:00-20:00"}},
        {"name": "chats", "hours": {"daily": "08:00-20:00"}, "contacts": {"channel": ["chat"]}},
    ]
    plan = make_plan(settings(queues=queues))
    calls = make_demand()
    calls = calls[calls["interval_start"].dt.tz_convert("Europe/Madrid").dt.day_of_week < 5]
    result = forecast.forecast_demand(pd.concat([calls, make_demand(queue="chats")]), plan)
    week = result.table[["queue", "interval_start"]].assign(offered=result.table["mean"].round())
    friday = (week["queue"] == "calls") & (week["interval_start"] >= clock("2026-04-17"))
    week["offered"] = week["offered"].where(~friday, 3 * week["offered"])
    came = week[week["interval_start"] < clock("2026-04-19 14:00")]  # a Sunday
    assert forecast.find_surprises(result, came, plan) == []
    assert forecast.find_surprises(result, came[came["interval_start"] < clock("2026-04-18")], plan)


def made_contacts(result: DemandForecast, extra: int) -> pd.DataFrame:
    """Return contacts of eight weeks, half billing and half cards, and of the first day with *extra* outages."""
    first = result.table["interval_start"].min()
    usual = pd.date_range(first - pd.Timedelta(weeks=4), periods=4000, freq="10min")
    today = pd.DatetimeIndex([first + pd.Timedelta(minutes=m) for m in range(300)])
    fault = pd.DatetimeIndex([first + pd.Timedelta(minutes=m % 300) for m in range(extra)])
    times = usual.append([today, fault])
    reasons = np.array(["billing", "cards"])[np.arange(len(times)) % 2].astype(object)
    reasons[len(times) - extra :] = "outage"
    return pd.DataFrame({"contact_id": [f"c{k}" for k in range(len(times))], "arrived_at": times, "reason": reasons})


def test_the_alarm_names_the_likely_reason(demand: pd.DataFrame, plan: Plan) -> None:
    result = forecast.forecast_demand(demand, plan)
    today = drawn_day(result, 3, 2.0)
    alarm = forecast.find_surprises(result, today, plan, contacts=made_contacts(result, 400))[0]
    assert alarm.reason == "outage"
    assert alarm.text.endswith("more, mostly outage")
    assert (
        forecast.find_surprises(result, today, plan, contacts=made_contacts(result, 0).assign(reason=None))[0].reason
        is None
    )
