import numpy as np
import pandas as pd
import pytest

from omnistaff.simulate import conversation_speeds, trace_contacts
from omnistaff.tables import Contacts, check, conform


def test_the_speeds_that_conversations_were_simulated_with_are_found_again(case):
    chat = {
        "name": "c", "mode": "messaging", "concurrency": 3, "concurrency_speeds": [1, 0.8, 0.65], "patience_s": 400,
        "contacts": {"channel": ["web_chat"]}, "target": {"answered_share": 0.8, "within_s": 60},
    }  # fmt: skip
    built = case([chat], {"c": (100, 600)}, {"c": 12}, hours=96, handle_times="lognormal")
    steps = trace_contacts(built.roster, built.forecast, built.agents, built.plan)
    at = steps.pivot(index="contact", columns="event", values="at")
    who = steps[steps["event"] == "answered"].set_index("contact")["agent_id"]
    rows = pd.DataFrame({"arrived_at": at["arrived"], "answered_at": at["answered"], "ended_at": at["ended"]})
    rows = rows[rows["ended_at"].notna()].assign(agent_id=who)
    rows = rows.assign(
        contact_id=[f"c{k}" for k in range(len(rows))], source="s", channel="web_chat", direction="inbound",
        outcome="answered", effort_basis="measured", is_demand=True, legs=1,
        effort_s=(rows["ended_at"] - rows["answered_at"]).dt.total_seconds(), wait_s=0.0,
    )  # fmt: skip
    found = conversation_speeds(check(Contacts, conform(Contacts, rows.reset_index(drop=True))), built.plan)
    np.testing.assert_allclose(found["c"], [1, 0.8, 0.65], atol=0.04)
    assert found["c"][0] == pytest.approx(1)
