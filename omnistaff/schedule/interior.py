"""Linear programs over many short columns, by an interior point.

    least costs @ x   so that   the columns of x, summed, reach *right*;   x >= 0

The first *covers* rows may be overreached, the others (one a person) are met exactly. With some hundreds of rows and
thousands of columns that change all the time this is many times quicker than a simplex method, and its duals come
from the middle of what is best, which is what column generation wants (Gondzio, Gonzalez-Brevis, Munari 2013).
Predictor and corrector by Mehrotra (1992), normal equations by Cholesky.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from omnistaff.errors import OmnistaffError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
MOST_STEPS = 100
NEAR = 1e-7  # to the border, at the start
BACK = 0.9995  # of the way to the border that a step goes
FLOORS = 100.0 ** np.arange(-8, 0)  # added to the diagonal until it has a factor, as a share of its largest entry


class Columns(NamedTuple):
    """Columns: that of k has its entries in ``rows`` and ``values`` from ``starts[k]`` on, rows going up."""

    starts: Ints
    rows: Ints
    values: Floats
    costs: Floats


@dataclass(frozen=True)
class Point:
    """Values of the columns, duals of the rows, and the costs that they mean; *dual* holds only near the end."""

    values: Floats
    duals: Floats
    cost: float
    dual: float


@njit(cache=True, nogil=True)
def _sum_columns(columns: Columns, x: Floats, rows: int) -> Floats:
    out = np.zeros(rows)
    for k in range(len(columns.costs)):
        for a in range(columns.starts[k], columns.starts[k + 1]):
            out[columns.rows[a]] += columns.values[a] * x[k]
    return out


@njit(cache=True, nogil=True)
def _sum_rows(columns: Columns, y: Floats) -> Floats:
    out = np.zeros(len(columns.costs))
    for k in range(len(out)):
        for a in range(columns.starts[k], columns.starts[k + 1]):
            out[k] += columns.values[a] * y[columns.rows[a]]
    return out


@njit(cache=True, nogil=True)
def _fill(columns: Columns, weights: Floats, out: Floats) -> None:
    """Write the lower half of the columns times their weights times themselves."""
    out[:] = 0.0
    for k in range(len(columns.costs)):
        first, last, weight = columns.starts[k], columns.starts[k + 1], weights[k]
        for a in range(first, last):
            i, value = columns.rows[a], weight * columns.values[a]
            for b in range(first, a + 1):  # the rows of a column go up
                out[i, columns.rows[b]] += value * columns.values[b]


def reach(columns: Columns, right: Floats, covers: int, gap: float) -> Point:
    """Return a point inside whose cost is within a share *gap* of the least.

    *right* [row] is what the columns have to reach, the first *covers* rows at least.
    """
    return _Path(columns, right, covers).follow(gap)


class _Path:
    """The way of one solution. Variables are the columns, then what covers have to spare."""

    def __init__(self, columns: Columns, right: Floats, covers: int) -> None:
        self.columns, self.right, self.covers = columns, right, covers
        self.costs = np.concatenate([columns.costs, np.zeros(covers)])
        self.normal = np.zeros((len(right), len(right)))
        self._begin()

    def _forward(self, x: Floats) -> Floats:
        out: Floats = _sum_columns(self.columns, x, len(self.right))
        out[: self.covers] -= x[len(self.columns.costs) :]
        return out

    def _backward(self, y: Floats) -> Floats:
        return np.concatenate([_sum_rows(self.columns, y), -y[: self.covers]])

    def _factor(self, weights: Floats) -> Any:
        from scipy.linalg import LinAlgError, cho_factor

        count = len(self.columns.costs)
        _fill(self.columns, weights[:count], self.normal)
        diagonal = np.einsum("ii->i", self.normal)
        diagonal[: self.covers] += weights[count:]
        lifts = FLOORS * diagonal.max()
        for lift in lifts:
            diagonal += lift
            try:
                return cho_factor(self.normal, lower=True, check_finite=False)
            except LinAlgError:
                continue
        raise OmnistaffError(f"a linear program of {len(self.normal)} rows has no factor even with {lifts[-1]} added")

    def _begin(self) -> None:
        """Start inside, as Mehrotra does: least squares, then far enough from all borders."""
        factor = self._factor(np.ones(len(self.costs)))
        x = self._backward(_solve(factor, self.right))
        self.duals = _solve(factor, self._forward(self.costs))
        s = self.costs - self._backward(self.duals)
        x += max(-1.5 * x.min(), 0.0)
        s += max(-1.5 * s.min(), 0.0)
        product = x @ s
        self.x = np.maximum(x + 0.5 * product / s.sum(), NEAR)
        self.s = np.maximum(s + 0.5 * product / x.sum(), NEAR)

    def follow(self, gap: float) -> Point:
        """Go on until the cost is within *gap*, or the steps are used up."""
        for _ in range(MOST_STEPS):
            missing = self.right - self._forward(self.x)
            unpaid = self.costs - self._backward(self.duals) - self.s
            cost, dual = float(self.costs @ self.x), float(self.right @ self.duals)
            off = self.x @ self.s + self.x @ np.abs(unpaid) + np.abs(missing) @ np.abs(self.duals)
            if off <= gap * (1 + abs(cost)):
                break
            self._step(missing, unpaid)
        return Point(self.x[: len(self.columns.costs)], self.duals, cost, dual)

    def _step(self, missing: Floats, unpaid: Floats) -> None:
        x, s = self.x, self.s
        factor = self._factor(x / s)

        def direction(target: Floats) -> tuple[Floats, Floats, Floats]:
            dy = _solve(factor, missing + self._forward(x / s * unpaid - target / s))
            ds = unpaid - self._backward(dy)
            return (target - x * ds) / s, dy, ds

        dx, _, ds = direction(-x * s)
        after = (x + _reach(x, dx) * dx) @ (s + _reach(s, ds) * ds)
        centre = (after / (x @ s)) ** 3 * (x @ s) / len(x)
        dx, dy, ds = direction(-x * s - dx * ds + centre)
        self.x = x + BACK * _reach(x, dx) * dx
        dual_step = BACK * _reach(s, ds)
        self.duals = self.duals + dual_step * dy
        self.s = s + dual_step * ds


def _solve(factor: Any, right: Floats) -> Floats:
    from scipy.linalg import cho_solve

    return np.asarray(cho_solve(factor, right, check_finite=False))


def _reach(values: Floats, step: Floats) -> float:
    """Return the largest share of a step, up to 1, that leaves no value below 0."""
    down = step < 0
    return min(1.0, float((-values[down] / step[down]).min(initial=np.inf)))
