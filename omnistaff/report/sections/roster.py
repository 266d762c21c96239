"""The roster: who works when, how fair it is, which rules it breaks, what it leaves uncovered."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from omnistaff.report import filters, gantt, measures
from omnistaff.report.content import Part, Raw, SectionPlan, TableView
from omnistaff.report.inputs import Inputs, records
from omnistaff.report.wording import NOTHING, clock, number, percent, plural, short_day, signed

MOST_ROWS = 60


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
    note = (
        f"Weekend shifts: {number(data['weekend_shifts'].min())} to {number(data['weekend_shifts'].max())} a person, "
        f"spread {number(data['weekend_shifts'].std(ddof=0), 2)}. "
    )
    if len(data) > MOST_ROWS:
        note += f"The {MOST_ROWS} farthest from the median hours are shown; the CSV has all {len(data)}."
    return TableView("fairness", "How evenly the load is shared", columns, rows, data.drop(columns="off"),
                     frozenset(range(1, 8)), note)  # fmt: skip


def fairness_by_agent(placed: pd.DataFrame) -> pd.DataFrame:
    """Return the load of each agent: hours, shifts, weekend, night and early shifts, mean and spread of starts."""
    shifts = placed.groupby(["agent_id", "name", "shift_id"], as_index=False).agg(
        date=("schedule_date", "first"), start=("from_minute", "min"), end=("to_minute", "max")
    )
    paid = placed[placed["is_paid"]].groupby("agent_id")["hours"].sum()
    shifts = shifts.assign(
        weekend=shifts["date"].dt.day_of_week >= 5,
        night=shifts["end"] > gantt.MIDNIGHT + 60,
        early=shifts["start"] < 480,
    )
    load = shifts.groupby(["agent_id", "name"], as_index=False).agg(
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
    return TableView("rules", title, ("Rule", "Kind", "Agent", "Day", "What"), rows, data, frozenset(), note, marks)


def uncovered(inputs: Inputs) -> TableView | None:
    """Return the stretches with fewest people against need, with who could be asked."""
    local = inputs.local("coverage")
    short = local[local["net"] < -0.05].nsmallest(25, "net")
    if short.empty:
        return None
    free = _free_by_date(inputs)
    rows = [
        (short_day(row["date"]), clock(row["minute_of_day"]), row["queue"], number(row["required"], 1),
         number(row["scheduled"], 1), signed(row["net"], 1), free(row["date"], row["queue"]))
        for row in records(short)
    ]  # fmt: skip
    total = -float(local["net"].clip(upper=0).sum()) * inputs.interval_hours
    share = total / max(float(local["required"].sum()) * inputs.interval_hours, 1e-9)
    title = f"{number(total, 1)} agent-hours are not covered ({percent(share, 1)} of the need)"
    note = "Why: people with the skill who are neither rostered nor absent that day; none means the skill is used up."
    data = local.loc[local["net"] < 0, ["queue", "interval_start", "required", "scheduled", "net"]]
    columns = ("Day", "Time", "Queue", "Needed", "Scheduled", "Net", "Skilled people off that day")
    return TableView("uncovered", title, columns, rows, data, frozenset(range(3, 7)), note)


def _free_by_date(inputs: Inputs) -> Callable[[pd.Timestamp, str], str]:
    """Return a function that counts the people with a skill who are neither rostered nor absent on a date."""
    if not (inputs.has("agents") and inputs.has("roster")):
        return lambda date, queue: NOTHING
    agents, roster = inputs.table("agents"), inputs.table("roster")
    skilled = {
        queue: {
            agent
            for agent, skills in zip(agents["agent_id"], agents["skills"], strict=True)
            if queue in skills.split("|")
        }
        for queue in inputs.queues
    }
    busy: dict[pd.Timestamp, set[str]] = {}
    for agent, date in zip(roster["agent_id"], roster["schedule_date"], strict=True):
        busy.setdefault(date, set()).add(agent)
    if inputs.has("absences"):
        absent = inputs.local("absences", "start_at")
        last = inputs.wall(absent["end_at"] - pd.Timedelta(seconds=1))
        for agent, first, end in zip(absent["agent_id"], absent["date"], last, strict=True):
            for date in pd.date_range(first, end.normalize()):
                busy.setdefault(date, set()).add(agent)
    return lambda date, queue: number(len(skilled.get(queue, set()) - busy.get(date, set())))


SECTION = SectionPlan(
    "roster", "Roster", "Who works when, is it fair, and what is left open?",
    (
        Part(("roster",), bars),
        Part(("coverage",), uncovered),
        Part(("roster",), fairness),
        Part(("violations",), broken_rules),
    ),
    ("schedule",),
)  # fmt: skip
