"""The load agents see when arrivals change over the day.

Contacts last: those of the last interval are still being served in this one, so the load follows arrivals late and
smoothed. Staffing each interval at its own arrivals (stationary, independent) misses that.
Source: Eick, Massey & Whitt 1993; Green, Kolesar & Soares 2001 (lag); Feldman, Mandelbaum, Massey & Whitt 2008
(modified offered load); Stolletz 2008 (backlog carry-over).
"""

from __future__ import annotations

import math

import numpy as np

from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require


def modified_offered_load(
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    *,
    interval_s: float,
    start_erlangs: float = 0.0,
    ramp_share: float = math.inf,
) -> Floats:
    """Return the mean load in erlangs of each consecutive interval: busy servers if there were enough of them.

    Solves m' = arrivals - m / handle over steps of *interval_s* from *start_erlangs* (an opening queue starts with
    nothing in service) and averages m over each interval. Exact for arrivals constant in each interval and
    exponential handle times. An interval in which the load grows by more than *ramp_share* gives the load at its
    end: the mean leaves the last minutes of an opening centre's first intervals short of people.

    >>> modified_offered_load([0.1, 0.1, 0.0], 300, interval_s=300).round(3).tolist()
    [11.036, 23.024, 16.397]
    >>> modified_offered_load([0.1, 0.1, 0.0], 300, interval_s=300, ramp_share=0.25).round(3).tolist()
    [18.964, 25.94, 16.397]
    """
    _, (rate, handle) = broadcast(arrivals_per_s=arrivals_per_s, handle_s=handle_s)
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    require(np.asarray(ramp_share >= 0), f"ramp_share is {ramp_share}, expected a share of growth, 0 or more")
    mean, end = offered_load_path(rate, handle, interval_s=interval_s, start_erlangs=start_erlangs)
    before = np.concatenate([np.full_like(end[..., :1], start_erlangs), end[..., :-1]], axis=-1)
    load: Floats = np.where(end / (1 + ramp_share) > before, end, mean)
    return load


def offered_load_path(
    rate: Floats, handle: Floats, *, interval_s: float, start_erlangs: float = 0.0
) -> tuple[Floats, Floats]:
    """Return (mean, end) load of each consecutive interval in erlangs; intervals on the last axis of *rate*."""
    decay = np.exp(-interval_s / handle)
    steady = rate * handle
    end = np.empty_like(steady)
    before = np.empty_like(steady)
    now = np.full(steady.shape[:-1], start_erlangs)
    for i in range(steady.shape[-1]):
        before[..., i] = now
        now = steady[..., i] + (now - steady[..., i]) * decay[i]
        end[..., i] = now
    mean = steady + (before - steady) * handle / interval_s * (1 - decay)
    return mean, end


def lagged_load(arrivals_per_s: Numbers, handle_s: float, *, interval_s: float) -> Floats:
    """Return the load in erlangs of the arrivals of one handle time ago, averaged over each consecutive interval.

    The simplest correction for contacts that last: nothing arrived before the first interval.

    >>> lagged_load([0.1, 0.1, 0.0], 300, interval_s=600).round(3).tolist()
    [15.0, 30.0, 15.0]
    """
    _, (rate, handle) = broadcast(arrivals_per_s=arrivals_per_s, handle_s=handle_s)
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    edges = np.arange(rate.size + 1) * interval_s
    arrived = np.concatenate([[0.0], np.cumsum(rate * interval_s)])
    load: Floats = np.diff(np.interp(edges - handle_s, edges, arrived)) * handle / interval_s
    return load


def carried_load(
    arrivals_per_s: Numbers, servers: Numbers, *, handle_s: float, interval_s: float
) -> tuple[Floats, Floats]:
    """Return (load in erlangs, contacts carried on at the end) of each interval when nobody leaves.

    Stationary backlog carry-over: in each interval the share of Erlang B is not begun and comes again in the next;
    what is begun is the load at which Erlang C describes the interval. It stays below the servers in overload too,
    so every interval has finite waits and hands its backlog on. Source: Stolletz 2008, for steps of about a handle
    time; `transient_measures` is exact and slower.

    >>> load, backlog = carried_load([0.12, 0.08], [10, 10], handle_s=100, interval_s=100)
    >>> load.round(2).tolist(), backlog.round(2).tolist()
    ([8.38, 8.3], [3.62, 3.33])
    """
    _, (rate, count) = broadcast(arrivals_per_s=arrivals_per_s, servers=servers)
    require(np.full(1, handle_s > 0), "handle_s has a value of 0, expected seconds above 0")
    load, backlog = np.zeros_like(rate), np.zeros_like(rate)
    waiting = 0.0
    for i in range(rate.size):
        offered = (rate[i] + waiting / interval_s) * handle_s
        blocked = 1.0 / engine.inverse_b(np.array([offered]), count[i : i + 1])[0]
        load[i] = offered * (1 - blocked)
        waiting = offered * blocked * interval_s / handle_s
        backlog[i] = waiting
    return load, backlog
