"""Everything about time: zones, local days, interval grids, opening hours, public holidays.

The only module that knows time zones. Tables hold UTC instants; every function here that needs a
local view takes the zone's IANA name. A local day runs from its first valid instant to the next day's,
so it has 92, 96 or 100 quarter hours (98 in Lord Howe), and a midnight that does not exist is no problem.

A zone's offset is constant within one 15-minute stretch of UTC since 1970, which is what lets whole columns
be converted by pandas.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
TWICE = "clocks went back"  # the reason in words of a stamp that stands for two instants

Ambiguity = Literal["order", "first", "second", "reject"]


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the zone called *name*; ConfigError when the zone database has none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise ConfigError(f"time zone {name!r} is unknown, expected an IANA name such as Europe/Madrid") from error


# -- local days --------------------------------------------------------------------------------------


def day_start(date: dt.date, zone_name: str) -> pd.Timestamp:
    """Return the first instant of the local *date*, in UTC; right where midnight does not exist."""
    local = pd.Timestamp(date).tz_localize(zone(zone_name), nonexistent="shift_forward", ambiguous=True)
    return local.tz_convert("UTC").as_unit("us")


def next_local_midnight(instant: pd.Timestamp, zone_name: str) -> pd.Timestamp:
    """Return the first instant of the local day after the one that *instant* falls in, in UTC."""
    return day_start(instant.tz_convert(zone(zone_name)).date() + dt.timedelta(days=1), zone_name)


def day_intervals(date: dt.date, zone_name: str, minutes: int) -> pd.DatetimeIndex:
    """Return the interval starts (UTC) of one local day; 23 or 25 hours of them when clocks change."""
    return interval_grid(date, 1, zone_name, minutes)


def interval_grid(first: dt.date, days: int, zone_name: str, minutes: int) -> pd.DatetimeIndex:
    """Return every interval start (UTC) of *days* local days from *first* on, each counted from its day's start."""
    edges = [day_start(first + dt.timedelta(days=k), zone_name) for k in range(days + 1)]
    pieces = [
        np.arange(start.to_datetime64(), end.to_datetime64(), np.timedelta64(minutes, "m"))
        for start, end in pairwise(edges)
    ]
    values = np.concatenate(pieces) if pieces else np.array([], dtype="datetime64[us]")
    return pd.DatetimeIndex(values.astype("datetime64[us]"), tz="UTC", name="interval_start")


def local_dates(times: pd.Series[pd.Timestamp], zone_name: str) -> pd.Series[pd.Timestamp]:
    """Return the local date of each instant as a midnight without zone (datetime64[us])."""
    local = times.dt.tz_convert(zone(zone_name)).dt.tz_localize(None)
    return local.dt.normalize().dt.as_unit("us")


def local_parts(times: pd.Series[pd.Timestamp], zone_name: str) -> pd.DataFrame:
    """Return the wall-clock view of *times*, one row each: date, weekday (0 = Monday), minute_of_day."""
    wall = times.dt.tz_convert(zone(zone_name)).dt.tz_localize(None)
    return pd.DataFrame(
        {
            "date": wall.dt.normalize().dt.as_unit("us"),
            "weekday": wall.dt.day_of_week.astype("int64"),
            "minute_of_day": (wall.dt.hour * 60 + wall.dt.minute).astype("int64"),
        },
        index=times.index,
    )


def wall_clock(times: pd.Series[pd.Timestamp], zone_name: str) -> pd.Series[pd.Timestamp]:
    """Return what a clock in the zone shows at each instant, without zone (datetime64[us])."""
    return times.dt.tz_convert(zone(zone_name)).dt.tz_localize(None).dt.as_unit("us")


def local_stamps(times: pd.Series[pd.Timestamp], zone_name: str) -> pd.Series[str]:
    """Return each instant in ISO 8601 with the zone's offset, such as ``2026-10-30T09:00:00-04:00``."""
    return written(times.dt.tz_convert(zone(zone_name)), "%Y-%m-%dT%H:%M:%S%:z")


def written(times: pd.Series[pd.Timestamp], form: str) -> pd.Series[str]:
    """Return *times* as text in a strftime *form*, each different time written once: much faster for rosters.

    ``%:z`` is an offset with a colon.
    """
    codes, known = pd.factorize(times)
    text = pd.Series(pd.DatetimeIndex(known).strftime(form.replace("%:z", "%z")), dtype="str")
    if "%:z" in form:
        text = text.str.replace(r"([+-]\d{2})(\d{2})$", r"\1:\2", regex=True)
    found = text.reindex(codes)
    return found.set_axis(times.index)


def floor_to_interval(times: pd.Series[pd.Timestamp], zone_name: str, minutes: int) -> pd.Series[pd.Timestamp]:
    """Return the start (UTC) of the interval each instant falls in, intervals counted from local day starts."""
    if times.empty:
        return times.dt.as_unit("us")
    dates = local_dates(times, zone_name)
    unique = pd.Series(dates.dropna().unique())
    starts = {date: day_start(date.date(), zone_name) for date in unique}
    day = dates.map(starts).astype("datetime64[us, UTC]")
    step = np.timedelta64(minutes, "m")
    return (day + (times - day) // step * step).dt.as_unit("us")


def parse_instant(text: str, zone_name: str) -> pd.Timestamp:
    """Return the instant (UTC) of a local time such as ``2026-03-18 12:00``, or of one with its own offset.

    ConfigError for text that is no time, and for local times that do not exist or exist twice.
    """
    try:
        stamp = pd.Timestamp(text)
        local = stamp if stamp.tzinfo else stamp.tz_localize(zone(zone_name), ambiguous="raise", nonexistent="raise")
    except ValueError as error:
        raise ConfigError(
            f"time {text!r} is not understood in {zone_name}, expected 2026-03-18 12:00: {error}"
        ) from error
    return local.tz_convert("UTC").as_unit("us")


# -- wall-clock stamps in a log ------------------------------------------------------------------------


def localize(
    stamps: pd.Series[pd.Timestamp], zone_name: str, *, ambiguous: Ambiguity = "order"
) -> tuple[pd.Series[pd.Timestamp], pd.Series[str]]:
    """Return (instants in UTC, reason) for wall-clock *stamps* of a zone, row by row.

    A stamp in a spring gap has no instant. A stamp in the repeated autumn hour is resolved by *ambiguous*:
    ``order`` takes the log to be in time order and switches to the second copy when the clock steps back;
    where the order shows no step back, and with ``reject``, the row has no instant. Rows without an instant
    are NaT with the reason in words; other rows have an empty reason.
    """
    tz = zone(zone_name)
    early = stamps.dt.tz_localize(tz, nonexistent="NaT", ambiguous=np.ones(len(stamps), dtype=bool))
    late = stamps.dt.tz_localize(tz, nonexistent="NaT", ambiguous=np.zeros(len(stamps), dtype=bool))
    missing = stamps.notna() & early.isna()
    twice = (early != late) & early.notna()
    second = _second_copies(stamps, twice, ambiguous)
    resolved = early.where(~(twice & (second == 1)), late).where(~(twice & (second < 0)))
    reason = pd.Series("", index=stamps.index, dtype="str")
    reason = reason.mask(missing, f"local time does not exist in {zone_name} (clocks went forward)")
    reason = reason.mask(
        twice & (second < 0), f"local time is ambiguous in {zone_name} ({TWICE}) and nothing tells which"
    )
    return resolved.dt.tz_convert("UTC").dt.as_unit("us"), reason


def _second_copies(stamps: pd.Series[pd.Timestamp], twice: pd.Series[bool], ambiguous: Ambiguity) -> pd.Series[int]:
    """Return 0 (first copy), 1 (second copy) or -1 (cannot tell) for each ambiguous row."""
    result = pd.Series(-1, index=stamps.index, dtype="int64")
    match ambiguous:
        case "first":
            return result.mask(twice, 0)
        case "second":
            return result.mask(twice, 1)
        case "reject":
            return result
        case "order":
            pass
    rows = stamps[twice]
    for _, night in rows.groupby(rows.dt.date):
        stepped_back = (night.diff() < pd.Timedelta(0)).cumsum()
        if stepped_back.max() == 1:  # one step back tells the copies apart; none or several tell nothing
            result.loc[night.index] = stepped_back.astype("int64")
    return result


# -- opening hours -------------------------------------------------------------------------------------


class OpeningHours:
    """When a queue is open: stretches of wall-clock minutes for each weekday, with exceptions by date.

    Written as in a plan: ``{"mon-fri": "08:00-22:00", "sat": "09:00-14:00, 16:00-18:00", "holidays": "closed"}``.
    ``24h`` is all day; a stretch whose end is not after its start runs past midnight into the next day.
    A date entry such as ``2026-12-24: "08:00-13:00"`` outranks holidays, which outrank weekdays.
    """

    def __init__(self, spec: Mapping[str, str], zone_name: str, holidays: Iterable[dt.date] = ()) -> None:
        self.zone_name = zone_name
        self.holidays = frozenset(holidays)
        self._weekday: dict[int, list[tuple[int, int]]] = {}
        self._date: dict[dt.date, list[tuple[int, int]]] = {}
        self._holiday: list[tuple[int, int]] | None = None
        for key, text in spec.items():
            self._add(key.strip().lower(), parse_stretches(text))

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
        names = [name.strip()[:3] for name in part.split("-")]
        if len(names) > 2 or any(name not in WEEKDAYS for name in names):
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


# -- public holidays -----------------------------------------------------------------------------------


def public_holidays(
    country: str | None, region: str | None, years: Sequence[int], extra: Mapping[dt.date, str] | None = None
) -> dict[dt.date, str]:
    """Return {date: name} of public holidays, observed days included, in date order.

    *extra* adds days of the planner's own. ConfigError for an unknown country or region.
    """
    found: dict[dt.date, str] = {}
    if country:
        import holidays

        try:
            found = dict(holidays.country_holidays(country, subdiv=region, years=list(years)))
        except NotImplementedError as error:
            where = country if region is None else f"{country}/{region}"
            raise ConfigError(f"calendar: no holidays are known for {where}: {error}") from error
    found.update(extra or {})
    return dict(sorted(found.items()))


def minor_holidays(country: str | None, years: Sequence[int]) -> dict[dt.date, str]:
    """Return {date: name} of days that a country keeps without being off work by law (half-holy days, Purim ...)."""
    if not country:
        return {}
    import holidays

    known = holidays.country_holidays(country)
    if "optional" not in known.supported_categories:
        return {}
    return dict(sorted(holidays.country_holidays(country, years=list(years), categories=("optional",)).items()))


def weekend(country: str | None) -> tuple[int, ...]:
    """Return the weekdays (0 = Monday) of a country's weekend in their order, Saturday and Sunday if unknown."""
    import holidays

    return tuple(sorted(holidays.country_holidays(country or "US").weekend)) or (6,)
