"""Contacts over values that several people use, and which profiles are worth comparing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import identity
from omnistaff.identity.blocking import derive_rules
from omnistaff.identity.evidence import gather, judge
from omnistaff.identity.shared import find_users
from omnistaff.plan import Plan, make_plan

Log = Callable[..., tuple[Any, Any]]
HOME = "+576015550101"


@pytest.fixture
def learning() -> Plan:
    return make_plan(
        {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "identity": {"default_region": "CO"}}
    )


def household(log: Log, *, uses: tuple[int, int], others: int = 250) -> tuple[Any, Any]:
    """Return a log in which A1 and A2 use one phone so many times, and c000 calls from it without a word."""
    rows: list[dict[str, str | list[str]]] = [{"phone": HOME}]
    for account, times in zip(("A1", "A2"), uses, strict=True):
        rows += [{"phone": HOME, "account": account}] * times
    rows += [{"account": f"X{k}"} for k in range(others)]
    return log(*rows)


def test_a_silent_call_belongs_to_the_one_who_nearly_always_uses_the_phone(log: Log, learning: Plan) -> None:
    found = identity.resolve(*household(log, uses=(30, 1)), learning)
    customer = found.identities.set_index("contact_id")["customer_id"]
    assert customer["c000"] == customer["c001"]
    assert customer["c000"] != customer["c031"]
    link = found.edges.set_index("rule").loc["shared"]
    assert link["probability"] == pytest.approx(30 / (30 + 1 + 1), abs=0.02)
    assert link["evidence"] == "phone of 2 known users, 97% of its known contacts are this one's"


def test_a_silent_call_from_a_phone_that_two_use_alike_is_nobodys(log: Log, learning: Plan) -> None:
    found = identity.resolve(*household(log, uses=(8, 8)), learning)
    customer = found.identities.set_index("contact_id")["customer_id"]
    assert (customer == customer["c000"]).sum() == 1


def test_the_plan_can_leave_shared_values_alone(log: Log) -> None:
    off = make_plan(
        {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}],
         "identity": {"default_region": "CO", "model_links": {"most_users": 0}}}
    )  # fmt: skip
    found = identity.resolve(*household(log, uses=(30, 1)), off)
    assert "shared" not in set(found.edges["rule"])


def test_who_spoke_of_the_same_matter_a_day_ago_is_likelier(log: Log, learning: Plan) -> None:
    contacts, identifiers = household(log, uses=(8, 8), others=300)
    days = np.arange(len(contacts)) * 20.0
    # strangers come back about a matter within a day, each with a matter of their own
    strangers = np.arange(17, len(contacts))
    days[strangers] = (strangers // 2) * 20 + (strangers % 2) / 2
    reason = pd.Series([f"r{k}" for k in range(len(contacts))], dtype="str")
    reason.iloc[strangers] = [f"r{k // 2 % 9}" for k in strangers]
    account = identifiers["kind"] == "account"
    order = identifiers["contact_id"].str[1:].astype("int64")
    identifiers = identifiers.assign(
        value=identifiers["value"].mask(account & (order >= 17), "X" + (order // 2).astype("str"))
    )
    reason.iloc[[0, 5]] = "r3"
    days[0] = days[5] + 0.5  # c005 is A1's
    at = contacts["arrived_at"].min() + pd.to_timedelta(pd.Series(days), unit="D")
    contacts = contacts.assign(arrived_at=at.dt.as_unit("us"), reason=reason)
    ordered = contacts.sort_values("arrived_at", ignore_index=True)
    evidence = gather(ordered["contact_id"], identifiers, learning.identity)
    judged = judge(evidence, learning.identity)
    owner = identifiers[account].set_index("contact_id")["value"].reindex(ordered["contact_id"])
    first = pd.Series(np.arange(len(ordered))).groupby(owner.fillna("nobody").to_numpy()).transform("min")
    links = find_users(evidence, judged, ordered, first.to_numpy(), learning.identity)
    assert len(links) == 1
    home = {int(links["left"].iloc[0]), int(links["right"].iloc[0])}
    assert owner.iloc[max(home)] == "A1" or owner.iloc[min(home)] == "A1"
    assert links["probability"].iloc[0] > 0.9


def test_profiles_are_compared_where_few_agree_and_no_rule_finds_what_another_does() -> None:
    rng = np.random.default_rng(5)
    rare, common, other = (np.char.add("v", rng.integers(0, n, 400).astype(str)) for n in (390, 4, 20))
    profiles = pd.DataFrame({"postcode": rare, "city": common, "surname": other})
    assert derive_rules(profiles, ["postcode", "city", "surname"], 5) == [["postcode"], ["city", "surname"]]
    assert derive_rules(profiles, ["city"], 5) == []  # a hundred agree in it: no pair is worth a look
