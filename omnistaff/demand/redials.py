"""Quick redials: somebody who gives up and calls again at once is one demand, not two."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEFT = ("abandoned", "short_abandoned")


def fold_redials(rows: pd.DataFrame, redial_minutes: float) -> pd.DataFrame:
    """Return one row a demand: attempts that follow a left one of the same customer and queue are joined to it.

    *rows* has queue, customer_id, contact_id, arrived_at, wait_s, outcome, effort_s, is_repeat, is_switch and others.
    A contact is a redial when its predecessor of the same customer and queue was abandoned and it arrives within
    *redial_minutes* of the moment of leaving. The demand keeps the first attempt's row, takes the last attempt's
    outcome and the sum of efforts; ``attempts`` counts what was joined. Rows keep their order of arrival.
    """
    ordered = rows.sort_values(["queue", "customer_id", "arrived_at", "contact_id"], ignore_index=True)
    left = ordered["outcome"].isin(LEFT).to_numpy()
    known = ordered["customer_id"].notna().to_numpy()
    leaving = ordered["arrived_at"] + pd.to_timedelta(ordered["wait_s"].fillna(0.0), unit="s")
    gap_s = (ordered["arrived_at"] - leaving.shift()).dt.total_seconds().to_numpy()
    same = _same_as_before(ordered["queue"]) & _same_as_before(ordered["customer_id"]) & known
    redial = same & np.r_[False, left[:-1]] & (gap_s <= redial_minutes * 60)
    demand = np.cumsum(~redial) - 1
    first = np.flatnonzero(~redial)
    last = np.r_[first[1:], len(ordered)] - 1
    effort = ordered["effort_s"].to_numpy()
    total = np.bincount(demand, weights=np.nan_to_num(effort), minlength=len(first))
    measured = np.bincount(demand, weights=~np.isnan(effort), minlength=len(first)) > 0
    folded = ordered.iloc[first].assign(
        outcome=ordered["outcome"].to_numpy()[last],
        effort_s=np.where(measured, total, np.nan),
        attempts=last - first + 1,
    )
    return folded.sort_values(["arrived_at", "contact_id"], ignore_index=True)


def _same_as_before(column: pd.Series) -> np.ndarray:
    codes = pd.factorize(column)[0]
    return np.r_[False, codes[1:] == codes[:-1]] if len(codes) else np.zeros(0, dtype=bool)
