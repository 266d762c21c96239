"""Erlang B and C: lost customers, and customers who all wait.

Source: Erlang 1917; Jagerman, BSTJ 53 (1974) for fractional servers. Relative error at most 1e-12 for loads from
1e-6 to 1e6 erlangs and any number of servers; values below 1e-308 are 0, their logarithms are exact.
"""

from __future__ import annotations

import numpy as np

from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, shaped


def erlang_b(load_erlangs: Numbers, servers: Numbers) -> Floats:
    """Return the share of arrivals that find all servers busy and are lost, from 0 to 1.

    Any load and number of servers from 0; servers may be fractional. DomainError for negative arguments.

    >>> float(erlang_b(10, 14).round(12))
    0.056819143387
    """
    shape, (loads, counts) = broadcast(load_erlangs=load_erlangs, servers=servers)
    return shaped(1.0 / engine.inverse_b(loads, counts), shape)


def erlang_c(load_erlangs: Numbers, servers: Numbers) -> Floats:
    """Return the share of arrivals that wait when nobody leaves, from 0 to 1.

    1 where the servers do not keep up (servers at or below the load), 0 at load 0.

    >>> float(erlang_c(100, 110).round(12))
    0.237007500285
    """
    shape, (loads, counts) = broadcast(load_erlangs=load_erlangs, servers=servers)
    return shaped(delay_share(loads, counts, engine.inverse_b(loads, counts)), shape)


def log_erlang_b(load_erlangs: Numbers, servers: Numbers) -> Floats:
    """Return the natural logarithm of `erlang_b`, also where that is too small for a float.

    >>> float(log_erlang_b(200, 10_000).round(6))
    -29325.754171
    """
    shape, (loads, counts) = broadcast(load_erlangs=load_erlangs, servers=servers)
    return shaped(engine.log_b(loads, counts), shape)


def log_erlang_c(load_erlangs: Numbers, servers: Numbers) -> Floats:
    """Return the natural logarithm of `erlang_c`, also where that is too small for a float.

    >>> float(log_erlang_c(100, 10_000).round(5))
    -36157.21593
    """
    shape, (loads, counts) = broadcast(load_erlangs=load_erlangs, servers=servers)
    logs = engine.log_b(loads, counts)
    keeps_up = counts > loads
    spare = np.where(keeps_up, counts - loads, 1.0)
    share = np.log(np.where(keeps_up, counts, 1.0)) + logs - np.log(spare + loads * np.exp(logs))
    return shaped(np.where(keeps_up, share, np.where(loads == 0, -np.inf, 0.0)), shape)


def delay_share(loads: Floats, servers: Floats, inverse: Floats) -> Floats:
    """Return Erlang C from 1 / B: n / ((n - a) / B + a), without cancellation."""
    keeps_up = servers > loads
    spare = np.where(keeps_up, servers - loads, 1.0)
    share = servers / (spare * inverse + loads)
    return np.where(keeps_up, share, np.where(loads == 0, 0.0, 1.0))
