"""What the calendar knows of each day: weekday, holidays and the days around them, place in month and year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CATCH_UP_DAYS = 1.5  # decay of the catch-up after a holiday
YEARLY_FROM_DAYS = 550  # yearly terms need a season and a half of history
MONTHLY_FROM_DAYS = 75  # and terms of the month every place in it twice, else they take up what weeks did


class Kind(IntEnum):
    """What sort of day it is; only ORDINARY days are like their weekday for sure."""

    ORDINARY = 0
    EVE = 1
    HOLIDAY = 2
    MINOR = 3
    BRIDGE = 4


@dataclass(frozen=True)
class DayCalendar:
    """Per day: its weekday (0 = Monday), its kind, shrunken effects and outside drivers as columns.

    ``rest_day`` is the weekday that holidays resemble, ``short_day`` the one their eves resemble (-1: their own).
    """

    weekday: IntArray
    kind: IntArray
    catch_up: FloatArray
    monthly: FloatArray
    yearly: FloatArray
    drivers: FloatArray
    rest_day: int
    short_day: int

    def rows(self, rows: slice) -> DayCalendar:
        """Return the calendar of some of the days."""
        return replace(
            self,
            weekday=self.weekday[rows],
            kind=self.kind[rows],
            catch_up=self.catch_up[rows],
            monthly=self.monthly[rows],
            yearly=self.yearly[rows],
            drivers=self.drivers[rows],
        )

    @cached_property
    def ordinary(self) -> BoolArray:
        """Return which days are like their weekday for sure."""
        return np.asarray(self.kind == Kind.ORDINARY)

    @cached_property
    def moved(self) -> list[tuple[BoolArray, int]]:
        """Return holidays and eves with the weekday that each resembles."""
        return [(self.kind == Kind.HOLIDAY, self.rest_day), (self.kind == Kind.EVE, self.short_day)]

    @cached_property
    def terms(self) -> tuple[FloatArray, IntArray]:
        """Return (columns of effects, block of each): kinds of special days, catch-up, drivers, month, year."""
        kinds = self.kind[:, None] == np.array([kind for kind in Kind if kind != Kind.ORDINARY])
        blocks = [kinds.astype(np.float64), self.catch_up, self.drivers, self.monthly, self.yearly]
        return np.hstack(blocks), np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])

    @cached_property
    def specialness(self) -> FloatArray:
        """How special each day is: 1 for holidays and their eves, a half for minor ones and bridge days."""
        whole = (self.kind == Kind.HOLIDAY) | (self.kind == Kind.EVE)
        return np.where(whole, 1.0, np.where(self.kind == Kind.ORDINARY, 0.0, 0.5))


def make_calendar(dates: npt.NDArray[np.datetime64], queue: Queue, plan: Plan) -> DayCalendar:
    """Return the calendar of *dates* for a queue: its holidays and the days around them."""
    days = [date.item() for date in dates.astype("datetime64[D]")]
    years = range(days[0].year - 1, days[-1].year + 2)
    country = queue.country or plan.calendar.country
    holidays = set(plan.holidays_of(queue, years))
    minor = set(timegrid.minor_holidays(country, years)) - holidays
    weekend = timegrid.weekend(country)
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    kind = np.array([_kind(day, holidays, minor, weekend) for day in days], dtype=np.int64)
    short_day = weekend[0] if 4 in weekend else -1  # where Friday is half a day, eves of holidays are too
    return DayCalendar(
        weekday,
        kind,
        catch_up=catch_up(kind)[:, None],
        monthly=month_terms(dates),
        yearly=year_terms(dates),
        drivers=np.zeros((len(days), 0)),
        rest_day=weekend[-1],
        short_day=short_day,
    )


def _kind(day: dt.date, holidays: set[dt.date], minor: set[dt.date], weekend: tuple[int, ...]) -> Kind:
    if day in holidays:
        return Kind.HOLIDAY
    before, after = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    if after in holidays and day.weekday() != weekend[-1]:
        return Kind.EVE
    if day in minor:
        return Kind.MINOR
    free = {date for date in (before, after) if date in holidays or date.weekday() in weekend}
    if len(free) == 2 and free & holidays and day.weekday() not in weekend:
        return Kind.BRIDGE
    return Kind.ORDINARY


def catch_up(kind: IntArray) -> FloatArray:
    """Return the decaying trace of the latest holiday on the days after it: 1 on the first, then less."""
    trace = np.zeros(len(kind))
    for holiday in np.flatnonzero(kind == Kind.HOLIDAY).tolist():
        for later in range(holiday + 1, min(holiday + 6, len(kind))):
            if kind[later] != Kind.HOLIDAY:
                trace[later] = max(trace[later], np.exp(-(later - holiday - 1) / CATCH_UP_DAYS))
    return trace


def month_terms(dates: npt.NDArray[np.datetime64]) -> FloatArray:
    """Return columns for payday and month-end effects: start, first week, end, middle and tenth of the month."""
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.float64) + 1
    left = ((month + 1).astype("datetime64[D]") - dates).astype(np.float64) - 1
    return np.column_stack(
        [
            np.exp(-(day - 1) / 2),
            np.exp(-(day - 1) / 6),
            np.exp(-left / 1.5),
            np.exp(-(((day - 15) / 1.5) ** 2)),
            np.exp(-(((day - 10) / 3) ** 2)),
        ]
    )


def year_terms(dates: npt.NDArray[np.datetime64], pairs: int = 4) -> FloatArray:
    """Return sine and cosine columns of the year, the longest wave first."""
    phase = 2 * np.pi * (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.float64) / 365.25
    return np.column_stack([wave(k * phase) for k in range(1, pairs + 1) for wave in (np.sin, np.cos)])
