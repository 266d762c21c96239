"""Who is joined and who is kept apart."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from omnistaff import identity
from omnistaff.plan import Plan

Log = Callable[..., tuple[Any, Any]]
ANA, PHONE, MAIL = "10000001", "+573001234567", "ana@empresa.co"


def groups(resolution: Any) -> set[frozenset[str]]:
    table = resolution.identities
    return {frozenset(part) for _, part in table.groupby("customer_id")["contact_id"]}


def together(resolution: Any, *contacts: str) -> bool:
    return resolution.identities.set_index("contact_id")["customer_id"][list(contacts)].nunique() == 1


def test_contacts_that_share_identifiers_are_one_customer(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log({"phone": "300 123 4567"}, {"phone": PHONE, "email": MAIL}, {"email": MAIL}, {}), plan
    )
    assert groups(found) == {frozenset({"c000", "c001", "c002"}), frozenset({"c003"})}
    assert found.identities["rule"].tolist() == ["exact:phone", "exact:email", "exact:email", "single"]


def test_a_switchboard_of_many_customers_joins_nobody(log: Log, plan: Plan) -> None:
    calls = [{"phone": "+576017440000", "national_id": str(20_000_000 + k)} for k in range(50)]
    found = identity.resolve(*log(*calls, {"phone": "+576017440000"}), plan)
    assert found.identities["customer_id"].nunique() == 51
    blocks = found.events[found.events["kind"] == "block"]
    assert blocks["other_id"].tolist() == ["phone:+576017440000"]


def test_a_household_phone_is_two_customers_who_keep_their_names(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log(
            {"phone": PHONE, "name": "Ana Gil"}, {"phone": PHONE, "name": "Luis Gil"},
            {"phone": PHONE, "name": "Ana María Gil"}, {"phone": PHONE, "name": "Luis"}, {"phone": PHONE},
        ),
        plan,
    )  # fmt: skip
    assert groups(found) == {frozenset({"c000", "c002"}), frozenset({"c001", "c003"}), frozenset({"c004"})}
    assert set(found.edges["kind"]) == {"value_name"}


def test_an_email_typed_by_a_second_person_does_not_merge_two_customer_numbers(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log(
            {"account": "A1", "email": MAIL}, {"account": "A1"}, {"account": "A2", "email": MAIL}, {"account": "A2"}
        ),
        plan,
    )
    assert groups(found) == {frozenset({"c000", "c001"}), frozenset({"c002", "c003"})}


def test_a_chain_between_two_unique_ids_breaks_at_its_weakest_evidence(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log(
            {"national_id": "10000001", "email": MAIL}, {"email": MAIL, "phone": PHONE},
            {"phone": PHONE, "national_id": "10000002"},
        ),
        plan,
    )  # fmt: skip
    assert groups(found) == {frozenset({"c000", "c001"}), frozenset({"c002"})}
    refused = found.events[found.events["kind"] == "refuse"]
    assert len(refused) == 1
    assert found.edges.set_index("edge_id").loc[refused["edge_id"].iloc[0], "rule"] == "exact:phone"


def test_a_whatsapp_user_stays_one_customer_through_a_new_number(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log(
            {"handle:whatsapp": "CO.1"}, {"handle:whatsapp": "CO.1", "phone": PHONE},
            {"handle:whatsapp": ["CO.1", "CO.2"]}, {"handle:whatsapp": "CO.2"}, {"phone": "3001234567"},
        ),
        plan,
    )  # fmt: skip
    assert len(groups(found)) == 1


def test_old_and_new_spellings_of_mexican_and_brazilian_mobiles_meet(log: Log, plan: Plan) -> None:
    numbers = ["+5215512345678", "+525512345678", "+551187654321", "+5511987654321"]
    found = identity.resolve(*log(*({"phone": number} for number in numbers)), plan)
    assert groups(found) == {frozenset({"c000", "c001"}), frozenset({"c002", "c003"})}


def test_two_ids_in_one_contact_do_not_make_one_customer_of_two(log: Log, plan: Plan) -> None:
    found = identity.resolve(
        *log({"account": "A1"}, {"account": "A1"}, {"account": ["A1", "A2"]}, {"account": "A2"}, {"account": "A2"}),
        plan,
    )
    assert not together(found, "c000", "c004")
    assert together(found, "c000", "c002")


def test_a_customer_id_does_not_depend_on_the_order_of_rows_and_outlives_new_contacts(log: Log, plan: Plan) -> None:
    contacts, identifiers = log({"phone": PHONE}, {"email": MAIL}, {"phone": PHONE}, {"email": MAIL, "phone": PHONE})
    early = identity.resolve(contacts.iloc[:3], identifiers, plan).identities
    late = identity.resolve(contacts, identifiers.sample(frac=1, random_state=1), plan).identities
    shuffled = identity.resolve(contacts.sample(frac=1, random_state=2), identifiers, plan).identities
    pd.testing.assert_frame_equal(late, shuffled)
    assert late["customer_id"].iloc[0] == early["customer_id"].iloc[0]
    assert late["customer_id"].nunique() == 1


def test_headline_figures_count_customers_and_refusals(log: Log, plan: Plan) -> None:
    found = identity.resolve(*log({"phone": PHONE}, {"phone": PHONE}, {}), plan)
    values = {figure.figure: figure.value for figure in identity.describe(found)}
    assert values["customers"] == 2
    assert values["linked_share"] == pytest.approx(2 / 3)
    assert values["largest_customer"] == 2


def test_a_log_without_identifiers_has_a_customer_for_each_contact(log: Log, plan: Plan) -> None:
    found = identity.resolve(*log({}, {}), plan)
    assert found.identities["rule"].tolist() == ["single", "single"]
    assert found.edges.empty


def test_an_empty_log_has_no_customers(log: Log, plan: Plan) -> None:
    found = identity.resolve(*log(), plan)
    assert found.identities.empty
    assert found.events.empty
