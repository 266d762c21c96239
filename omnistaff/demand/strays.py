"""Contacts with stamps far off: a year of silence parts them from all others, or a few come long after the end.

Stamps of 1970 are far off, and so are days and months that were swapped: 2026-12-03 for the 12th of March.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SILENT_DAYS = 366
QUIET_DAYS = 14  # at the end of the data, where a few contacts would move the start of the forecast
CLOSED_DAYS = 92  # no summer closure lasts longer: after less, few contacts may be the first morning's
FEW_SHARE = 0.2  # of a usual day's contacts
DAY_US = 86_400_000_000


class Stretch(NamedTuple):
    """The time that contacts cover, from *first* to before *end*, in microseconds since 1970."""

    first: int
    end: int

    def holds(self, arrived: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return True for contacts that *arrived* within."""
        inside: NDArray[np.bool_] = (arrived >= self.first) & (arrived < self.end)
        return inside


def find_stretch(days: NDArray[np.int64], contacts: NDArray[np.int64]) -> Stretch:
    """Return the stretch with most contacts without a silence of more than a year; of equal ones the latest.

    It ends before a silence of more than two weeks after which no more than a fifth of a usual day's contacts came,
    all of them on days that are days of the stretch with day and month swapped, unless the silence is longer than
    three months: a closure may be over since this morning.
    *days* are days since 1970 in UTC in any order, *contacts* how many each row stands for.

    >>> find_stretch(np.array([20000, 0, 20010]), np.array([5, 1, 5])).first // DAY_US
    20000
    """
    if not len(days):
        return Stretch(0, 0)
    days, place = np.unique(days, return_inverse=True)
    contacts = np.bincount(place, weights=contacts).astype(np.int64)
    part = np.cumsum(np.diff(days, prepend=days[0]) > SILENT_DAYS)
    number = np.bincount(part, weights=contacts)
    mine = part == len(number) - 1 - number[::-1].argmax()
    days = _without_few_at_end(days[mine], contacts[mine])
    return Stretch(int(days[0]) * DAY_US, int(days[-1] + 1) * DAY_US)


def _without_few_at_end(days: NDArray[np.int64], contacts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return *days*, ascending, without those at the end on which few *contacts* came, misdated after a silence."""
    end = len(days)
    for start in (np.flatnonzero(np.diff(days) > QUIET_DAYS) + 1)[::-1]:
        if contacts[start:end].sum() > FEW_SHARE * contacts[:start].mean():
            break
        if days[start] - days[start - 1] <= CLOSED_DAYS and not np.isin(_swap(days[start:end]), days[:start]).all():
            break
        end = start
    return days[:end]


def _swap(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return days since 1970 with day and month swapped, -1 where there is no such day: 12 March for 3 December."""
    date = days.astype("datetime64[D]")
    month, year = date.astype("datetime64[M]"), date.astype("datetime64[Y]").astype("datetime64[M]")
    day_of_month = (date - month).astype(np.int64)  # from 0 on, as months are
    swapped = (year + day_of_month).astype("datetime64[D]") + (month - year).astype(np.int64)
    return np.where(day_of_month < 12, swapped.astype(np.int64), -1)


def stretch_of(arrived: pd.Series[pd.Timestamp]) -> Stretch:
    """Return the stretch of contacts that *arrived* at these instants."""
    days, contacts = np.unique(micros(arrived) // DAY_US, return_counts=True)
    return find_stretch(days, contacts)


def micros(arrived: pd.Series[pd.Timestamp]) -> NDArray[np.int64]:
    """Return instants as microseconds since 1970."""
    return np.asarray(arrived.dt.as_unit("us").astype("int64").to_numpy())
