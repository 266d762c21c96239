"""Every export is read back by another program's reader and says what the tables say."""

import csv
import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pandas as pd
import pytest

from omnistaff.report.exports.activities import activities, in_local_time, leave_days, shifts
from omnistaff.report.exports.workbook import words_by_day, write_workbook

SAMPLES = Path(__file__).parents[2] / "data" / "exports"


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_roster_csv_has_each_activity_with_the_instants_of_the_table(exports, world):
    rows = rows_of(exports / "roster.csv")
    table = world.work.read("roster")
    assert len(rows) == len(table)
    for row, start, end in zip(rows, table["start_at"], table["end_at"], strict=True):
        assert dt.datetime.fromisoformat(row["start_local"]) == start
        assert dt.datetime.fromisoformat(row["start_utc"]) == start
        assert dt.datetime.fromisoformat(row["end_local"]) == end
        assert int(row["minutes"]) == (end - start).total_seconds() / 60
        wall = start.astimezone(ZoneInfo(row["time_zone"]))
        assert row["start_local"][:16] == f"{wall:%Y-%m-%dT%H:%M}"


def test_skills_stand_on_work_only(exports):
    rows = rows_of(exports / "roster.csv")
    assert {row["skills"] for row in rows if row["activity"] == "work"} == {"cards", "cards|chat", "cards|chat|mail"}
    assert {row["skills"] for row in rows if row["activity"] != "work"} == {""}


def test_shift_file_sums_the_activities(exports):
    shifts = rows_of(exports / "roster_shifts.csv")
    paid = {}
    for row in rows_of(exports / "roster.csv"):
        paid[row["shift_id"]] = paid.get(row["shift_id"], 0) + float(row["hours"]) * (row["is_paid"] == "True")
    assert len(shifts) == len(paid)
    assert {row["shift_id"]: float(row["paid_hours"]) for row in shifts} == pytest.approx(paid)
    assert shifts[0]["breaks"] == "break 05:30-05:45; meal 07:30-08:00; break 10:00-10:15"


def test_workbook_tells_the_same_hours_and_keeps_formulas_as_text(exports, world):
    book = openpyxl.load_workbook(exports / "roster.xlsx")
    assert book.sheetnames == ["Roster", "Gantt", "Shifts", "Coverage", "Figures"]
    sheet = book["Roster"]
    heads = [cell.value for cell in sheet[1]]
    totals = {row[0].value: row[heads.index("Paid hours")].value for row in sheet.iter_rows(min_row=2)}
    roster = world.work.read("roster")
    roster = roster[roster["activity"] != "leave"]
    hours = (roster["end_at"] - roster["start_at"]).dt.total_seconds() / 3600 * roster["is_paid"]
    assert [sheet.cell(6, column).value for column in range(5, 8)] == ["leave"] * 3
    assert totals == pytest.approx(hours.groupby(roster["agent_id"]).sum().to_dict())
    first = sheet["B2"]
    assert (first.value, first.data_type) == ("=1+1", "s")
    assert sheet.freeze_panes == "D2"
    assert sheet["D1"].value == "Mon 16 Mar"
    assert sheet["D3"].value == "22:00–06:30"
    gantt = book["Gantt"]
    marks = [cell.value for cell in gantt[2][4:]]
    assert marks.count("b") == 2  # two breaks of a quarter
    assert marks.count("m") == 2  # a meal of half an hour


def test_coverage_sheet_has_a_row_an_interval(exports, world):
    sheet = openpyxl.load_workbook(exports / "roster.xlsx")["Coverage"]
    heads = [cell.value for cell in sheet[1]]
    net = [row[heads.index("Over or under")].value for row in sheet.iter_rows(min_row=2)]
    assert net == pytest.approx(world.work.read("coverage")["net"].tolist())


def test_deputy_rows_hold_one_meal_one_rest_and_the_others_in_words(exports):
    rows = rows_of(exports / "roster_deputy.csv")
    row = next(row for row in rows if row["Email"] == "a1@example.com")
    assert (row["Start Date"], row["Start Time"], row["End Date"], row["End Time"]) == (
        "2026-03-16", "22:00:00", "2026-03-17", "06:30:00",
    )  # fmt: skip
    assert (row["Meal Break (Mins)"], row["Meal Break Start Time"]) == ("30", "02:30:00")
    assert row["Rest Break Start Time"] == "00:30:00"
    assert "break 05:00-05:15" in row["Comment"]


def test_connect_override_keeps_the_sum_of_contacts_and_leaves_deferred_work_out(exports, world):
    rows = rows_of(exports / "amazon_connect_forecast_override.csv")
    assert {(row["QueueName"], row["ChannelType"]) for row in rows} == {("cards", "VOICE"), ("chat", "CHAT")}
    forecast = world.work.read("forecast").groupby("queue")["mean"].sum()
    for queue in ("cards", "chat"):
        total = sum(int(row["IncomingContactVolume"]) for row in rows if row["QueueName"] == queue)
        assert total == round(forecast[queue])
    assert rows[0]["TimeStamp"] == "2026-03-16T07:00:00.000Z"
    assert rows[0]["IntervalDuration"] == "30mins"


def test_genesys_history_sums_handle_time_and_leaves_outliers_out(exports, world):
    rows = rows_of(exports / "genesys_wfm_history.csv")
    demand = world.work.read("demand")
    usual = demand[~demand["is_outlier"]]
    assert sum(int(row["Offered"]) for row in rows) == usual["offered"].sum()
    assert sum(int(row["Total Handle Time"]) for row in rows) == (usual["handled"] * usual["handle_s"]).sum()
    assert {row["Media Type"] for row in rows} == {"Voice", "Chat", "Email"}


@pytest.mark.parametrize("name", ["requirement", "coverage", "outcomes"])
def test_table_files_hold_every_number_of_their_table(exports, world, name):
    again = duckdb.sql(f"select * from read_csv('{exports / name}.csv', header=true, all_varchar=true)").fetchall()
    columns = [
        column[0] for column in duckdb.sql(f"from read_csv('{exports / name}.csv', all_varchar=true)").description
    ]
    table = world.work.read(name)
    rows = [dict(zip(columns, row, strict=True)) for row in again]
    assert len(rows) == len(table)
    assert [row["queue"] for row in rows] == table["queue"].tolist()
    starts = [dt.datetime.fromisoformat(row["start_utc"]) for row in rows]
    assert (
        starts == [dt.datetime.fromisoformat(row["start_local"]) for row in rows] == table["interval_start"].tolist()
    )
    for column in table.select_dtypes("number"):
        found = [float(row[column]) if row[column] else float("nan") for row in rows]
        assert found == pytest.approx(table[column].tolist(), rel=1e-5, nan_ok=True), column


def test_forecast_file_has_a_column_a_level(exports, world):
    forecast = rows_of(exports / "forecast.csv")
    table, levels = world.work.read("forecast"), world.work.read("forecast_quantiles")
    assert [float(row["mean"]) for row in forecast] == pytest.approx(table["mean"].tolist(), rel=1e-5)
    assert dt.datetime.fromisoformat(forecast[0]["start_local"]) == table["interval_start"].iloc[0]
    for level, column in ((0.05, "p5"), (0.5, "p50"), (0.95, "p95")):
        asked = levels.loc[levels["quantile"] == level, "arrivals"].tolist()
        assert [float(row[column]) for row in forecast] == pytest.approx(asked, rel=1e-5)


def test_interval_plan_sets_need_beside_forecast_and_roster(exports, world):
    plan = {(row["queue"], row["start_utc"]): row for row in rows_of(exports / "interval_plan.csv")}
    need = world.work.read("requirement")
    assert len(plan) == len(need)
    shown = {
        "requirement": ["load_erlangs", "agents", "gross_agents", "probability"],
        "forecast": ["mean", "handle_s"],
        "coverage": ["required", "scheduled", "net"],
    }
    for name, columns in shown.items():
        for row in world.work.read(name).to_dict("records"):
            found = plan[row["queue"], f"{row['interval_start']:%Y-%m-%dT%H:%M:%SZ}"]
            assert [float(found[column]) for column in columns] == pytest.approx([row[c] for c in columns], rel=1e-5)


def test_parquet_tables_are_read_by_another_program(world):
    for name in ("roster", "forecast", "requirement"):
        table = world.work.read(name)
        source = f"read_parquet('{world.work.path(name)}')"
        assert duckdb.sql(f"from {source}").columns == list(table)
        assert duckdb.sql(f"select count(*) from {source}").fetchall() == [(len(table),)]
    spent = "sum(epoch(end_at) - epoch(start_at)) / 3600"
    paid = duckdb.sql(f"select {spent} from read_parquet('{world.work.path('roster')}') where is_paid").fetchall()
    roster = world.work.read("roster")
    hours = (roster["end_at"] - roster["start_at"]).dt.total_seconds() / 3600
    assert paid[0][0] == pytest.approx(hours[roster["is_paid"]].sum())


def test_names_that_look_like_formulas_stay_text_everywhere(exports):
    for name in ("roster.csv", "roster_shifts.csv"):
        names = {row["name"] for row in rows_of(exports / name) if row["agent_id"] == "A000"}
        assert names == {"'=1+1"}
    assert {row["First Name"] for row in rows_of(exports / "roster_deputy.csv")} >= {"'=1+1", "Ana Líma,"}
    for path in exports.rglob("*.csv"):
        for row in rows_of(path):
            for value in row.values():
                assert not value.startswith(("=", "@", "+")), (path, value)
                assert not value.startswith("-") or float(value) < 0


def test_names_with_accents_survive_every_file(exports):
    assert "Ana Líma, 5" in {row["name"] for row in rows_of(exports / "roster.csv")}
    sheet = openpyxl.load_workbook(exports / "roster.xlsx", read_only=True)["Shifts"]
    assert "Ana Líma, 5" in {cell for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.parametrize(
    ("export", "sample"),
    [
        ("amazon_connect_forecast_override.csv", "amazon_connect_forecast_override.csv"),
        ("genesys_wfm_history.csv", "../formats/genesys_wfm_historical_import.csv"),
        ("roster_deputy.csv", "export_roster_deputy.csv"),
        ("agents/A001/google_calendar.csv", "export_roster_google_calendar.csv"),
    ],
)
def test_platform_files_have_the_columns_and_the_shapes_of_their_samples(exports, export, sample):
    asked = rows_of(SAMPLES / sample)
    rows = rows_of(exports / export)
    assert list(rows[0]) == list(asked[0])
    for column in asked[0]:
        shapes = {shape(row[column]) for row in asked if row[column]}
        found = {shape(row[column]) for row in rows if row[column]}
        if column.endswith(("Date", "Time", "TimeStamp", "Duration", "Volume", "Offered", "Handled", "(Mins)")):
            assert found <= shapes or not found, column


def shape(text):
    """Return text with its digits alike: 22:00 is 0:0."""
    return re.sub(r"\d+", "0", re.sub(r"[AP]M", "XM", text))


def test_google_calendar_rows_name_the_local_times(exports):
    rows = rows_of(exports / "agents" / "A001" / "google_calendar.csv")
    assert rows[0]["Subject"] == "Shift: cards, chat"
    assert rows[0]["Start Date"] == "03/16/2026"
    assert rows[0]["Start Time"] == "10:00 PM"
    assert (rows[0]["End Date"], rows[0]["End Time"]) == ("03/17/2026", "06:30 AM")


def test_google_calendar_has_leave_as_whole_days_up_to_the_last(exports):
    leave = next(
        row for row in rows_of(exports / "agents" / "A004" / "google_calendar.csv") if row["Subject"] == "Leave"
    )
    assert (leave["All Day Event"], leave["Start Time"], leave["End Time"]) == ("True", "", "")
    assert (leave["Start Date"], leave["End Date"]) == ("03/17/2026", "03/19/2026")


def test_turns_on_call_stand_beside_the_shift_of_their_day():
    wall = pd.Timestamp("2026-05-04")
    rows = [("a1", "work", 8, 16), ("a1", "on_call", 20, 30), ("a2", "on_call", 20, 30)]
    shifts = pd.DataFrame(
        {
            "agent_id": [agent for agent, *_ in rows], "kind": [kind for _, kind, *_ in rows], "schedule_date": wall,
            "start_wall": [wall + pd.Timedelta(hours=start) for *_, start, _ in rows],
            "end_wall": [wall + pd.Timedelta(hours=end) for *_, end in rows],
        }
    )  # fmt: skip
    assert leave_days(shifts) == []
    assert words_by_day(shifts) == {
        ("a1", wall): ("08:00–16:00\non call 20:00–06:00", "work"),
        ("a2", wall): ("on call 20:00–06:00", "leave"),
    }


def test_the_roster_sheet_reaches_to_the_last_turn_on_call(world, tmp_path):
    rows = activities(world.work, world.plan)
    table = shifts(rows)
    later = {name: table[name] + pd.Timedelta(days=30) for name in ("schedule_date", "start_at", "end_at")}
    turns = table[table["kind"] == "work"].tail(1).assign(kind="on_call", shift_id="turn", **later)
    both = pd.concat([table, in_local_time(turns)], ignore_index=True)
    write_workbook(tmp_path / "roster.xlsx", world.work, world.plan, rows, both)
    heads = [cell.value for cell in openpyxl.load_workbook(tmp_path / "roster.xlsx")["Roster"][1]]
    date = turns["schedule_date"].iloc[0]
    assert f"{date:%a} {date.day} {date:%b}" in heads


def test_a_turn_on_call_is_no_break(world):
    rows = activities(world.work, world.plan)
    table = shifts(rows.assign(activity="on_call", is_paid=False))
    assert set(table["kind"]) == {"on_call"}
    assert set(table["breaks"]) == {""}
