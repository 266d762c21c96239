"""Contacts to customers: evidence, edges, clusters, ids, and a record of what happened.

Customers are computed from edges, so what people decide (join these, keep those apart, this edge was wrong) is
carried from one run to the next as edges too, and any merge can be undone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff.identity.cluster import Codes, Edges, Tags, cluster
from omnistaff.identity.events import record_events
from omnistaff.identity.evidence import Evidence, gather, judge, owners, tie
from omnistaff.identity.links import Linked, join_links, link_edges, link_profiles, review_table
from omnistaff.identity.model import no_links
from omnistaff.plan import Identity, Plan
from omnistaff.tables import Contacts, Identifiers, Identities, IdentityEdges, Resolution, check
from omnistaff.tables.keys import combine, hash_text, spell

FORCED_RANK = -1


@dataclass(frozen=True)
class Decisions:
    """What people decided about edges: joins and separations of contacts (as codes), and revoked edge ids."""

    kept: pd.DataFrame
    must: tuple[Codes, Codes]
    cannot: tuple[Codes, Codes]
    revoked: dict[str, Any]


def resolve_identities(
    contacts: DataFrame[Contacts], identifiers: DataFrame[Identifiers], plan: Plan
) -> DataFrame[Identities]:
    """Return each contact's customer, as ``resolve`` without the evidence."""
    return resolve(contacts, identifiers, plan).identities


def resolve(
    contacts: DataFrame[Contacts],
    identifiers: DataFrame[Identifiers],
    plan: Plan,
    *,
    previous: Resolution | None = None,
) -> Resolution:
    """Return each contact's customer, the edges that say so, and the events.

    *previous* is an earlier result for some of these contacts: its people's decisions hold, and a customer keeps
    the id that most of its contacts had. Without it, a customer's id is made from its first contact.
    """
    settings = plan.identity
    ordered = contacts[["contact_id", "arrived_at", "reason"]].sort_values(
        ["arrived_at", "contact_id"], ignore_index=True
    )
    evidence = gather(ordered["contact_id"], identifiers, settings)
    judged = judge(evidence, settings)
    ties = _name_edges(tie(evidence, judged, settings), ordered, judged, evidence)
    decisions = read_decisions(previous.edges if previous else None, ordered["contact_id"])
    live = ~ties["edge_id"].isin(decisions.revoked).to_numpy(dtype=bool)
    tags = _tags(evidence, judged, ties[live], decisions, settings)
    exact, refused = _cluster(evidence.contacts, ties[live], decisions, tags)
    linked = _link(evidence, judged, ordered, exact, (tags, decisions, plan))
    customers = name_customers(linked.labels, ordered["contact_id"], previous.identities if previous else None)
    identities = _identities(ordered["contact_id"], exact, linked, customers, ties[live][~refused])
    made = linked.links[linked.links["status"].isin(["accepted", "revoked"])]
    edges = _edges_table(ties, link_edges(made, ordered), ordered, decisions)
    events = record_events(ordered, customers, ties[live][refused], judged, previous)
    review = review_table(linked.links, ordered, pd.Series(customers, dtype="str"))
    return Resolution(identities, edges, events, review)


def _link(
    evidence: Evidence,
    judged: pd.DataFrame,
    ordered: pd.DataFrame,
    exact: Codes,
    rest: tuple[Tags, Decisions, Plan],
) -> Linked:
    """Return the labels with the likely links, or as they are where the plan asks for none."""
    tags, decisions, plan = rest
    settings = plan.identity.model_links
    if not settings.enabled:
        return Linked(exact, no_links().assign(**dict.fromkeys(("rule", "status"), pd.Series([], dtype="str"))))
    found = link_profiles(evidence, judged, ordered, exact, plan.identity, plan.seed)
    revoked = link_edges(found, ordered)["edge_id"].isin(decisions.revoked).to_numpy(dtype=bool)
    return join_links(exact, found, tags, revoked, settings)


def _name_edges(ties: pd.DataFrame, ordered: pd.DataFrame, judged: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the ties with their content hash and edge id."""
    text = judged["kind"] + ":" + judged["value"]
    key = hash_text(text.to_numpy())
    contact = hash_text(ordered["contact_id"].to_numpy())
    name = hash_text(np.append(evidence.name_keys, ""))  # -1 picks the empty name at the end
    value, code = ties["value"].to_numpy(), ties["name"].to_numpy()
    hashed = combine(contact[ties["contact"].to_numpy()], key[value], name[code])
    right = text.take(value).reset_index(drop=True)
    spoken = pd.Series(np.append(evidence.name_keys, ""), dtype="str").take(code).reset_index(drop=True)
    right = right.mask(code >= 0, right + "|" + spoken)
    kind = judged["kind"].take(value).reset_index(drop=True)
    return ties.assign(hash=hashed, edge_id=pd.Series(spell("E", hashed), dtype="str"), right_id=right, kind=kind)


def read_decisions(edges: pd.DataFrame | None, contact_ids: pd.Series[str]) -> Decisions:
    """Return the people's decisions in an edge table about contacts that exist."""
    nothing = np.zeros(0, dtype="int64")
    if edges is None:
        return Decisions(pd.DataFrame(), (nothing, nothing), (nothing, nothing), {})
    kept = edges[edges["kind"].isin(["must_link", "cannot_link"])]
    index = pd.Index(contact_ids)
    left, right = index.get_indexer(pd.Index(kept["left_id"])), index.get_indexer(pd.Index(kept["right_id"]))
    active = (left >= 0) & (right >= 0) & kept["revoked_at"].isna().to_numpy()
    must = active & (kept["kind"] == "must_link").to_numpy(dtype=bool)
    cannot = active & ~must
    revoked = edges[edges["revoked_at"].notna() & ~edges["kind"].isin(["must_link", "cannot_link"])]
    return Decisions(
        kept,
        (left[must].astype("int64"), right[must].astype("int64")),
        (left[cannot].astype("int64"), right[cannot].astype("int64")),
        dict(zip(revoked["edge_id"], revoked["revoked_at"], strict=True)),
    )


def _cluster(contacts: int, ties: pd.DataFrame, decisions: Decisions, tags: Tags) -> tuple[Codes, NDArray[np.bool_]]:
    """Return (label of each contact, whether each tie was refused)."""
    nodes = contacts + (int(ties["node"].max()) + 1 if len(ties) else 0)
    forced = len(decisions.must[0])
    edges = Edges(
        left=np.concatenate([ties["contact"].to_numpy(), decisions.must[0]]),
        right=np.concatenate([contacts + ties["node"].to_numpy(), decisions.must[1]]),
        rank=np.concatenate([ties["rank"].to_numpy(), np.full(forced, FORCED_RANK)]),
        tie_break=np.concatenate([ties["hash"].to_numpy(), np.arange(forced, dtype=np.uint64)]),
        forced=np.arange(len(ties) + forced) >= len(ties),
    )
    labels, refused = cluster(nodes, edges, tags)
    return labels[:contacts], refused[: len(ties)]


def _tags(
    evidence: Evidence, judged: pd.DataFrame, ties: pd.DataFrame, decisions: Decisions, settings: Identity
) -> Tags:
    """Return the unique ids of contacts and values, and the sides of each separation."""
    kinds = judged["kind"].to_numpy(dtype=str)
    usable = judged["status"].to_numpy(dtype=str) != "blocked"
    nodes, marks, values = [], [], []
    for code, kind in enumerate(settings.unique_ids):
        owner = owners(evidence, (kinds == kind) & usable)
        contact = np.flatnonzero(owner >= 0)
        own = ties[kinds[ties["value"].to_numpy()] == kind].drop_duplicates("node")
        nodes += [contact, evidence.contacts + own["node"].to_numpy()]
        values += [owner[contact], own["value"].to_numpy()]
        marks.append(np.full(len(contact) + len(own), code))
    pairs = np.arange(len(decisions.cannot[0])) + len(settings.unique_ids)
    for side, ends in enumerate(decisions.cannot):
        nodes.append(ends)
        values.append(np.full(len(ends), side))
        marks.append(pairs)
    return Tags(*(np.concatenate(parts).astype("int64") for parts in (nodes, marks, values)))


def name_customers(
    labels: Codes,
    contact_ids: pd.Series[str],
    previous: pd.DataFrame | None,
    *,
    in_use: Collection[str] = (),
) -> NDArray[Any]:
    """Return the customer id of each contact.

    A cluster keeps the earlier id that most of its contacts had, the older customer's where two had as many, and
    an id goes to one cluster only, the one with most of its contacts. Other clusters are named after their first
    contact, with a letter more where another customer has that id (which may have begun with that contact), *in_use*
    among them. Contacts are in order of time, so a smaller code is an older contact.
    """
    first, cluster_of = np.unique(labels, return_inverse=True)
    names = spell("C", hash_text(contact_ids.to_numpy()[first])).astype(object)
    if previous is not None and len(previous):
        kept = _kept_ids(cluster_of, contact_ids, previous)
        taken = set(kept.values())
        for k, name in enumerate(names.tolist()):
            while k not in kept and (name in taken or name in in_use):
                name += "b"
            names[k] = kept.get(k, name)
            taken.add(names[k])
    return names[cluster_of]


def _kept_ids(cluster_of: Codes, contact_ids: pd.Series[str], previous: pd.DataFrame) -> dict[int, str]:
    earlier = pd.Series(previous["customer_id"].to_numpy(), index=previous["contact_id"].to_numpy())
    votes = pd.DataFrame({"cluster": cluster_of, "customer": earlier.reindex(contact_ids.to_numpy()).to_numpy()})
    votes["oldest"] = np.arange(len(votes))
    counts = (
        votes.dropna()
        .groupby(["cluster", "customer"], as_index=False)
        .agg(contacts=("oldest", "size"), oldest=("oldest", "min"))
    )
    counts = counts.sort_values(["contacts", "oldest"], ascending=[False, True])
    kept: dict[int, str] = {}
    given: set[str] = set()
    for group, customer in zip(counts["cluster"].tolist(), counts["customer"].tolist(), strict=True):
        if group not in kept and customer not in given:
            kept[group] = customer
            given.add(customer)
    return kept


def _identities(
    contact_ids: pd.Series[str], exact: Codes, linked: Linked, customers: NDArray[Any], accepted: pd.DataFrame
) -> DataFrame[Identities]:
    """Return the identities table; a contact's rule is its best accepted tie to another contact.

    Where only the model or a person's decision holds a contact, the rule is ``linked``, with the probability of
    the customer's least certain link.
    """
    labels = linked.labels
    order = np.lexsort((accepted["hash"], accepted["rank"], accepted["contact"]))
    best = accepted.iloc[order].drop_duplicates("contact")
    rule = np.where(np.bincount(labels, minlength=len(labels))[labels] > 1, "linked", "single").astype(object)
    probability = np.ones(len(labels))
    tied = best["contact"].to_numpy()
    alone = rule[tied] == "single"
    sure = linked.links[linked.links["status"] == "accepted"]
    weakest = sure.groupby(labels[sure["left"].to_numpy(dtype="int64")])["probability"].min()
    by_model = (rule == "linked") & (np.bincount(exact, minlength=len(exact))[exact] == 1)
    probability[by_model] = pd.Series(labels[by_model]).map(weakest).fillna(1.0).to_numpy()
    rule[tied] = np.where(alone, "single", "exact:" + best["kind"].astype(object).to_numpy())
    probability[tied] = np.where(alone, 1.0, best["probability"].to_numpy())
    return check(
        Identities,
        pd.DataFrame(
            {
                "contact_id": contact_ids,
                "customer_id": pd.Series(customers, dtype="str"),
                "rule": pd.Series(rule, dtype="str"),
                "probability": probability,
            }
        ),
    )


def _edges_table(
    ties: pd.DataFrame, links: pd.DataFrame, ordered: pd.DataFrame, decisions: Decisions
) -> DataFrame[IdentityEdges]:
    """Return every tie, link and decision as a row; a tie is dated by its contact's arrival."""
    contact = ties["contact"].to_numpy()
    named = ties["name"].to_numpy() >= 0
    made = pd.DataFrame(
        {
            "edge_id": ties["edge_id"].astype("str"),
            "left_id": ordered["contact_id"].to_numpy()[contact],
            "right_id": ties["right_id"].astype("str"),
            "kind": np.where(named, "value_name", "value"),
            "rule": "exact:" + ties["kind"].astype("str"),
            "probability": ties["probability"],
            "evidence": "same " + ties["kind"].astype("str") + np.where(named, " and given name", ""),
            "created_at": ordered["arrived_at"].array[contact],
        }
    ).astype({"left_id": "str", "kind": "str", "evidence": "str"})
    whole = pd.concat([part for part in (made, links) if len(part)] or [made], ignore_index=True)
    taken_back = pd.to_datetime(whole["edge_id"].map(decisions.revoked), utc=True).dt.as_unit("us")
    whole = whole.assign(revoked_at=taken_back)
    parts = [part for part in (whole, decisions.kept) if len(part)] or [whole]
    return check(IdentityEdges, pd.concat(parts, ignore_index=True))
