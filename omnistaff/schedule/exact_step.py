"""The exact line search of the fractional roster: how far a block of people moves towards its best answer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
HALVINGS = 8


class Asked(NamedTuple):
    """What a move changes, one figure a price: prices are centre + rise x shortfall, up to a top."""

    centre: Floats
    rise: Floats
    top: Floats
    short: Floats
    move: Floats


@njit(cache=True, nogil=True)
def _gain(share: float, asked: Asked) -> Any:
    """Return what a *share* of the move earns per unit of share, at the prices that it leads to."""
    centre, rise, top, short, move = asked
    gain = 0.0
    for i in range(move.shape[0]):
        price = centre[i] + rise[i] * (short[i] - share * move[i])
        gain += min(max(price, 0.0), top[i]) * move[i]
    return gain


@njit(cache=True, nogil=True)
def best_step(asked: Asked, dearer: float) -> Any:
    """Return the share of the move that gains most: where its gain at the prices it leads to is nil."""
    if _gain(1.0, asked) >= dearer:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _gain(middle, asked) > dearer:
            low = middle
        else:
            high = middle
    return low
