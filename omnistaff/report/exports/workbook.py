"""The planner's workbook: roster grid, Gantt, shifts, coverage and headline figures, ready to print and to filter.

Times are the agent's wall clock (spreadsheets know no zones; a column names the zone). Text that looks like a formula
stays text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff.plan import Plan
from omnistaff.report.exports.activities import ON_CALL, leave_days
from omnistaff.report.exports.plans import interval_plan
from omnistaff.report.inputs import records
from omnistaff.tables.files import Workspace

COLOURS = {
    "work": "#9CC3E6", "break": "#F6C37B", "meal": "#EE9C80", "training": "#D9A9CB", "meeting": "#93D3BB",
    "leave": "#C9CED4", "sick": "#C9CED4",
}  # fmt: skip
LETTERS = {"work": "", "break": "b", "meal": "m", "training": "t", "meeting": "g", "leave": "L", "sick": "S"}
MIDNIGHT = 24 * 60
MOST_GANTT_ROWS = 20_000


def write_workbook(path: Path, work: Workspace, plan: Plan, rows: pd.DataFrame, shifts: pd.DataFrame) -> None:
    """Write the workbook on *rows* (activities) and *shifts* to *path*; the same input gives the same bytes."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        created = shifts["start_at"].min() if len(shifts) else pd.Timestamp("2000-01-01")
        book.set_properties({"title": plan.name, "created": created.tz_localize(None).to_pydatetime()})
        looks = _formats(book)
        _roster_sheet(book.add_worksheet("Roster"), looks, shifts)
        _gantt_sheet(book.add_worksheet("Gantt"), looks, rows)
        _shift_sheet(book.add_worksheet("Shifts"), looks, shifts)
        if work.has("requirement"):
            _coverage_sheet(book.add_worksheet("Coverage"), looks, interval_plan(work, plan))
        if work.has("figures"):
            _figure_sheet(book.add_worksheet("Figures"), looks, work.read("figures"))


def _formats(book: Any) -> dict[str, Any]:
    looks = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
        "weekend": book.add_format({"bold": True, "bottom": 1, "bg_color": "#E9ECEF"}),
        "date": book.add_format({"num_format": "ddd d mmm yyyy", "align": "left"}),
        "time": book.add_format({"num_format": "ddd d mmm hh:mm", "align": "left"}),
        "one": book.add_format({"num_format": "0.0"}),
        "two": book.add_format({"num_format": "0.00"}),
        "percent": book.add_format({"num_format": "0.0%"}),
        "under": book.add_format({"bg_color": "#F4B6A8"}),
        "over": book.add_format({"bg_color": "#DDE1E6"}),
    }
    for activity, colour in COLOURS.items():
        looks[activity] = book.add_format({"bg_color": colour, "align": "center", "font_size": 8})
    looks["other"] = book.add_format({"bg_color": "#D6EAF8", "align": "center", "font_size": 8})
    return looks


def _roster_sheet(sheet: Any, looks: dict[str, Any], shifts: pd.DataFrame) -> None:
    """Write agents down, dates across, start and end in the cells, hours at the end."""
    at_work = shifts[shifts["kind"] == "work"]
    dates: list[pd.Timestamp] = []
    planned = shifts.loc[shifts["kind"].isin(["work", ON_CALL]), "schedule_date"]
    if len(planned):
        dates = list(pd.date_range(planned.min(), planned.max()))
    for number, head in enumerate(("Agent", "Name", "Team")):
        sheet.write(0, number, head, looks["head"])
    for column, date in enumerate(dates, start=3):
        sheet.write(0, column, f"{date:%a} {date.day} {date:%b}", looks["weekend" if date.weekday() > 4 else "head"])
    last = 3 + len(dates)
    sheet.write(0, last, "Paid hours", looks["head"])
    days, hours = words_by_day(shifts), at_work.groupby("agent_id")["paid_minutes"].sum() / 60
    people = shifts.drop_duplicates("agent_id")[["agent_id", "name", "team"]]
    for line, person in enumerate(people.itertuples(index=False), start=1):
        for number, value in enumerate(person):
            sheet.write_string(line, number, value)
        mine = [days.get((str(person[0]), date), ("", "other")) for date in dates]
        for column, (words, look) in enumerate(mine, start=3):
            sheet.write_string(line, column, words, looks[look] if words else None)
        sheet.write_number(line, last, float(hours.get(person[0], 0.0)), looks["two"])
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(len(people), 1), last)
    for first, width in ((0, 10), (1, 20), (2, 10), (3, 12)):
        sheet.set_column(first, last, width)
    _to_print(sheet)


def words_by_day(shifts: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], tuple[str, str]]:
    """Return what stands in the cell of an agent's day, and its look: hours of work, else the kind of leave."""
    found: dict[tuple[str, pd.Timestamp], tuple[str, str]] = {}
    for agent, date, kind in leave_days(shifts):
        found[agent, date] = (kind, "leave")
    for shift in records(shifts[shifts["kind"].isin(["work", ON_CALL])]):
        key, is_work = (shift["agent_id"], shift["schedule_date"]), shift["kind"] == "work"
        hours = f"{shift['start_wall']:%H:%M}–{shift['end_wall']:%H:%M}"
        words, look = found.get(key, ("", ""))
        lines = [words] if words and (look == "work" or not is_work) else []
        lines.append(hours if is_work else f"on call {hours}")
        found[key] = ("\n".join(lines), "work" if is_work else look or "leave")
    return found


def _gantt_sheet(sheet: Any, looks: dict[str, Any], rows: pd.DataFrame) -> None:
    """Write a row an agent and day and a column a quarter or half hour, letters for what is not work."""
    rows = rows[rows["shift_id"].isin(rows.loc[rows["activity"] == "work", "shift_id"])]
    placed = rows.assign(
        first=(rows["start_wall"] - rows["schedule_date"]).dt.total_seconds() // 60,
        last=(rows["end_wall"] - rows["schedule_date"]).dt.total_seconds() // 60,
    )
    step = 30 if (placed[["first", "last"]] % 30 == 0).all(axis=None) or len(placed) > MOST_GANTT_ROWS else 15
    start = int(placed["first"].min() // 60 * 60) if len(placed) else 0
    end = int(placed["last"].max()) if len(placed) else 60
    for number, head in enumerate(("Date", "Agent", "Name", "Hours")):
        sheet.write(0, number, head, looks["head"])
    for number, minute in enumerate(range(start, end, step)):
        sheet.write(
            0, 4 + number, f"{minute // 60 % 24:02d}:{minute % 60:02d}" if minute % 60 == 0 else "", looks["head"]
        )
    _gantt_rows(sheet, looks, placed, start, step)
    sheet.freeze_panes(1, 4)
    sheet.set_column(0, 0, 16)
    sheet.set_column(2, 2, 20)
    sheet.set_column(4, 4 + (end - start) // step, 5 if step == 30 else 2.6)
    _to_print(sheet)


def _gantt_rows(sheet: Any, looks: dict[str, Any], placed: pd.DataFrame, start: int, step: int) -> None:
    """Write a row an agent and day, in the order in which shifts begin."""
    order = placed.sort_values(["schedule_date", "first", "name", "agent_id"])
    day = pd.MultiIndex.from_frame(order[["schedule_date", "agent_id"]])
    lines = pd.Series(pd.factorize(day)[0] + 1).tolist()  # numbered by first appearance
    paid = order["minutes"].where(order["is_paid"], 0).groupby(lines).sum().tolist()
    heads = order[["schedule_date", "agent_id", "name"]].drop_duplicates(["schedule_date", "agent_id"])
    for line, (date, agent_id, name) in enumerate(zip(*(heads[column].tolist() for column in heads), strict=True), 1):
        sheet.write_datetime(line, 0, date.to_pydatetime(), looks["date"])
        sheet.write_string(line, 1, agent_id)
        sheet.write_string(line, 2, name)
        sheet.write_number(line, 3, paid[line - 1] / 60, looks["two"])
    bars = (order[column].tolist() for column in ("first", "last", "activity"))
    for line, first, last, activity in zip(lines, *bars, strict=True):
        letter, look = LETTERS.get(activity, activity[:1]), looks.get(activity, looks["other"])
        slots = range(int(first - start) // step, max(int(last - start - 1), int(first - start)) // step + 1)
        for slot in slots:
            if letter:
                sheet.write_string(line, 4 + slot, letter, look)
            else:
                sheet.write_blank(line, 4 + slot, None, look)


def _shift_sheet(sheet: Any, looks: dict[str, Any], shifts: pd.DataFrame) -> None:
    columns = {
        "schedule_date": ("Date", "date", 16), "agent_id": ("Agent", None, 10), "name": ("Name", None, 20),
        "start_wall": ("Start", "time", 18), "end_wall": ("End", "time", 18), "time_zone": ("Zone", None, 18),
        "paid_hours": ("Paid hours", "two", 10), "kind": ("Kind", None, 10), "breaks": ("Breaks", None, 44),
        "skills": ("Skills", None, 26), "site": ("Site", None, 12), "team": ("Team", None, 12),
        "contract": ("Contract", None, 12),
    }  # fmt: skip
    table = shifts.assign(paid_hours=shifts["paid_minutes"] / 60).sort_values(
        ["schedule_date", "start_at", "agent_id"]
    )
    _write_table(sheet, looks, table, columns)


def _coverage_sheet(sheet: Any, looks: dict[str, Any], table: pd.DataFrame) -> None:
    """Write a row a queue and interval: forecast, work, need, scheduled, net, service."""
    table = table.assign(start=pd.to_datetime(table["start_local"].str[:19]))
    columns = {
        "queue": ("Queue", None, 16), "start": ("Start (local)", "time", 18), "time_zone": ("Zone", None, 18),
        "mean": ("Contacts", "one", 10), "handle_s": ("Handle time, s", "one", 10),
        "load_erlangs": ("Work, erlangs", "two", 10), "agents": ("Net agents", "one", 10),
        "gross_agents": ("Gross agents", "one", 10), "required": ("Asked of the roster", "one", 10),
        "scheduled": ("Scheduled, net", "one", 10), "net": ("Over or under", "one", 10),
        "service_level": ("Expected service level", "percent", 10), "asa_s": ("Mean wait, s", "one", 10),
        "occupancy_share": ("Occupancy", "percent", 10), "probability": ("Chance of target", "percent", 10),
    }  # fmt: skip
    columns = {name: look for name, look in columns.items() if name in table}
    _write_table(sheet, looks, table, columns)
    if "net" in columns and len(table):
        at = list(columns).index("net")
        for criteria, look in (("<", "under"), (">", "over")):
            rule = {
                "type": "cell",
                "criteria": criteria,
                "value": -0.05 if criteria == "<" else 0.05,
                "format": looks[look],
            }
            sheet.conditional_format(1, at, len(table), at, rule)


def _figure_sheet(sheet: Any, looks: dict[str, Any], figures: pd.DataFrame) -> None:
    columns = {
        "stage": ("Stage", None, 12), "figure": ("Figure", None, 28), "value": ("Value", "two", 14),
        "unit": ("Unit", None, 12), "text": ("In words", None, 80),
    }  # fmt: skip
    _write_table(sheet, looks, figures, columns)


def _write_table(
    sheet: Any, looks: dict[str, Any], table: pd.DataFrame, columns: dict[str, tuple[str, str | None, int]]
) -> None:
    for number, (name, (head, look, width)) in enumerate(columns.items()):
        sheet.write(0, number, head, looks["head"])
        sheet.set_column(number, number, width)
        is_time, is_number = look in ("date", "time"), pd.api.types.is_numeric_dtype(table[name])
        for line, value in enumerate(table[name].tolist(), start=1):
            if pd.isna(value):
                continue
            if is_time:
                sheet.write_datetime(line, number, value, looks[str(look)])
            elif is_number:
                sheet.write_number(line, number, value, looks.get(look or ""))
            else:
                sheet.write_string(line, number, str(value))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(table), 1), len(columns) - 1)
    _to_print(sheet)


def _to_print(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
