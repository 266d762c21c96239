"""Fewest agents of many queues at once in NumPy alone: the answers of `kernel_search`.

Columns of a row: load, time within, theta, least answered share, longest mean wait, largest abandonment, largest
occupancy.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from omnistaff.queueing import arrays
from omnistaff.queueing.domain import Floats

ROUNDING = 1e-12
FRACTION_STEPS = 34
Booleans = npt.NDArray[np.bool_]


def lower_bound(rows: Floats) -> Floats:
    """Return agents that no plan can go below."""
    load, _, theta, share, _, leave, cap = rows.T
    stay = np.maximum(np.floor(load) + 1, np.ceil(load / cap * (1 - ROUNDING)))
    bound: Floats = np.where(theta == 0, stay, np.ceil(load * np.maximum(share, 1 - leave) * (1 - ROUNDING)))
    return bound


def enough_c(rows: Floats, servers: Floats, inverse: Floats) -> Booleans:
    """Return whether *servers* meet every limit when nobody leaves."""
    load, within, _, share, longest, _, cap = rows.T
    keeps_up = (servers > load) & (load <= cap * servers * (1 + ROUNDING))
    spare = np.where(keeps_up, servers - load, 1.0)
    busy = spare * inverse + load  # servers / busy is Erlang C
    late = np.exp(-spare * within)
    met: Booleans = keeps_up & (servers * late <= (1 - share) * busy) & (servers <= longest * spare * busy)
    return met


def enough_a(rows: Floats, servers: Floats) -> Booleans:
    """Return whether *servers* meet every limit when customers leave."""
    met: Booleans = (rows[:, 3] <= 0) & (rows[:, 5] >= 1) & (rows[:, 6] >= 1) & np.isinf(rows[:, 4])
    some = servers > 0
    load, within, theta, share, longest, leave, cap = rows[some].T
    count = servers[some]
    _, left, _, served, _, late = arrays.waiting_a(load, count, theta, within, arrays.inverse_b(load, count))
    fits = (left <= leave) & (load * (1 - left) <= cap * count * (1 + ROUNDING))
    met[some] = fits & (served <= longest * (1 - left)) & (1 - left - late >= share)
    return met


def enough(rows: Floats, servers: Floats) -> Booleans:
    """Return whether *servers*, fractional or not, meet every limit."""
    stay = rows[:, 2] == 0
    met = np.empty(len(rows), dtype=bool)
    met[stay] = enough_c(rows[stay], servers[stay], arrays.inverse_b(rows[stay, 0], servers[stay]))
    met[~stay] = enough_a(rows[~stay], servers[~stay])
    return met


def fewest(rows: Floats, most: float, fractional: bool) -> Floats:
    """Return the fewest servers of each row, 0 at load 0, -1 when more than *most*."""
    result = np.zeros(len(rows))
    stay, leave = (rows[:, 0] > 0) & (rows[:, 2] == 0), (rows[:, 0] > 0) & (rows[:, 2] > 0)
    result[stay] = _fewest_c(rows[stay], most)
    result[leave] = _fewest_a(rows[leave], most)
    if fractional:
        some = result > 0
        result[some] = _refine(rows[some], result[some])
    return result


def _fewest_c(rows: Floats, most: float) -> Floats:
    """Step every row up by the recursion of 1 / B; rows that are done leave."""
    result = np.full(len(rows), -1.0)
    load, within, _, share, longest, _, _ = rows.T
    servers = lower_bound(rows)
    state = [np.arange(len(rows)), load, servers, arrays.inverse_b(load, servers)]
    state += [np.exp(-(servers - load) * within), np.exp(-within), 1 - share, longest]
    while state[0].size:
        live, load, servers, inverse, late, _, lost, longest = state
        spare = servers - load
        busy = spare * inverse + load  # servers / busy is Erlang C
        met = (servers * late <= lost * busy) & (servers <= longest * spare * busy)
        result[live[met]] = servers[met]
        keep = ~met & (servers < most)
        state = [part[keep] for part in state]
        state[2] += 1
        state[4] *= state[5]
        with np.errstate(over="ignore"):
            state[3] = 1 + state[2] / state[1] * state[3]
    return np.where(result > most, -1.0, result)


def _fewest_a(rows: Floats, most: float) -> Floats:
    """Double steps from the lower bound until enough, then halve."""
    low = lower_bound(rows) - 1
    high = np.maximum(low + 1, np.floor(rows[:, 0]))
    live, step = np.arange(len(rows)), np.maximum(1.0, np.floor(np.sqrt(rows[:, 0])))
    while live.size:
        met = enough_a(rows[live], high[live])
        live = live[~met & (high[live] < most)]
        low[live] = high[live]
        high[live] = np.minimum(most, high[live] + step[live])
        step[live] *= 2
    return _halve(rows, low, high, most)


def _halve(rows: Floats, low: Floats, high: Floats, most: float) -> Floats:
    beyond = (high > most) | ((high == most) & ~enough_a(rows, high))
    live = np.flatnonzero(high - low > 1)
    while live.size:
        middle = np.floor((low[live] + high[live]) / 2)
        met = enough_a(rows[live], middle)
        high[live] = np.where(met, middle, high[live])
        low[live] = np.where(met, low[live], middle)
        live = live[high[live] - low[live] > 1]
    return np.where(beyond, -1.0, high)


def _refine(rows: Floats, whole: Floats) -> Floats:
    low, high = np.maximum(0.0, whole - 1), whole.copy()
    for _ in range(FRACTION_STEPS):
        middle = 0.5 * (low + high)
        met = enough(rows, middle)
        high, low = np.where(met, middle, high), np.where(met, low, middle)
    return high
