"""Stamps and durations as logs write them, to UTC instants and seconds. A zone is stated, never guessed."""

from __future__ import annotations

import re
from typing import Any, cast

import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.ingest.parsed import UTC_TIME
from omnistaff.plan import Source

#: Outside these a stamp is a mistake (an epoch in the wrong unit, a year of 2 digits read wrongly).
EARLIEST, LATEST = pd.Timestamp("1971-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")

_UTC = r" ?(?:UTC|GMT)$"
_OFFSET = r"\d[T ].*(?:Z|z|[+-]\d{2}(?::?\d{2})?)$"
_WALL = r"^\S+?(?:[T ][\d:.,]*)?$"  # ISO 8601 without an offset
_EPOCH_UNITS = {"epoch_s": 1e6, "epoch_ms": 1e3}
_UNIT_SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0}

Stamps = tuple["pd.Series[pd.Timestamp]", "pd.Series[str]"]


def read_stamps(text: pd.Series[str], source: Source, *, time_format: str | None = None) -> Stamps:
    """Return (UTC instants, problems) of stamps written in *time_format*, the plan's, or ISO 8601.

    A stamp without an offset needs ``time_zone`` in the plan. Empty stamps are NaT without a problem.
    """
    layout = time_format or source.time_format
    if layout in _EPOCH_UNITS:
        return read_epochs(text, _EPOCH_UNITS[layout])
    if layout is None:
        quick = _all_at_once(text, source)
        if quick is not None:
            return quick
    text = text.str.strip()
    filled = text.notna() & (text != "")
    if layout is None:
        text = text.str.replace(_UTC, "Z", regex=True)
        carries = filled & text.str.contains(_OFFSET, regex=True, na=False)
        bare = filled & ~carries & text.str.contains(_WALL, regex=True, na=False)
    else:
        carries = filled & bool(re.search("%[zZ]", layout))
        bare = filled & ~carries
    zoned = _parse(text.where(carries), layout, utc=True)
    wall = _parse(text.where(bare), layout, utc=False)
    instants, problems = _localized(wall, source)
    instants = zoned.where(carries, instants)
    return _checked(instants, problems, filled, text)


def read_epochs(text: pd.Series[Any], unit_us: float) -> Stamps:
    """Return (UTC instants, problems) of counts since 1970; *unit_us* is the microseconds in one unit."""
    filled = text.notna() & (text.astype("str") != "")
    count = pd.to_numeric(text, errors="coerce").astype("float64") * unit_us
    count = count.where(count.abs() < 4.2e15)  # year 2103: more cannot be a stamp and would overflow
    instants = pd.Series(pd.NaT, index=text.index, dtype=UTC_TIME)
    known = count.notna()
    instants[known] = pd.to_datetime(count[known].round().astype("int64"), unit="us", utc=True).dt.as_unit("us")
    return _checked(instants, pd.Series("", index=text.index, dtype="str"), filled, text.astype("str"))


def _all_at_once(text: pd.Series[str], source: Source) -> Stamps | None:
    """Return what ``read_stamps`` does where all stamps are ISO 8601, all with an offset or none; else None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pa.array(text, pa.large_string())
    if column.null_count == len(column):
        return None
    for zone in ("UTC", None):
        try:
            times = pc.cast(column, pa.timestamp("us", tz=zone))
        except pa.ArrowInvalid:
            continue
        series = pd.Series(times.to_pandas().array, index=text.index)
        if zone is None:
            series, problems = _localized(series.astype("datetime64[us]"), source)
        else:
            problems = pd.Series("", index=text.index, dtype="str")
        inside = series.min() >= EARLIEST and series.max() <= LATEST
        return (series, problems) if inside else _checked(series, problems, text.notna(), text)
    return None


def _parse(text: pd.Series[str], layout: str | None, *, utc: bool) -> pd.Series[pd.Timestamp]:
    result = pd.Series(pd.NaT, index=text.index, dtype=UTC_TIME if utc else "datetime64[us]")
    known = text.notna()
    if known.any():
        try:
            parsed = pd.to_datetime(text[known], format=layout or "ISO8601", errors="coerce", utc=utc)
        except ValueError as error:
            raise ConfigError(f"ingest: time_format {layout!r} cannot be used: {error}") from error
        result[known] = parsed.dt.as_unit("us")
    return result


def _localized(wall: pd.Series[pd.Timestamp], source: Source) -> Stamps:
    if wall.notna().any() and source.time_zone is None:
        problem = "stamp has no time zone: set time_zone in the plan's ingest entry"
        return (
            pd.Series(pd.NaT, index=wall.index, dtype=UTC_TIME),
            pd.Series("", index=wall.index, dtype="str").mask(wall.notna(), problem),
        )
    return timegrid.localize(wall, source.time_zone or "UTC", ambiguous=source.ambiguous)


def _checked(
    instants: pd.Series[pd.Timestamp], problems: pd.Series[str], filled: pd.Series[bool], text: pd.Series[str]
) -> Stamps:
    outside = instants.notna() & ((instants < EARLIEST) | (instants > LATEST))
    unread = filled & instants.isna() & (problems == "")
    shown = text.fillna("").str.slice(0, 40)
    problems = problems.mask(unread, "stamp is not understood: " + shown)
    problems = problems.mask(outside, "stamp is outside 1971 to 2100: " + shown)
    return instants.where(~outside), problems


def read_numbers(text: pd.Series[str], source: Source) -> pd.Series[float]:
    """Return numbers written with the plan's ``decimal`` and ``thousands``; NaN where empty or not a number."""
    plain = text.str.strip()
    if source.thousands:
        plain = plain.str.replace(source.thousands, "", regex=False)
    if source.decimal != ".":
        plain = plain.str.replace(source.decimal, ".", regex=False)
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    return numbers.where(numbers.abs() < 1e15)  # infinities and nonsense are not numbers


def read_durations(text: pd.Series[str], source: Source) -> pd.Series[float]:
    """Return seconds of durations: plain numbers in ``duration_unit``, ``MM:SS``, ``:SS`` or ``HH:MM:SS``."""
    clock = text.str.contains(":", regex=False, na=False)
    plain = read_numbers(text.where(~clock), source) * _UNIT_SECONDS[source.duration_unit]
    if not clock.any():
        return plain
    return plain.where(~clock, read_clock_durations(text.where(clock)))


def read_clock_durations(text: pd.Series[str]) -> pd.Series[float]:
    """Return seconds of ``HH:MM:SS``, ``MM:SS`` or ``:SS``; NaN for anything else."""
    parts = text.str.strip().str.extract(r"^(?:(?:(\d{1,4}):)?(\d{0,4})):(\d{2}(?:\.\d+)?)$")
    filled = parts.apply(lambda part: pd.to_numeric(part.mask(part == ""), errors="coerce")).astype("float64")
    seconds = filled[0].fillna(0) * 3600 + filled[1].fillna(0) * 60 + filled[2]
    return cast("pd.Series[float]", seconds)
