"""From clusters of exact links to customers: the model's links, best first, and what is left for a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff.identity.cluster import Codes, Edges, Tags, cluster
from omnistaff.identity.evidence import Evidence
from omnistaff.identity.model import SHARED, find_links
from omnistaff.identity.profiles import build_profiles, set_one_apart
from omnistaff.identity.shared import find_users, list_shared
from omnistaff.plan import Identity
from omnistaff.plan.identity import ModelLinks
from omnistaff.tables import IdentityReview, check
from omnistaff.tables.keys import combine, hash_text, spell


@dataclass(frozen=True)
class Linked:
    """Labels after the model's links, and the links: left and right contact, probability, evidence, status.

    ``status`` is accepted, uncertain, refused or revoked.
    """

    labels: Codes
    links: pd.DataFrame


def link_profiles(
    evidence: Evidence, judged: pd.DataFrame, ordered: pd.DataFrame, labels: Codes, settings: Identity, seed: int
) -> pd.DataFrame:
    """Return the likely links between clusters: left, right (labels), probability, evidence, rule, best first.

    Rule ``model`` is Splink's, ``shared`` a value that several people use.
    """
    model = settings.model_links
    profiles = build_profiles(evidence, ordered, labels, model.matter_days)
    profiles[SHARED] = list_shared(profiles["group"], evidence, judged, labels, settings)
    half = set_one_apart(labels, hash_text(ordered["contact_id"].to_numpy()))
    halves = build_profiles(evidence, ordered, half, model.matter_days)
    nowhere = pd.Series([[""]] * len(halves), dtype=object)
    halves = halves.assign(label=halves["group"] // 2).assign(**{SHARED: nowhere})
    alike = find_links(profiles, halves, model, seed).assign(rule="model")
    used = find_users(evidence, judged, ordered, labels, settings).assign(rule="shared")
    links = pd.concat([part for part in (alike, used) if len(part)] or [alike], ignore_index=True)
    order = {"probability": False, "weight": False, "left": True, "right": True}
    links = links.sort_values(list(order), ascending=list(order.values()))
    return links.drop_duplicates(["left", "right"], ignore_index=True)


def join_links(
    labels: Codes, found: pd.DataFrame, tags: Tags, revoked: NDArray[np.bool_], settings: ModelLinks
) -> Linked:
    """Return the labels after joining the sure links best first, refusing two unique ids in one customer.

    *tags* are those of contacts; *revoked* says which of the links were taken back.
    """
    sure = (found["probability"] >= settings.auto_share).to_numpy(dtype=bool) & ~revoked
    order = np.arange(len(found), dtype="int64")
    left, right = found["left"].to_numpy(dtype="int64"), found["right"].to_numpy(dtype="int64")
    edges = Edges(
        left[sure], right[sure], order[sure], order[sure].astype(np.uint64), np.zeros(sure.sum(), dtype=bool)
    )
    contacts = tags.node < len(labels)
    held = Tags(labels[tags.node[contacts]], tags.kind[contacts], tags.value[contacts])
    joined, refused = cluster(len(labels), edges, held)
    status = np.where(revoked, "revoked", np.where(sure, "accepted", "uncertain")).astype(object)
    status[order[sure][refused]] = "refused"
    return Linked(joined[labels], found.assign(status=pd.Series(status, dtype="str", index=found.index)))


def link_edges(found: pd.DataFrame, ordered: pd.DataFrame) -> pd.DataFrame:
    """Return the links as rows of the edge table, dated by the later first contact of the two."""
    left, right = found["left"].to_numpy(dtype="int64"), found["right"].to_numpy(dtype="int64")
    ids, arrived = ordered["contact_id"], ordered["arrived_at"]
    hashes = combine(hash_text(ids.to_numpy()[left]), hash_text(ids.to_numpy()[right]))
    return pd.DataFrame(
        {
            "edge_id": pd.Series(spell("E", hashes), dtype="str"),
            "left_id": ids.take(left).reset_index(drop=True),
            "right_id": ids.take(right).reset_index(drop=True),
            "kind": pd.Series("model", index=range(len(found)), dtype="str"),
            "rule": found["rule"].astype("str").reset_index(drop=True),
            "probability": found["probability"].reset_index(drop=True),
            "evidence": found["evidence"].reset_index(drop=True),
            "created_at": arrived.take(np.maximum(left, right)).reset_index(drop=True),
        }
    )


def review_table(links: pd.DataFrame, ordered: pd.DataFrame, customers: pd.Series[str]) -> DataFrame[IdentityReview]:
    """Return the links that were not joined, with the customers they would have joined."""
    open_links = links[links["status"].isin(["uncertain", "refused"])]
    left, right = open_links["left"].to_numpy(dtype="int64"), open_links["right"].to_numpy(dtype="int64")
    ids = ordered["contact_id"]
    table = pd.DataFrame(
        {
            "left_id": ids.take(left).reset_index(drop=True),
            "right_id": ids.take(right).reset_index(drop=True),
            "left_customer_id": customers.take(left).reset_index(drop=True),
            "right_customer_id": customers.take(right).reset_index(drop=True),
            "probability": open_links["probability"].reset_index(drop=True),
            "status": open_links["status"].reset_index(drop=True),
            "evidence": open_links["evidence"].reset_index(drop=True),
        }
    )
    apart = table["left_customer_id"] != table["right_customer_id"]  # others met over another link
    return check(IdentityReview, table[apart].reset_index(drop=True))
