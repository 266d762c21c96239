"""Quick redials: somebody who gives up and calls again at once is one demand, not two."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEFT = ("abandoned", "short_abandoned")


def fold_redials(rows: pd.DataFrame, redial_minutes: float) -> pd.DataFrame:
    """Return one row a demand: attempts that follow a left one of the same customer and queue are joined to it.

    *rows* has queue, customer (a number, -1 if unknown), contact_id, arrived_at, wait_s, outcome, effort_s ...
    A contact is a redial when its predecessor of the same customer and queue was abandoned and it arrives within
    *redial_minutes* of the moment of leaving. The demand keeps the first attempt's row, takes the last attempt's
    outcome and the sum of efforts; ``attempts`` counts what was joined.
    """
    rows = rows.reset_index(drop=True)
    order = _suspects(rows)
    head, redial = _chains(rows, order, redial_minutes)
    effort = np.nan_to_num(rows["effort_s"].to_numpy())
    measured = rows["effort_s"].notna().to_numpy()
    total = np.bincount(head, weights=effort, minlength=len(rows))
    some = np.bincount(head, weights=measured, minlength=len(rows)) > 0
    final = np.arange(len(rows))
    final[head[order]] = order  # in order of arrival, so the last attempt stays
    folded = rows.assign(
        outcome=rows["outcome"].array.take(final),
        effort_s=np.where(some, total, np.nan),
        attempts=np.bincount(head, minlength=len(rows)),
    )
    return folded[~redial].reset_index(drop=True)


def _suspects(rows: pd.DataFrame) -> np.ndarray:
    """Return the rows of customers who left a queue at least once, by queue, customer and arrival."""
    queue = pd.factorize(rows["queue"])[0].astype(np.int64)
    customer = rows["customer"].to_numpy()
    pair = queue * (customer.max(initial=0) + 2) + customer + 1
    left = rows["outcome"].isin(LEFT).to_numpy() & (customer >= 0)
    chosen = np.flatnonzero(np.isin(pair, np.unique(pair[left])) & (customer >= 0))
    sub = rows.loc[chosen, ["arrived_at", "contact_id"]].assign(pair=pair[chosen])
    order: np.ndarray = chosen[
        sub.reset_index(drop=True).sort_values(["pair", "arrived_at", "contact_id"]).index.to_numpy()
    ]
    return order


def _chains(rows: pd.DataFrame, order: np.ndarray, redial_minutes: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (the row each row is joined to, is it a redial) given the suspects in *order*."""
    part = rows.iloc[order]
    same = (part["queue"] == part["queue"].shift()) & (part["customer"] == part["customer"].shift())
    leaving = part["arrived_at"] + pd.to_timedelta(part["wait_s"].fillna(0.0), unit="s")
    gap_s = (part["arrived_at"] - leaving.shift()).dt.total_seconds()
    again = (same & part["outcome"].isin(LEFT).shift(fill_value=False) & (gap_s <= redial_minutes * 60)).to_numpy()
    redial = np.zeros(len(rows), dtype=bool)
    redial[order[again]] = True
    head = np.arange(len(rows))
    if len(order):
        firsts = np.where(again, 0, np.arange(len(order)))
        head[order] = order[np.maximum.accumulate(firsts)]
    return head, redial
