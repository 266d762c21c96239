"""Calendars of agents: standard, right at clock changes, corrected and cancelled by later runs."""

import datetime as dt

import icalendar
import pandas as pd

from omnistaff.report import write_exports
from omnistaff.report.exports.calendars import fold, slug, unique_slugs


def events_of(path):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_calendar_of_an_agent_holds_the_shifts_at_the_right_instants(exports, world):
    table = world.work.read("roster")
    for agent in ("A000", "A001", "A005"):
        mine = table[table["agent_id"] == agent].groupby("shift_id").agg(s=("start_at", "min"), e=("end_at", "max"))
        found = events_of(exports / "agents" / agent / "roster.ics").values()
        got = sorted((event.start.astimezone(dt.UTC), event.end.astimezone(dt.UTC)) for event in found)
        assert got == sorted(
            (s.to_pydatetime(), e.to_pydatetime()) for s, e in zip(mine["s"], mine["e"], strict=True)
        )


def test_calendar_lines_follow_the_standard(exports):
    data = (exports / "agents" / "A001" / "roster.ics").read_bytes()
    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    calendar = icalendar.Calendar.from_ical(data)
    assert str(calendar["X-WR-CALNAME"]).replace("\\,", ",") == "Roster – Ana Líma, 1"
    assert calendar.get_missing_tzids() == set()


def test_night_shift_over_the_change_of_clocks_keeps_its_elapsed_hours(exports, world):
    # A003 works 22:00 to 06:30 by elapsed time; on 28 March the clocks go forward, so it ends at 07:30 by the wall
    event = events_of(exports / "agents" / "A003" / "roster.ics")
    night = next(e for uid, e in event.items() if "-20260328@" in uid)
    assert f"{night.start:%H:%M}" == "22:00"
    assert f"{night.end:%H:%M}" == "07:30"
    assert night.end.astimezone(dt.UTC) - night.start.astimezone(dt.UTC) == dt.timedelta(hours=8.5)


def test_leave_is_one_event_of_whole_days(exports):
    events = events_of(exports / "agents" / "A004" / "roster.ics")
    leave = next(event for event in events.values() if str(event["SUMMARY"]) == "Leave")
    assert (leave.start, leave.end) == (dt.date(2026, 3, 17), dt.date(2026, 3, 20))  # the end is exclusive
    assert str(leave["TRANSP"]) == "TRANSPARENT"


def test_a_second_run_changes_nothing(fresh_world):
    write_exports(fresh_world.work, fresh_world.plan)
    before = {p: p.read_bytes() for p in fresh_world.work.exports.rglob("*") if p.is_file()}
    write_exports(fresh_world.work, fresh_world.plan)
    assert {p: p.read_bytes() for p in fresh_world.work.exports.rglob("*") if p.is_file()} == before


def test_changed_shift_counts_up_and_lost_shift_is_cancelled(fresh_world):
    work = fresh_world.work
    write_exports(work, fresh_world.plan)
    path = work.exports / "agents" / "A002" / "roster.ics"
    before = events_of(path)
    roster = work.read("roster")
    mine = roster["agent_id"] == "A002"
    dates = sorted(roster.loc[mine, "schedule_date"].unique())
    moved, lost = (mine & (roster["schedule_date"] == date) for date in dates[:2])
    roster.loc[moved, ["start_at", "end_at"]] += pd.Timedelta(hours=1)
    work.write("roster", roster[~lost])
    write_exports(work, fresh_world.plan)
    after = events_of(path)
    assert after.keys() == before.keys()
    changed = {uid: (int(e["SEQUENCE"]), str(e["STATUS"])) for uid, e in after.items()}
    by_date = {uid.split("-")[2].split("@")[0]: state for uid, state in changed.items()}
    assert by_date[f"{dates[0]:%Y%m%d}"] == (1, "CONFIRMED")
    assert by_date[f"{dates[1]:%Y%m%d}"] == (1, "CANCELLED")
    assert {state for date, state in by_date.items() if date > f"{dates[1]:%Y%m%d}"} == {(0, "CONFIRMED")}


def test_an_agent_who_leaves_the_roster_gets_cancellations(fresh_world):
    work = fresh_world.work
    write_exports(work, fresh_world.plan)
    roster = work.read("roster")
    work.write("roster", roster[roster["agent_id"] != "A003"])
    write_exports(work, fresh_world.plan)
    left = events_of(work.exports / "agents" / "A003" / "roster.ics")
    assert left
    assert {str(event["STATUS"]) for event in left.values()} == {"CANCELLED"}


def test_shifts_before_the_planned_days_stay_as_they_were(fresh_world):
    work = fresh_world.work
    write_exports(work, fresh_world.plan)
    before = events_of(work.exports / "agents" / "A002" / "roster.ics")
    roster = work.read("roster")
    later = roster["schedule_date"] >= roster["schedule_date"].min() + pd.Timedelta(days=7)
    work.write("roster", roster[later])
    write_exports(work, fresh_world.plan)
    after = events_of(work.exports / "agents" / "A002" / "roster.ics")
    assert {uid: str(e["STATUS"]) for uid, e in after.items()} == dict.fromkeys(before, "CONFIRMED")


def test_folded_lines_break_between_characters():
    text = "SUMMARY:" + "ñ" * 80
    folded = fold(text)
    assert all(len(line) <= 75 for line in folded.encode().split(b"\r\n"))
    assert folded.replace("\r\n ", "").rstrip("\r\n") == text


def test_slugs_are_safe_and_differ():
    assert slug("a/../b c") == "a_.._b_c"
    assert slug("../..") == "_._.."
    assert slug("..") == "_."
    assert unique_slugs(["a/b", "a b", "A_B"]) == {"a/b": "a_b", "a b": "a_b_2", "A_B": "A_B_3"}


def test_a_shift_keeps_its_id_when_leave_or_a_turn_on_call_is_added_to_its_day(fresh_world):
    table = fresh_world.work.read("roster")
    agent = "A001"
    write_exports(fresh_world.work, fresh_world.plan)
    path = fresh_world.work.exports / "agents" / agent / "roster.ics"
    before = events_of(path)
    first = table[table["agent_id"] == agent].head(1)
    begin = first["start_at"] - pd.Timedelta(hours=2)
    turn = first.assign(start_at=begin, end_at=first["start_at"], activity="on_call", shift_id="x", is_paid=False)
    fresh_world.work.write(
        "roster", pd.concat([table, turn]).sort_values(["agent_id", "start_at"], ignore_index=True)
    )
    write_exports(fresh_world.work, fresh_world.plan)
    after = events_of(path)
    assert {uid: event["SEQUENCE"] for uid, event in after.items() if uid in before} == {
        uid: event["SEQUENCE"] for uid, event in before.items()
    }
    (added,) = set(after) - set(before)
    assert "-on_call@" in added
