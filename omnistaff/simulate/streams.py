"""Random numbers that do not depend on the order of events: one stream a (replication, queue, purpose).

The n-th number of a stream is a hash of its key and n (SplitMix64, Steele, Lea & Flood 2014), so contact n of a
queue has the same arrival, handle time and patience whatever the roster, and any thread can make any replication.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numba import njit

ARRIVAL, HANDLE, PATIENCE, ABSENCE, ROUTE, DELAY = range(6)  # purposes
PURPOSES = 6

# how a distribution is drawn; each has mean 1 before it is scaled
EXPONENTIAL, LOGNORMAL, TABLE, CONSTANT, NEVER = range(5)

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def name_key(text: str) -> int:
    """Return 64 bits that stand for *text*, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@njit(inline="always")
def mix(key: np.uint64) -> np.uint64:
    """Return the SplitMix64 hash of 64 bits."""
    key = (key ^ (key >> _S30)) * _MIX1
    key = (key ^ (key >> _S27)) * _MIX2
    return key ^ (key >> _S31)


@njit
def stream_key(seed: np.uint64, replication: int, name: np.uint64, purpose: int) -> np.uint64:
    """Return the key of the stream for one replication, queue (or agent) and purpose."""
    key = mix(seed + _STEP)
    key = mix(key ^ (np.uint64(replication) * _STEP + _STEP))
    key = mix(key ^ name)
    return mix(key + np.uint64(purpose) * _STEP)


@njit(cache=True, nogil=True)
def stream_keys(seed: np.uint64, replication: int, names: np.ndarray) -> np.ndarray:
    """Return the keys of all streams of a replication, name by purpose."""
    keys = np.empty((names.size, PURPOSES), dtype=np.uint64)
    for k in range(names.size):
        for purpose in range(PURPOSES):
            keys[k, purpose] = stream_key(seed, replication, names[k], purpose)
    return keys


@njit(cache=True, nogil=True)
def draw_presence(
    seed: np.uint64, replication: int, shifts: np.ndarray, blocks: np.ndarray, lost: np.ndarray
) -> np.ndarray:
    """Return whether each block of work is worked: its shift is not lost and it is not lost itself.

    *shifts* and *blocks* are keys of each block's shift and of itself, *lost* has the shares of both that are lost, a
    row a block; blocks of one shift have the same share of shifts.
    """
    present = np.ones(blocks.size, dtype=np.uint8)
    for k in range(blocks.size):
        shift = stream_key(seed, replication, shifts[k], ABSENCE)
        if uniform(shift, 0) < lost[k, 0] or uniform(mix(shift ^ blocks[k]), 1) < lost[k, 1]:
            present[k] = 0
    return present


@njit(inline="always")
def uniform(key: np.uint64, n: int) -> float:
    """Return the n-th number of a stream, strictly between 0 and 1."""
    bits = mix(key + (np.uint64(n) + np.uint64(1)) * _STEP)
    return (float(bits >> _S11) + 0.5) * 1.1102230246251565e-16


@njit(inline="always")
def _ratio(x: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    above = 0.0
    for c in top:
        above = above * x + c
    below = 0.0
    for c in bottom:
        below = below * x + c
    return above / below


_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_NEAR = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


@njit
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of *u* in (0, 1), relative error below 1e-15 (Wichura 1988, AS 241)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE[0], _CENTRE[1])
    r = math.sqrt(-math.log(u if q < 0 else 1.0 - u))
    tail = _ratio(r - 1.6, _NEAR[0], _NEAR[1]) if r <= 5.0 else _ratio(r - 5.0, _FAR[0], _FAR[1])
    return -tail if q < 0 else tail


@njit(inline="always")
def unit_draw(kind: int, spread: float, table: np.ndarray, u: float) -> float:
    """Return a draw with mean 1 by inversion of *u*.

    *spread* is the lognormal's sigma; *table* holds equally spaced quantiles for TABLE, joined by straight lines.
    """
    if kind == EXPONENTIAL:
        return -math.log(u)
    if kind == LOGNORMAL:
        return math.exp(spread * normal_quantile(u) - 0.5 * spread * spread)
    if kind == TABLE:
        place = u * (table.size - 1)
        low = int(place)
        return table[low] + (place - low) * (table[min(low + 1, table.size - 1)] - table[low])
    if kind == CONSTANT:
        return 1.0
    return math.inf
