"""Small contact logs written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from omnistaff.plan import Plan, make_plan
from omnistaff.tables import Contacts, Identifiers, check, conform

Log = tuple[Any, Any]


@pytest.fixture
def plan() -> Plan:
    return make_plan(
        {"name": "t", "time_zone": "America/Bogota", "queues": [{"name": "q"}],
         "identity": {"default_region": "CO", "model_links": {"enabled": False}}}
    )  # fmt: skip


@pytest.fixture
def log() -> Callable[..., Log]:
    """A function from one dict of identifiers a contact, in order of arrival, to contacts and identifiers."""
    return make_log


def make_log(*contacts: dict[str, str | list[str]], start: int = 0) -> Log:
    """Return contacts c000, c001 ... one hour apart and the identifiers that each dict names."""
    ids = [f"c{start + k:03d}" for k in range(len(contacts))]
    arrived = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(range(start, start + len(contacts)), unit="h")
    table = pd.DataFrame(
        {
            "contact_id": ids, "source": "test", "channel": "voice", "direction": "inbound", "arrived_at": arrived,
            "effort_basis": "measured", "outcome": "answered", "is_demand": True, "legs": 1,
        }
    )  # fmt: skip
    rows = [
        (contact, kind, value, "test")
        for contact, found in zip(ids, contacts, strict=True)
        for kind, values in found.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    identifiers = pd.DataFrame(rows, columns=["contact_id", "kind", "value", "source"])
    return check(Contacts, conform(Contacts, table)), check(Identifiers, conform(Identifiers, identifiers))
