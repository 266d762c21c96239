"""Intervals that say nothing about demand: feed outages and days far from their like."""

from __future__ import annotations

import numpy as np

# A run of empty open intervals is an outage when this many contacts were to be expected in it.
OUTAGE_CONTACTS = 10.0
# A day is an outlier beyond this many robust standard deviations and this ratio from its like days.
OUTLIER_SDS = 6.0
OUTLIER_RATIO = 1.6
LIKE_DAYS_EACH_SIDE = 4


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


def find_outlier_days(totals: np.ndarray, weekday: np.ndarray, special: np.ndarray) -> np.ndarray:
    """Return True for days whose total (NaN when closed) is far from the like days around it.

    Like days are the nearest four of the same weekday on each side; *special* days neither are marked nor count.
    The scale is the robust spread of all such log ratios, never under that of Poisson counts.
    """
    ratio = np.full(len(totals), np.nan)
    usable = ~np.isnan(totals) & (totals > 0) & ~special
    for day in np.unique(weekday):
        rows = np.flatnonzero(usable & (weekday == day))
        for place, row in enumerate(rows):
            near = np.r_[rows[max(0, place - LIKE_DAYS_EACH_SIDE) : place], rows[place + 1 : place + 5]]
            if len(near) >= 3:
                ratio[row] = np.log(totals[row] / np.median(totals[near]))
    known = ~np.isnan(ratio)
    if known.sum() < 10:
        return np.zeros(len(totals), dtype=bool)
    spread = 1.4826 * np.median(np.abs(ratio[known]))
    limit = np.maximum(OUTLIER_SDS * np.hypot(spread, 1 / np.sqrt(np.maximum(totals, 1))), np.log(OUTLIER_RATIO))
    return np.asarray(known & (np.abs(np.nan_to_num(ratio)) > limit))
