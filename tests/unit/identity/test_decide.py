"""Splitting, joining, explaining, erasing, finding, hiding, scoring."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import identity
from omnistaff.errors import ConfigError
from omnistaff.identity.quality import size_profile
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog, Rejects, check

Log = Callable[..., tuple[Any, Any]]
PHONE, MAIL, AT = "+573001234567", "ana@empresa.co", pd.Timestamp("2026-03-01", tz="UTC")
CHAIN = ({"phone": "300 123 4567"}, {"phone": PHONE, "email": MAIL}, {"email": MAIL}, {"email": MAIL}, {})


def customers(found: Any) -> pd.Series:
    return found.identities.set_index("contact_id")["customer_id"]


def test_a_split_can_be_undone_and_leaves_other_customers_alone(log: Log, plan: Plan) -> None:
    rows = log(*CHAIN)
    before = identity.resolve(*rows, plan)
    after = identity.resolve(*rows, plan, previous=identity.split_customer(before, ["c000"], AT))
    assert customers(after)["c000"] != customers(after)["c001"]
    assert customers(after)["c001"] == customers(before)["c001"] == customers(after)["c003"]
    assert customers(after)["c004"] == customers(before)["c004"]
    undone = after
    for edge in after.edges.loc[after.edges["rule"] == "person", "edge_id"]:
        undone = identity.revoke_edge(undone, edge, AT)
    again = identity.resolve(*rows, plan, previous=undone)
    pd.testing.assert_series_equal(customers(again), customers(before))


def test_only_a_proper_part_of_one_customer_can_be_split_off(log: Log, plan: Plan) -> None:
    found = identity.resolve(*log(*CHAIN), plan)
    with pytest.raises(ConfigError, match="2 customers"):
        identity.split_customer(found, ["c000", "c004"], AT)
    with pytest.raises(ConfigError, match="leave at least one"):
        identity.split_customer(found, ["c004"], AT)
    with pytest.raises(ConfigError, match="unknown: c999"):
        identity.split_customer(found, ["c999"], AT)


def test_every_join_can_be_explained_by_a_path_of_evidence(log: Log, plan: Plan) -> None:
    found = identity.resolve(*log(*CHAIN), plan)
    path = identity.explain(found, "c000", "c003")
    assert path["right_id"].tolist() == [f"phone:{PHONE}", f"phone:{PHONE}", f"email:{MAIL}", f"email:{MAIL}"]
    assert identity.explain(found, "c000", "c004").empty


def test_joined_contacts_are_explained_by_the_decision(log: Log, plan: Plan) -> None:
    rows = log(*CHAIN)
    found = identity.resolve(*rows, plan)
    joined = identity.resolve(*rows, plan, previous=identity.link_contacts(found, "c003", "c004", AT))
    assert identity.explain(joined, "c003", "c004")["kind"].tolist() == ["must_link"]
    apart = identity.resolve(*rows, plan, previous=identity.keep_apart(found, "c002", "c003", AT))
    assert customers(apart)["c002"] != customers(apart)["c003"]


@pytest.fixture
def erased(log: Log, plan: Plan) -> tuple[ContactLog, Any, Any, Any]:
    contacts, identifiers = log(*CHAIN[:4], {"email": "other@empresa.co", "phone": "6017440000"})
    contacts = contacts.assign(thread_id=contacts["thread_id"].mask(contacts["contact_id"] < "c004", MAIL))
    bad = pd.DataFrame({"source": "t", "file": "f", "row": [1, 2], "reason": "no time", "text": [f"x,{MAIL}", "y"]})
    whole = ContactLog(contacts, identifiers, check(Rejects, bad.astype({"row": "int64"})))
    before = identity.resolve(contacts, identifiers, plan)
    done = identity.erase_customer(whole, before, customers(before)["c000"], plan.identity, b"key", AT)
    return (
        whole,
        before,
        done,
        identity.resolve(done.log.contacts, done.log.identifiers, plan, previous=done.resolution),
    )


def test_an_erased_person_is_in_no_byte_of_any_file(erased: Any, tmp_path: Any) -> None:
    _, before, done, after = erased
    for name, table in {**done.log._asdict(), **after._asdict()}.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    secrets = [PHONE, "300 123 4567", MAIL, "c000", "c001", "c002", "c003", customers(before)["c000"]]
    assert [secret for secret in secrets if secret in text] == []
    assert "other@empresa.co" in text
    assert (after.events["kind"] == "erase").sum() == 1


def test_erasing_leaves_contacts_and_their_customer_structure(erased: Any) -> None:
    whole, before, done, after = erased
    kept = ["channel", "arrived_at", "reason", "effort_s", "outcome"]
    same = [log.contacts.sort_values("arrived_at", ignore_index=True)[kept] for log in (whole, done.log)]
    pd.testing.assert_frame_equal(*same)
    assert sorted(customers(after).value_counts()) == sorted(customers(before).value_counts())
    assert customers(after)["c004"] == customers(before)["c004"]


def test_logs_read_again_stay_erased(erased: Any) -> None:
    whole, _, done, _ = erased
    ids = set(done.log.contacts["contact_id"])
    again = identity.suppress(whole, {text for text in ids if text.startswith("erased:")}, b"key")
    assert set(again.contacts["contact_id"]) == ids
    pd.testing.assert_frame_equal(again.identifiers, done.log.identifiers)
    assert identity.suppress(whole, set(), b"key") is whole


def test_a_customer_is_found_by_any_spelling_of_any_identifier(log: Log, plan: Plan) -> None:
    contacts, identifiers = log(*CHAIN)
    found = identity.resolve(contacts, identifiers, plan)
    ana = customers(found)["c000"]
    for query in ("3001234567", "+57 (300) 123-4567", "Ana@Empresa.CO", "c002", ana):
        assert identity.find_customers(query, found.identities, identifiers, plan.identity) == [ana]
    assert identity.find_customers("3009999999", found.identities, identifiers, plan.identity) == []


def test_hashed_identifiers_give_the_same_customers_and_hide_every_value(log: Log, plan: Plan) -> None:
    contacts, identifiers = log(
        *CHAIN, {"phone": PHONE, "name": "Ana Gil"}, {"phone": PHONE, "name": "Luis Gil"}, {"phone": "999"}
    )
    hidden = identity.hash_identifiers(identifiers, plan.identity, b"key")
    plain, hashed = (identity.resolve(contacts, table, plan) for table in (identifiers, hidden))
    pd.testing.assert_series_equal(customers(plain), customers(hashed))
    text = hidden["value"].str.cat()
    assert not any(secret in text for secret in (PHONE, MAIL, "ana", "luis", "999"))
    codes = hidden[hidden["kind"] != "name"].reset_index(drop=True)
    pd.testing.assert_frame_equal(identity.hash_identifiers(codes, plan.identity, b"key"), codes)
    other = identity.hash_identifiers(identifiers, plan.identity, b"another key")
    assert not set(other["value"]) & set(hidden["value"])


def test_scores_of_a_small_resolution_are_as_counted_by_hand() -> None:
    found = pd.Series(["a", "a", "a", "b", "c"])
    truth = pd.Series([1, 1, 2, 2, 2])
    at = pd.Series(pd.date_range("2026-01-01", periods=5, tz="UTC"))
    scores = identity.score_customers(found, truth, at)
    assert scores.pair_precision == pytest.approx(1 / 3)
    assert scores.pair_recall == pytest.approx(1 / 4)
    assert scores.b3_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert scores.b3_recall == pytest.approx((1 + 1 + 1 / 3 + 1 / 3 + 1 / 3) / 5)
    assert scores.context_precision == pytest.approx(1 / 2)  # the second is right, the third is not
    assert scores.context_recall == pytest.approx(1 / 3)
    assert (scores.customers, scores.true_customers, scores.largest) == (3, 2, 3)


def test_the_size_profile_counts_customers_and_contacts() -> None:
    profile = size_profile(pd.Series(np.repeat(["a", "b", "c"], [1, 3, 4])))
    assert profile.to_dict("list") == {"largest_size": [1, 4], "customers": [1, 2], "contacts": [1, 7]}
