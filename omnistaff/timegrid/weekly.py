"""Numbers that follow the hours of the week, as a plan writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.timegrid.days import local_parts
from omnistaff.timegrid.opening import DAY_MINUTES, parse_stretches, parse_weekdays

WEEK_MINUTES = 7 * DAY_MINUTES
DEFAULT = "default"


class WeekProfile:
    """A number for every minute of the local week, from Monday: *values*, 10,080 of them.

    Written as in a plan: one number, or ``{default: 0.05, mon-fri: 0.08, "mon-fri 09:00-11:00": 0.15}``. A key names
    weekdays and, if it is not the whole day, stretches of the clock (past midnight they run into the next day); later
    keys outrank earlier ones, and what none names has the default, 0 if there is none. ConfigError for other keys.
    """

    def __init__(self, spec: float | Mapping[str, float]) -> None:
        by_time = spec if isinstance(spec, Mapping) else {DEFAULT: spec}
        self.values = np.full(WEEK_MINUTES, float(by_time.get(DEFAULT, 0.0)))
        for key, value in by_time.items():
            if key != DEFAULT:
                self.values[_minutes(key)] = value

    def at(self, times: pd.Series[pd.Timestamp], zone_name: str) -> npt.NDArray[np.float64]:
        """Return the number at each instant (UTC), by the clock of the zone."""
        return np.asarray(self.values[week_minutes(times, zone_name)])


def mean_over(
    values: npt.NDArray[np.float64], times: pd.Series[pd.Timestamp], minutes: npt.ArrayLike, zone_name: str
) -> npt.NDArray[np.float64]:
    """Return the mean of *values* (a number for every minute of the week) over *minutes* from each instant (UTC)."""
    if (values == values[0]).all():  # to the bit, and the usual case
        return np.full(len(times), values[0])
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values]))])
    first, length = week_minutes(times, zone_name), np.asarray(minutes, dtype=np.int64)
    return np.asarray((sums[first + length] - sums[first]) / length)


def week_minutes(times: pd.Series[pd.Timestamp], zone_name: str) -> npt.NDArray[np.int64]:
    """Return the minutes from Monday's midnight to each instant (UTC), by the clock of the zone."""
    parts = local_parts(times, zone_name)
    return (parts["weekday"] * DAY_MINUTES + parts["minute_of_day"]).to_numpy(dtype=np.int64)


def _minutes(key: str) -> npt.NDArray[np.int64]:
    found = re.fullmatch(r"(\S.*?)(?:\s+(\d.*))?", key.strip().lower())
    try:
        days, stretches = parse_weekdays(found[1] if found else ""), parse_stretches((found and found[2]) or "24h")
    except ConfigError as error:
        raise ConfigError(
            f"{key!r} is not understood, expected default, mon-fri, sat,sun 09:00-11:00 or daily 12:00-14:00"
        ) from error
    pieces = [day * DAY_MINUTES + np.arange(start, end) for day in days for start, end in stretches]
    return np.asarray(np.concatenate(pieces) % WEEK_MINUTES, dtype=np.int64)
