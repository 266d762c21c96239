"""The roster: who works when, how fair it is, which rules it breaks."""

from __future__ import annotations

import pandas as pd

from omnistaff.report import filters, gantt, measures
from omnistaff.report.content import Part, Raw, SectionPlan, TableView
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.sections import gaps
from omnistaff.report.wording import clock, number, plural, short_day

MOST_ROWS = 100


def bars(inputs: Inputs) -> Raw | None:
    """Return the roster as bars with filters by day, queue, team and agent."""
    placed = gantt.placed(inputs)
    if placed.empty:
        return None
    at_work = measures.worked(placed)
    people, shifts = at_work["agent_id"].nunique(), at_work["shift_id"].nunique()
    title = f"{plural(people, 'person', 'people')} work {plural(shifts, 'shift')}"
    html = _form(inputs, placed) + gantt.legend_html()
    html += f'<div id="roster-days">{gantt.days_html(inputs, placed)}</div>'
    note = f"Hours in {inputs.plan.time_zone}; a shift stands on the day it starts. "
    note += "The file exports/roster.csv has every activity."
    return Raw("bars", title, html, note)


def _form(inputs: Inputs, placed: pd.DataFrame) -> str:
    dates = placed["schedule_date"].drop_duplicates().sort_values()
    return filters.form(
        "roster-days", "Filter the roster",
        filters.choice("day", "Day", [(f"{date:%Y-%m-%d}", short_day(date)) for date in dates]),
        filters.choice("queue", "Queue", [(name, name) for name in inputs.queues]),
        filters.choice("team", "Team", [(name, name) for name in sorted(placed["team"].dropna().unique())]),
        filters.search("agent", "Agent"),
    )  # fmt: skip


def fairness(inputs: Inputs) -> TableView | None:
    """Return hours, weekends, nights and spread of starts of each agent; those far from the mean first."""
    placed = measures.worked(gantt.placed(inputs))
    if placed.empty:
        return None
    data = fairness_by_agent(placed)
    data = data.assign(off=(data["paid_hours"] - data["paid_hours"].median()).abs())
    shown = data.sort_values(["off", "name"], ascending=[False, True]).head(MOST_ROWS)
    rows = [
        (row["name"], number(row["paid_hours"], 1), number(row["shifts"]), number(row["weekend_shifts"]),
         number(row["night_shifts"]), number(row["early_shifts"]), clock(int(row["mean_start"]) % gantt.MIDNIGHT),
         number(row["start_spread_h"], 1))
        for row in records(shown)
    ]  # fmt: skip
    columns = ("Agent", "Paid hours", "Shifts", "At weekends", "Past midnight", "Before 08:00", "Mean start",
               "Starts vary by, h")  # fmt: skip
    title = "How evenly the load is shared"
    most = highest(data, "weekend_shifts")
    if most["weekend_shifts"]:
        few, many = number(data["weekend_shifts"].min()), number(most["weekend_shifts"])
        title = f"Weekends differ most: {few} to {many} shifts a person, most for {most['name']}"
    note = (
        f"Weekend shifts: {number(data['weekend_shifts'].min())} to {number(data['weekend_shifts'].max())} a person, "
        f"spread {number(data['weekend_shifts'].std(ddof=0), 2)}. "
    )
    if len(data) > MOST_ROWS:
        note += f"The {MOST_ROWS} farthest from the median hours are shown; the CSV has all {len(data)}."
    keys = {"team": list(shown["team"]), "agent": [f"{row['name']} {row['agent_id']}" for row in records(shown)]}
    return TableView("fairness", title, columns, rows, data.drop(columns="off"), frozenset(range(1, 8)), note,
                     filters=keys)  # fmt: skip


def fairness_by_agent(placed: pd.DataFrame) -> pd.DataFrame:
    """Return the load of each agent: hours, shifts, weekend, night and early shifts, mean and spread of starts."""
    placed = placed.assign(team=placed["team"].fillna(""))
    shifts = placed.groupby(["agent_id", "name", "team", "shift_id"], as_index=False).agg(
        date=("schedule_date", "first"), start=("from_minute", "min"), end=("to_minute", "max")
    )
    paid = placed[placed["is_paid"]].groupby("agent_id")["hours"].sum()
    shifts = shifts.assign(
        weekend=shifts["date"].dt.day_of_week >= 5,
        night=shifts["end"] > gantt.MIDNIGHT + 60,
        early=shifts["start"] < 480,
    )
    load = shifts.groupby(["agent_id", "name", "team"], as_index=False).agg(
        shifts=("shift_id", "size"), weekend_shifts=("weekend", "sum"), night_shifts=("night", "sum"),
        early_shifts=("early", "sum"), mean_start=("start", "mean"), start_spread=("start", "std"),
    )  # fmt: skip
    return load.assign(
        paid_hours=load["agent_id"].map(paid).fillna(0.0), start_spread_h=load["start_spread"].fillna(0.0) / 60
    ).drop(columns="start_spread")


def broken_rules(inputs: Inputs) -> TableView:
    """Return what the rule checker found, or a row that says it found nothing."""
    found = inputs.with_local(inputs.table("violations"), "start_at")
    found = found.sort_values(["is_hard", "rule", "start_at"], ascending=[False, True, True])
    title = (
        "The rule checker finds nothing"
        if found.empty
        else f"The rule checker finds {plural(len(found), 'breach', 'breaches')}"
    )
    rows = [
        (row["rule"], "hard" if row["is_hard"] else "soft", row["agent_id"], short_day(row["date"]), row["message"])
        for row in records(found.head(MOST_ROWS))
    ]
    marks = {k: "bad" for k, row in enumerate(rows) if row[1] == "hard"}
    data = found[["rule", "is_hard", "agent_id", "start_at", "message"]]
    note = f"The first {MOST_ROWS} are shown." if len(found) > MOST_ROWS else ""
    keys = {"day": [row[3] for row in rows], "agent": [row[2] for row in rows]}
    columns = ("Rule", "Kind", "Agent", "Day", "What")
    return TableView("rules", title, columns, rows, data, frozenset(), note, marks, keys)


SECTION = SectionPlan(
    "roster", "Roster", "Who works when, is it fair, and what is left open?",
    (
        Part(("roster",), bars),
        Part(("coverage",), gaps.uncovered),
        Part(("roster",), fairness),
        Part(("violations",), broken_rules),
    ),
    ("schedule",),
)  # fmt: skip
