"""A queue without a past: contacts follow its customers' ages, its shape the queue most like it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.forecast.adoption import bass_share, expected_contacts
from omnistaff.plan import Plan, make_plan

from .conftest import LEVEL, make_demand, settings

START = "2026-04-13"
ORDERS = {str(dt.date(2026, 4, 13) + dt.timedelta(days=k)): 100.0 for k in range(14)}


def plan_with(**adoption: object) -> Plan:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "app")]
    chosen = {"like": "calls", "contacts_by_age": {0: 0.2, 3: 0.0}, "orders": "app-orders", **adoption}
    drivers = [{"name": "app-orders", "values": ORDERS}] if chosen["orders"] else []
    more = {"horizon_days": 14, "paths": 400, "adoptions": {"app": chosen}, "drivers": drivers}
    return make_plan(settings(queues=queues, forecast=more))


def daily(table: pd.DataFrame) -> np.ndarray:
    mine = table[table["queue"] == "app"]
    return mine.groupby(mine["interval_start"].dt.tz_convert("Europe/Madrid").dt.date)["mean"].sum().to_numpy()


def test_bass_starts_at_nothing_and_ends_with_all() -> None:
    years = np.array([0.0, 1.0, 60.0])
    share = bass_share(years, 0.03, 0.38)
    assert share[0] == 0
    assert share[1] == pytest.approx((1 - np.exp(-0.41)) / (1 + 0.38 / 0.03 * np.exp(-0.41)))
    assert share[2] == pytest.approx(1.0)


def test_contacts_are_customers_times_their_contacts_by_age() -> None:
    plan = plan_with()
    contacts = expected_contacts(plan.forecast.adoptions["app"], dt.date(2026, 4, 11), 6, plan)
    assert contacts == pytest.approx([0, 0, 20, 40, 60, 60])  # 100 a day, each .2 a day for three days


def test_the_week_and_the_day_are_borrowed(demand: pd.DataFrame) -> None:
    result = forecast.forecast_demand(demand, plan_with())
    days = daily(result.table)
    factor = LEVEL / LEVEL.mean()
    assert days[7:] == pytest.approx(60 * factor, rel=0.08)
    pair = [result.table[result.table["queue"] == name] for name in ("calls", "app")]
    ours, like = (t[t["interval_start"] >= pair[0]["interval_start"].iloc[-12]]["mean"].to_numpy() for t in pair)
    assert ours / ours.sum() == pytest.approx(like / like.sum(), rel=0.05)
    assert set(pair[1]["model"]) == {"adoption"}
    assert pair[1]["handle_s"].to_numpy() == pytest.approx(240.0)


def test_nobody_comes_before_the_first_day_of_sale(demand: pd.DataFrame) -> None:
    plan = plan_with(orders=None, market=100_000, start="2026-04-16")
    made = forecast.forecast_demand(demand, plan)
    assert daily(made.table)[:3].tolist() == [0.0, 0.0, 0.0]
    assert daily(made.table)[3] > 0
    before = (made.paths["queue"] == "app") & (made.paths["interval_start"] < pd.Timestamp("2026-04-15T22:00Z"))
    assert made.paths.loc[before, "arrivals"].sum() == 0


def test_its_level_is_uncertain_for_all_days_at_once(demand: pd.DataFrame) -> None:
    result = forecast.forecast_demand(demand, plan_with(error_share=0.4))
    totals = result.paths[result.paths["queue"] == "app"].groupby("path")["arrivals"].sum()
    assert totals.std() / totals.mean() == pytest.approx(0.4, rel=0.15)
    assert totals.mean() == pytest.approx(daily(result.table).sum(), rel=0.06)


def test_days_seen_correct_the_level_and_narrow_it(demand: pd.DataFrame) -> None:
    begun = make_demand(start="2026-04-06", days=7, volume=200, queue="app")
    week = {str(dt.date(2026, 4, 6) + dt.timedelta(days=k)): 100.0 for k in range(21)}
    plan = plan_with()
    drivers = [
        plan.forecast.drivers[0].model_copy(update={"values": {dt.date.fromisoformat(d): v for d, v in week.items()}})
    ]
    plan = plan.replace(forecast=plan.forecast.model_copy(update={"drivers": drivers}))
    planned = daily(forecast.forecast_demand(demand, plan).table)
    seen = forecast.forecast_demand(pd.concat([demand, begun], ignore_index=True), plan)
    ratio = (
        begun["offered"].sum() / expected_contacts(plan.forecast.adoptions["app"], dt.date(2026, 4, 6), 7, plan).sum()
    )
    assert daily(seen.table) / planned == pytest.approx(1 + 0.5 * (ratio - 1), rel=0.02)
    mine = seen.table[seen.table["queue"] == "app"]
    excess = ((mine["variance"] - mine["mean"]) / mine["mean"] ** 2).to_numpy()
    assert 0.5 * 0.3**2 <= excess.max() < 0.8 * 0.3**2


def test_a_queue_closed_for_the_whole_horizon_is_no_example(demand: pd.DataFrame) -> None:
    plan = plan_with()
    hours = {"daily": "08:00-20:00", "holidays": "closed"}
    shut = {"name": "works", "kind": "holiday", "start": START, "end": "2026-04-26", "queues": ["calls"]}
    queues = [{"name": "calls", "hours": hours}, {"name": "app", "hours": {"daily": "08:00-20:00"}}]
    closed = make_plan(settings(queues=queues, calendar={"events": [shut]})).replace(forecast=plan.forecast)
    with pytest.raises(ConfigError, match=r"adoptions\.app\.like: calls is closed from 2026-04-13 to 2026-04-26"):
        forecast.forecast_demand(demand, closed)
    both = closed.calendar.events[0].model_copy(update={"queues": []})
    closed = closed.replace(
        queues=[queue.model_copy(update={"hours": closed.queues[0].hours}) for queue in closed.queues],
        calendar=closed.calendar.model_copy(update={"events": [both]}),
    )
    assert forecast.forecast_demand(demand, closed).table.empty


def test_no_adoption_means_a_refusal(demand: pd.DataFrame) -> None:
    plan = plan_with()
    bare = plan.replace(forecast=plan.forecast.model_copy(update={"adoptions": {}}))
    with pytest.raises(ConfigError, match=r"queues\.app: nothing before 2026-04-13"):
        forecast.forecast_demand(demand, bare)


def test_a_plan_with_neither_orders_nor_market_is_refused() -> None:
    with pytest.raises(ConfigError, match="either orders or market"):
        plan_with(orders=None)


def test_a_queue_of_outbound_lists_is_no_example_for_a_new_one() -> None:
    lists = [{"date": "2026-04-15", "contacts": 300, "until": "2026-04-17"}]
    outbound = {"name": "renewals", "contacts": {"direction": ["outbound"]}, "outbound": lists}
    outbound |= {"hours": {"daily": "08:00-20:00"}, "handle_s": 300}
    adoption = {"app": {"like": "renewals", "contacts_by_age": {0: 0.2}, "market": 1000, "start": "2026-04-13"}}
    queues = [outbound, {"name": "app", "hours": {"daily": "08:00-20:00"}}]
    with pytest.raises(ConfigError, match="renewals has outbound lists"):
        make_plan(settings(queues=queues, forecast={"adoptions": adoption}))
