"""Which file is made from which tables, and where it goes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from omnistaff.plan import Plan
from omnistaff.report.exports import activities, calendars, importers, plans, platforms, workbook
from omnistaff.report.spreadsheets import csv_rows, csv_text
from omnistaff.tables.files import Workspace, write_text

PEOPLE = "agents"  # exports/agents/<agent_id>/roster.ics and google_calendar.csv


def write_exports(work: Workspace, plan: Plan) -> list[Path]:
    """Write every export whose tables are in *work*; return the files written.

    ``exports/``: roster.csv, roster_shifts.csv, roster.xlsx, roster_deputy.csv, agents/<id>/roster.ics and
    google_calendar.csv, forecast.csv, requirement.csv, coverage.csv, outcomes.csv, interval_plan.csv,
    amazon_connect_forecast_override.csv, genesys_wfm_history.csv.
    """
    written = _plans(work, plan)
    if work.has("roster"):
        written += _rosters(work, plan)
    return written


def _plans(work: Workspace, plan: Plan) -> list[Path]:
    written = []
    if work.has("forecast"):
        written.append(_csv(work, "forecast.csv", plans.forecast(work, plan)))
        override = platforms.connect_override(work, plan)
        if override is not None:
            written.append(_csv(work, "amazon_connect_forecast_override.csv", override))
    made = [name for name in ("requirement", "coverage", "outcomes") if work.has(name)]
    written += [_csv(work, f"{name}.csv", plans.in_queue_time(work.read(name), plan)) for name in made]
    if work.has("requirement"):
        written.append(_csv(work, "interval_plan.csv", plans.interval_plan(work, plan)))
    if work.has("demand"):
        written.append(_csv(work, "genesys_wfm_history.csv", platforms.genesys_history(work, plan)))
    return written


def _rosters(work: Workspace, plan: Plan) -> list[Path]:
    rows = activities.activities(work, plan)
    shifts = activities.shifts(rows)
    written = [
        _csv(work, "roster.csv", activities.long_table(rows)),
        _csv(work, "roster_shifts.csv", activities.shift_table(shifts)),
        _csv(work, "roster_deputy.csv", importers.deputy(shifts, rows)),
        work.write_export("roster.xlsx", lambda path: workbook.write_workbook(path, work, plan, rows, shifts)),
    ]
    return written + _calendars(work, plan, shifts)


def _calendars(work: Workspace, plan: Plan, shifts: pd.DataFrame) -> list[Path]:
    """Write each person's calendar; people of an earlier run who are no longer rostered get cancellations."""
    folder = work.exports / PEOPLE
    names = calendars.unique_slugs(shifts["agent_id"].unique())
    before = {path.parent.name for path in folder.glob("*/roster.ics")}
    at_work = shifts[shifts["kind"] == "work"] if (shifts["kind"] == "work").any() else shifts
    horizon = (f"{at_work['schedule_date'].min():%Y%m%d}", f"{at_work['schedule_date'].max():%Y%m%d}")
    domain = f"{calendars.slug(plan.name).lower()}.omnistaff"
    stamp, written = _made_at(work, shifts), []
    mine = {names[str(agent)]: rows for agent, rows in shifts.groupby("agent_id")}
    google = importers.google_calendar(shifts)
    for name in sorted({*mine, *before}):
        path = folder / name / "roster.ics"
        old = path.read_bytes().decode("utf-8") if path.exists() else ""
        own = mine.get(name, shifts.iloc[:0])
        write_text(path, calendars.calendar_text(own, domain=domain, stamp=stamp, before=old, horizon=horizon))
        written.append(path)
        if len(own):
            path = folder / name / "google_calendar.csv"
            write_text(path, csv_rows(importers.GOOGLE, google.loc[own.index].itertuples(index=False)))
            written.append(path)
    return written


def _made_at(work: Workspace, shifts: pd.DataFrame) -> pd.Timestamp:
    """Return the newest instant of the history the roster rests on: no clock, so a rerun gives the same file."""
    if work.has("demand"):
        demand = work.read("demand")
        if len(demand):
            return pd.Timestamp(demand["interval_start"].max())
    return pd.Timestamp(shifts["start_at"].min())


def _csv(work: Workspace, name: str, table: pd.DataFrame) -> Path:
    text = csv_text(table)
    return work.write_export(name, lambda path: write_text(path, text))
