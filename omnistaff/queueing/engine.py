"""Which arithmetic runs: numba's compiled loops, or NumPy where numba is not installed.

Both take flat arrays inside the domain and give the same answers.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np

from omnistaff.queueing import arrays
from omnistaff.queueing.domain import Floats


@lru_cache(maxsize=1)
def compiled() -> ModuleType | None:
    """Return the module of compiled loops, or None without numba."""
    try:
        from omnistaff.queueing import kernels
    except ImportError:
        return None
    return kernels


def inverse_b(loads: Floats, servers: Floats) -> Floats:
    """Return 1 / B for each load and number of servers."""
    kernels = compiled()
    if kernels is None:
        return arrays.inverse_b(loads, servers)
    out = np.empty_like(loads)
    kernels.inverse_b_all(loads, servers, out)
    return out


def log_b(loads: Floats, servers: Floats) -> Floats:
    """Return ln B for each load and number of servers."""
    kernels = compiled()
    if kernels is None:
        return arrays.log_b(loads, servers)
    out = np.empty_like(loads)
    kernels.log_b_all(loads, servers, out)
    return out


def waiting_a(loads: Floats, servers: Floats, thetas: Floats, waits: Floats, inverse: Floats) -> Floats:
    """Return rows of Erlang A: wait, abandon, mean wait, served wait, late, late and served; loads, thetas > 0.

    *inverse* is 1 / B: the chance of all servers busy against the chance of any state up to there.
    """
    kernels = compiled()
    if kernels is None:
        return arrays.waiting_a(loads, servers, thetas, waits, inverse)
    out = np.empty((6, loads.size))
    kernels.waiting_a_all(loads, servers, thetas, waits, inverse, out)
    return out


def fewest(rows: Floats, most: float, fractional: bool) -> Floats:
    """Return the fewest servers of each row of `kernel_search`; -1 when more than *most*."""
    if compiled() is None:
        from omnistaff.queueing import array_search

        return array_search.fewest(rows, most, fractional)
    from omnistaff.queueing import kernel_search

    out = np.empty(len(rows))
    limit = float(most)  # compiled once, not for int too
    kernel_search.fewest_all(np.ascontiguousarray(rows), limit, fractional, out)
    return out
