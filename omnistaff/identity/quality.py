"""How good a resolution is, where the truth is known: counted by pairs, by contacts, and by the question asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class IdentityScores:
    """Shares from 0 to 1.

    pair_*: pairs of contacts that are one customer's (big customers weigh much); b3_*: mean over contacts of the
    share of its customer that is right, and of its true customer that was found (Bagga and Baldwin, 1998);
    context_*: of contacts shown with an earlier one, the share whose latest is truly theirs, and of contacts that
    truly have an earlier one, the share that is shown at least one.
    """

    pair_precision: float
    pair_recall: float
    b3_precision: float
    b3_recall: float
    context_precision: float
    context_recall: float
    customers: int
    true_customers: int
    largest: int


def score_customers(
    found: pd.Series[str], truth: pd.Series[Any], arrived_at: pd.Series[pd.Timestamp]
) -> IdentityScores:
    """Return how well *found* customers match *truth*, row by row; *arrived_at* orders the contacts."""
    guess, right = pd.factorize(found)[0], pd.factorize(truth)[0]
    both = pd.factorize(pd.Series(guess * (int(right.max()) + 1) + right))[0]
    hit = np.bincount(both)[both]
    at = arrived_at.astype("int64").to_numpy()
    order, shown = _follows(guess, at)
    truly = np.zeros(len(guess), dtype=bool)
    truly[1:] = right[order][1:] == right[order][:-1]
    return IdentityScores(
        pair_precision=_share(_pairs(both), _pairs(guess)),
        pair_recall=_share(_pairs(both), _pairs(right)),
        b3_precision=float((hit / np.bincount(guess)[guess]).mean()),
        b3_recall=float((hit / np.bincount(right)[right]).mean()),
        context_precision=_share(float((shown & truly).sum()), float(shown.sum())),
        context_recall=_share(float(_follows(both, at)[1].sum()), float(_follows(right, at)[1].sum())),
        customers=int(guess.max()) + 1,
        true_customers=int(right.max()) + 1,
        largest=int(np.bincount(guess).max()),
    )


def size_profile(found: pd.Series[str]) -> pd.DataFrame:
    """Return how many customers and contacts there are by customer size: 1, 2, 3-4, 5-8, 9-16 ... contacts."""
    sizes = found.value_counts()
    upper = np.exp2(np.ceil(np.log2(sizes.to_numpy()))).astype("int64")
    table = pd.DataFrame({"largest_size": upper, "contacts": sizes.to_numpy()})
    return table.groupby("largest_size", as_index=False).agg(
        customers=("contacts", "size"), contacts=("contacts", "sum")
    )


def _pairs(codes: NDArray[Any]) -> float:
    counts = np.bincount(codes).astype("float64")
    return float((counts * (counts - 1) / 2).sum())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _follows(group: NDArray[Any], at: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return an order by group and time, and which rows in it have a row of the same group before."""
    order = np.lexsort((at, group))
    same = np.zeros(len(group), dtype=bool)
    same[1:] = group[order][1:] == group[order][:-1]
    return order, same
