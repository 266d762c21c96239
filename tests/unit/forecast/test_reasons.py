"""Reasons forecast apart: they add up to the queue, follow their own weekdays, and rare ones stay together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from omnistaff import forecast
from omnistaff.cli import questions  # noqa: F401 - registers the command
from omnistaff.cli.app import app
from omnistaff.forecast.reasons import OTHER, UNKNOWN
from omnistaff.plan import make_plan
from omnistaff.tables import TABLES, Contacts, Demand, DemandForecast, conform
from omnistaff.tables.files import Workspace

PLAN = make_plan(
    {
        "name": "t",
        "time_zone": "Europe/Madrid",
        "interval_minutes": 60,
        "queues": [{"name": "calls", "hours": {"daily": "09:00-18:00"}, "handle_s": 200}],
        "forecast": {"horizon_days": 7, "paths": 0, "models": ["blend"], "start": "2026-05-04"},
    }
)


@pytest.fixture(scope="module")
def contacts() -> pd.DataFrame:
    """Return ten weeks: cards 60 a day but 120 on Mondays, loans 30, one fraud a week, some without a reason."""
    rng = np.random.default_rng(6)
    parts = []
    for number, day in enumerate(pd.date_range("2026-02-23", periods=77, tz="Europe/Madrid")):
        rates = {"cards": 120 if day.day_of_week == 0 else 60, "loans": 30, None: 10, "fraud": number % 7 == 3}
        for reason, rate in rates.items():
            count = int(rng.poisson(rate)) if reason != "fraud" else int(rate)
            minutes = rng.integers(9 * 60, 18 * 60, count)
            parts.append(pd.DataFrame({"arrived_at": day + pd.to_timedelta(minutes, unit="min"), "reason": reason}))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(arrived_at=rows["arrived_at"].dt.tz_convert("UTC").dt.as_unit("us"))
    rows = rows.assign(contact_id=[f"c{k}" for k in range(len(rows))], source="s", channel="voice", is_demand=True)
    rows = rows.assign(direction="inbound", outcome="answered", effort_basis="assumed", priority=0, legs=1)
    return conform(Contacts, rows)


@pytest.fixture(scope="module")
def demand(contacts: pd.DataFrame) -> pd.DataFrame:
    start = contacts["arrived_at"].dt.floor("h")
    frame = start.value_counts().sort_index().rename_axis("interval_start").reset_index(name="offered")
    frame = frame.assign(queue="calls", is_open=True, handle_s=np.nan, handle_sd_s=np.nan, is_outlier=False)
    sums = ("abandoned", "repeat_contacts", "switched_contacts", "unlinked_contacts", "workload_s")
    frame = frame.assign(handled=frame["offered"], first_contacts=frame["offered"], is_event=False)
    return conform(Demand, frame.assign(**dict.fromkeys(sums, 0.0)))


@pytest.fixture(scope="module")
def made(demand: pd.DataFrame) -> DemandForecast:
    return forecast.forecast_demand(demand, PLAN)


def test_reasons_add_up_to_the_queue(made: DemandForecast, demand: pd.DataFrame, contacts: pd.DataFrame) -> None:
    found = forecast.forecast_reasons(made, demand, contacts, PLAN)
    local = made.table["interval_start"].dt.tz_convert("Europe/Madrid").dt.tz_localize(None).dt.normalize()
    by_day = made.table.groupby(local)["mean"].sum()
    assert found.groupby("date")["mean"].sum().to_numpy() == pytest.approx(by_day.to_numpy())
    assert (found["variance"] > found["mean"]).all()


def test_shares_are_of_the_queue_over_all_days(
    made: DemandForecast, demand: pd.DataFrame, contacts: pd.DataFrame
) -> None:
    found = forecast.forecast_reasons(made, demand, contacts, PLAN)
    shares = forecast.sum_reasons(found).set_index("reason")
    assert shares["share"].sum() == pytest.approx(1.0)
    assert shares.loc["cards", "contacts"] == pytest.approx(found.loc[found["reason"] == "cards", "mean"].sum())
    assert shares.loc["loans", "share"] == pytest.approx(30 / (480 / 7 + 30 + 10 + 1 / 7), rel=0.1)


def test_each_reason_keeps_its_own_week(made: DemandForecast, demand: pd.DataFrame, contacts: pd.DataFrame) -> None:
    found = forecast.forecast_reasons(made, demand, contacts, PLAN).set_index(["reason", "date"])["mean"]
    monday, tuesday = pd.Timestamp("2026-05-04"), pd.Timestamp("2026-05-05")
    assert found["cards", monday] / found["cards", tuesday] == pytest.approx(2.0, rel=0.15)
    assert found["loans", monday] / found["loans", tuesday] == pytest.approx(1.0, rel=0.15)
    assert set(found.index.get_level_values(0)) == {"cards", "loans", OTHER, UNKNOWN}


def test_later_contacts_are_not_looked_at(made: DemandForecast, demand: pd.DataFrame, contacts: pd.DataFrame) -> None:
    later = contacts["arrived_at"] >= made.table["interval_start"].min()
    assert later.any()
    spoilt = contacts.assign(reason=contacts["reason"].mask(later, "fraud"))
    one, two = (forecast.forecast_reasons(made, demand, rows, PLAN) for rows in (contacts, spoilt))
    assert one.equals(two)


def test_the_command_tells_what_the_days_to_come_are_about(
    tmp_path: Path, made: DemandForecast, demand: pd.DataFrame, contacts: pd.DataFrame
) -> None:
    work = Workspace(tmp_path / "run")
    tables = {"forecast": made.table, "forecast_quantiles": made.quantiles, "forecast_paths": made.paths}
    for name, table in (tables | {"demand": demand, "contacts": contacts}).items():
        work.write(name, conform(TABLES[name], table))
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(PLAN.model_dump(mode="json", exclude_unset=True)))

    def told(*words: str) -> str:
        command = ["reasons", str(tmp_path / "plan.yaml"), "--work", str(tmp_path / "run"), *words]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        return result.output

    rows = pd.DataFrame(json.loads(told("--json")))
    assert set(rows["reason"]) == {"cards", "loans", OTHER, UNKNOWN}
    assert rows["mean"].sum() == pytest.approx(made.table["mean"].sum())
    assert "7 days from 2026-05-04" in told()
    work.write("contacts", conform(TABLES["contacts"], contacts.iloc[:0]))
    assert "no queue of the forecast has past contacts" in told()
    assert json.loads(told("--json")) == []
