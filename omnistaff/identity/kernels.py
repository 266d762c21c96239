"""Values judged and rows joined in one pass each (compiled); values and unique ids are codes, -1 for none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def judge_values(codes: Any, ids: Any, seen: Any, is_shared: Any) -> None:
    """Mark the values seen with more unique ids than *seen* (value, place; -1 is free) has room for."""
    for row in range(len(codes)):
        value, own = codes[row], ids[row]
        if value < 0 or own < 0:
            continue
        for place in range(seen.shape[1]):
            if seen[value, place] == own:
                break
            if seen[value, place] < 0:
                seen[value, place] = own
                break
        else:
            is_shared[value] = True


@njit(cache=True)
def join_rows(parent: Any, codes: Any, first: Any, is_shared: Any, several: Any) -> None:
    """Join in *parent* each row to the first one with its value, unless that is shared, and mark values seen again.

    ``first`` is the row where a value was seen first, -1 before. A root is the smallest row of its tree.
    """
    for row in range(len(codes)):
        value = codes[row]
        if value < 0 or is_shared[value]:
            continue
        if first[value] < 0:
            first[value] = row
            continue
        several[value] = True
        left, right = first[value], row
        while parent[left] != left:
            parent[left] = parent[parent[left]]
            left = parent[left]
        while parent[right] != right:
            parent[right] = parent[parent[right]]
            right = parent[right]
        if left < right:
            parent[right] = left
        else:
            parent[left] = right


@njit(cache=True)
def flatten(parent: Any) -> None:
    """Make each row's parent the root of its tree; a parent is never a later row."""
    for row in range(len(parent)):
        parent[row] = parent[parent[row]]


@njit(cache=True)
def mark_clashes(labels: Any, codes: Any, clashes: Any) -> None:
    """Mark in *clashes* the labels under which two different values stand."""
    held = np.full(len(labels), -1, dtype=np.int32)
    for row in range(len(codes)):
        value, label = codes[row], labels[row]
        if value < 0:
            continue
        if held[label] < 0:
            held[label] = value
        elif held[label] != value:
            clashes[label] = True
