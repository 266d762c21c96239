"""Everything about time: zones, local days, interval grids, opening hours, public holidays.

The only package that knows time zones. Tables hold UTC instants; every function here that needs a
local view takes the zone's IANA name. A local day runs from its first valid instant to the next day's,
so it has 92, 96 or 100 quarter hours (98 in Lord Howe), and a midnight that does not exist is no problem.

A zone's offset is constant within one 15-minute stretch of UTC since 1970, which is what lets whole columns
be converted by pandas.
"""

from omnistaff.timegrid.days import (
    day_intervals,
    day_start,
    floor_to_interval,
    interval_grid,
    local_dates,
    local_parts,
    local_stamps,
    next_local_midnight,
    parse_instant,
    wall_clock,
    written,
    zone,
)
from omnistaff.timegrid.holidays import minor_holidays, public_holidays, weekend
from omnistaff.timegrid.opening import (
    DAY_MINUTES,
    WEEKDAYS,
    OpeningHours,
    clock_minutes,
    parse_stretches,
    parse_weekdays,
)
from omnistaff.timegrid.stamps import TWICE, Ambiguity, localize
from omnistaff.timegrid.weekly import WEEK_MINUTES, WeekProfile, mean_over, week_minutes

__all__ = [
    "DAY_MINUTES", "TWICE", "WEEKDAYS", "WEEK_MINUTES", "Ambiguity", "OpeningHours", "WeekProfile", "clock_minutes",
    "day_intervals",
    "day_start", "floor_to_interval", "interval_grid", "local_dates", "local_parts", "local_stamps", "localize",
    "mean_over", "minor_holidays", "next_local_midnight", "parse_instant", "parse_stretches", "parse_weekdays",
    "public_holidays", "wall_clock", "week_minutes", "weekend", "written", "zone",
]  # fmt: skip
