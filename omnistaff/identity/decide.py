"""What people decide about customers, as edges: join, keep apart, split, take an edge back, and undo that.

Each function returns the resolution with changed edges; resolving again with it as ``previous`` computes the
customers. Nothing is lost: a decision is a row that can be revoked in turn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.tables import IdentityEdges, Resolution, check, conform
from omnistaff.tables.keys import combine, hash_text, spell


def link_contacts(resolution: Resolution, left_id: str, right_id: str, at: pd.Timestamp) -> Resolution:
    """Return the resolution with the decision that two contacts are one customer's, whatever their ids say."""
    return _with_edges(resolution, make_decisions("must_link", [left_id], [right_id], at))


def keep_apart(resolution: Resolution, left_id: str, right_id: str, at: pd.Timestamp) -> Resolution:
    """Return the resolution with the decision that two contacts are not one customer's."""
    return _with_edges(resolution, make_decisions("cannot_link", [left_id], [right_id], at))


def split_customer(resolution: Resolution, contact_ids: Sequence[str], at: pd.Timestamp) -> Resolution:
    """Return the resolution with the decision that *contact_ids*, part of one customer, are another customer.

    Both parts stay together as they are. Raises ConfigError when the contacts are not a proper part of one
    customer.
    """
    chosen = sorted(set(contact_ids))
    customers = resolution.identities.set_index("contact_id")["customer_id"]
    unknown = [contact for contact in chosen if contact not in customers.index]
    if unknown or customers.loc[chosen].nunique() != 1:
        found = f"unknown: {', '.join(unknown)}" if unknown else f"of {customers.loc[chosen].nunique()} customers"
        raise ConfigError(f"contacts to split off must belong to one customer, these are {found}")
    whole = customers.index[customers == customers.loc[chosen[0]]]
    rest = sorted(set(whole) - set(chosen))
    if not rest:
        raise ConfigError(f"all {len(chosen)} contacts of the customer were named, leave at least one")
    edges = [
        make_decisions("must_link", chosen[:-1], chosen[1:], at),
        make_decisions("must_link", rest[:-1], rest[1:], at),
        make_decisions("cannot_link", [chosen[0]], [rest[0]], at),
    ]
    return _with_edges(resolution, pd.concat([edge for edge in edges if len(edge)], ignore_index=True))


def revoke_edge(resolution: Resolution, edge_id: str, at: pd.Timestamp | None) -> Resolution:
    """Return the resolution with an edge taken back at *at*, or valid again when *at* is None.

    Raises ConfigError for an edge that is not there.
    """
    edges = resolution.edges
    chosen = edges["edge_id"] == edge_id
    if not chosen.any():
        raise ConfigError(f"edge {edge_id} is not in the edge table: look it up in identity_edges")
    revoked = edges["revoked_at"].mask(chosen, pd.NaT if at is None else at.as_unit("us"))
    return resolution._replace(edges=check(IdentityEdges, edges.assign(revoked_at=revoked)))


def explain(resolution: Resolution, left_id: str, right_id: str) -> pd.DataFrame:
    """Return the edges that connect two contacts, one row a step, by the fewest steps; empty where nothing does."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    edges = resolution.edges
    live = edges[edges["revoked_at"].isna() & (edges["kind"] != "cannot_link")].reset_index(drop=True)
    refused = resolution.events.loc[resolution.events["kind"] == "refuse", "edge_id"]
    live = live[~live["edge_id"].isin(refused)].reset_index(drop=True)
    code, nodes = pd.factorize(pd.concat([live["left_id"], live["right_id"]], ignore_index=True))
    left, right = code[: len(live)], code[len(live) :]
    start, goal = pd.Index(nodes).get_indexer(pd.Index([left_id, right_id]))
    if start < 0 or goal < 0:
        return live.iloc[:0]
    graph = coo_array((np.ones(len(live)), (left, right)), shape=(len(nodes), len(nodes))).tocsr()
    before = breadth_first_order(graph, start, directed=False)[1]
    edge_of = {frozenset(pair): k for k, pair in enumerate(zip(left.tolist(), right.tolist(), strict=True))}
    steps: list[int] = []
    while goal != start:
        if before[goal] < 0:
            return live.iloc[:0]
        steps.append(edge_of[frozenset((int(goal), int(before[goal])))])
        goal = before[goal]
    return live.iloc[steps[::-1]].reset_index(drop=True)


def make_decisions(kind: str, left: Sequence[str], right: Sequence[str], at: pd.Timestamp) -> pd.DataFrame:
    """Return decisions about pairs of contacts as rows of the edge table."""
    ends = [pd.Series(list(ids), dtype="str") for ids in (left, right)]
    hashes = combine(
        *(hash_text(end.to_numpy()) for end in ends), hash_text(np.array([kind] * len(left), dtype=object))
    )
    frame = pd.DataFrame({"edge_id": spell("D", hashes), "left_id": ends[0], "right_id": ends[1]})
    frame = frame.assign(kind=kind, rule="person", probability=1.0, evidence="decided by a person", created_at=at)
    return conform(IdentityEdges, frame)


def _with_edges(resolution: Resolution, new: pd.DataFrame) -> Resolution:
    known = set(resolution.identities["contact_id"])
    unknown = sorted((set(new["left_id"]) | set(new["right_id"])) - known)
    if unknown:
        raise ConfigError(f"no contact is called {', '.join(unknown)}: use contact ids of the contacts table")
    kept = resolution.edges[~resolution.edges["edge_id"].isin(new["edge_id"])]
    whole = pd.concat([part for part in (kept, new) if len(part)], ignore_index=True)
    return resolution._replace(edges=check(IdentityEdges, whole))
