"""Contacts with stamps far off, such as 1970: a silence of more than a year parts them from all others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SILENT_DAYS = 366
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

    *days* are days since 1970 in UTC in any order, *contacts* how many each row stands for.

    >>> find_stretch(np.array([20000, 0, 20010]), np.array([5, 1, 5])).first // DAY_US
    20000
    """
    if not len(days):
        return Stretch(0, 0)
    order = np.argsort(days, kind="stable")
    days, contacts = days[order], contacts[order]
    part = np.cumsum(np.diff(days, prepend=days[0]) > SILENT_DAYS)
    number = np.bincount(part, weights=contacts)
    mine = days[part == len(number) - 1 - number[::-1].argmax()]
    return Stretch(int(mine[0]) * DAY_US, int(mine[-1] + 1) * DAY_US)


def stretch_of(arrived: pd.Series[pd.Timestamp]) -> Stretch:
    """Return the stretch of contacts that *arrived* at these instants."""
    days, contacts = np.unique(micros(arrived) // DAY_US, return_counts=True)
    return find_stretch(days, contacts)


def micros(arrived: pd.Series[pd.Timestamp]) -> NDArray[np.int64]:
    """Return instants as microseconds since 1970."""
    return np.asarray(arrived.dt.as_unit("us").astype("int64").to_numpy())
