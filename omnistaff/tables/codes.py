"""Numbers for texts too many to compare: hashes to codes, and rows to groups, in one pass each (compiled)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

MISSING = 0  # the hash that stands for no value

Codes = NDArray[np.int32]


def number_hashes(hashes: NDArray[np.uint64]) -> tuple[Codes, NDArray[np.uint64]]:
    """Return the code of each hash, -1 for MISSING, and the hash of each code; codes count up as hashes appear.

    Two texts with one hash of 64 bits become one: with 100 million different texts the chance is 3 in 10,000.
    """
    codes, keys, _ = index_hashes(hashes)
    return codes, keys


def index_hashes(hashes: NDArray[np.uint64]) -> tuple[Codes, NDArray[np.uint64], Codes]:
    """Return what ``number_hashes`` does and the slots by which ``find_codes`` finds a code again."""
    slots = np.full(1 << max(4, int(np.ceil(np.log2(max(len(hashes), 1) * 1.5)))), -1, dtype=np.int32)
    codes, keys, count = _number(hashes, slots)
    return codes, keys[:count].copy(), slots


def find_codes(hashes: NDArray[np.uint64], keys: NDArray[np.uint64], slots: Codes) -> Codes:
    """Return the code of each hash among *keys*, -1 where it is MISSING or not among them."""
    codes: Codes = _find(hashes, keys, slots)
    return codes


def group_rows(codes: Codes, groups: int, order_by: NDArray[np.int64]) -> Codes:
    """Return the rows with those of one code together, codes ascending, each code's in the order of *order_by*."""
    ends = np.cumsum(np.bincount(codes, minlength=groups))
    rows: Codes = _group(codes, order_by, np.concatenate([[0], ends]).astype(np.int64))
    return rows


@njit(cache=True)
def _number(hashes: Any, slots: Any) -> Any:
    codes = np.empty(len(hashes), dtype=np.int32)
    keys = np.empty(len(hashes), dtype=np.uint64)
    mask = np.uint64(len(slots) - 1)
    count = 0
    for row in range(len(hashes)):
        key = hashes[row]
        if key == 0:
            codes[row] = -1
            continue
        slot = key & mask
        while slots[slot] >= 0 and keys[slots[slot]] != key:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = count
            keys[count] = key
            count += 1
        codes[row] = slots[slot]
    return codes, keys, count


@njit(cache=True)
def _find(hashes: Any, keys: Any, slots: Any) -> Any:
    codes = np.full(len(hashes), -1, dtype=np.int32)
    mask = np.uint64(len(slots) - 1)
    for row in range(len(hashes)):
        if hashes[row] == 0:
            continue
        slot = hashes[row] & mask
        while slots[slot] >= 0 and keys[slots[slot]] != hashes[row]:
            slot = (slot + np.uint64(1)) & mask
        codes[row] = slots[slot]
    return codes


@njit(cache=True)
def _group(codes: Any, order_by: Any, starts: Any) -> Any:
    rows = np.empty(len(codes), dtype=np.int32)
    free = starts[:-1].copy()
    for row in range(len(codes)):
        rows[free[codes[row]]] = row
        free[codes[row]] += 1
    for group in range(len(starts) - 1):
        low, high = starts[group], starts[group + 1]
        step = 1 if high - low < 32 else (high - low) // 2
        while step > 0:  # Shell's sort; with a step of 1 it is insertion, which is best for a few
            for k in range(low + step, high):
                row, moment, place = rows[k], order_by[rows[k]], k
                while place - step >= low and order_by[rows[place - step]] > moment:
                    rows[place] = rows[place - step]
                    place -= step
                rows[place] = row
            step //= 2
    return rows
