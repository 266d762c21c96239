"""Intervals that say nothing about demand: feed outages, days far from their like; levels that moved."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# A run of empty open intervals is an outage when this many contacts were to be expected in it.
OUTAGE_CONTACTS = 10.0
# A day is an outlier beyond this many robust standard deviations and this ratio from its like days.
OUTLIER_SDS = 6.0
OUTLIER_RATIO = 1.6
LIKE_DAYS_EACH_SIDE = 4
LEAST_LIKE_DAYS = 3
# A level has moved to stay when this many days lie so far to the same side, and this share of days up to the last.
# Several days in a row prove more than one does, so each needs less; with 3 and 1.4 none of twenty public series cut
# off at any day has one, with 2 and 1.6 a city's passers-by in January have.
SHIFT_DAYS = 5
SHIFT_SDS = 3.0
SHIFT_RATIO = 1.4
SHIFT_SHARE = 0.8
LIKE_DAYS_BEFORE = 8  # so the end of a launch of up to three weeks is no shift


# Times of the week silent up to a day, then busy, were not open before if chance has e**-14 for it, one in a million.
LATE_PROOF = 14.0
# One exceptional Sunday opens none: so many days were busy, this share of them in the later half of the time since.
LATE_DAYS = 3
LATER_SHARE = 0.25


class Shift(NamedTuple):
    """A level that moved to stay: the first day of the new one, and the new as a multiple of the old."""

    day: int
    ratio: float


def find_unopened(counts: np.ndarray, weekday: np.ndarray, special: np.ndarray) -> np.ndarray:
    """Return True for intervals before their time of the week was first served; *counts* as for ``find_outages``.

    Looked at are times of day, weekdays, and times of one weekday. Had one always been open, each of its busy
    intervals would lie before its first day by chance as often as the other days then had contacts: all lie after it
    with probability (share of contacts since) ** (busy intervals). Contacts are those of the week around each day, so
    that growth explains itself; *special* days do not count. As all intervals of a day open by one decision, three
    days have to be busy, and not only at first: what was open for once was closed again.
    """
    valid = ~np.isnan(counts) & ~special[:, None]
    busy = valid & (np.nan_to_num(counts) > 0)
    weight = np.convolve(np.nansum(counts, axis=1), np.ones(7))[3 : 3 + len(counts), None] * valid
    late = _before_first(busy, weight)
    for day in np.unique(weekday):
        rows = weekday == day
        late[rows] |= _before_first(busy[rows], weight[rows])
        late[rows] |= _before_first(busy[rows].sum(axis=1, keepdims=True), weight[rows].sum(axis=1, keepdims=True))
    return np.asarray(late & valid)


def _before_first(busy: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return True for rows before the first *busy* one of a column, where that is no chance and it stayed open."""
    begun = np.cumsum(busy, axis=0) > 0
    passed, total = np.cumsum(weight * begun, axis=0), weight.sum(axis=0)
    since = passed[-1]
    share = np.divide(total, since, out=np.ones(len(total)), where=since > 0)
    days = (busy > 0).sum(axis=0)
    later = ((busy > 0) & (passed > since / 2)).sum(axis=0)
    opened = (days >= LATE_DAYS) & (later >= LATER_SHARE * days)
    return np.asarray(~begun & opened & (busy.sum(axis=0) * np.log(share) >= LATE_PROOF))


def find_outages(counts: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Return True where a run of zeros is too long to be chance; *counts* is days × slots, NaN when closed.

    Expected counts are the median of the same weekday and slot over all days that have any contact.
    """
    alive = np.nansum(counts, axis=1) > 0
    expected = np.full(counts.shape, np.nan)
    for day in np.unique(weekday):
        rows = weekday == day
        if (rows & alive).sum() >= 3:
            sample = counts[rows & alive]
            seen = ~np.isnan(sample).all(axis=0)
            expected[np.ix_(rows, seen)] = np.nanmedian(sample[:, seen], axis=0)
    open_cells = np.flatnonzero(~np.isnan(counts).ravel())
    empty = counts.ravel()[open_cells] == 0
    weight = np.nan_to_num(expected.ravel()[open_cells])
    run = np.cumsum(np.r_[True, np.diff(empty.astype(np.int64)) != 0]) - 1 if len(open_cells) else open_cells
    missed = np.bincount(run, weights=weight * empty) if len(open_cells) else np.zeros(0)
    outage = np.zeros(counts.size, dtype=bool)
    outage[open_cells] = empty & (missed[run] >= OUTAGE_CONTACTS)
    return outage.reshape(counts.shape)


def find_outlier_days(
    totals: np.ndarray, weekday: np.ndarray, special: np.ndarray, shifts: list[Shift] | None = None
) -> np.ndarray:
    """Return True for days whose total (NaN when closed) is far from the like days around it.

    Like days are the nearest four of the same weekday on each side, between the same two *shifts*; *special* days
    neither are marked nor count. The scale is the robust spread of all such log ratios, never under that of Poisson
    counts.
    """
    ratio = np.full(len(totals), np.nan)
    usable = ~np.isnan(totals) & (totals > 0) & ~special
    level = np.searchsorted([shift.day for shift in shifts or []], np.arange(len(totals)), side="right")
    for kind in np.unique(np.column_stack([weekday, level]), axis=0):
        rows = np.flatnonzero(usable & (weekday == kind[0]) & (level == kind[1]))
        for place, row in enumerate(rows):
            near = np.r_[rows[max(0, place - LIKE_DAYS_EACH_SIDE) : place], rows[place + 1 : place + 5]]
            if len(near) >= LEAST_LIKE_DAYS:
                ratio[row] = np.log(totals[row] / np.median(totals[near]))
    known = ~np.isnan(ratio)
    if known.sum() < 10:
        return np.zeros(len(totals), dtype=bool)
    spread = 1.4826 * np.median(np.abs(ratio[known]))
    return np.asarray(known & (np.abs(np.nan_to_num(ratio)) > _limit(spread, totals, OUTLIER_SDS, OUTLIER_RATIO)))


def find_shifts(
    totals: np.ndarray, weekday: np.ndarray, special: np.ndarray, feast: np.ndarray | None = None
) -> list[Shift]:
    """Return the days from which on *totals* stay far from what they were, in order.

    A day begins a new level when it, most of the five days from it on, of all days since and of the last five are
    three standard deviations and a ratio of 1.4 to the same side of their like days before it (the last eight of the
    weekday, at least three, since the last shift), five of them outside *feast* weeks, whose demand the calendar may
    explain. *special* days do not count.
    """
    usable = np.flatnonzero(~np.isnan(totals) & (totals > 0) & ~special)
    lasting = np.ones(len(totals), dtype=bool) if feast is None else ~feast
    volume, kind = np.log(totals[usable]), weekday[usable]
    limit = _limit(_spread(volume, kind), totals[usable], SHIFT_SDS, SHIFT_RATIO)
    shifts: list[Shift] = []
    start = 0
    for row in np.flatnonzero(np.abs(volume - _usual_before(volume, kind)) > limit).tolist():
        usual = np.array([_usual(volume[start:row][kind[start:row] == day]) for day in range(7)])
        apart = volume[row:] - usual[kind[row:]]
        out = (np.abs(apart) > limit[row:]) & (np.sign(apart) == np.sign(apart[0]))
        counted = np.count_nonzero(out & lasting[usable[row:]]) >= SHIFT_DAYS
        parts = out[:SHIFT_DAYS], out, out[-SHIFT_DAYS:]
        if out[0] and counted and all(part.mean() >= SHIFT_SHARE for part in parts):
            shifts.append(Shift(int(usable[row]), float(np.exp(np.median(apart[out])))))
            start = row
    return shifts


def _usual_before(volume: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Return the usual volume of the like days before each day."""
    usual = np.full(len(volume), np.nan)
    for day in np.unique(weekday):
        rows = np.flatnonzero(weekday == day)
        for place in range(LEAST_LIKE_DAYS, min(LIKE_DAYS_BEFORE, len(rows))):
            usual[rows[place]] = np.median(volume[rows[:place]])
        if len(rows) > LIKE_DAYS_BEFORE:
            before = np.lib.stride_tricks.sliding_window_view(volume[rows[:-1]], LIKE_DAYS_BEFORE)
            usual[rows[LIKE_DAYS_BEFORE:]] = np.median(before, axis=1)
    return usual


def _usual(volume: np.ndarray) -> float:
    """Return the median of the last eight, NaN of too few."""
    return float(np.median(volume[-LIKE_DAYS_BEFORE:])) if len(volume) >= LEAST_LIKE_DAYS else np.nan


def _spread(volume: np.ndarray, weekday: np.ndarray) -> float:
    """Return the robust spread of log totals, from one day to the next like it: a shift moves one of these only."""
    steps = np.concatenate([np.diff(volume[weekday == day]) for day in range(7)])
    return 1.4826 * float(np.median(np.abs(steps))) / np.sqrt(2) if len(steps) else 0.0


def _limit(spread: float, totals: np.ndarray, sds: float, ratio: float) -> np.ndarray:
    """Return how far the log of a total must lie from its like days: so many standard deviations, this ratio."""
    return np.asarray(np.maximum(sds * np.hypot(spread, 1 / np.sqrt(np.maximum(totals, 1))), np.log(ratio)))
