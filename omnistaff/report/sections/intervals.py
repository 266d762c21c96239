"""The interval plan: every number of every interval, a table a day, filtered by day and queue."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import pandas as pd

from omnistaff.report import filters
from omnistaff.report.content import Part, Raw, SectionPlan, TableView, csv_link
from omnistaff.report.inputs import Inputs, highest, records
from omnistaff.report.measures import outcomes_of
from omnistaff.report.wording import NOTHING, clock, day, number, percent, plural, seconds, short_day, signed

KEYS = ["queue", "interval_start"]


class Column(NamedTuple):
    """A column of the plan: where it comes from, its heading, how a value is written."""

    name: str
    head: str
    digits: int
    kind: str  # number, percent or seconds


COLUMNS = (
    Column("mean", "Contacts", 1, "number"), Column("handle_s", "AHT, s", 0, "number"),
    Column("load_erlangs", "Work, erl", 2, "number"), Column("agents", "Need", 1, "number"),
    Column("gross_agents", "With shrinkage", 1, "number"), Column("scheduled", "Scheduled", 1, "number"),
    Column("net", "Net", 1, "signed"), Column("service_level", "Service", 0, "percent"),
    Column("asa_s", "Wait", 0, "seconds"), Column("abandon_share", "Left", 0, "percent"),
    Column("occupancy_share", "Occupancy", 0, "percent"),
    Column("backlog", "Backlog", 0, "number"),
)  # fmt: skip


def plan_of_intervals(inputs: Inputs) -> pd.DataFrame:
    """Return one row a queue and interval: forecast, need, scheduled, simulated service where it was simulated."""
    need = inputs.table("requirement")
    table = need[[*KEYS, "load_erlangs", "agents", "gross_agents"]]
    expected = need[[*KEYS, "service_level", "asa_s", "abandon_share", "occupancy_share"]]
    if inputs.has("forecast"):
        table = _join(table, inputs.table("forecast")[[*KEYS, "mean", "handle_s"]])
    if inputs.has("coverage"):
        table = _join(table, inputs.table("coverage")[[*KEYS, "scheduled", "net"]])
    if inputs.has("outcomes"):
        simulated = ["service_level", "asa_s", "abandon_share", "occupancy_share", "backlog"]
        expected = outcomes_of(inputs, "interval")[[*KEYS, *simulated]]
    table = _join(table, expected)
    names = [column.name for column in COLUMNS if column.name in table]
    return inputs.with_local(table[[*KEYS, *names]])


def _join(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return left.merge(right, on=KEYS, how="left", validate="one_to_one")


def tables(inputs: Inputs) -> Raw | None:
    """Return the interval plan, one collapsible table a day."""
    table = plan_of_intervals(inputs)
    if table.empty:
        return None
    shown = [column for column in COLUMNS if column.name in table]
    dates = table["date"].drop_duplicates().sort_values()
    form = filters.form(
        "interval-days", "Filter the intervals",
        filters.choice("day", "Day", [(f"{date:%Y-%m-%d}", short_day(date)) for date in dates]),
        filters.choice("queue", "Queue", [(name, name) for name in inputs.queues]),
    )  # fmt: skip
    head = "".join(f'<th scope="col" class="n">{column.head}</th>' for column in shown)
    head = f'<thead><tr><th scope="col">Time</th><th scope="col">Queue</th>{head}</tr></thead>'
    cells = {column.name: _written(table[column.name], column) for column in shown}
    table = table.assign(html=_rows(table, cells))
    days = "".join(_day(pd.Timestamp(date), table[table["date"] == date], head) for date in dates)
    title = f"{plural(len(table), 'interval')} of {plural(table['queue'].nunique(), 'queue')}"
    source = "simulated" if inputs.has("outcomes") else "expected"
    note = (
        f"Local time in {inputs.plan.time_zone}. Need: net agents ready for work; scheduled: net of shrinkage; "
        f"service, wait and occupancy: {source}."
    )
    data = table.drop(columns=["date", "weekday", "minute_of_day", "html"])
    return Raw("plan", title, f'{form}<div id="interval-days">{days}</div>', note, csv_link(data))


def _written(values: pd.Series[float], column: Column) -> list[str]:
    match column.kind:
        case "percent":
            return [percent(value, column.digits) for value in values]
        case "seconds":
            return [seconds(value) for value in values]
        case "signed":
            return [signed(value, column.digits) for value in values]
        case _:
            return [number(value, column.digits) for value in values]


def _rows(table: pd.DataFrame, cells: dict[str, list[str]]) -> list[str]:
    middles = ["".join(f"<td>{text}</td>" for text in texts) for texts in zip(*cells.values(), strict=True)]
    queues = [escape(queue) for queue in table["queue"]]
    return [
        f'<tr data-row data-queue="|{queue}|"><th scope="row">{clock(minute)}</th><td>{queue}</td>{middle}</tr>'
        for minute, queue, middle in zip(table["minute_of_day"], queues, middles, strict=True)
    ]


def _day(date: pd.Timestamp, rows: pd.DataFrame, head: str) -> str:
    ordered = rows.sort_values(["interval_start", "queue"])
    contacts = f", {number(rows['mean'].sum())} contacts" if "mean" in rows else ""
    return (
        f'<details data-group="{date:%Y-%m-%d}"><summary>{day(date)}{contacts}</summary>'
        f'<div class="scroll" role="region" tabindex="0" aria-label="Intervals of {day(date)}">'
        f'<table class="numbers">{head}<tbody>{"".join(ordered["html"])}</tbody></table></div></details>\n'
    )


def totals(inputs: Inputs) -> TableView | None:
    """Return the days' totals, shares weighted by contacts, never averaged plainly."""
    table = plan_of_intervals(inputs)
    if table.empty or "mean" not in table:
        return None
    hours = inputs.interval_hours
    handled = table["mean"] * table["handle_s"]
    table = table.assign(work=table["load_erlangs"] * hours, need=table["agents"] * hours, handled=handled)
    table["cover"] = table["scheduled"] * hours if "scheduled" in table else float("nan")
    sums = table.groupby("date", as_index=False)[["mean", "handled", "work", "need", "cover"]].sum(min_count=1)
    live = table[table["queue"].isin(inputs.live_queues) & table["service_level"].notna()]
    product = (live["service_level"] * live["mean"]).groupby(live["date"]).sum()
    level = product / live.groupby("date")["mean"].sum()
    sums = sums.assign(service_level=sums["date"].map(level), handle_s=sums["handled"] / sums["mean"])
    rows = [
        (day(row["date"]), number(row["mean"]), number(row["handle_s"]), number(row["work"], 1),
         number(row["need"], 1),
         number(row["cover"], 1), signed(row["cover"] - row["need"], 1),
         percent(row["service_level"]) if pd.notna(row["service_level"]) else NOTHING)
        for row in records(sums)
    ]  # fmt: skip
    columns = ("Day", "Contacts", "AHT, s", "Work, h", "Needed, net h", "Scheduled, net h", "Net h", "Service level")
    note = "Service level: live and messaging queues, weighted by contacts."
    most = highest(sums, "work")
    title = f"{day(most['date'])} has most work: {number(most['work'])} h for {number(most['mean'])} contacts"
    dates = [day(date) for date in sums["date"]]
    return TableView("totals", title, columns, rows, sums, frozenset(range(1, 8)), note, filters={"day": dates})


SECTION = SectionPlan(
    "intervals", "Interval plan", "What is expected, needed and scheduled in each interval?",
    (Part(("requirement",), totals), Part(("requirement",), tables)),
)  # fmt: skip
