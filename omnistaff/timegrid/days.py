"""Zones, local days and interval grids; instants as a clock in the zone shows them."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the zone called *name*; ConfigError when the zone database has none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise ConfigError(f"time zone {name!r} is unknown, expected an IANA name such as Europe/Madrid") from error


@lru_cache(maxsize=4096)
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
    """Return the instant (UTC) of a local time such as ``2026-03-18 12:00``, or of one with its own offset or UTC.

    ConfigError for text that is no time in ISO 8601 (03/04/2026 is March to some and April to others), and for local
    times that do not exist or exist twice.
    """
    plain = text.strip().removesuffix("UTC").strip()
    own = zone("UTC" if plain != text.strip() else zone_name)
    wrong = f"time {text!r} is not understood in {zone_name}, expected 2026-03-18 12:00"
    try:
        stamp = pd.Timestamp(dt.datetime.fromisoformat(re.sub(r"(?<=[ T])(\d):", r"0\1:", plain)))
    except ValueError as error:
        raise ConfigError(f"{wrong}: {error}") from error
    if stamp.tzinfo:
        return stamp.tz_convert("UTC").as_unit("us")
    try:
        local = stamp.tz_localize(own, ambiguous="raise", nonexistent="raise")
    except ValueError as error:
        night = "is skipped or comes twice in the night when clocks change, give the offset too, as 02:30+02:00"
        raise ConfigError(f"{wrong}: it {night}") from error
    return local.tz_convert("UTC").as_unit("us")
