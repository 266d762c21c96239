"""How long customers are willing to wait, from waits that an answer cuts short."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Patience, check, empty
from omnistaff.tables.matching import assign_queues

LEFT = "abandoned"
STAYED = ("answered", "flowed_out")  # seen until then: patience is at least the wait


def estimate_patience(contacts: DataFrame[Contacts], plan: Plan) -> DataFrame[Patience]:
    """Return patience of the plan's live and messaging queues that at least ``min_abandons`` customers left.

    Misdials (short abandons) are left out, employee-made and outbound contacts too.
    """
    asked = contacts["is_demand"] & (contacts["direction"] == "inbound") & contacts["wait_s"].notna()
    seen = contacts[asked & contacts["outcome"].isin([LEFT, *STAYED]) & (contacts["wait_s"] >= 0)]
    queues = assign_queues(seen, plan)
    rows = []
    for queue in plan.queues:
        mine = seen[(queues == queue.name).to_numpy()]
        has_left = (mine["outcome"] == LEFT).to_numpy()
        if queue.mode == "deferred" or has_left.sum() < plan.simulate.min_abandons:
            continue
        waits = mine["wait_s"].to_numpy(dtype=np.float64)
        rows.append(
            {
                "queue": queue.name,
                "patience_s": exponential_patience(waits, has_left),
                "waits": len(waits),
                "abandoned": int(has_left.sum()),
                "median_s": median_patience(waits, has_left),
            }
        )
    if not rows:
        return empty(Patience)
    frame = pd.DataFrame(rows).astype({"queue": "str", "median_s": "float64", "patience_s": "float64"})
    return check(Patience, frame)


def exponential_patience(waits: np.ndarray, has_left: np.ndarray) -> float:
    """Return the mean patience in seconds that makes the waits likeliest, exponential: time waited per leaver.

    It is infinite when nobody left. In Erlang A the ratio holds exactly: abandonment = mean wait / patience.
    """
    leavers = int(np.count_nonzero(has_left))
    return float(waits.sum()) / leavers if leavers else math.inf


def survival(waits: np.ndarray, has_left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (times, share still willing to wait just after each), Kaplan & Meier 1958.

    Times are those at which somebody left; who was answered at the same instant was still at risk.
    """
    times, place = np.unique(waits, return_inverse=True)
    left = np.bincount(place, weights=has_left, minlength=len(times))
    gone = np.bincount(place, minlength=len(times))
    at_risk = len(waits) - np.concatenate([[0], np.cumsum(gone)[:-1]])
    kept = np.cumprod(1 - left / at_risk)
    return times[left > 0], kept[left > 0]


def median_patience(waits: np.ndarray, has_left: np.ndarray) -> float:
    """Return the time by which half would have left, NaN when the waits do not reach so far."""
    times, kept = survival(waits, has_left)
    reached = np.flatnonzero(kept <= 0.5)
    return float(times[reached[0]]) if len(reached) else math.nan
