"""A customer's card as it is printed."""

from __future__ import annotations

import pandas as pd
import pytest

from omnistaff import timeline
from omnistaff.cli.customer import show_card
from omnistaff.plan import make_plan
from omnistaff.tables import Contacts, Identities, check, conform


@pytest.mark.parametrize(("agent", "shown"), [(None, ""), ("PJSIP/ana", "ana"), ("zoë", "zoë")])
def test_an_agent_is_shown_without_the_line_and_may_be_unknown(
    agent: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pd.DataFrame({"contact_id": ["k1"], "customer_id": "C1", "rule": "single", "probability": 1.0})
    contact = rows[["contact_id"]].assign(
        source="test", channel="voice", direction="inbound", arrived_at=pd.Timestamp("2026-01-05 08:00", tz="UTC"),
        effort_basis="measured", outcome="abandoned", agent_id=agent, is_demand=True, legs=1,
    )  # fmt: skip
    contacts = check(Contacts, conform(Contacts, contact))
    plan = make_plan({"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}]})
    history = timeline.build_timeline(contacts, check(Identities, conform(Identities, rows)), plan)
    show_card(timeline.context("C1", contacts, history, plan), "UTC", ids=False)
    row = next(line for line in capsys.readouterr().out.splitlines() if "abandoned" in line)
    assert row.split("abandoned")[1].strip(" │") == shown
