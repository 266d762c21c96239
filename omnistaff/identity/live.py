"""Who is who, kept current one contact at a time, with the customers that ``resolve`` would give for all of them.

A new contact can only change what its own values are worth and the cluster that these values hold together, so only
that cluster is looked at. Nearly always it is the customer of one earlier contact, found by a few look-ups; where two
unique ids meet, a value turns out to be shared, or a person has decided something, the cluster is solved again with
the same code as in ``resolve``. Links by the model are those of the last full run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff.identity.cluster import Edges, Tags, cluster, components
from omnistaff.identity.resolve import FORCED_RANK, name_customers, read_decisions
from omnistaff.identity.said import Said
from omnistaff.plan import Identity
from omnistaff.tables import Resolution
from omnistaff.tables.keys import combine, hash_text, spell

MODEL_RANK = 1_000_000


@dataclass(slots=True)
class Cluster:
    """Contacts that ties hold together: one customer, unless ``is_mixed`` says that it had to be solved."""

    members: list[str]
    marks: dict[str, set[str]]
    is_mixed: bool


class LiveCustomers:
    """The customers of all contacts so far; ``add`` takes one more."""

    def __init__(self, settings: Identity) -> None:
        self.settings = settings
        self.customer: dict[str, str] = {}
        self._said = Said(settings)
        self._cluster: dict[str, Cluster] = {}
        self._joins: dict[str, list[tuple[str, str, int]]] = {}
        self._apart: dict[str, list[tuple[str, str]]] = {}
        self._revoked: set[str] = set()
        self._ids: Counter[str] = Counter()

    @classmethod
    def load(
        cls, contacts: pd.DataFrame, identifiers: pd.DataFrame, settings: Identity, previous: Resolution | None = None
    ) -> LiveCustomers:
        """Return the customers of the contacts so far; *previous* gives ids, decisions and the model's links."""
        live = cls(settings)
        said = identifiers.groupby("contact_id")[["kind", "value"]].agg(list)
        pairs = {
            contact: list(zip(kinds, values, strict=True))
            for contact, kinds, values in zip(said.index, said["kind"], said["value"], strict=True)
        }
        times = contacts["arrived_at"].astype("int64")
        for contact, at in zip(contacts["contact_id"].tolist(), times.tolist(), strict=True):
            live._said.add(contact, at, pairs.get(contact, []))
        if previous is not None:
            live._decide(previous)
        live._solve(list(live._said.contacts))
        return live

    def add(self, contact_id: str, at: int, identifiers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Take a contact that arrived at *at* (microseconds since 1970); return the contacts whose customer changed.

        *identifiers* are kinds and values as in the identifiers table. A contact that is known already is replaced.
        """
        dirty = self._withdraw(contact_id) if contact_id in self._said.contacts else set()
        flipped = self._said.add(contact_id, at, identifiers)
        known = self._said.contacts[contact_id]
        for text in flipped:
            dirty.update(self._said.values[text].members)
        tied = [other for text in known.values if (other := self._said.tied(contact_id, text)) is not None]
        clusters = {id(found): found for other in tied if (found := self._cluster.get(other)) is not None}
        if not dirty and contact_id not in self._joins:
            whole = self._merge(contact_id, list(clusters.values()))
            if whole is not None:
                return whole
        for other in dirty:
            if other in self._cluster:
                clusters[id(self._cluster[other])] = self._cluster[other]
        rest = [member for found in clusters.values() for member in found.members if member != contact_id]
        return self._solve([*rest, contact_id])

    def _withdraw(self, contact_id: str) -> set[str]:
        """Take back what a contact said; return the contacts whose cluster that may change."""
        members = self._cluster[contact_id].members
        members.remove(contact_id)
        return {*members, *self._said.withdraw(contact_id)}

    def contacts_with(self, contact_id: str) -> list[str]:
        """Return the contacts of the same customer, itself among them."""
        found = self._cluster[contact_id]
        own = self.customer[contact_id]
        return [other for other in found.members if self.customer[other] == own] if found.is_mixed else found.members

    def rule(self, contact_id: str) -> str:
        """Return how a contact is tied to others of its customer: exact:<kind>, linked or single."""
        if len(self.contacts_with(contact_id)) == 1:
            return "single"
        texts = [
            text for text in self._said.contacts[contact_id].values if self._said.tied(contact_id, text) is not None
        ]
        if not texts:
            return "linked"
        return f"exact:{min((self._said.rank_of(text), self._said.values[text].kind) for text in texts)[1]}"

    # -- who belongs together -----------------------------------------------------------------------------

    def _merge(self, contact_id: str, clusters: list[Cluster]) -> dict[str, str] | None:
        """Join whole clusters around a new contact; None where it has to be solved: two unique ids, decisions."""
        marks = self._said.unique_ids([contact_id])
        for found in clusters:
            for kind, held in found.marks.items():
                marks.setdefault(kind, set()).update(held)
        if any(found.is_mixed for found in clusters) or any(len(held) > 1 for held in marks.values()):
            return None
        if not clusters:
            return self._begin(contact_id, marks) if contact_id not in self.customer else None
        keeper = max(clusters, key=self._seniority) if len(clusters) > 1 else clusters[0]
        own = self.customer[keeper.members[0]]
        changed = [contact_id, *(other for found in clusters if found is not keeper for other in found.members)]
        self._forget_ids(self.customer[contact] for contact in changed if contact in self.customer)
        for contact in changed:
            self.customer[contact], self._cluster[contact] = own, keeper
        self._ids[own] += len(changed)
        keeper.members += [*changed[1:], contact_id]
        keeper.marks = marks
        return dict.fromkeys(changed, own)

    def _begin(self, contact_id: str, marks: dict[str, set[str]]) -> dict[str, str]:
        """Make a contact a customer of its own."""
        name = str(spell("C", hash_text(np.array([contact_id], dtype=object)))[0])
        while name in self._ids:
            name += "b"
        self._ids[name] += 1
        self.customer[contact_id] = name
        self._cluster[contact_id] = Cluster([contact_id], marks, is_mixed=False)
        return {contact_id: name}

    def _forget_ids(self, customers: Iterable[str]) -> None:
        for customer in customers:
            self._ids[customer] -= 1
            if not self._ids[customer]:
                del self._ids[customer]

    def _seniority(self, found: Cluster) -> tuple[int, tuple[int, ...]]:
        """Return what decides whose id stays: most contacts, then the oldest contact."""
        at, contact = min((self._said.contacts[member].at, member) for member in found.members)
        return len(found.members), (-at, *(-ord(letter) for letter in contact))

    def _solve(self, contact_ids: list[str]) -> dict[str, str]:
        """Solve the given contacts, which nothing ties to others, from their values; return what changed."""
        ids = sorted(contact_ids, key=lambda contact: (self._said.contacts[contact].at, contact))
        place = {contact: k for k, contact in enumerate(ids)}
        ties, nodes = self._ties(ids)
        joins = [(a, b, rank) for c in ids for a, b, rank in self._joins.get(c, ()) if a in place and b in place]
        edges = Edges(
            left=np.array([place[c] for c, _, _ in ties] + [place[a] for a, _, _ in joins], dtype="int64"),
            right=np.array([len(ids) + n for _, n, _ in ties] + [place[b] for _, b, _ in joins], dtype="int64"),
            rank=np.array(
                [self._said.rank_of(text) for _, _, text in ties] + [rank for _, _, rank in joins], dtype="int64"
            ),
            tie_break=np.concatenate([self._hashes(ties), np.arange(len(joins), dtype=np.uint64)]),
            forced=np.array([False] * len(ties) + [rank == FORCED_RANK for _, _, rank in joins], dtype=bool),
        )
        edges = self._without_revoked(edges, len(ties))
        labels, _ = cluster(len(ids) + nodes, edges, self._tags(ids, ties, nodes, place))
        earlier = {contact: self.customer[contact] for contact in ids if contact in self.customer}
        previous = pd.DataFrame({"contact_id": list(earlier), "customer_id": list(earlier.values())}, dtype="str")
        self._forget_ids(earlier.values())
        named = name_customers(labels[: len(ids)], pd.Series(ids, dtype="str"), previous, in_use=self._ids)
        self._ids.update(map(str, named))
        self._regroup(ids, components(len(ids) + nodes, edges.left, edges.right)[: len(ids)], labels[: len(ids)])
        changed = {c: str(n) for c, n in zip(ids, named, strict=True) if earlier.get(c) != n}
        self.customer.update(changed)
        return changed

    def _ties(self, ids: list[str]) -> tuple[list[tuple[str, int, str]], int]:
        """Return (contact, node, value) of every tie of the contacts, and the number of nodes."""
        number: dict[tuple[str, str], int] = {}
        ties = []
        for contact in ids:
            for text in self._said.contacts[contact].values:
                if self._said.tied(contact, text) is not None:
                    node = (text, self._said.node(contact, text) or "")
                    ties.append((contact, number.setdefault(node, len(number)), text))
        return ties, len(number)

    def _hashes(self, ties: Sequence[tuple[str, int, str]]) -> np.ndarray:
        contact = np.array([contact for contact, _, _ in ties], dtype=object)
        key = np.array([text.replace("\x1f", ":", 1) for _, _, text in ties], dtype=object)
        name = np.array([self._said.node(contact, text) or "" for contact, _, text in ties], dtype=object)
        return combine(*(hash_text(part) for part in (contact, key, name)))

    def _without_revoked(self, edges: Edges, ties: int) -> Edges:
        if not self._revoked:
            return edges
        ids = spell("E", edges.tie_break[:ties])
        keep = np.append(~np.isin(ids, list(self._revoked)), np.ones(len(edges.left) - ties, dtype=bool))
        parts = (edges.left, edges.right, edges.rank, edges.tie_break, edges.forced)
        return Edges(*(part[keep] for part in parts))

    def _tags(self, ids: list[str], ties: Sequence[tuple[str, int, str]], nodes: int, place: dict[str, int]) -> Tags:
        """Return the unique ids of contacts and values, and the sides of each separation."""
        kinds = {kind: k for k, kind in enumerate(self.settings.unique_ids)}
        rows = [(place[c], kinds[kind], text) for c in ids for kind, text in self._said.contacts[c].owners.items()]
        own = {node: text for _, node, text in ties if self._said.values[text].kind in kinds}
        rows += [(len(ids) + node, kinds[self._said.values[text].kind], text) for node, text in own.items()]
        apart = sorted(
            {pair for contact in ids for pair in self._apart.get(contact, ()) if set(pair) <= place.keys()}
        )
        for k, pair in enumerate(apart):
            rows += [(place[contact], len(kinds) + k, f"side {side}") for side, contact in enumerate(pair)]
        code = pd.factorize(np.array([text for _, _, text in rows], dtype=object))[0].astype("int64")
        node, kind = (np.array([row[k] for row in rows], dtype="int64") for k in (0, 1))
        return Tags(node, kind, code)

    def _regroup(self, ids: list[str], group: np.ndarray, labels: np.ndarray) -> None:
        """Make new clusters of contacts that ties hold together."""
        order = np.argsort(group, kind="stable")
        cuts = np.flatnonzero(np.diff(group[order])) + 1
        for rows in np.split(order, cuts):
            members = [ids[k] for k in rows.tolist()]
            marks = self._said.unique_ids(members)
            decided = bool(self._revoked) or any(c in self._joins or c in self._apart for c in members)
            mixed = decided or len(set(labels[rows].tolist())) > 1 or any(len(held) > 1 for held in marks.values())
            found = Cluster(members, marks, mixed)
            for contact in members:
                self._cluster[contact] = found

    def _decide(self, previous: Resolution) -> None:
        """Take over ids, people's decisions and the model's links."""
        known = previous.identities[previous.identities["contact_id"].isin(list(self._said.contacts))]
        self.customer = dict(zip(known["contact_id"], known["customer_id"], strict=True))
        ids = list(self._said.contacts)
        decisions = read_decisions(previous.edges, pd.Series(ids, dtype="str"))
        self._revoked = set(decisions.revoked)
        for left, right in zip(*(ends.tolist() for ends in decisions.must), strict=True):
            self._join(ids[left], ids[right], FORCED_RANK)
        for left, right in zip(*(ends.tolist() for ends in decisions.cannot), strict=True):
            for contact in (ids[left], ids[right]):
                self._apart.setdefault(contact, []).append((ids[left], ids[right]))
        edges = previous.edges[(previous.edges["kind"] == "model") & previous.edges["revoked_at"].isna()]
        edges = edges.sort_values(["probability", "edge_id"], ascending=[False, True])
        for k, (left, right) in enumerate(zip(edges["left_id"], edges["right_id"], strict=True)):
            if left in self._said.contacts and right in self._said.contacts:
                self._join(left, right, MODEL_RANK + k)

    def _join(self, left: str, right: str, rank: int) -> None:
        self._joins.setdefault(left, []).append((left, right, rank))
        if right not in self._joins:
            self._joins[right] = []
