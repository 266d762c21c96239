"""Where one person more is worth most: what a queue loses in each interval by people, and the cheapest people for it.

What is lost falls with every person, each time by less. So the fewest people who lose no more than is allowed over
many intervals are found by giving people where they save most, one step after another (a convex resource problem:
Fox, Operations Research 14, 1966). Losses that do not fall like that are replaced by their greatest convex minorant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SHARES = np.concatenate([np.linspace(0.0, 0.9, 7), np.linspace(1.0, 1.5, 6), [1.7, 2.0, 2.5, 3.5]])


@dataclass(frozen=True)
class Losses:
    """What is lost in each interval (rows) with SHARES of so many `people` (columns); falling and convex."""

    people: Floats
    lost: Floats

    @staticmethod
    def of(people: Floats, lost: Floats) -> Losses:
        """Return *lost*, by interval and share, made falling and convex."""
        return Losses(people, np.array([_convex(row) for row in lost]).reshape(lost.shape))

    def at(self, people: Floats) -> Floats:
        """Return what is lost in each interval with *people*; as with the last of SHARES beyond it."""
        share = np.divide(people, self.people, out=np.zeros_like(people), where=self.people > 0)
        share = np.clip(share, SHARES[0], SHARES[-1])
        above = np.clip(np.searchsorted(SHARES, share), 1, len(SHARES) - 1)
        row = np.arange(len(share))
        part = (share - SHARES[above - 1]) / (SHARES[above] - SHARES[above - 1])
        value: Floats = (1 - part) * self.lost[row, above - 1] + part * self.lost[row, above]
        return value


def cheapest(losses: Losses, most: float, *, floor: Floats) -> Floats:
    """Return the fewest people by interval, at least *floor*, who lose no more than *most* over all intervals.

    Where even the last of SHARES loses more, that many everywhere.
    """
    width = np.diff(SHARES) * losses.people[:, None]  # people of each step
    left = np.clip((SHARES[1:] * losses.people[:, None] - floor[:, None]), 0.0, width)  # above the floor
    slope = np.divide(-np.diff(losses.lost, axis=1), width, out=np.zeros_like(width), where=width > 0)
    saved = slope * left
    order = np.argsort(-slope, axis=None, kind="stable")
    total = np.cumsum(saved.ravel()[order])
    wanted = float(losses.at(floor).sum()) - most
    taken = np.zeros(left.size)
    whole = int(np.searchsorted(total, wanted)) if wanted > 0 else 0
    taken[order[:whole]] = 1.0
    if wanted > 0 and whole < len(total):
        last = order[whole]
        before = total[whole - 1] if whole else 0.0
        taken[last] = (wanted - before) / max(float(saved.ravel()[last]), 1e-300)
    return np.asarray(floor + (taken.reshape(left.shape) * left).sum(axis=1))


def _convex(lost: Floats) -> Floats:
    """Return the greatest convex minorant of *lost* at SHARES."""
    kept = [0]
    for k in range(1, len(lost)):
        while len(kept) > 1 and _above(lost, kept[-2], kept[-1], k):
            kept.pop()
        kept.append(k)
    return np.asarray(np.interp(SHARES, SHARES[kept], np.minimum.accumulate(lost[kept])))


def _above(lost: Floats, first: int, middle: int, last: int) -> bool:
    """Return whether the *middle* lies on or above the straight line between its neighbours."""
    part = (SHARES[middle] - SHARES[first]) / (SHARES[last] - SHARES[first])
    return bool(lost[middle] >= lost[first] + part * (lost[last] - lost[first]))
