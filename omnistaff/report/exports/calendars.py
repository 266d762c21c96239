"""Rosters as iCalendar files (RFC 5545): one an agent, with zones, stable ids, updates and cancellations.

A calendar program knows an event again by its UID and takes the higher SEQUENCE, so the file of the run before is
read first: what changed counts up, what is gone from the planned days is cancelled, what lies before them stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

import pandas as pd

PRODUCT = "-//omnistaff//roster//EN"
FOLD = 75  # octets a line, RFC 5545 section 3.1
Event = dict[str, str]  # property with its parameters: value as written


def calendar_text(
    shifts: pd.DataFrame, *, domain: str, stamp: pd.Timestamp, before: str, horizon: tuple[str, str]
) -> str:
    """Return the calendar of one agent's shifts.

    *before* is the file of the last run, empty if there is none; *horizon* are the first and last planned dates as
    YYYYMMDD; *stamp* (UTC) says when this roster was made; *domain* ends the UIDs.
    """
    rows = cast("list[dict[str, Any]]", shifts.to_dict("records"))
    events = {event["UID"]: event for event in (_event(row, domain, stamp) for row in rows)}
    merged = merge_events(read_events(before), events, stamp=stamp, horizon=horizon)
    first = shifts.iloc[0] if len(shifts) else None
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    if first is not None:
        head += [f"X-WR-CALNAME:{escape_text('Roster – ' + first['name'])}", f"X-WR-TIMEZONE:{first['time_zone']}"]
    zones = sorted({found[1] for event in merged for key in event if (found := re.search(r"TZID=([^;:]+)", key))})
    years = [int(_value(event, "DTSTART")[:4]) for event in merged] or [stamp.year]
    body = [
        line for event in merged for line in ("BEGIN:VEVENT", *(f"{k}:{v}" for k, v in event.items()), "END:VEVENT")
    ]
    lines = [
        *head,
        *(line for zone in zones for line in zone_lines(zone, min(years), max(years))),
        *body,
        "END:VCALENDAR",
    ]
    return "".join(fold(line) for line in lines)


def _event(shift: dict[str, Any], domain: str, stamp: pd.Timestamp) -> Event:
    date, zone = pd.Timestamp(str(shift["schedule_date"])), shift["time_zone"]
    is_work = shift["kind"] == "work"
    number = "" if is_work else f"-{slug(str(shift['kind']))}"  # so that a shift keeps its id whatever else is added
    number += "" if shift["number"] == 1 else f"-{shift['number']}"
    hours = float(str(shift["minutes"])) / 60
    skills = str(shift["skills"]).replace("|", ", ")
    summary = f"Shift: {skills}" if is_work else str(shift["kind"]).replace("_", " ").capitalize()
    notes = [str(shift["breaks"])] if shift["breaks"] and is_work else []
    if is_work:
        notes.append(f"{hours:g} h from start to end")
    start, end, form = f"DTSTART;TZID={zone}", f"DTEND;TZID={zone}", "%Y%m%dT%H%M%S"
    if not is_work and _is_midnight(shift["start_wall"]) and _is_midnight(shift["end_wall"]):
        start, end, form = "DTSTART;VALUE=DATE", "DTEND;VALUE=DATE", "%Y%m%d"  # whole days; the end is exclusive
    event = {
        "UID": f"roster-{slug(str(shift['agent_id']))}-{date:%Y%m%d}{number}@{domain}",
        "DTSTAMP": f"{stamp:%Y%m%dT%H%M%SZ}",
        "SEQUENCE": "0",
        start: f"{shift['start_wall']:{form}}",
        end: f"{shift['end_wall']:{form}}",
        "SUMMARY": escape_text(summary),
        "DESCRIPTION": escape_text("\n".join(notes)),
        "CATEGORIES": "SHIFT" if is_work else escape_text(str(shift["kind"]).upper()),
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE" if is_work else "TRANSPARENT",
    }
    if shift["site"]:
        event["LOCATION"] = escape_text(str(shift["site"]))
    return event


def _is_midnight(moment: pd.Timestamp) -> bool:
    return bool(moment == moment.normalize())


def merge_events(
    old: dict[str, Event], new: dict[str, Event], *, stamp: pd.Timestamp, horizon: tuple[str, str]
) -> list[Event]:
    """Return old and new events as one list in order of start: updated, cancelled or as they were."""
    result = []
    for uid, event in new.items():
        before = old.get(uid)
        if before is None:
            result.append(event)
        elif _content(before) == _content(event):
            result.append(before)
        else:
            result.append(event | {"SEQUENCE": str(int(before.get("SEQUENCE", "0")) + 1)})
    for uid, event in old.items():
        if uid not in new:
            result.append(_gone(event, stamp) if horizon[0] <= _planned_date(uid) <= horizon[1] else event)
    return sorted(result, key=lambda event: (_value(event, "DTSTART"), event["UID"]))


def _gone(event: Event, stamp: pd.Timestamp) -> Event:
    if event.get("STATUS") == "CANCELLED":
        return event
    sequence = str(int(event.get("SEQUENCE", "0")) + 1)
    return event | {"STATUS": "CANCELLED", "SEQUENCE": sequence, "DTSTAMP": f"{stamp:%Y%m%dT%H%M%SZ}"}


def _content(event: Event) -> dict[str, str]:
    return {key: value for key, value in event.items() if key not in ("SEQUENCE", "DTSTAMP")}


def _planned_date(uid: str) -> str:
    found = re.search(r"-(\d{8})(?:-[A-Za-z_][^@]*?)?(?:-\d{1,3})?@", uid)
    return found[1] if found else ""


def _value(event: Event, name: str) -> str:
    return next((value for key, value in event.items() if key.split(";")[0] == name), "")


def read_events(text: str) -> dict[str, Event]:
    """Return the events of a calendar that this module wrote, by UID."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    events: dict[str, Event] = {}
    current: Event | None = None
    for line in lines:
        key, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            current = {}
        elif line == "END:VEVENT" and current and "UID" in current:
            events[current["UID"]] = current
            current = None
        elif current is not None:
            current[key] = value
    return events


@lru_cache(maxsize=64)
def zone_lines(zone: str, first_year: int, last_year: int) -> tuple[str, ...]:
    """Return the VTIMEZONE of an IANA zone, right from the first of the years to the end of the last."""
    import icalendar

    edges = dt.date(first_year - 1, 1, 1), dt.date(last_year + 2, 1, 1)
    text = icalendar.Timezone.from_tzid(zone, first_date=edges[0], last_date=edges[1]).to_ical().decode("utf-8")
    return tuple(re.sub(r"\r\n ", "", text).splitlines())


def fold(line: str) -> str:
    """Return *line* in pieces of at most 75 octets, never within a character, each ended by CRLF."""
    if len(line) <= FOLD and line.isascii():
        return line + "\r\n"
    pieces, current, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > FOLD:
            pieces.append(current)
            current, size = " ", 1
        current, size = current + character, size + width
    return "\r\n".join([*pieces, current]) + "\r\n"


def escape_text(text: str) -> str:
    """Return *text* as an RFC 5545 TEXT value."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def slug(text: str) -> str:
    """Return *text* fit for file names and ids: letters, digits, dash, inner dots, else ``_``."""
    return re.sub(r"[^A-Za-z0-9.\-]|^\.", "_", text) or "_"


def unique_slugs(texts: Iterable[str]) -> dict[str, str]:
    """Return a slug for each text, made different by a number where two would be the same."""
    taken: dict[str, str] = {}
    for text in texts:
        base = slug(text)
        name, number = base, 2
        while name.lower() in {other.lower() for other in taken.values()}:
            name, number = f"{base}_{number}", number + 1
        taken[text] = name
    return taken
