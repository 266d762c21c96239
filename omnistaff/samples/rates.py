"""True demand: the rate of contacts of every line and interval, and the arrivals drawn from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.samples.world import (
    AFTER_HOLIDAY_FACTOR,
    CHRISTMAS,
    COMMON_DAY_SD,
    COUNTRY,
    DAY_MEMORY,
    HAPPENINGS,
    HOLIDAY_FACTOR,
    INTERVAL_MINUTES,
    LAST_DAY,
    LINE_DAY_SD,
    LINES,
    MONTH_TURN_SHARE,
    PROFILES,
    REGION,
    TREND_A_YEAR,
    WEEKDAY_FACTOR,
    ZONE,
    Happening,
    Line,
    Size,
)


@dataclass(frozen=True)
class Calendar:
    """The intervals of history with their local view."""

    starts: pd.DatetimeIndex  # UTC
    seconds: np.ndarray  # seconds since 1970 of each start
    day: np.ndarray  # number of the local day, from 0
    hour: np.ndarray  # local hour, fractional
    dates: list[dt.date]
    holidays: dict[dt.date, str]


def make_calendar(size: Size) -> Calendar:
    """Return the half-hours of all local days of history."""
    starts = timegrid.interval_grid(size.first_day, size.days, ZONE, INTERVAL_MINUTES)
    parts = timegrid.local_parts(pd.Series(starts), ZONE)
    dates = [size.first_day + dt.timedelta(days=k) for k in range(size.days)]
    day = (parts["date"] - pd.Timestamp(size.first_day)).dt.days.to_numpy()
    years = range(size.first_day.year, LAST_DAY.year + 1)
    return Calendar(
        starts=starts,
        seconds=starts.as_unit("s").asi8.astype(float),
        day=day,
        hour=parts["minute_of_day"].to_numpy() / 60,
        dates=dates,
        holidays=timegrid.public_holidays(COUNTRY, REGION, list(years)),
    )


def open_mask(hours: dict[str, str], calendar: Calendar) -> np.ndarray:
    """Return True for the intervals in which *hours* are open."""
    return timegrid.OpeningHours(hours, ZONE, calendar.holidays).is_open(calendar.starts)


#: How much of each kind of event the bank's own planners saw coming.
FORESEEN = {"launch": 0.5, "campaign": 0.8, "outage": 0.0}
ALL_OF_IT = {"launch": 1.0, "campaign": 1.0, "outage": 1.0}


def expected_rates(calendar: Calendar, size: Size, foreseen: dict[str, float]) -> np.ndarray:
    """Return expected contacts of each line and interval: all effects but the luck of the day.

    *foreseen* is the share of each kind of event that counts.
    """
    return np.stack([_line_rate(line, calendar, foreseen) * size.scale for line in LINES])


def _line_rate(line: Line, calendar: Calendar, foreseen: dict[str, float]) -> np.ndarray:
    is_open = open_mask(line.arrivals or line.hours, calendar)
    shape = np.interp(calendar.hour, np.arange(24) + 0.5, PROFILES[line.profile], period=24) * is_open
    weekday = np.array([date.weekday() for date in calendar.dates])
    usual = np.array(WEEKDAY_FACTOR)[weekday][calendar.day] * shape
    weeks = len(calendar.dates) / 7
    normal_day = np.array([date not in calendar.holidays for date in calendar.dates])
    weekly_sum = (usual * normal_day[calendar.day]).sum() / max(weeks * normal_day.mean(), 1)
    days = _day_effects(calendar)[calendar.day]
    rate: np.ndarray = line.weekly * usual / weekly_sum * days * _event_effect(line, calendar, foreseen)
    return rate


def _day_effects(calendar: Calendar) -> np.ndarray:
    """Return the factor of each day: trend, turn of the month, holidays, Christmas."""
    factors = []
    for date in calendar.dates:
        factor = 1 + TREND_A_YEAR * ((date - LAST_DAY).days / 365)
        next_days = {(date + dt.timedelta(days=k)).day for k in (0, 1, 2)}
        factor *= 1 + MONTH_TURN_SHARE * (date.day <= 3 or 1 in next_days)
        if date in calendar.holidays:
            factor *= HOLIDAY_FACTOR
        elif date - dt.timedelta(days=1) in calendar.holidays:
            factor *= AFTER_HOLIDAY_FACTOR
        first, last, quiet = CHRISTMAS
        factor *= quiet if first <= date <= last else 1
        factors.append(factor)
    return np.array(factors)


def _event_effect(line: Line, calendar: Calendar, foreseen: dict[str, float]) -> np.ndarray:
    factor = np.ones(len(calendar.starts))
    for happening in HAPPENINGS:
        share = happening.extra_share.get(line.name, 0.0) * foreseen[happening.kind]
        factor += share * _strength(happening, calendar)
    return factor


def _strength(happening: Happening, calendar: Calendar) -> np.ndarray:
    """Return how strong an event is in each interval, 1 at its start."""
    zone = ZoneInfo(ZONE)
    start = happening.start.replace(tzinfo=zone).timestamp()
    age_days = (calendar.seconds - start) / 86_400
    strength = np.where(age_days >= 0, 0.5 ** (np.floor(age_days) / happening.half_life_days), 0.0)
    if happening.end:
        day_after = dt.timedelta(days=1) if happening.end.hour == 0 else dt.timedelta()
        strength[calendar.seconds >= (happening.end + day_after).replace(tzinfo=zone).timestamp()] = 0
    return strength


def day_luck(calendar: Calendar, rng: np.random.Generator) -> np.ndarray:
    """Return the random factor of each line and day, mean 1: a common part with memory and one of each line."""
    days = len(calendar.dates)
    shocks = rng.normal(0, COMMON_DAY_SD, days)
    common = np.empty(days)
    level = shocks[0]
    for k in range(days):
        level = DAY_MEMORY * level + np.sqrt(1 - DAY_MEMORY**2) * shocks[k] if k else shocks[0]
        common[k] = level
    own = rng.normal(0, LINE_DAY_SD, (len(LINES), days))
    return np.exp(common + own - (COMMON_DAY_SD**2 + LINE_DAY_SD**2) / 2)


def draw_arrivals(rates: np.ndarray, calendar: Calendar, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return (line, time in seconds since 1970) of every contact, in time order: Poisson in each interval."""
    counts = rng.poisson(rates)
    line, interval = np.nonzero(counts)
    repeats = counts[line, interval]
    line, interval = np.repeat(line, repeats), np.repeat(interval, repeats)
    times = calendar.seconds[interval] + rng.random(len(line)) * INTERVAL_MINUTES * 60
    times = np.floor(times * 1000) / 1000
    order = np.lexsort((line, times))
    return line[order], times[order]
