"""A planner who has nothing but interval reports of the exchange still gets a roster, proved like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omnistaff.pipeline import RunResult, run_plan
from omnistaff.plan import make_plan

ZONE = "Europe/Berlin"
MONDAY = pd.Timestamp("2026-08-31")
WEEKS = 8
PLAN = {
    "name": "reports-only", "time_zone": ZONE, "interval_minutes": 30,
    "ingest": [
        {
            "reader": "interval_csv", "path": "spreadsheet.csv", "time_zone": ZONE,
            "time_format": "%d.%m.%Y %H:%M", "decimal": ",", "thousands": ".",
            "columns": {
                "interval_start": "Datum + Intervall", "queue": "Queue", "offered": "Angebot",
                "handled": "Angenommen", "abandoned": "Aufgelegt", "handle_s": "AHT (s)",
            },
        },
        {"reader": "avaya_cms_interval", "path": "cms/*.txt", "time_zone": ZONE},
        {"reader": "cisco_uccx_interval", "path": "uccx.csv", "time_zone": ZONE},
    ],
    "queues": [
        {"name": "orders", "contacts": {"queue": ["Bestellung"]}},
        {"name": "support", "contacts": {"queue": ["Support EN"]}},
        {"name": "returns", "contacts": {"queue": ["Returns"]}},
    ],
    "forecast": {"horizon_days": 7, "paths": 50, "backtest_origins": 2},
    "simulate": {"replications": 10},
    "schedule": {
        "weeks": 1,
        "patterns": [
            {
                "name": "day", "start_from": "09:00", "start_to": "09:00", "hours": [8], "weekdays": "mon-fri",
                "breaks": [{"minutes": 30, "activity": "meal", "is_paid": False, "earliest_after_minutes": 180,
                            "latest_after_minutes": 300}],
            },
            {"name": "short", "start_from": "09:00", "start_to": "13:00", "hours": [4], "weekdays": "mon-fri"},
        ],
        "contracts": {"full": {"hours_per_week": 37.5, "tolerance_hours": 4}},
    },
    "agents": "agents.csv",
}  # fmt: skip
HOURS = {"hours": {"mon-fri": "09:00-17:00"}, "mode": "live", "target": {"answered_share": 0.8, "within_s": 20}}


def offered(mean: float, seed: int) -> pd.Series:
    """Return calls by local half-hour start, 09:00 to 17:00 on working days."""
    days = [MONDAY + pd.Timedelta(days=k) for k in range(7 * WEEKS) if k % 7 < 5]
    starts = pd.DatetimeIndex([day + pd.Timedelta(minutes=540 + 30 * k) for day in days for k in range(16)])
    shape = 1 + 0.5 * np.sin((starts.hour - 9) / 8 * np.pi)
    return pd.Series(np.random.default_rng(seed).poisson(mean * shape), index=starts)


def write_spreadsheet(folder: Path, calls: pd.Series) -> None:
    rows = [f"{at:%d.%m.%Y};{at:%H:%M};Bestellung;{n};{n};0;240,5" for at, n in calls.items()]
    text = "Datum;Intervall;Queue;Angebot;Angenommen;Aufgelegt;AHT (s)\n" + "\n".join(rows) + "\n"
    (folder / "spreadsheet.csv").write_text(text, encoding="utf-8-sig")


def write_avaya(folder: Path, calls: pd.Series) -> None:
    (folder / "cms").mkdir()
    head = "Time\tAvg Speed Ans\tAvg Aban Time\tACD Calls\tAvg ACD Time\tAvg ACW Time\tAban Calls"
    for day, rows in calls.groupby(calls.index.normalize()):
        spans = [(at, at + pd.Timedelta(minutes=30), n) for at, n in rows.items()]
        lines = [f"{a:%I:%M%p}-{b:%I:%M%p}\t:12\t:00\t{n}\t3:20\t:40\t0" for a, b, n in spans]
        title = f"Split/Skill Interval Report\nDate:\t{day:%m/%d/%Y}\nSplit/Skill:\tSupport EN\n\n"
        totals = f"Totals\t:12\t:00\t{rows.sum()}\t3:20\t:40\t0\n"
        (folder / "cms" / f"{day:%Y%m%d}.txt").write_text(title + head + "\n" + totals + "\n".join(lines) + "\n")


def write_uccx(folder: Path, calls: pd.Series) -> None:
    head = "Interval Start Time,Contact Service Queue,Calls Presented,Calls Handled,Calls Abandoned,Avg Handle Time"
    rows = [f'"{at:%m/%d/%y %I:%M:%S %p}","Returns","{n}","{n}","0","0:03:00"' for at, n in calls.items()]
    (folder / "uccx.csv").write_text(head + "\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("reports")
    write_spreadsheet(folder, offered(6, seed=1))
    write_avaya(folder, offered(4, seed=2))
    write_uccx(folder, offered(3, seed=3))
    people = [f"a{k},Person {k},orders|support|returns,full" for k in range(8)]
    (folder / "agents.csv").write_text("agent_id,name,skills,contract\n" + "\n".join(people) + "\n")
    queues = [queue | HOURS for queue in PLAN["queues"]]
    return run_plan(make_plan({**PLAN, "queues": queues}, folder=folder), folder / "work")


def test_the_demand_is_what_the_reports_say(run: RunResult) -> None:
    demand = run.table("demand")
    open_rows = demand[demand["is_open"]]
    for queue, mean, seed, handle_s in (("orders", 6, 1, 240.5), ("support", 4, 2, 240.0), ("returns", 3, 3, 180.0)):
        mine = open_rows[open_rows["queue"] == queue]
        calls = offered(mean, seed)
        expected = calls.tz_localize(ZONE).tz_convert("UTC")
        assert mine.set_index("interval_start")["offered"].tolist() == expected.sort_index().tolist()
        assert mine.loc[mine["offered"] > 0, "handle_s"].unique().tolist() == pytest.approx([handle_s])
    assert len(run.table("contacts")) == 0


def test_the_forecast_of_the_next_week_is_near_the_mean_that_made_the_reports(run: RunResult) -> None:
    forecast = run.table("forecast")
    weekly = forecast.groupby("queue")["mean"].sum()
    shape = 1 + 0.5 * np.sin((np.repeat(np.arange(9, 17), 2) - 9) / 8 * np.pi)
    for queue, mean in (("orders", 6), ("support", 4), ("returns", 3)):
        assert weekly[queue] == pytest.approx(5 * mean * shape.sum(), rel=0.12)


def test_the_roster_keeps_the_rules_and_is_proved(run: RunResult) -> None:
    roster = run.table("roster")
    assert roster["activity"].eq("work").any()
    assert not run.table("violations")["is_hard"].any()
    outcomes = run.table("outcomes")
    assert outcomes["service_level"].notna().any()
    assert (run.work.folder / "report.html").stat().st_size > 1000
