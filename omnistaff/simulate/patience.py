"""How long customers are willing to wait, from waits that an answer cuts short."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import DomainError
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Patience, check, empty
from omnistaff.tables.matching import assign_queues

LEFT = "abandoned"
STAYED = ("answered", "flowed_out")  # seen until then: patience is at least the wait


def estimate_patience(contacts: DataFrame[Contacts], plan: Plan) -> DataFrame[Patience]:
    """Return patience of the plan's live and messaging queues that at least ``min_abandons`` customers left.

    Misdials (short abandons) are left out, employee-made and outbound contacts too.
    """
    rows = []
    for queue, waits, has_left in _waits(contacts, plan):
        rows.append(
            {
                "queue": queue,
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


def patience_quantiles(waits: np.ndarray, has_left: np.ndarray, *, points: int = 201) -> np.ndarray:
    """Return patience at *points* equally spaced quantiles from 0 to 1 (Kaplan & Meier), in seconds.

    What no wait was long enough to show goes on as an exponential tail with the patience of ``exponential_patience``;
    the last quantile is that of half a step before 1. DomainError when nobody left.
    """
    if not np.count_nonzero(has_left):
        raise DomainError("nobody left: patience cannot be measured, only that it is longer than the waits")
    times, kept = survival(waits, has_left)
    levels = np.linspace(0.0, 1.0, points)
    levels[-1] -= 0.5 / (points - 1)
    gone, at = np.append(0.0, 1 - kept), np.append(0.0, times)
    rest = np.log(np.maximum(kept[-1], 1e-300) / (1 - levels)) * exponential_patience(waits, has_left)
    inside = np.interp(levels, gone, at)
    return np.maximum.accumulate(np.where(levels <= gone[-1], inside, at[-1] + np.maximum(rest, 0.0)))


def handle_quantiles(efforts_s: np.ndarray, *, points: int = 201) -> np.ndarray:
    """Return handle times at *points* equally spaced quantiles from 0 to 1, for ``simulate.handle_quantiles_s``."""
    quantiles: np.ndarray = np.quantile(efforts_s, np.linspace(0.0, 1.0, points))
    return quantiles


def _waits(contacts: DataFrame[Contacts], plan: Plan) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield queue, waits and whether they ended by leaving, of queues that at least ``min_abandons`` left."""
    asked = contacts["is_demand"] & (contacts["direction"] == "inbound") & contacts["wait_s"].notna()
    seen = contacts[asked & contacts["outcome"].isin([LEFT, *STAYED]) & (contacts["wait_s"] >= 0)]
    queues = assign_queues(seen, plan)
    for queue in plan.queues:
        mine = seen[(queues == queue.name).to_numpy()]
        has_left = (mine["outcome"] == LEFT).to_numpy()
        if queue.mode != "deferred" and has_left.sum() >= plan.simulate.min_abandons:
            yield queue.name, mine["wait_s"].to_numpy(dtype=np.float64), has_left


def with_seen_patience(contacts: DataFrame[Contacts], plan: Plan) -> Plan:
    """Return *plan* with the patience that *contacts* show as ``patience_quantiles_s``, where it has none."""
    found = {queue: patience_quantiles(waits, left).tolist() for queue, waits, left in _waits(contacts, plan)}
    known = found | plan.simulate.patience_quantiles_s
    return plan.model_copy(update={"simulate": plan.simulate.model_copy(update={"patience_quantiles_s": known})})


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
