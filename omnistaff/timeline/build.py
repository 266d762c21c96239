"""The chronology of every customer: places, repeats, switches, duplicates; and the cases and customers in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff.plan import Plan, TimelineSettings
from omnistaff.tables import Cases, Contacts, Customers, History, Identities, Timeline, check
from omnistaff.timeline.engine import build_in_engine
from omnistaff.timeline.order import UNKNOWN, group_cases, order_contacts, reason_families, starts
from omnistaff.timeline.segments import arrival_terms, assign_segments, final_terms

FAR = np.iinfo(np.int64).max
DAY_US = 86_400_000_000


def build_timeline(contacts: DataFrame[Contacts], identities: DataFrame[Identities], plan: Plan) -> History:
    """Return every contact in its customer's order, the matters they make, and the customers.

    Contacts that are no demand (outbound, tests, receipts) have their place in the chronology but are neither
    repeats nor switches. Above ``engine.rows_in_memory`` contacts, and on Spark, the same rules run as Ibis
    expressions.
    """
    settings = plan.timeline
    if plan.engine.backend == "spark" or len(contacts) > plan.engine.rows_in_memory:
        return build_in_engine(contacts, identities, plan)
    ordered = order_contacts(contacts, identities)
    family = reason_families(ordered, settings)
    case = group_cases(ordered, family, settings)
    marked = mark_contacts(ordered, case, settings)
    marked["segment"] = assign_segments(arrival_terms(ordered, case), settings)
    cases = summarise_cases(ordered, marked, family, settings)
    customers = summarise_customers(ordered, marked, cases)
    customers["segment"] = assign_segments(final_terms(ordered, case), settings)
    return History(check(Timeline, marked), check(Cases, cases), check(Customers, customers))


def mark_contacts(ordered: pd.DataFrame, case: NDArray[np.int64], settings: TimelineSettings) -> pd.DataFrame:
    """Return the timeline's columns but the segment, in the rows' order."""
    order = np.argsort(case, kind="stable")
    sorted_case = case[order]
    new = np.ones(len(case), dtype=bool)
    new[1:] = sorted_case[1:] != sorted_case[:-1]
    position = np.empty(len(case), dtype="int64")
    position[order] = np.arange(len(case)) - np.flatnonzero(new)[np.cumsum(new) - 1] + 1 if len(case) else 0
    repeat, switch = _repeats(ordered, case, order, settings)
    ids = "M" + ordered["contact_id"].take(case).reset_index(drop=True)
    return pd.DataFrame(
        {
            "contact_id": ordered["contact_id"],
            "customer_id": ordered["customer_id"],
            "arrived_at": ordered["arrived_at"],
            "channel": ordered["channel"],
            "case_id": ids.astype("str"),
            "case_position": position,
            "gap_s": ordered["gap_s"],
            "is_repeat": repeat,
            "is_switch": switch,
            "is_duplicate": _duplicates(ordered, case),
        }
    )


def _repeats(
    ordered: pd.DataFrame, case: NDArray[np.int64], order: NDArray[np.intp], settings: TimelineSettings
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which contacts repeat an earlier one of their case, and which of these changed the channel."""
    demand = order[ordered["is_demand"].to_numpy(dtype=bool)[order]]
    at = ordered["arrived_at"].astype("int64").to_numpy()[demand]
    channel = pd.factorize(ordered["channel"])[0][demand]
    within = np.diff(at) <= settings.repeat_days * DAY_US
    follows = (case[demand][1:] == case[demand][:-1]) & within
    repeat, switch = np.zeros(len(case), dtype=bool), np.zeros(len(case), dtype=bool)
    repeat[demand[1:]] = follows
    switch[demand[1:]] = follows & (channel[1:] != channel[:-1])
    return repeat, switch


def _duplicates(ordered: pd.DataFrame, case: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which contacts came on another channel before their case's first contact was answered or closed."""
    done = ordered["answered_at"].fillna(ordered["ended_at"])
    pending = np.where(done.notna().to_numpy(), done.astype("int64").to_numpy(), FAR)
    pending = np.where(done.isna() & (ordered["outcome"] != "open"), 0, pending)
    channel = pd.factorize(ordered["channel"])[0]
    later = case != np.arange(len(case))
    at = ordered["arrived_at"].astype("int64").to_numpy()
    demand = ordered["is_demand"].to_numpy(dtype=bool)
    elsewhere: NDArray[np.bool_] = demand & demand[case] & later & (channel != channel[case])
    return elsewhere & (at < pending[case])


def summarise_cases(
    ordered: pd.DataFrame, marked: pd.DataFrame, family: pd.Series[str], settings: TimelineSettings
) -> pd.DataFrame:
    """Return one row a matter.

    A matter is resolved at first contact when its one contact was answered, or served without an agent, and the
    customer did not come back with it within the plan's days.
    """
    rows = marked.assign(
        reason=family.mask((family == UNKNOWN).to_numpy(dtype=bool)),
        outcome=ordered["outcome"],
        is_demand=ordered["is_demand"],
    )
    rows["reason"] = rows["reason"].fillna(ordered["reason"])
    grouped = rows.groupby("case_id", sort=True)
    cases = grouped.agg(
        customer_id=("customer_id", "first"),
        reason=("reason", "first"),
        opened_at=("arrived_at", "min"),
        last_at=("arrived_at", "max"),
        contacts=("contact_id", "size"),
        channels=("channel", "nunique"),
        switches=("is_switch", "sum"),
        first_channel=("channel", "first"),
        last_channel=("channel", "last"),
        outcome=("outcome", "first"),
        repeats=("is_repeat", "sum"),
    ).reset_index()
    served = cases["outcome"].isin(["answered", "contained"])
    resolved = served & (cases["repeats"] == 0) & (cases["contacts"] == 1) & ~_comes_back(cases, settings)
    cases = cases.assign(resolved_first_contact=resolved.to_numpy(dtype=bool)).drop(columns=["outcome", "repeats"])
    counts = {"contacts": "int64", "channels": "int64", "switches": "int64"}
    return cases.astype({"reason": "str", **counts})


def _comes_back(cases: pd.DataFrame, settings: TimelineSettings) -> pd.Series[bool]:
    """Return whether the customer opened a case of the same family within the plan's days after this one."""
    follows = cases.sort_values(["customer_id", "reason", "opened_at"])
    gap = follows["opened_at"].shift(-1) - follows["last_at"]
    same = ~np.append(starts(follows["customer_id"], follows["reason"])[1:], True)
    back = same & (gap <= pd.Timedelta(days=settings.repeat_days)).to_numpy(dtype=bool)
    return pd.Series(back, index=follows.index).reindex(cases.index)


def summarise_customers(ordered: pd.DataFrame, marked: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Return one row a customer, without the segment; a matter is open when its last contact is."""
    last = marked.assign(is_open=ordered["outcome"] == "open").groupby("case_id")["is_open"].last()
    still_open = cases["case_id"].map(last).to_numpy(dtype=bool)
    found = ordered.groupby("customer_id", sort=True).agg(
        first_at=("arrived_at", "min"),
        last_at=("arrived_at", "max"),
        contacts=("contact_id", "size"),
        channels=("channel", "nunique"),
    )
    used = ordered.groupby(["customer_id", "channel"], sort=True).agg(
        uses=("contact_id", "size"), latest=("arrived_at", "max")
    )
    used = used.reset_index().sort_values(["customer_id", "uses", "latest", "channel"])
    preferred = used.drop_duplicates("customer_id", keep="last").set_index("customer_id")["channel"]
    matters = (
        cases.assign(is_open=still_open)
        .groupby("customer_id")
        .agg(cases=("case_id", "size"), open_cases=("is_open", "sum"))
    )
    counts: dict[str, Any] = dict.fromkeys(("contacts", "channels", "cases", "open_cases"), "int64")
    table = found.assign(preferred_channel=preferred).join(matters).reset_index()
    return table.astype({**counts, "preferred_channel": "str", "customer_id": "str"})
