"""The alarm: it rings for what the distribution does not hold, and is silent on ordinary days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff import forecast
from omnistaff.plan import Plan
from omnistaff.tables import DemandForecast


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
