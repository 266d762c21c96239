"""How many matters there really were, when some contacts could not be linked and others met by chance.

A repeat contact that carries no known identifier looks like a new matter, so counting overstates matters (9 to 13 %
on data with known truth). Unique ids alone and all other identifiers alone are two lists of the same repeats; what
both found, against what each found, tells what neither did (Lincoln and Petersen's estimate in Chapman's form, by
channel, since channels differ in what they know of a customer).

The other way round, a new matter that begins within the case gap of an old one of its family is taken for its
follow-up. How often is told by how often such matters begin after the gap: a customer with n of them in the time
beyond the gap has n / that time of them a second, which holds within the gap too. One of the customer's n + 1 matters
is left out of the time within the gap, because n and that time grow together: for matters that come at random, at
whatever rate of each customer, the estimate then has no bias but what the shorter time beyond brings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Contacts
from omnistaff.tables.keys import hash_text
from omnistaff.timeline.order import HOUR_US, Rows, changes, mark_rows, read_rows
from omnistaff.timeline.parity import Z_95

GROUPS = 20
FEWEST_SHARED = 7  # Chapman's estimate is nearly unbiased from about this many shared finds on


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
    found = {name: _repeats(rows, name, plan) for name in ("customer_id", "by_unique", "by_other")}
    table = pd.DataFrame(
        {
            "channel": rows["channel"],
            "group": hash_text(rows["customer_id"].astype("str").to_numpy()) % np.uint64(GROUPS),
            "contacts": 1,
            "counted": found["customer_id"]["is_repeat"],
            "chance": found["customer_id"]["chance"],
            "unique": found["by_unique"]["is_repeat"],
            "other": found["by_other"]["is_repeat"],
        }
    )
    cells = table.assign(both=table["unique"] & table["other"]).groupby(["group", "channel"]).sum().astype("float64")
    by_channel = cells.groupby("channel").sum()
    if by_channel["both"].sum() < FEWEST_SHARED:
        return None
    estimated = _estimate(_pool_small(by_channel.reset_index()))
    total, size = float(estimated["repeats"].sum()), len(rows)
    error = max(_spread(cells), float(np.sqrt((estimated["standard_error"] ** 2).sum())))
    low, high = max(total - Z_95 * error, 0.0), min(total + Z_95 * error, float(size))
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


def _spread(cells: pd.DataFrame) -> float:
    """Return the standard error of the estimated repeats: the jackknife over groups of customers, left out in turn.

    A customer's repeats come together, so counting them as independent would promise too much.
    """
    whole = cells.groupby("channel").sum()
    left_out = [
        _estimate(_pool_small(whole.sub(part.droplevel("group"), fill_value=0.0).reset_index()))["repeats"].sum()
        for _, part in cells.groupby("group")
    ]
    groups = len(left_out)
    scaled = np.array(left_out) * groups / max(groups - 1, 1)
    return float(np.sqrt((groups - 1) * scaled.var())) if groups > 1 else float(left_out[0])


def _repeats(rows: pd.DataFrame, view: str, plan: Plan) -> pd.DataFrame:
    """Return is_repeat and chance for each contact.

    ``is_repeat``: it follows another of its customer and reason family within the case gap. ``chance``: how many of
    its customer's repeats in the family are to be expected by chance, told once a family.
    """
    ordered = rows.assign(customer_id=rows[view]).sort_values(["customer_id", "arrived_at", "contact_id"])
    coded = read_rows(ordered, plan.timeline)[0]
    marks = mark_rows(coded, plan.timeline)
    table = pd.DataFrame({"is_repeat": marks.position > 1, "chance": _chance(coded, plan)}, index=ordered.index)
    return table.reindex(rows.index)


def _chance(rows: Rows, plan: Plan) -> NDArray[np.float64]:
    """Return the repeats by chance of each customer and family, at its first row; 0 at the others."""
    gap = plan.timeline.case_gap_hours * HOUR_US
    key = rows.customer.astype(np.int64) * (int(rows.family.max(initial=0)) + 2) + rows.family + 1
    order = np.argsort(key, kind="stable")
    begins = changes(key[order])
    at = rows.at[order]
    goes_on = np.append(~begins[1:], False)[: len(at)]
    pause = np.where(goes_on, np.append(at[1:], 0)[: len(at)], rows.at.max(initial=0)) - at
    first = np.flatnonzero(begins)
    if not len(first):
        return np.zeros(0)
    later = np.add.reduceat((goes_on & (pause > gap)).astype("float64"), first)
    within = np.add.reduceat(np.minimum(pause, gap), first)
    beyond = np.add.reduceat(np.maximum(pause - gap, 0), first)
    result = np.zeros(len(at))
    result[order[first]] = later / np.maximum(beyond, gap) * within * later / (later + 1)
    return result


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
    """Return the channels with Chapman's estimate of repeats, those by chance taken off, and its standard error."""
    a, b, m = (by_channel[name].to_numpy(dtype="float64") for name in ("unique", "other", "both"))
    repeats = (a + 1) * (b + 1) / (m + 1) - 1
    variance = (a + 1) * (b + 1) * (a - m) * (b - m) / ((m + 1) ** 2 * (m + 2))
    # no estimate below what was seen or above what there is
    repeats = np.clip(repeats, by_channel["counted"].to_numpy(), by_channel["contacts"].to_numpy())
    true = 1 - by_channel["chance"].sum() / max(float(by_channel["counted"].sum()), 1.0)
    table = by_channel[["channel", "contacts", "counted"]].astype({"contacts": "int64", "counted": "int64"})
    return table.assign(repeats=repeats * max(true, 0.0), standard_error=np.sqrt(variance))
