"""Numbers as planners read them: thin spaces, HH:MM, seconds, one decimal for agents in plans."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

NOTHING = "–"
NARROW = "\u202f"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def number(value: float, digits: int = 0) -> str:
    """Return *value* with *digits* decimals and thousands apart, a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = round(float(value), digits) + 0.0  # no minus zero
    return f"{rounded:,.{digits}f}".replace(",", NARROW).replace("-", "−")


def brief(value: float) -> str:
    """Return *value* with as many decimals as it has, two at most."""
    return number(value, next((k for k in (0, 1) if round(value, k) == round(value, 2)), 2))


def percent(share: float, digits: int = 0) -> str:
    """Return a share from 0 to 1 as per cent."""
    text = number(share * 100, digits) if share is not None else NOTHING
    return text if text == NOTHING else f"{text}{NARROW}%"


def signed(value: float, digits: int = 0) -> str:
    """Return *value* with its sign."""
    text = number(abs(value), digits)
    return text if text == NOTHING or float(round(value, digits)) == 0 else ("+" if value > 0 else "−") + text


def seconds(value: float) -> str:
    """Return seconds as planners write them: whole, or mm:ss from ten minutes on, hours from an hour on."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if 120 <= value < 3600 and value % 60 == 0:
        return f"{number(value / 60)}{NARROW}min"
    if value < 600:
        return f"{number(value, 0 if value >= 10 else 1)}{NARROW}s"
    if value < 3600:
        return f"{int(value // 60)}:{int(value % 60):02d}{NARROW}min"
    return f"{number(value / 3600, 1)}{NARROW}h"


def clock(minute_of_day: int) -> str:
    """Return HH:MM of a minute of the local day."""
    return f"{int(minute_of_day) // 60:02d}:{int(minute_of_day) % 60:02d}"


def day(date: pd.Timestamp) -> str:
    """Return a local date with its weekday, such as ``Mon 5 Jan 2026``."""
    return f"{date:%a} {date.day} {date:%b} {date.year}"


def short_day(date: pd.Timestamp) -> str:
    """Return a local date without its year, such as ``Mon 5 Jan``."""
    return f"{date:%a}\u00a0{date.day}\u00a0{date:%b}"


def plural(count: float, one: str, many: str | None = None) -> str:
    """Return the count with its noun."""
    return f"{number(count)} {one if round(count) == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """Return names in a row of words, shortened to *most*."""
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
