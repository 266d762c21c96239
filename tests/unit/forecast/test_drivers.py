"""Outside drivers: their effect is learnt from the past and carried into the days ahead, scenarios included."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.errors import ConfigError
from omnistaff.ingest import read_drivers
from omnistaff.plan import Plan, load_plan, make_plan

from .conftest import LEVEL, make_demand, settings

FIRST = dt.date(2026, 1, 5)
PAST, AHEAD = 98, 14


def orders() -> np.ndarray:
    return np.exp(np.random.default_rng(3).normal(0, 0.4, PAST + AHEAD)) * 100


def driven() -> pd.DataFrame:
    """Return demand that grows with the square root of orders."""
    demand = make_demand(days=PAST)
    day = np.arange(len(demand)) // 12
    return demand.assign(offered=(demand["offered"] * (orders()[day] / 100) ** 0.5).round())


def values(number: int = PAST + AHEAD) -> dict[str, float]:
    return {str(FIRST + dt.timedelta(days=k)): float(v) for k, v in enumerate(orders()[:number])}


def plan_with(models: list[str], **driver: object) -> Plan:
    more = {"name": "orders", "scale": "log", **driver}
    return make_plan(settings(forecast={"horizon_days": AHEAD, "paths": 0, "models": models, "drivers": [more]}))


def daily(plan: Plan, demand: pd.DataFrame) -> np.ndarray:
    table = forecast.forecast_demand(demand, plan).table
    return table.groupby(table["interval_start"].dt.tz_convert("Europe/Madrid").dt.date)["mean"].sum().to_numpy()


@pytest.mark.parametrize(("model", "limit"), [("blend", 0.04), ("glm", 0.06), ("prophet", 0.1), ("boosting", 0.14)])
def test_a_driver_moves_the_days_ahead(model: str, limit: float) -> None:
    truth = 600 * np.tile(LEVEL, 2) * (orders()[PAST:] / 100) ** 0.5
    with_it = daily(plan_with([model], values=values()), driven())
    assert np.abs(with_it - truth).sum() / truth.sum() < limit
    without = daily(make_plan(settings(forecast={"models": [model], "horizon_days": AHEAD, "paths": 0})), driven())
    assert np.abs(with_it - truth).sum() < 0.8 * np.abs(without - truth).sum()


def test_a_scenario_multiplies_the_future_only() -> None:
    usual = daily(plan_with(["blend"], values=values()), driven())
    more = daily(plan_with(["blend"], values=values(), future_factor=2.0), driven())
    assert more.sum() / usual.sum() == pytest.approx(2**0.5, rel=0.05)


def test_an_unknown_future_is_refused_with_the_first_day() -> None:
    with pytest.raises(ConfigError, match=r"orders has no value for 2026-04-15 \(12 of 14 days"):
        daily(plan_with(["blend"], values=values(PAST + 2)), driven())


@pytest.mark.parametrize(
    ("past", "told"), [([], "orders has no value before 2026-04-13"), ([5.0] * PAST, "orders is always the same")]
)
def test_a_driver_whose_past_teaches_nothing_is_refused(past: list[float], told: str) -> None:
    days = [str(FIRST + dt.timedelta(days=k)) for k in range(PAST + AHEAD)]
    known = dict(zip(days[:PAST], past, strict=False)) | dict.fromkeys(days[PAST:], 9.0)
    with pytest.raises(ConfigError, match=told):
        daily(plan_with(["blend"], values=known), driven())


def test_a_driver_far_beyond_what_was_seen_does_not_run_away() -> None:
    """Ten times as many orders, taken as they are: a line through logarithms would say a million contacts."""
    usual = daily(plan_with(["blend"], values=values(), scale="linear"), driven())
    tenfold = daily(plan_with(["blend"], values=values(), scale="linear", future_factor=10.0), driven())
    assert usual.sum() < tenfold.sum() < 10 * usual.sum()


def test_a_driver_of_another_queue_changes_nothing() -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "chat")]
    both = pd.concat([driven(), make_demand(queue="chat", seed=5)], ignore_index=True)
    driver = {"name": "orders", "queues": ["chat"], "values": values()}
    base = {"horizon_days": AHEAD, "paths": 0}
    with_it = forecast.forecast_demand(
        both, make_plan(settings(queues=queues, forecast={**base, "drivers": [driver]}))
    )
    without = forecast.forecast_demand(both, make_plan(settings(queues=queues, forecast=base)))
    calls = [result.table.query("queue == 'calls'").reset_index(drop=True) for result in (with_it, without)]
    pd.testing.assert_frame_equal(*calls, check_exact=True)


def test_values_come_from_the_plans_file(tmp_path: Path) -> None:
    pd.DataFrame({"date": list(values()), "orders": list(values().values())}).to_csv(tmp_path / "o.csv", index=False)
    text = (
        "name: t\ntime_zone: Europe/Madrid\nqueues: [{name: calls}]\n"
        "forecast: {drivers: [{name: orders, path: o.csv, values: {2026-01-05: 7}}]}\n"
    )
    (tmp_path / "plan.yaml").write_text(text)
    known = read_drivers(load_plan(tmp_path / "plan.yaml")).forecast.driver("orders").values
    assert known[dt.date(2026, 1, 6)] == pytest.approx(orders()[1])
    assert known[dt.date(2026, 1, 5)] == 7
    (tmp_path / "o.csv").write_text("day,orders\n2026-01-05,3\n")
    with pytest.raises(ConfigError, match="no column date"):
        read_drivers(load_plan(tmp_path / "plan.yaml"))
