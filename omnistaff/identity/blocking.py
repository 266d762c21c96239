"""Which profiles are worth comparing: those that agree in parts which few others share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

#: A part that follows from another: profiles that agree in the first agree in the second.
FOLLOWS = {"given_name": "given_key"}
MOST_PARTS = 3


def derive_rules(profiles: pd.DataFrame, parts: Sequence[str], pairs_per_profile: float) -> list[list[str]]:
    """Return the fewest parts that have to agree for two profiles to be compared, one list a rule.

    A rule makes at most *pairs_per_profile* pairs a profile. Single parts are tried first, then two and three
    together, and what another rule finds already is left out.
    """
    codes = {name: pd.factorize(profiles[name])[0].astype("int64") for name in parts}
    limit = pairs_per_profile * len(profiles)
    rules: list[frozenset[str]] = []
    for size in range(1, MOST_PARTS + 1):
        for names in combinations(sorted(parts), size):
            whole = frozenset(names) | {FOLLOWS[name] for name in names if name in FOLLOWS}
            if len(whole) > len(names) and any(FOLLOWS.get(name) in names for name in names):
                continue
            if not any(rule <= whole for rule in rules) and 0 < count_pairs([codes[name] for name in names]) <= limit:
                rules.append(frozenset(names))
    return [sorted(rule) for rule in rules]


def count_pairs(codes: list[np.ndarray]) -> float:
    """Return how many pairs of rows agree in all of the *codes*; a missing one (-1) agrees with none."""
    known = np.logical_and.reduce([code >= 0 for code in codes])
    key = np.zeros(int(known.sum()), dtype="int64")
    for code in codes:
        key = np.unique(key * (int(code.max(initial=0)) + 1) + code[known], return_inverse=True)[1]
    counts = np.bincount(key).astype("float64")
    return float((counts * (counts - 1) / 2).sum())
