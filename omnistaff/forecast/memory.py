"""How long errors of forecasts last: a level missed for weeks, and what is new every day.

A day's relative error is taken as the error of a level that keeps SLOW of itself from day to day, plus a share of its
own. So days k apart are correlated by memory × SLOW**(k - 1), memory being what neighbouring days show. From this one
picture follow how days of a path hang together, how errors grow with the lead, and how much a verified day tells.
"""

from __future__ import annotations

import numpy as np

from omnistaff.forecast.days import FloatArray, IntArray
from omnistaff.forecast.leads import LEADS
from omnistaff.forecast.rolling import PastForecasts

SLOW = 0.95  # a day, of the level that forecasts miss: as on each of twenty public series
NEAR = 6  # days apart, at most, whose errors tell together what lasts
LONGEST = 28  # days ahead that count for the last lead
USUAL, BELIEF_PAIRS = 0.3, 20
MOST_CHANCE = 0.9


def find_memory(past: PastForecasts) -> float:
    """Return the correlation of neighbouring days' relative errors within a forecast, shrunk to 0.3."""
    mean, total = past.totals
    days = (mean > 0) & (past.special == 0)
    ratio = np.divide(total - mean, mean, out=np.zeros_like(total), where=days)
    pairs = days[:, 1:] & days[:, :-1]
    count = int(pairs.sum())
    if not count:
        return USUAL
    left, right = ratio[:, :-1][pairs], ratio[:, 1:][pairs]
    scale = float(np.sqrt((left**2).sum() * (right**2).sum()))
    found = float((left * right).sum()) / scale if scale > 0 else 0.0
    share = count / (count + BELIEF_PAIRS)
    return float(np.clip(share * found + (1 - share) * USUAL, 0, SLOW))


def without_chance(memory: float, errors: FloatArray, chance: FloatArray) -> float:
    """Return the correlation of neighbouring days' factors, *memory* being that of their relative *errors*.

    Of the errors' variance *chance* (one figure a day) is noise of counts, which hides what lasts (Spearman 1904).
    At most nine tenths are taken as such.

    >>> round(without_chance(0.2, np.array([0.1, -0.1]), np.array([0.005, 0.005])), 3)
    0.4
    """
    share = min(float(chance.sum()) / max(float((errors**2).sum()), 1e-12), MOST_CHANCE)
    return min(memory / (1 - share), SLOW)


def lasting(error: FloatArray, origin: IntArray, date: IntArray) -> FloatArray:
    """Return each error's product with those of days near it in the same forecast, as an estimate of what lasts.

    Their mean is the covariance of neighbouring days, memory times variance: chance, new every day, is not in it.

    >>> lasting(np.array([0.1, 0.2]), np.array([4, 4]), np.array([5, 6])).round(3).tolist()
    [0.02, 0.02]
    """
    row, lead = np.unique(origin, return_inverse=True)[1], date - origin
    size = (row.max(initial=0) + 1, lead.max(initial=0) + 1 + 2 * NEAR)
    errors, known = np.zeros(size), np.zeros(size)
    errors[row, lead + NEAR], known[row, lead + NEAR] = error, 1.0
    around, weight = np.zeros(len(error)), np.zeros(len(error))
    for distance in [*range(-NEAR, 0), *range(1, NEAR + 1)]:
        place = row, lead + NEAR + distance
        around += errors[place]
        weight += known[place] * SLOW ** (abs(distance) - 1)
    return np.asarray(error * around / np.maximum(weight, 1.0))


def level_share(memory: float) -> float:
    """Return the share of the level in the variance of errors."""
    return min(memory / SLOW, 1.0)


def lead_growth(memory: float) -> FloatArray:
    """Return the variance of errors by lead bucket, as a multiple of its mean over four weeks.

    A level of variance 1 seen through days' noise w is known to the variance P that the Kalman filter ends at:
    M = S² P + 1 - S² a day ahead, P = M w / (M + w). h days ahead it is off by S^2h P + 1 - S^2h, the day by w more.

    >>> lead_growth(0.0).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> lead_growth(0.95).round(2).tolist()
    [0.14, 0.52, 0.97, 1.28]
    """
    share = max(level_share(memory), 1e-6)
    noise, new = (1 - share) / share, 1 - SLOW**2
    ahead = new / 2 * (1 - noise + np.sqrt((noise - 1) ** 2 + 4 * noise / new))
    left = SLOW ** (2 * np.arange(1, LONGEST + 1))
    variance = left * ahead * noise / (ahead + noise) + 1 - left + noise
    by_lead = [variance[first:last].mean() for first, last in LEADS.values()]
    return np.asarray(by_lead / variance.mean())


def independent_share(memory: float) -> float:
    """Return how much a day's squared error tells of the variance, beside that of an independent day.

    Squares of errors correlated by r are correlated by r²: 1 / (1 + 2 Σ r_k²), summed over all distances k.

    >>> [round(independent_share(memory), 2) for memory in (0.0, 0.5, 0.9)]
    [1.0, 0.16, 0.06]
    """
    return 1 / (1 + 2 * memory**2 / (1 - SLOW**2))
