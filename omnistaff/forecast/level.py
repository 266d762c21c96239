"""How much more, or less, came than models had said: their means set right by forecasts verified since.

Models work on logarithms and roots and doubt outliers, so they tell a day's usual volume. Its mean is larger where
days vary, and they lag where demand grows or falls for months. So their means are multiplied by what all verified
days together had come to, as a multiple of what was forecast for them, shrunk to 1 as few days ask for. A forecast
made from fewer days than are known now tells less of one made from all: by the square of their share.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from omnistaff.forecast.days import BoolArray
from omnistaff.forecast.memory import find_memory
from omnistaff.forecast.rolling import PastForecasts
from omnistaff.forecast.verified import Verified, verify

BELIEF_DAYS = 30.0  # days' worth of belief that means are right as they are
CAP_SHARE = 0.97  # of what came: days farther above their forecast count as this quantile


def learn_level(past: PastForecasts) -> float:
    """Return what means forecast from now on are to be multiplied by, as *past* ones tell."""
    return _last_level(verify(past, find_memory(past)))


def set_level(past: PastForecasts) -> PastForecasts:
    """Return *past* forecasts with each origin's means set right by what was verified before that origin."""
    return learn_levels(past)[1]


def learn_levels(past: PastForecasts) -> tuple[float, PastForecasts]:
    """Return (``learn_level``, ``set_level``) of *past* forecasts, verified once."""
    seen = verify(past, find_memory(past))
    plain = seen.special == 0
    level = np.array([_level(seen, plain & (seen.date < origin), origin) for origin in past.origins.tolist()])
    return _last_level(seen), replace(past, mean=past.mean * level[:, None, None])


def _last_level(seen: Verified) -> float:
    return _level(seen, seen.special == 0, int(seen.date.max(initial=0)) + 1)


def _level(seen: Verified, days: BoolArray, origin: int) -> float:
    """Return the weighted totals that came over those forecast on *days*, as *origin* sees them, shrunk to 1."""
    fresh = seen.weight[days]
    weight = fresh * (seen.origin[days] / origin) ** 2
    days_worth = seen.worth(days) * float(weight.sum() / max(fresh.sum(), 1e-12))
    weight = weight * seen.total_mean[days]
    if not weight.sum():
        return 1.0
    ratio = seen.total[days] / seen.total_mean[days]
    order = np.argsort(ratio, kind="stable")
    upto = np.cumsum(weight[order]) / weight.sum()
    came = np.minimum(ratio, np.interp(CAP_SHARE, upto, ratio[order])) @ weight / weight.sum()
    return float(max(came, 1e-3) ** (days_worth / (days_worth + BELIEF_DAYS)))
