"""Links by the model, decisions by people, and ids that outlive both."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import identity
from omnistaff.identity.model import posterior
from omnistaff.identity.profiles import set_one_apart
from omnistaff.plan import Plan, make_plan
from omnistaff.tables import IdentityEdges, check, conform

Log = Callable[..., tuple[Any, Any]]
PHONE, MAIL = "+573001234567", "ana@empresa.co"
GIVEN = ("ana", "luis", "marta", "jorge", "elena", "pablo", "rosa", "hugo", "irene", "oscar")
FAMILY = ("gil", "soto", "vega", "rios", "mora", "leon", "cruz", "paz", "rey", "luna", "diaz", "sanz")


def with_links(**settings: Any) -> Plan:
    return make_plan(
        {
            "name": "t", "time_zone": "America/Bogota", "queues": [{"name": "q"}],
            "identity": {"default_region": "CO", "model_links": settings},
        }
    )  # fmt: skip


def people(count: int) -> list[dict[str, str]]:
    """Return two contacts a person that share a handle and a full name."""
    rng = np.random.default_rng(3)
    found = []
    for k in range(count):
        name = " ".join((rng.choice(GIVEN), rng.choice(FAMILY), rng.choice(FAMILY)))
        found += [{"handle:x": f"u{k}", "name": name, "city": f"city{k % 9}"}] * 2
    return found


def test_a_rare_full_name_in_one_city_links_and_a_common_first_name_does_not(log: Log) -> None:
    known = people(150)
    pair = [
        {"name": "Zenobia Quintana Abad", "city": "cali", "handle:x": "a"},
        {"name": "Zenobia Quintana Abad", "city": "cali", "phone": PHONE},
    ]
    strangers = [{"name": "Ana", "email": "a@empresa.co"}, {"name": "Ana", "email": "b@empresa.co"}]
    found = identity.resolve(*log(*known, *pair, *strangers), with_links())
    customer = found.identities.set_index("contact_id")["customer_id"]
    assert customer["c300"] == customer["c301"]
    assert customer["c302"] != customer["c303"]
    assert found.identities.set_index("contact_id").loc[["c300", "c301"], "rule"].tolist() == ["linked", "linked"]
    link = found.edges[found.edges["kind"] == "model"].set_index(["left_id", "right_id"]).loc[("c300", "c301")]
    assert link["probability"] >= 0.9
    assert "surname +" in link["evidence"]


def test_two_customer_numbers_are_not_linked_however_alike(log: Log) -> None:
    pair = [
        {"name": "Zenobia Quintana Abad", "city": "cali", "account": "A1"},
        {"name": "Zenobia Quintana Abad", "city": "cali", "account": "A2"},
    ]
    found = identity.resolve(*log(*people(150), *pair), with_links())
    customer = found.identities.set_index("contact_id")["customer_id"]
    assert customer["c300"] != customer["c301"]
    assert found.review.set_index(["left_id", "right_id"]).loc[("c300", "c301"), "status"] == "refused"


def test_less_certain_links_wait_for_a_person(log: Log) -> None:
    twice = [{"name": "Zenobia Quintana Abad", "city": "cali"}] * 2
    rows = log(*people(150), *twice)
    joined = identity.resolve(*rows, with_links())
    waiting = identity.resolve(*rows, with_links(auto_share=1.0, review_share=0.3))
    assert joined.identities["customer_id"].nunique() < waiting.identities["customer_id"].nunique()
    assert ("c300", "c301") in set(zip(waiting.review["left_id"], waiting.review["right_id"], strict=True))
    assert (waiting.review["status"] == "uncertain").all()


def test_the_prior_is_the_share_of_matches_that_the_answer_sums_up_to() -> None:
    bits = np.array([40.0] * 30 + [-20.0] * 70)
    probability = posterior(bits, possible=10_000.0)
    assert probability[:30] == pytest.approx(1.0, abs=1e-6)
    assert probability[30:].max() < 1e-6
    fair = posterior(np.array([0.0, 0.0]), possible=1000.0)  # no evidence: candidates are as likely as any pair
    assert fair.max() < 0.01


def test_one_contact_of_each_cluster_is_set_apart_from_the_others() -> None:
    labels = np.array([0, 0, 0, 0, 0, 5, 5, 9])
    part = set_one_apart(labels, np.array([3, 1, 0, 2, 4, 7, 6, 5], dtype=np.uint64))
    assert part.tolist() == [1, 1, 0, 1, 1, 11, 10, 18]


def decision(kind: str, left: str, right: str) -> pd.DataFrame:
    at = pd.Timestamp("2026-02-01", tz="UTC")
    row = {"edge_id": f"D{left}{right}", "left_id": left, "right_id": right, "kind": kind, "rule": "person"}
    return pd.DataFrame([{**row, "probability": 1.0, "evidence": "decided", "created_at": at}])


def decide(found: Any, *edges: pd.DataFrame) -> Any:
    whole = pd.concat([found.edges, *(conform(IdentityEdges, edge) for edge in edges)], ignore_index=True)
    return found._replace(edges=check(IdentityEdges, whole))


def test_a_person_can_join_two_customer_numbers_and_the_join_outlives_new_runs(log: Log, plan: Plan) -> None:
    rows = log({"account": "A1"}, {"account": "A1"}, {"account": "A2"})
    first = identity.resolve(*rows, plan)
    joined = identity.resolve(*rows, plan, previous=decide(first, decision("must_link", "c000", "c002")))
    assert joined.identities["customer_id"].nunique() == 1
    again = identity.resolve(*rows, plan, previous=joined)
    pd.testing.assert_frame_equal(again.identities, joined.identities)
    pd.testing.assert_frame_equal(again.events, joined.events)
    assert (joined.events["kind"] == "merge").sum() == 1


def test_a_person_can_keep_two_contacts_apart_that_share_a_phone(log: Log, plan: Plan) -> None:
    rows = log({"phone": PHONE}, {"phone": PHONE}, {"phone": PHONE})
    first = identity.resolve(*rows, plan)
    apart = identity.resolve(*rows, plan, previous=decide(first, decision("cannot_link", "c000", "c001")))
    customer = apart.identities.set_index("contact_id")["customer_id"]
    assert customer["c000"] != customer["c001"]


def test_a_customer_keeps_its_id_when_an_older_contact_turns_up(log: Log, plan: Plan) -> None:
    contacts, identifiers = log({"phone": PHONE}, {"phone": PHONE, "email": MAIL}, {"email": MAIL})
    first = identity.resolve(contacts.iloc[1:], identifiers, plan)
    whole = identity.resolve(contacts, identifiers, plan, previous=first)
    assert whole.identities["customer_id"].unique().tolist() == first.identities["customer_id"].unique().tolist()


def test_a_revoked_edge_splits_and_the_larger_part_keeps_the_id(log: Log, plan: Plan) -> None:
    rows = log({"email": MAIL}, {"email": MAIL, "phone": PHONE}, {"phone": PHONE}, {"phone": PHONE})
    first = identity.resolve(*rows, plan)
    assert first.identities["customer_id"].nunique() == 1
    mail_edge = first.edges["left_id"].eq("c000")
    revoked = first.edges.assign(
        revoked_at=first.edges["revoked_at"].mask(mail_edge, pd.Timestamp("2026-02-01", tz="UTC"))
    )
    after = identity.resolve(*rows, plan, previous=first._replace(edges=check(IdentityEdges, revoked)))
    customer = after.identities.set_index("contact_id")["customer_id"]
    assert customer["c000"] != customer["c001"]
    assert customer["c003"] == first.identities["customer_id"].iloc[0]
    assert (after.events["kind"] == "split").sum() == 1
    assert after.edges.loc[after.edges["left_id"] == "c000", "revoked_at"].notna().all()


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        (lambda k: {"name": f"{GIVEN[k % 10]} {FAMILY[k * 7 % 12]}"}, {}),
        (lambda k: {"birth_date": f"19{k % 60 + 10}-01-02"}, {}),
        (lambda k: {"city": f"c{k % 20}", "gender": "fm"[k % 2]}, {"blocking": [["city", "gender"]]}),
        (lambda k: {"birth_date": f"19{k % 60 + 10}-01-02", "city": f"c{k}"}, {"blocking": [["city"]]}),
    ],
)
def test_strangers_of_whom_nothing_is_left_to_learn_stay_apart(
    log: Log, said: Callable[[int], dict[str, str]], settings: dict[str, Any]
) -> None:
    strangers = [{**said(k), "handle:x": f"u{k}"} for k in range(200)]
    found = identity.resolve(*log(*strangers), with_links(**settings))
    assert found.identities["customer_id"].nunique() == 200
