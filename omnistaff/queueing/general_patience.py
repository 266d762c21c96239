"""Patience of any distribution: M/M/n+G, exact.

With handle time 1, load a, n agents, survival S(x) of patience and H(x) its integral from 0, the time an endlessly
patient customer would wait has density v(x) = a exp(a H(x) - n x) / (E + a J) for x > 0, J the integral of the
exponential and E = 1 / B(n - 1, a); every measure is an integral of v. Source: Baccelli & Hebuterne 1981; Zeltyn &
Mandelbaum, Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue, Queueing Systems 51
(2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.measures import QueueMeasures, everybody_served, nobody_answers

PANELS = 600
NEGLIGIBLE = 50.0  # e^-50 of the largest density
LONGEST = 1e9  # handle times
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_POINTS, _PARTS = (_NODES + 1) / 2, _WEIGHTS / 2
#: Integral from the start of a panel to each of its points, of the polynomial through all points.
_TO_POINT = (np.vander(_POINTS, increasing=True) * _POINTS[:, np.newaxis] / np.arange(1, 13)) @ np.linalg.inv(
    np.vander(_POINTS, increasing=True)
)

Survival = Callable[[Floats], Floats]


def patience_measures(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    survival: Survival,
    within_s: Numbers = 0.0,
    bends_s: Sequence[float] = (),
) -> QueueMeasures:
    """Return the measures of a queue whose customers have the patience that *survival* tells.

    *survival(t)* is the share willing to wait longer than t seconds, for an array of t: ``scipy.stats`` ``.sf``, or
    `quantile_survival`. *bends_s* are times at which it jumps or bends. Servers may be fractional. Exact to about
    1e-10 for survival that is smooth between the bends. DomainError when as many customers never leave as agents can
    serve, or more.

    >>> m = patience_measures(arrivals_per_s=0.1, handle_s=300, servers=28, within_s=20,
    ...                       survival=lambda t: np.exp(-t / 180))
    >>> round(float(m.abandon_share), 6)
    0.119609
    """
    shape, columns = broadcast(arrivals_per_s=arrivals_per_s, handle_s=handle_s, servers=servers, within_s=within_s)
    rate, handle, count, within = columns
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    inverse = engine.inverse_b(rate * handle, count)
    rows = np.empty((10, rate.size))
    for i in range(rate.size):
        if rate[i] == 0:
            rows[:, i : i + 1] = everybody_served(1)
        elif count[i] == 0:
            mean = _mean(survival, bends_s)
            rows[:, i : i + 1] = nobody_answers(rate[i : i + 1], within[i : i + 1], np.array([mean]))
            rows[8, i] = float(survival(within[i : i + 1])[0])
        else:
            line = _Line(rate[i] * handle[i], count[i], handle[i], survival)
            rows[:, i] = line.measures(float(inverse[i]), within[i], bends_s)
    return QueueMeasures(*(shaped(row, shape) for row in rows))


def quantile_survival(quantiles_s: Sequence[float]) -> Survival:
    """Return the survival whose quantiles at 0, 1 / k, ..., 1 are *quantiles_s*, joined by straight lines.

    DomainError unless they rise from 0 or more. The simulator draws from the same tables.

    >>> quantile_survival([0, 60, 300])(np.array([30.0, 180.0])).tolist()
    [0.75, 0.25]
    """
    table = np.asarray(quantiles_s, dtype=float)
    if table.size < 2 or table[0] < 0 or np.any(np.diff(table) < 0) or table[-1] <= 0:
        raise DomainError("quantiles_s: expected at least two times that rise from 0 or more")
    levels = np.linspace(1.0, 0.0, table.size)

    def survival(times: Floats) -> Floats:
        place = np.searchsorted(table, times, side="right") - 1
        low = np.clip(place, 0, table.size - 2)
        width = np.maximum(table[low + 1] - table[low], np.finfo(float).tiny)
        inside = levels[low] + (times - table[low]) / width * (levels[low + 1] - levels[low])
        return np.where(place < 0, 1.0, np.where(place >= table.size - 1, 0.0, inside))

    return survival


@dataclass(frozen=True)
class _Grid:
    """Points between which survival is integrated: times, weights, survival, and its integral from 0."""

    x: Floats
    weight: Floats
    stays: Floats
    spent: Floats
    edges: Floats
    spent_at_edges: Floats


@dataclass(frozen=True)
class _Line:
    """One queue in handle times."""

    load: float
    servers: float
    handle_s: float
    survival: Survival

    def measures(self, inverse: float, within_s: float, bends_s: Sequence[float]) -> Floats:
        """Return the fields of QueueMeasures; *inverse* is 1 / B."""
        within = within_s / self.handle_s
        grid = self._bell(np.asarray([within_s, *bends_s], dtype=float) / self.handle_s)
        x, power = grid.x, self.load * grid.spent - self.servers * grid.x
        peak = max(0.0, float(power.max()))
        chance = self.load * grid.weight * np.exp(power - peak)
        before = (inverse - 1) * self.load / self.servers * np.exp(-peak)  # 1 / B(n - 1)
        v = chance / (before + chance.sum())
        served, late = v * grid.stays, x > within
        left = float((v * (1 - grid.stays)).sum())
        answered = max(1 - left, np.finfo(float).tiny)
        asa = float(served @ x) / answered * self.handle_s
        mean = float(v @ grid.spent)
        in_time = min(1.0, max(0.0, 1 - left - float(served[late].sum())))
        still = float(v[late].sum()) * float(self.survival(np.array([within_s]))[0])
        ignoring = min(1.0, in_time / max(still + in_time, np.finfo(float).tiny))
        busy = min(1.0, self.load * (1 - left) / self.servers)
        share = min(1.0, in_time / answered)
        mean_s, length = mean * self.handle_s, mean * self.load
        return np.array([in_time, ignoring, share, asa, mean_s, left, busy, float(v.sum()), still, length])

    def _bell(self, bends: Floats) -> _Grid:
        """Return a grid over the waits that matter; the exponent is concave, so they lie side by side."""
        top, end = self._likeliest(), 1.0 / self.servers
        while True:
            coarse = np.concatenate([[0.0], end * 0.5 ** np.arange(40.0), np.linspace(0, end, PANELS), [top]])
            grid = self._grid(coarse[coarse <= end], bends, 0.0)
            power = self.load * grid.spent_at_edges - self.servers * grid.edges
            if end > top and power[-1] < power.max() - NEGLIGIBLE:
                break
            end *= 2
            if end > LONGEST:
                raise DomainError(
                    f"as many erlangs never leave as {self.servers:g} agents can serve, of {self.load:g}: "
                    "waits are endless"
                )
        near = np.flatnonzero(power >= power.max() - NEGLIGIBLE)
        first, last = max(near[0] - 1, 0), near[-1] + 1
        fine = np.linspace(grid.edges[first], grid.edges[last], PANELS)
        kept = grid.edges[first : last + 1]
        return self._grid(np.concatenate([fine, kept]), bends, float(grid.spent_at_edges[first]))

    def _likeliest(self) -> float:
        """Return the wait at which as many customers still wait as agents can serve, 0 if agents keep up."""
        low, high = 0.0, 1.0
        while self._load_after(high) > self.servers:
            low, high = high, 2 * high
            if high > LONGEST:
                raise DomainError(
                    f"{self._load_after(high):g} of {self.load:g} erlangs never leave, more than {self.servers:g} "
                    "agents can serve: waits are endless"
                )
        for _ in range(100):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._load_after(middle) > self.servers else (low, middle)
        return low

    def _load_after(self, wait: float) -> float:
        return self.load * float(self.survival(np.array([wait * self.handle_s]))[0])

    def _grid(self, edges: Floats, bends: Floats, spent: float) -> _Grid:
        """Return Gauss points between *edges*, where *spent* is survival's integral up to the first edge."""
        inside = bends[(bends > edges.min()) & (bends < edges.max())]
        edges = np.unique(np.concatenate([edges, inside]))
        width = np.diff(edges)[:, np.newaxis]
        x = edges[:-1, np.newaxis] + width * _POINTS
        stays = np.asarray(self.survival(x.ravel() * self.handle_s), dtype=float).reshape(x.shape)
        at_edges = spent + np.concatenate([[0.0], np.cumsum(width[:, 0] * (stays @ _PARTS))])
        inner = at_edges[:-1, np.newaxis] + width * (stays @ _TO_POINT.T)
        return _Grid(x.ravel(), (width * _PARTS).ravel(), stays.ravel(), inner.ravel(), edges, at_edges)


def _mean(survival: Survival, bends_s: Sequence[float]) -> float:
    """Return mean patience in seconds; infinite where some never leave."""
    end = 1.0
    while float(survival(np.array([end]))[0]) > 1e-15:
        end *= 2
        if end > LONGEST:
            return np.inf
    edges = np.concatenate([[0.0], end * 0.5 ** np.arange(40.0), np.linspace(0, end, PANELS)])
    return float(
        _Line(1.0, 1.0, 1.0, survival)._grid(edges, np.asarray(bends_s, dtype=float), 0.0).spent_at_edges[-1]
    )
