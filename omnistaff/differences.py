"""Differences between two runs that met the same simulated customers, with their 95 % limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from omnistaff.staffing import NeededPeople, half_width

COLUMNS = ["figure", "base", "changed", "difference", "low", "high"]
#: Of the people needed: what it is called, and the field.
NEEDED = {
    "agent-hours needed": "agent_hours",
    "cost of the agent-hours needed": "cost",
    "agents needed at the peak": "peak_agents",
}
#: Of the service: what it is called, what of a replication is above and below the line, None for counts.
SERVICE = (
    ("service level", "good", "base"),
    ("share who left", "abandoned", "offered"),
    ("mean wait in s", "waited_s", "answered"),
    ("contacts", "offered", None),
    ("contacts lost", "abandoned", None),
    ("contacts late", "late", None),
)


def needed_differences(base: Sequence[NeededPeople], changed: Sequence[NeededPeople]) -> pd.DataFrame:
    """Return the people needed and what they cost, each side repeat by repeat: means, and limits of the difference.

    Columns: figure, base, changed, difference, low, high; no limits with a single repeat. Repeats are pairs. The
    last row says how many queues the worst repeat does not prove: their people may be too few.
    """
    sides = [pd.DataFrame([asdict(each) for each in side]) for side in (base, changed)]
    rows = []
    for figure, field in NEEDED.items():
        before, after = (side[field].to_numpy() for side in sides)
        difference, half = float((after - before).mean()), half_width(after - before)
        rows.append((figure, before.mean(), after.mean(), difference, difference - half, difference + half))
    first, last = (float(side["unproved_queues"].astype("float64").max()) for side in sides)
    rows.append(("queues whose promise is not proved", first, last, last - first, np.nan, np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def computed_differences(base: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    """Return the difference of figures (columns figure and value) that no luck is in: without limits."""
    both = base.merge(changed, on="figure", suffixes=("_base", "_changed"), validate="1:1")
    both = both.rename(columns={"value_base": "base", "value_changed": "changed"})
    return both.assign(difference=both["changed"] - both["base"], low=np.nan, high=np.nan)[COLUMNS]


def paired_differences(base: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    """Return the service of every queue and of all: share served in time, who left, waits, contacts.

    Columns: figure, base, changed, difference, low, high. Both tables are by replication and queue
    (``simulate.replicated_service``). Ratios are of sums; their difference is linearised at both (delta method), and
    Student's t is taken over replications. A queue that only one side has counts as no contacts on the other, where
    its shares and waits are nothing to differ from.
    """
    queues = [*dict.fromkeys(name for name in (*base["queue"], *changed["queue"]) if name != "all"), "all"]
    both = [{str(name): rows for name, rows in side.groupby("queue")} for side in (base, changed)]
    rows = []
    for figure, above, below in SERVICE:
        for queue in queues:
            before, after = (_terms(side.get(queue), above, below, len(side["all"])) for side in both)
            if before is not None or after is not None:
                rows.append((f"{figure}, {queue}", *_difference(before, after)))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table[(table[["base", "changed"]].fillna(0.0) > 0).any(axis=1)].reset_index(drop=True)


def _terms(rows: pd.DataFrame | None, above: str, below: str | None, count: int) -> tuple[float, np.ndarray] | None:
    """Return a figure's value and what each replication adds to it; None where there is nothing to measure."""
    if rows is None:
        return (0.0, np.zeros(count)) if below is None else None
    good = rows[above].to_numpy(dtype=float)
    base = np.ones(len(good)) if below is None else rows[below].to_numpy(dtype=float)
    if not base.mean() > 0:
        return None
    value = float(good.mean() / base.mean())
    return value, (good - value * base) / base.mean()


def _difference(
    before: tuple[float, np.ndarray] | None, after: tuple[float, np.ndarray] | None
) -> tuple[float, float, float, float, float]:
    """Return base, changed, difference and its limits; no limits where only one side has a figure."""
    if before is None or after is None:
        base, changed = (np.nan if side is None else side[0] for side in (before, after))
        return base, changed, np.nan, np.nan, np.nan
    runs = min(len(before[1]), len(after[1]))
    half = half_width(after[1][:runs] - before[1][:runs])
    difference = after[0] - before[0]
    return before[0], after[0], difference, difference - half, difference + half
