"""Lead times: how far ahead a day is, in the four buckets that accuracy is told by."""

from __future__ import annotations

import numpy as np

from omnistaff.forecast.days import IntArray

LEADS = {"day 1": (0, 1), "week 1": (1, 7), "week 2": (7, 14), "weeks 3-4": (14, 28)}
ALL = "all"


def bucket_of(lead: IntArray) -> IntArray:
    """Return the bucket (0 to 3) of each lead in days, 0 being the first day; the last has no end."""
    firsts = [first for first, _ in LEADS.values()]
    return np.searchsorted(firsts, lead, side="right").astype(np.int64) - 1
