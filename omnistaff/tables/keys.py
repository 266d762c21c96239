"""Ids that depend on content only: never on the order of rows, the run or the machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def hash_text(texts: pd.Series[str] | NDArray[Any]) -> Hashes:
    """Return a 64-bit hash of each text (SipHash with pandas' fixed key)."""
    return pd.util.hash_array(np.asarray(texts, dtype=object), encoding="utf8")


def combine(*parts: Hashes) -> Hashes:
    """Return one hash for each row of several hashes; their order matters (splitmix64 steps)."""
    result = np.zeros_like(parts[0])
    for part in parts:
        mixed = (result ^ part) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        result = mixed ^ (mixed >> np.uint64(31))
    return result


def spell(prefix: str, hashes: Hashes) -> NDArray[Any]:
    """Return ids such as C0123456789abcdef: the prefix and 16 hexadecimal digits.

    >>> spell("C", np.array([255], dtype=np.uint64)).tolist()
    ['C00000000000000ff']
    """
    if not len(hashes):
        return np.array([], dtype="U17")
    digits = np.frombuffer(hashes.astype(">u8").tobytes().hex().encode(), dtype="S16").astype("U16")
    return np.char.add(prefix, digits)
