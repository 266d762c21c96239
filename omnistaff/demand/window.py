"""Which stretch of time the contacts cover, and which of its days are whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff import timegrid
from omnistaff.demand.strays import QUIET_DAYS
from omnistaff.plan import Plan

# A day is cut off when this many contacts more were to be expected: e**-4.6 is a chance of 1 %.
MISSED_CONTACTS = 4.6


@dataclass(frozen=True)
class Window:
    """The history: its first and last instant, and the whole local days in between."""

    first: pd.Timestamp
    last: pd.Timestamp
    whole_from: pd.Timestamp
    whole_to: pd.Timestamp


def cut_off_instant(plan: Plan) -> pd.Timestamp | None:
    """Return the plan's cut-off as an instant, None when it has none."""
    cut = plan.demand.cut_off
    if cut is None:
        return None
    stamp = pd.Timestamp(cut)
    if stamp.tzinfo is None:
        stamp = stamp.tz_localize(timegrid.zone(plan.time_zone), nonexistent="shift_forward", ambiguous=True)
    return stamp.tz_convert("UTC").as_unit("us")


def find_window(
    arrivals: pd.Series[pd.Timestamp],
    plan: Plan,
    *,
    counts: NDArray[Any] | None = None,
    ends: tuple[pd.Timestamp, pd.Timestamp] | None = None,
) -> Window:
    """Return the stretch that *arrivals* (not empty) cover; a first or last day that was cut off is not whole.

    The last local day is cut off when, judged by the same weekday before it (any day if there is none),
    more than 4.6 contacts were still to come after the last one; the first day alike before the first one.
    A cut-off in the plan decides the end instead, unless nothing came in the two weeks before it. *counts* says how
    many contacts each row stands for, one if not given, and *ends* when the first and the last arrived, if not with
    the first and last row.
    """
    parts = timegrid.local_parts(arrivals, plan.time_zone).assign(contacts=1.0 if counts is None else counts)
    first, last = ends or (arrivals.min(), arrivals.max())
    first_day, last_day = parts["date"].min(), parts["date"].max()
    minutes = parts["minute_of_day"].to_numpy()
    times = arrivals.astype("int64").to_numpy()
    early, late = minutes < minutes[times.argmin()], minutes > minutes[times.argmax()]
    whole_from, whole_to = first_day.date(), last_day.date() + dt.timedelta(days=1)
    if _missed(parts, first_day, early) > MISSED_CONTACTS:
        whole_from += dt.timedelta(days=1)
    cut = cut_off_instant(plan)
    if cut is not None and cut <= last + pd.Timedelta(days=QUIET_DAYS):
        last = cut - pd.Timedelta(microseconds=1)
        local_cut = cut.tz_convert(timegrid.zone(plan.time_zone))
        whole_to = local_cut.date()
    elif _missed(parts, last_day, late) > MISSED_CONTACTS:
        whole_to -= dt.timedelta(days=1)
    return Window(
        first, last, timegrid.day_start(whole_from, plan.time_zone), timegrid.day_start(whole_to, plan.time_zone)
    )


def _missed(parts: pd.DataFrame, day: pd.Timestamp, inside: np.ndarray) -> float:
    """Return how many contacts the *inside* part of a day holds on average on other days like *day*."""
    dates = parts["date"].to_numpy()
    others = np.unique(dates[dates != day.to_datetime64()])
    like = others[(others.astype("datetime64[D]").astype(np.int64) + 3) % 7 == day.weekday()]
    days = like if len(like) else others
    if not len(days):
        return 0.0
    return float(parts["contacts"].to_numpy()[inside & np.isin(dates, days)].sum() / len(days))
