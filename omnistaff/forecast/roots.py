"""Square roots of counts and sums of their products, which all origins of a queue share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

HALF_LIFE_DAYS = 200.0  # open days after which a day's products weigh half as much
BLOCK_DAYS = 84


@dataclass(frozen=True)
class Roots:
    """Roots of counts, days × slots, and for every block of days the sums of products of all whole days before it.

    ``whole`` are the days counted in all slots, ``place`` counts open days. ``sums`` is blocks × slots × slots, days
    weighing as they do on the last day before the block.
    """

    values: FloatArray
    whole: BoolArray
    place: IntArray
    sums: FloatArray

    def products(self, origin: int) -> FloatArray:
        """Return the weighted products of the whole days before *origin*, slots × slots: only these are read."""
        block = origin // BLOCK_DAYS
        return _later(self, self.sums[block], block * BLOCK_DAYS, origin)


def make_roots(counts: FloatArray, whole: BoolArray, place: IntArray) -> Roots:
    """Return the roots of *counts* (days × slots) with their sums of products."""
    days, slots = counts.shape
    roots = Roots(roots_of(counts), whole, place, np.zeros((days // BLOCK_DAYS + 1, slots, slots)))
    for block in range(days // BLOCK_DAYS):
        first = block * BLOCK_DAYS
        roots.sums[block + 1] = _later(roots, roots.sums[block], first, first + BLOCK_DAYS)
    roots.sums.flags.writeable = False  # all origins read them
    return roots


def _later(roots: Roots, products: FloatArray, first: int, end: int) -> FloatArray:
    """Return *products* of the days before *first* as they weigh on the day before *end*, with those in between."""
    if first == end:
        return products
    place = roots.place[end - 1]
    rows = first + np.flatnonzero(roots.whole[first:end])
    faded = 2 ** ((roots.place[first - 1] - place) / HALF_LIFE_DAYS) if first else 0.0
    return faded * products + weighted_products(
        roots.values[rows], np.exp2((roots.place[rows] - place) / HALF_LIFE_DAYS)
    )


def weighted_products(roots: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the sums of products of the slots' *roots* (days × slots), each day counting by its *weight*.

    >>> weighted_products(np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([1.0, 0.25])).tolist()
    [[3.25, 2.75], [2.75, 4.25]]
    """
    weighted = roots * np.sqrt(weight)[:, None]
    return np.asarray(weighted.T @ weighted)


def roots_of(counts: FloatArray) -> FloatArray:
    """Return the square roots of *counts* + 1/4: their chance is alike whatever is expected (Brown et al. 2005).

    >>> roots_of(np.array([0.0, 2.0])).tolist()
    [0.5, 1.5]
    """
    roots = counts + 0.25
    return np.sqrt(roots, out=roots)
