"""The running day from a work folder: what it covers, what it saw, what it writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.daily import update_day
from omnistaff.errors import TableError
from omnistaff.plan import Plan, make_plan
from omnistaff.tables.files import Workspace

from .conftest import make_demand, settings


def made_work(folder: Path, plan: Plan, demand: pd.DataFrame, come: pd.DataFrame) -> Workspace:
    """Return a work folder with a forecast made from *demand*, to which *come* is added."""
    work, made = Workspace(folder), forecast.forecast_demand(demand, plan)
    work.write("demand", pd.concat([demand, come]))
    for name, table in (
        ("forecast", made.table),
        ("forecast_quantiles", made.quantiles),
        ("forecast_paths", made.paths),
    ):
        work.write(name, table)
    return work


def test_late_at_night_tomorrow_is_still_there_to_correct(tmp_path: Path, plan: Plan, demand: pd.DataFrame) -> None:
    work = made_work(tmp_path, plan, demand, make_demand(start="2026-04-13", days=1))
    table = update_day(plan, work, "2026-04-13 23:50")
    assert table["date"].tolist() == ["2026-04-14"]
    assert update_day(plan, work, "2026-04-12 23:50")["date"].tolist() == ["2026-04-13"]
    with pytest.raises(TableError, match="nothing for the rest of the day"):
        update_day(plan, work, "2026-04-28 12:00")


def test_a_queue_that_the_plan_dropped_stops_no_other(tmp_path: Path, plan: Plan, demand: pd.DataFrame) -> None:
    queues = [{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "mail")]
    both = pd.concat([demand, make_demand(queue="mail")], ignore_index=True)
    come = make_demand(start="2026-04-13", days=1).head(6)
    work = made_work(tmp_path, make_plan(settings(queues=queues)), both, come)
    table = update_day(plan, work, "2026-04-13 14:20").set_index(["queue", "date"])
    assert table.loc[("calls", "2026-04-13"), "seen"] == come["offered"].sum()
    assert table.loc[("mail", "2026-04-13"), "method"] == "none"
    assert table.loc[("mail", "2026-04-13"), "change_share"] == 0.0
    assert forecast.tell_unseen(table.reset_index()) == []


def test_what_the_correction_rests_on_is_told(tmp_path: Path, plan: Plan, demand: pd.DataFrame) -> None:
    come = make_demand(start="2026-04-13", days=1).head(6)
    table = update_day(plan, made_work(tmp_path, plan, demand, come), "2026-04-13 14:20").set_index("date")
    today = table.loc["2026-04-13"]
    assert today["seen_until"] == "2026-04-13 14:00"
    assert today["seen"] == come["offered"].sum()
    assert today["seen_forecast"] == pytest.approx(today["seen"], rel=0.15)
    assert today["method"] in ("none", "ratio", "directions")
    assert forecast.tell_unseen(table) == []


def test_logs_that_end_before_the_day_are_told(tmp_path: Path, plan: Plan, demand: pd.DataFrame) -> None:
    work = made_work(tmp_path, plan, demand, demand.head(0))
    table = update_day(plan, work, "2026-04-15 12:00")
    assert set(table["method"]) == {"none"}
    assert table["change_share"].tolist() == [0.0, 0.0]
    assert set(table["seen_until"]) == {"2026-04-12 20:00"}
    assert set(table["seen"]) == {0.0}
    told = forecast.tell_unseen(table)
    assert len(told) == 1
    assert told[0].startswith("calls: nothing is known after 2026-04-12 20:00")


def test_a_queue_of_which_nothing_came_yet_is_told(tmp_path: Path, demand: pd.DataFrame) -> None:
    plan = make_plan(
        settings(queues=[{"name": name, "hours": {"daily": "08:00-20:00"}} for name in ("calls", "mail")])
    )
    both = pd.concat([demand, make_demand(queue="mail")], ignore_index=True)
    work = made_work(tmp_path, plan, both, make_demand(start="2026-04-13", days=1).head(6))
    work.write("demand", work.read("demand").query("queue == 'calls'"))
    table = update_day(plan, work, "2026-04-13 14:20")
    told = forecast.tell_unseen(table)
    assert len(told) == 1
    assert told[0].startswith("mail: nothing is known of it yet, ")


def test_the_export_has_local_times_ranges_and_the_interval_that_runs(
    tmp_path: Path, plan: Plan, demand: pd.DataFrame
) -> None:
    come = make_demand(start="2026-04-13", days=1).head(6)
    work = made_work(tmp_path, plan, demand, come)
    table = update_day(plan, work, "2026-04-13 14:20")
    rows = pd.read_csv(work.exports / "intraday.csv")
    assert rows["start_local"].iloc[0] == "2026-04-13T14:00:00+02:00"
    assert pd.Timestamp(rows["start_utc"].iloc[0]) == pd.Timestamp("2026-04-13 12:00", tz="UTC")
    levels = [f"p{100 * level:g}" for level in sorted(work.read("forecast_quantiles")["quantile"].unique())]
    assert list(rows)[-len(levels) :] == levels
    assert (rows["p10"] <= rows["corrected"]).all()
    assert (rows["corrected"] <= rows["p90"]).all()
    assert len(rows) == 6 + 12
    assert rows["corrected"].sum() == pytest.approx(table["corrected"].sum())
