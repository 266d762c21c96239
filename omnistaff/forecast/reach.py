"""How far ranges must reach, judged on forecasts that came after those which taught the variance.

Ranks of the very forecasts that a variance was learnt from always look fine. So each verified forecast is ranked by
the variance as it stood at its origin: where errors grow from month to month, ranges learn to reach farther.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from omnistaff.forecast.calibration import NORMAL, learn_reach, tally
from omnistaff.forecast.days import BoolArray, FloatArray
from omnistaff.forecast.leads import LEADS
from omnistaff.forecast.negative_binomial import bounds
from omnistaff.forecast.verified import Verified, capped, mean_of

BELIEF_DAYS = 4.0  # days' worth of belief that the variance was as it is
MOST_CHANGE = 10.0
POOL_DAYS = 8.0  # days' worth at most that other leads tell of one
MOST_CELLS = 3000  # are enough to learn the reach of intervals from


def learn_reaches(
    seen: Verified, days: BoolArray, variances: tuple[FloatArray, FloatArray], inner: FloatArray, common: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return how far day totals (lead buckets × 2) and intervals of *days* reach: half the 80 and 95 % ranges.

    *variances* are those of the day factor (by row) and of the intervals' own (lead × slot), *inner* what the latter
    add to each total's, *common* each total's own estimate of the first, at any lead and size.
    """
    scale = _as_it_stood(seen, days, (common, 1 / seen.total_mean + inner), seen.information)
    day, interval = variances
    of_day = day * scale
    return _day_reach(seen, days & (scale > 0), of_day + inner), _interval_reach(seen, days, of_day, interval)


def _day_reach(seen: Verified, used: BoolArray, excess: FloatArray) -> FloatArray:
    """Return how far day totals reach, lead buckets × 2: by what each lead shows, the others telling a little too."""
    mean, total, beyond = seen.total_mean[used], seen.total[used], np.maximum(excess[used], 1e-9)
    below, upto = bounds(total, mean, beyond)
    scores, weight, worth = _scores((below + upto) / 2), seen.weight[used], seen.worth(used)
    leads = []
    for k in range(len(LEADS)):
        mine = seen.bucket[used] == k
        own, rest = (tally(scores[rows], weight[rows]) for rows in (mine, ~mine))
        own_days = seen.worth(used & (seen.bucket == k))
        leads.append(learn_reach(own * own_days + rest * min(worth, POOL_DAYS), worth))
    return np.stack(leads)


def _interval_reach(seen: Verified, days: BoolArray, of_day: FloatArray, interval: FloatArray) -> FloatArray:
    """Return how far intervals reach, by ranks randomised between those of whole counts."""
    squares = np.maximum(seen.squares, 1e-9)
    chance, noise = seen.total / squares, seen.excess / squares
    own = np.maximum(_as_it_stood(seen, days, (noise, chance), squares * seen.weight), 1 / MOST_CHANGE)
    used = days & (of_day > 0)
    cells = np.flatnonzero((seen.mean > 0) & used[:, None])
    if len(cells) > MOST_CELLS:
        some = (np.arange(MOST_CELLS) + _evenly(MOST_CELLS)) * (len(cells) / MOST_CELLS)
        cells = cells[some.astype(np.int64)]
    if not len(cells):
        return NORMAL.copy()
    rows, slots = np.divmod(cells, seen.mean.shape[1])
    mean, actual = seen.mean[rows, slots], np.rint(seen.actual[rows, slots])
    excess = of_day[rows] + interval[seen.bucket[rows], slots] * own[rows]
    below, above = bounds(actual, mean, excess)
    scores, worth = _scores(below + _evenly(len(rows)) * (above - below)), seen.worth(used)
    return learn_reach(tally(scores, seen.weight[rows]) * worth, worth)


def _as_it_stood(
    seen: Verified, days: BoolArray, moments: tuple[FloatArray, FloatArray], weight: FloatArray
) -> FloatArray:
    """Return by row the variance learnt from rows verified before its origin, over that of all; 0 where none was.

    *moments* are the rows' own estimates of the variance, and the chance that surrounds it: next to much chance a
    change tells little. *weight* is how much each row tells.
    """
    scale = np.zeros(len(days))
    if not weight[days].any():
        return scale
    moment, chance = moments
    around = mean_of(chance[days], weight[days])
    whole = max(mean_of(capped(moment[days]), weight[days]), 0.0) + around
    if not whole:
        return scale  # nothing ever came
    for origin in np.unique(seen.origin).tolist():
        rows = days & (seen.date < origin)
        told = weight[rows]
        if told.any():
            worth = seen.worth(rows)
            change = (max(mean_of(capped(moment[rows]), told), 0.0) + around) / whole
            change = min(max(change, 1 / MOST_CHANGE), MOST_CHANGE)
            scale[seen.origin == origin] = change ** (worth / (worth + BELIEF_DAYS))
    return scale


def _evenly(number: int) -> FloatArray:
    """Return so many figures spread over 0 to 1, without a pattern and the same every time."""
    return np.asarray(np.arange(number) * 0.6180339887498949 % 1)


def _scores(rank: FloatArray) -> FloatArray:
    return np.asarray(ndtri(np.clip(rank, 1e-9, 1 - 1e-9)))
