"""Opening hours as a plan writes them: weekdays, holidays and dates with stretches of the clock."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.timegrid.days import local_parts

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60


class OpeningHours:
    """When a queue is open: stretches of wall-clock minutes for each weekday, with exceptions by date.

    Written as in a plan: ``{"mon-fri": "08:00-22:00", "sat": "09:00-14:00, 16:00-18:00", "holidays": "closed"}``.
    ``24h`` is all day; a stretch whose end is not after its start runs past midnight into the next day.
    A date entry such as ``2026-12-24: "08:00-13:00"`` outranks holidays, which outrank weekdays; of two entries for a
    weekday the later holds. Intervals of *interval_minutes* that are open in part are open.
    """

    def __init__(
        self, spec: Mapping[str, str], zone_name: str, holidays: Iterable[dt.date] = (), interval_minutes: int = 1
    ) -> None:
        self.zone_name = zone_name
        self.holidays = frozenset(holidays)
        self._weekday: dict[int, list[tuple[int, int]]] = {}
        self._date: dict[dt.date, list[tuple[int, int]]] = {}
        self._holiday: list[tuple[int, int]] | None = None
        for key, text in spec.items():
            whole = [
                (start // interval_minutes * interval_minutes, -(-end // interval_minutes) * interval_minutes)
                for start, end in parse_stretches(text)
            ]
            self._add(key.strip().lower(), whole)

    def _add(self, key: str, stretches: list[tuple[int, int]]) -> None:
        if key == "holidays":
            self._holiday = stretches
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", key):
            self._date[dt.date.fromisoformat(key)] = stretches
        else:
            for weekday in parse_weekdays(key):
                self._weekday[weekday] = stretches

    def stretches(self, date: dt.date) -> list[tuple[int, int]]:
        """Return the open stretches that begin on *date*, in wall-clock minutes; ends may pass 1440."""
        if date in self._date:
            return self._date[date]
        if self._holiday is not None and date in self.holidays:
            return self._holiday
        return self._weekday.get(date.weekday(), [])

    def is_open(self, interval_starts: pd.DatetimeIndex | pd.Series[pd.Timestamp]) -> np.ndarray:
        """Return True for each interval start (UTC) that lies in an open stretch; shape as given."""
        series = pd.Series(interval_starts).reset_index(drop=True)
        parts = local_parts(series, self.zone_name)
        codes, dates = pd.factorize(parts["date"])
        days = np.array([self._open_minutes(date.date()) for date in dates]).reshape(len(dates), DAY_MINUTES)
        result: np.ndarray = days[codes, parts["minute_of_day"].to_numpy()]
        return result

    def _open_minutes(self, date: dt.date) -> np.ndarray:
        minutes = np.zeros(2 * DAY_MINUTES, dtype=bool)
        for start, end in self.stretches(date):
            minutes[start:end] = True
        today = minutes[:DAY_MINUTES].copy()
        for start, end in self.stretches(date - dt.timedelta(days=1)):
            if end > DAY_MINUTES:
                today[max(0, start - DAY_MINUTES) : end - DAY_MINUTES] = True
        return today


def parse_weekdays(text: str) -> list[int]:
    """Return the weekdays (0 = Monday) that ``mon``, ``mon-fri``, ``sat,sun`` or ``daily`` names."""
    if text in ("daily", "every day", "all"):
        return list(range(7))
    result: list[int] = []
    for part in text.split(","):
        words = [word.strip() for word in part.split("-")]
        names = [word[:3] for word in words if any(whole.startswith(word) for whole in WHOLE_NAMES)]
        if len(words) > 2 or len(names) < len(words) or any(name not in WEEKDAYS for name in names):
            raise ConfigError(
                f"opening hours key {text!r} is not understood, expected mon, mon-fri, sat,sun, daily, "
                "holidays or a date YYYY-MM-DD"
            )
        first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        result.extend((first + k) % 7 for k in range((last - first) % 7 + 1))
    return result


def parse_stretches(text: str) -> list[tuple[int, int]]:
    """Return [(start, end)] in minutes for ``08:00-14:00, 16:00-20:00``, ``24h`` or ``closed``."""
    cleaned = text.strip().lower()
    if cleaned in ("closed", ""):
        return []
    if cleaned in ("24h", "24/7", "00:00-24:00"):
        return [(0, DAY_MINUTES)]
    result = []
    for part in cleaned.split(","):
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", part)
        if not found:
            raise ConfigError(f"opening hours {text!r} are not understood, expected HH:MM-HH:MM, 24h or closed")
        start, end = clock_minutes(f"{found[1]}:{found[2]}"), clock_minutes(f"{found[3]}:{found[4]}")
        result.append((start, end if end > start else end + DAY_MINUTES))
    return result


def clock_minutes(text: str) -> int:
    """Return minutes after midnight for ``HH:MM`` up to 24:00; ConfigError for anything else."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or not 0 <= minutes <= DAY_MINUTES:
        raise ConfigError(f"time of day {text!r} is not understood, expected HH:MM from 00:00 to 24:00")
    return minutes
