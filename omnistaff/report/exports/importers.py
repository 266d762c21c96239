"""Rosters in the layouts that other programs import: Google Calendar and Deputy."""

from __future__ import annotations

import pandas as pd

from omnistaff import timegrid

GOOGLE = [
    "Subject",
    "Start Date",
    "Start Time",
    "End Date",
    "End Time",
    "All Day Event",
    "Description",
    "Location",
    "Private",
]
DEPUTY = [
    "First Name", "Last Name", "Email", "Start Date", "Start Time", "End Date", "End Time", "Location", "Area",
    "Meal Break (Mins)", "Meal Break Start Date", "Meal Break Start Time", "Meal Break End Date",
    "Meal Break End Time",
    "Rest Break Start Date", "Rest Break Start Time", "Rest Break End Date", "Rest Break End Time", "Comment",
    "Published",
    "Open",
]  # fmt: skip


def google_calendar(shifts: pd.DataFrame) -> pd.DataFrame:
    """Return shifts as Google Calendar imports them: US dates, 12-hour clock, no zone; whole days of leave as such.

    Columns: support.google.com/calendar/answer/37118. Importing twice makes events twice: prefer ``roster.ics``.
    """
    start, end = shifts["start_wall"], shifts["end_wall"]
    all_day = (shifts["kind"] != "work") & (start == start.dt.normalize()) & (end == end.dt.normalize())
    end = end.mask(all_day, end - pd.Timedelta(days=1))  # the last day, not the one after it
    skills = shifts["skills"].str.replace("|", ", ", regex=False)
    subject = ("Shift: " + skills).where(
        shifts["kind"] == "work", shifts["kind"].str.replace("_", " ").str.capitalize()
    )
    columns = {
        "Subject": subject,
        "Start Date": timegrid.written(start, "%m/%d/%Y"),
        "Start Time": timegrid.written(start, "%I:%M %p").mask(all_day, ""),
        "End Date": timegrid.written(end, "%m/%d/%Y"),
        "End Time": timegrid.written(end, "%I:%M %p").mask(all_day, ""),
        "All Day Event": all_day.map({True: "True", False: "False"}),
        "Description": shifts["breaks"],
        "Location": shifts["site"],
        "Private": all_day.map({True: "True", False: "False"}),
    }
    return pd.DataFrame(columns, columns=GOOGLE)


def deputy(shifts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return all working shifts as Deputy's bulk import takes them, matched by e-mail.

    Columns: help.deputy.com 6325924665871. A row holds one meal and one rest break; further breaks stand in the
    comment. Times are of the agent's zone.
    """
    work = shifts[shifts["kind"] == "work"].reset_index(drop=True)
    names = work["name"].str.strip().str.rsplit(" ", n=1)
    first_area = work["skills"].str.split("|").str[0].fillna("")
    columns: dict[str, object] = {
        "First Name": names.str[0],
        "Last Name": names.str[1].fillna(""),
        "Email": work["email"],
        **_stamps("", work["start_wall"], work["end_wall"]),
        "Location": work["site"],
        "Area": first_area,
        **_breaks(work, rows, "meal", "Meal Break"),
        **_breaks(work, rows, "break", "Rest Break"),
        "Comment": _comment(work),
        "Published": "Yes",
        "Open": "No",
    }
    return pd.DataFrame(columns, columns=DEPUTY)


def _stamps(prefix: str, start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]) -> dict[str, object]:
    prefix = f"{prefix} " if prefix else ""
    return {
        f"{prefix}{name} {part}": timegrid.written(times, form).fillna("")
        for name, times in (("Start", start), ("End", end))
        for part, form in (("Date", "%Y-%m-%d"), ("Time", "%H:%M:%S"))
    }


def _breaks(work: pd.DataFrame, rows: pd.DataFrame, activity: str, prefix: str) -> dict[str, object]:
    firsts = rows[rows["activity"] == activity].drop_duplicates(["agent_id", "shift_id"])
    found = work[["agent_id", "shift_id"]].merge(
        firsts[["agent_id", "shift_id", "start_wall", "end_wall", "minutes"]], how="left", validate="one_to_one"
    )
    result = _stamps(prefix, found["start_wall"], found["end_wall"])
    if activity == "meal":
        result["Meal Break (Mins)"] = found["minutes"].fillna(0).astype("int64")
    return result


def _comment(work: pd.DataFrame) -> pd.Series[str]:
    """Return the skills, and the breaks in words where there are more than a row can hold."""
    skills = work["skills"].str.replace("|", "+", regex=False)
    rests = work["breaks"].str.count("break ")
    return skills.where(rests <= 1, skills + " (" + work["breaks"] + ")")
