"""Small histories written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Identities, check, conform

MONDAY = pd.Timestamp("2026-01-05 08:00", tz="UTC")


@pytest.fixture
def make() -> Callable[..., tuple[Any, Any]]:
    """A function from one dict a contact (hour, customer, ...) to contacts and identities."""
    return make_history


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """A function from settings of the section ``timeline`` to a plan."""
    return make_plan_with


def make_plan_with(**timeline: Any) -> Plan:
    return make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "timeline": timeline})


def make_history(*contacts: dict[str, Any]) -> tuple[Any, Any]:
    """Return contacts k000, k001 ... answered after a minute and ended after six, unless said otherwise."""
    rows = pd.DataFrame(
        [{"hour": 0.0, "customer": "C1", "channel": "voice", "reason": "card", **c} for c in contacts]
    )
    arrived = MONDAY + pd.to_timedelta(rows["hour"], unit="h")
    minute = pd.Timedelta("1min")
    defaults: dict[str, Any] = {
        "contact_id": [f"k{k:03d}" for k in range(len(rows))], "source": "test", "direction": "inbound",
        "arrived_at": arrived, "answered_at": arrived + minute, "ended_at": arrived + 6 * minute,
        "effort_s": 300.0, "effort_basis": "measured", "outcome": "answered", "is_demand": True, "legs": 1,
    }  # fmt: skip
    table = rows.drop(columns=["hour", "customer"])
    for name, values in defaults.items():
        filled = pd.Series(values, index=table.index)
        table[name] = table[name].where(table[name].notna(), filled) if name in table else filled
    for name in ("answered_at", "ended_at"):
        if f"no_{name}" in table:
            table.loc[table.pop(f"no_{name}").eq(True), name] = pd.NaT
    identities = pd.DataFrame(
        {"contact_id": table["contact_id"], "customer_id": rows["customer"], "rule": "single", "probability": 1.0}
    )
    return check(Contacts, conform(Contacts, table)), check(Identities, conform(Identities, identities))
