"""The chronology of every customer: places, repeats, switches, duplicates; and the cases and customers in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.plan import Plan, TimelineSettings
from omnistaff.tables import Cases, Contacts, Customers, History, Identities, Timeline, check
from omnistaff.timeline.engine import build_in_engine
from omnistaff.timeline.order import UNKNOWN, Marks, mark_rows, order_contacts, read_rows, starts
from omnistaff.timeline.segments import arrival_terms, assign_segments, final_terms


def build_timeline(contacts: DataFrame[Contacts], identities: DataFrame[Identities], plan: Plan) -> History:
    """Return every contact in its customer's order, the matters they make, and the customers.

    Contacts that are no demand (outbound, tests, receipts) have their place in the chronology but are neither
    repeats nor switches. Above ``engine.rows_in_memory`` contacts, and on Spark, the same rules run as Ibis
    expressions. Raises TableError when identities leave contacts out.
    """
    settings = plan.timeline
    _check_customers(contacts, identities)
    if plan.engine.backend == "spark" or len(contacts) > plan.engine.rows_in_memory:
        return build_in_engine(contacts, identities, plan)
    ordered = order_contacts(contacts, identities)
    rows, names = read_rows(ordered, settings)
    marks = mark_rows(rows, settings)
    marked = _timeline(ordered, marks)
    effort = ordered["effort_s"].to_numpy()
    marked["segment"] = assign_segments(arrival_terms(rows, marks.case, effort), settings)
    cases = summarise_cases(ordered, marked, pd.Series(names.take(rows.family), dtype="str"), settings)
    customers = summarise_customers(ordered, marked, cases)
    customers["segment"] = assign_segments(final_terms(rows, marks.case, effort), settings)
    return History(check(Timeline, marked), check(Cases, cases), check(Customers, customers))


def _check_customers(contacts: pd.DataFrame, identities: pd.DataFrame) -> None:
    """Raise TableError where contacts have no customer, for they would be lost."""
    alone = ~contacts["contact_id"].isin(identities["contact_id"])
    if alone.any():
        first = ", ".join(contacts.loc[alone, "contact_id"].head(3))
        raise TableError(
            f"{int(alone.sum())} contacts have no row in identities ({first}): run the stage identity on them"
        )


def _timeline(ordered: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """Return the timeline's columns but the segment, in the rows' order."""
    columns = ["contact_id", "customer_id", "arrived_at", "channel", "gap_s"]
    return ordered[columns].assign(
        case_id=("M" + ordered["contact_id"].take(marks.case).reset_index(drop=True)).astype("str"),
        case_position=marks.position.astype("int64"),
        is_repeat=marks.is_repeat,
        is_switch=marks.is_switch,
        is_duplicate=marks.is_duplicate,
    )


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
