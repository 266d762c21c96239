"""Contacts to customers: connected components, and best evidence first where two unique ids would meet.

Only components that hold two values of one unique kind are looked at edge by edge, so the loop in Python sees a
few edges in a thousand and everything else is one call of scipy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """Ties between nodes 0 .. nodes-1, sorted by nothing in particular.

    ``rank`` orders them (lower first), ``tie_break`` settles equal ranks and must not depend on the order of rows.
    ``forced`` edges join whatever the tags say.
    """

    left: Codes
    right: Codes
    rank: Codes
    tie_break: NDArray[np.uint64]
    forced: NDArray[np.bool_]


@dataclass(frozen=True)
class Tags:
    """Marks of nodes: two nodes with the same ``kind`` and different ``value`` must not meet."""

    node: Codes
    kind: Codes
    value: Codes


def cluster(nodes: int, edges: Edges, tags: Tags) -> tuple[Codes, NDArray[np.bool_]]:
    """Return (label of each node, whether each edge was refused); labels are the smallest node of each cluster.

    The result does not depend on the order of edges.
    """
    labels = components(nodes, edges.left, edges.right)
    refused = np.zeros(len(edges.left), dtype=bool)
    clashing = _clashing(labels, tags)
    if not clashing.any():
        return labels, refused
    chosen = np.flatnonzero(clashing[labels[edges.left]])
    order = chosen[np.lexsort((edges.tie_break[chosen], edges.rank[chosen], ~edges.forced[chosen]))]
    members = np.flatnonzero(clashing[labels])
    parent, refused[order] = _join(members, order, edges, tags)
    labels[members] = np.array([_root(parent, node) for node in members.tolist()], dtype="int64")
    return _smallest(labels), refused


def components(nodes: int, left: Codes, right: Codes) -> Codes:
    """Return the smallest node of each node's connected component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(nodes, nodes))
    return _smallest(connected_components(graph, directed=False)[1])


def _smallest(labels: NDArray[np.integer]) -> Codes:
    """Return labels renamed to the first node that carries them; labels are below the number of nodes."""
    first = np.empty(len(labels), dtype=np.int64)
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)  # the last assignment wins
    renamed: Codes = first[labels]
    return renamed


def _clashing(labels: Codes, tags: Tags) -> NDArray[np.bool_]:
    """Return for each label whether nodes under it carry two values of one kind."""
    result = np.zeros(len(labels), dtype=bool)
    order = np.lexsort((tags.value, tags.kind, labels[tags.node]))
    label, kind, value = labels[tags.node][order], tags.kind[order], tags.value[order]
    differs = (label[1:] == label[:-1]) & (kind[1:] == kind[:-1]) & (value[1:] != value[:-1])
    result[label[1:][differs]] = True
    return result


def _join(members: Codes, order: Codes, edges: Edges, tags: Tags) -> tuple[dict[int, int], NDArray[np.bool_]]:
    """Join *members* along the edges in *order* unless tags clash; return parents and which edges were refused."""
    parent = {node: node for node in members.tolist()}
    marks = _marks(members, tags)
    refused = np.zeros(len(order), dtype=bool)
    steps = zip(edges.left[order].tolist(), edges.right[order].tolist(), edges.forced[order].tolist(), strict=True)
    for k, (left, right, forced) in enumerate(steps):
        low, high = sorted((_root(parent, left), _root(parent, right)))
        if low == high:
            continue
        if not forced and clash(marks[low], marks[high]):
            refused[k] = True
            continue
        parent[high] = low
        for kind, values in marks.pop(high).items():
            marks[low][kind] = marks[low].get(kind, frozenset()) | values
    return parent, refused


Marks = dict[int, frozenset[int]]


def _marks(members: Codes, tags: Tags) -> dict[int, Marks]:
    """Return for each member the values it carries, by kind."""
    marks: dict[int, Marks] = {node: {} for node in members.tolist()}
    chosen = np.isin(tags.node, members)
    rows = zip(tags.node[chosen].tolist(), tags.kind[chosen].tolist(), tags.value[chosen].tolist(), strict=True)
    for node, kind, value in rows:
        marks[node][kind] = marks[node].get(kind, frozenset()) | {value}
    return marks


def clash(left: Marks, right: Marks) -> bool:
    """Return whether two clusters hold different values of one kind, neither set within the other."""
    if len(left) > len(right):
        left, right = right, left
    return any(
        kind in right and not (values <= right[kind] or right[kind] <= values) for kind, values in left.items()
    )


def _root(parent: dict[int, int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
