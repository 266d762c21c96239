"""The load agents see when arrivals change over the day.

Contacts last: those of the last interval are still being served in this one, so the load follows arrivals late and
smoothed. Staffing each interval at its own arrivals (stationary, independent) misses that.
Source: Eick, Massey & Whitt 1993; Feldman, Mandelbaum, Massey & Whitt 2008 (modified offered load).
"""

from __future__ import annotations

import numpy as np

from omnistaff.queueing.domain import Floats, Numbers, broadcast, require


def modified_offered_load(
    arrivals_per_s: Numbers, handle_s: Numbers, *, interval_s: float, start_erlangs: float = 0.0
) -> Floats:
    """Return the mean load in erlangs of each consecutive interval: busy servers if there were enough of them.

    Solves m' = arrivals - m / handle over steps of *interval_s* from *start_erlangs* (an opening queue starts with
    nothing in service) and averages m over each interval. Exact for arrivals constant in each interval and
    exponential handle times.

    >>> modified_offered_load([0.1, 0.1, 0.0], 300, interval_s=300).round(3).tolist()
    [11.036, 23.024, 16.397]
    """
    _, (rate, handle) = broadcast(arrivals_per_s=arrivals_per_s, handle_s=handle_s)
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    mean, _ = offered_load_path(rate, handle, interval_s=interval_s, start_erlangs=start_erlangs)
    return mean


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
