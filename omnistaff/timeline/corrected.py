"""How many matters there really were, when some contacts could not be linked.

A repeat contact that carries no known identifier looks like a new matter, so counting overstates matters (9 to 13 %
on data with known truth). Unique ids alone and all other identifiers alone are two lists of the same repeats; what
both found, against what each found, tells what neither did (Lincoln and Petersen's estimate in Chapman's form, by
channel, since channels differ in what they know of a customer).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Contacts
from omnistaff.timeline.order import mark_rows, read_rows

FEWEST_SHARED = 7  # Chapman's estimate is nearly unbiased from about this many shared finds on
Z_95 = 1.959964


@dataclass(frozen=True)
class CorrectedCases:
    """Matters as counted and as estimated, with a 95 % interval; the repeat share of contacts likewise.

    ``by_channel`` has one row a channel: contacts, counted and estimated repeats, standard error.
    """

    contacts: int
    counted: int
    cases: float
    cases_low: float
    cases_high: float
    repeat_share: float
    repeat_share_low: float
    repeat_share_high: float
    by_channel: pd.DataFrame


def correct_cases(contacts: DataFrame[Contacts], views: pd.DataFrame, plan: Plan) -> CorrectedCases | None:
    """Return the corrected count of matters, or None where the two views share too few repeats to tell.

    *views* has contact_id, by_unique, by_other (``identity.two_views``) and customer_id. Contacts that are no demand
    are left out.
    """
    rows = contacts[contacts["is_demand"].to_numpy(dtype=bool)].merge(views, on="contact_id", validate="1:1")
    flags = {name: _repeats(rows, name, plan) for name in ("customer_id", "by_unique", "by_other")}
    table = pd.DataFrame(
        {
            "channel": rows["channel"],
            "counted": flags["customer_id"],
            "unique": flags["by_unique"],
            "other": flags["by_other"],
            "both": flags["by_unique"] & flags["by_other"],
        }
    )
    by_channel = table.groupby("channel").agg(
        contacts=("counted", "size"),
        counted=("counted", "sum"),
        unique=("unique", "sum"),
        other=("other", "sum"),
        both=("both", "sum"),
    )
    if by_channel["both"].sum() < FEWEST_SHARED:
        return None
    estimated = _estimate(_pool_small(by_channel.reset_index()))
    total, error = float(estimated["repeats"].sum()), float(np.sqrt((estimated["standard_error"] ** 2).sum()))
    size = len(rows)
    low, high = total - Z_95 * error, min(total + Z_95 * error, float(size))
    return CorrectedCases(
        contacts=size,
        counted=size - int(table["counted"].sum()),
        cases=size - total,
        cases_low=size - high,
        cases_high=size - low,
        repeat_share=total / size,
        repeat_share_low=low / size,
        repeat_share_high=high / size,
        by_channel=estimated,
    )


def _repeats(rows: pd.DataFrame, view: str, plan: Plan) -> pd.Series[bool]:
    """Return which contacts follow another of the same customer and reason family within the case gap."""
    ordered = rows.assign(customer_id=rows[view]).sort_values(["customer_id", "arrived_at", "contact_id"])
    marks = mark_rows(read_rows(ordered, plan.timeline)[0], plan.timeline)
    return pd.Series(marks.position > 1, index=ordered.index).reindex(rows.index)


def _pool_small(by_channel: pd.DataFrame) -> pd.DataFrame:
    """Return the channels, those with too few shared finds pooled into one row.

    Where the pool is too small as well it joins the channel with most shared finds.
    """
    small = by_channel["both"] < FEWEST_SHARED
    name = by_channel["channel"].mask(small, "pooled")
    if 0 < by_channel.loc[small, "both"].sum() < FEWEST_SHARED or (
        small.any() and not by_channel.loc[small, "both"].sum()
    ):
        largest = by_channel["channel"].iloc[int(by_channel["both"].argmax())]
        name = by_channel["channel"].mask(small, largest)
    return by_channel.assign(channel=name).groupby("channel", as_index=False).sum()


def _estimate(by_channel: pd.DataFrame) -> pd.DataFrame:
    """Return the channels with Chapman's estimate of repeats and its standard error."""
    a, b, m = (by_channel[name].to_numpy(dtype="float64") for name in ("unique", "other", "both"))
    repeats = (a + 1) * (b + 1) / (m + 1) - 1
    variance = (a + 1) * (b + 1) * (a - m) * (b - m) / ((m + 1) ** 2 * (m + 2))
    # no estimate below what was seen or above what there is
    repeats = np.clip(repeats, by_channel["counted"].to_numpy(), by_channel["contacts"].to_numpy())
    table = by_channel[["channel", "contacts", "counted"]]
    return table.assign(repeats=repeats, standard_error=np.sqrt(variance))
