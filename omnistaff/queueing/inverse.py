"""The third of any two: volume, agents and service."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from omnistaff.errors import DomainError
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.erlang import erlang_b, erlang_c
from omnistaff.queueing.measures import queue_measures

HALVINGS = 120
LARGEST = 1e9
Kept = Callable[[Floats], npt.NDArray[np.bool_]]


def largest_load_b(servers: Numbers, blocking_share: Numbers) -> Floats:
    """Return the largest load in erlangs that *servers* carry losing at most *blocking_share*.

    >>> float(largest_load_b(15, 0.01).round(4))
    8.108
    """
    shape, (count, share) = broadcast(servers=servers, blocking_share=blocking_share)
    require(share < 1, "blocking_share has a value of 1 or more: any load would do")
    return shaped(largest_kept(lambda load: erlang_b(load, count) <= share, count + 1), shape)


def largest_load_c(servers: Numbers, wait_share: Numbers) -> Floats:
    """Return the largest load in erlangs at which at most *wait_share* of arrivals wait.

    >>> float(largest_load_c(30, 0.15).round(4))
    23.641
    """
    shape, (count, share) = broadcast(servers=servers, wait_share=wait_share)
    require(share < 1, "wait_share has a value of 1 or more: any load would do")
    return shaped(largest_kept(lambda load: erlang_c(load, count) <= share, count), shape)


def fewest_servers_b(load_erlangs: Numbers, blocking_share: Numbers) -> Floats:
    """Return the fewest whole servers that lose at most *blocking_share* of arrivals.

    >>> float(fewest_servers_b(17, 0.01))
    27.0
    """
    shape, (load, share) = broadcast(load_erlangs=load_erlangs, blocking_share=blocking_share)
    require(share > 0, "blocking_share has a value of 0: no number of servers loses nobody")
    return shaped(fewest_kept(lambda count: erlang_b(load, count) <= share, np.zeros_like(load)), shape)


def fewest_servers_c(load_erlangs: Numbers, wait_share: Numbers) -> Floats:
    """Return the fewest whole servers with which at most *wait_share* of arrivals wait.

    >>> float(fewest_servers_c(100, 0.1))
    115.0
    """
    shape, (load, share) = broadcast(load_erlangs=load_erlangs, wait_share=wait_share)
    require(share > 0, "wait_share has a value of 0: no number of servers makes nobody wait")
    return shaped(fewest_kept(lambda count: erlang_c(load, count) <= share, np.floor(load)), shape)


def most_arrivals(  # noqa: PLR0913 - the public signature: every promise by its name
    *,
    servers: Numbers,
    handle_s: Numbers,
    within_s: Numbers = 0.0,
    answered_share: Numbers = 0.0,
    patience_s: Numbers | None = None,
    asa_s: Numbers = np.inf,
    abandon_share: Numbers = 1.0,
    max_occupancy_share: Numbers = 1.0,
) -> Floats:
    """Return the most arrivals a second at which *servers* keep all promises; the inverse of `fewest_agents`.

    At least one promise must limit the volume, or DomainError.

    >>> rate = most_arrivals(servers=14, handle_s=180, within_s=20, answered_share=0.8)
    >>> float((rate * 1800).round(2))
    108.68
    """
    shape, columns = broadcast(
        servers=servers,
        handle_s=handle_s,
        within_s=within_s,
        answered_share=answered_share,
        patience_s=np.inf if patience_s is None else patience_s,
        asa_s=asa_s,
        abandon_share=abandon_share,
        max_occupancy_share=max_occupancy_share,
    )
    count, handle, within, share, patience, asa, leave, cap = columns
    require(handle > 0, "handle_s has a value of 0, expected seconds above 0")
    patient = np.isinf(patience)
    require(patient | (share > 0) | (leave < 1) | (cap < 1) | np.isfinite(asa), "no promise limits the volume")

    def kept(load: Floats) -> npt.NDArray[np.bool_]:
        m = queue_measures(
            arrivals_per_s=load / handle, handle_s=handle, servers=count, within_s=within, patience_s=patience
        )
        fits = (m.service_level >= share) & (m.asa_s <= asa) & (m.abandon_share <= leave) & (m.occupancy_share <= cap)
        result: npt.NDArray[np.bool_] = fits & (~patient | (load < count))
        return result

    return shaped(largest_kept(kept, count + 1) / handle, shape)


def largest_kept(kept: Kept, start: Floats) -> Floats:
    """Return the largest value that is *kept*, known to hold at 0, by doubling from *start* and halving."""
    low, high = np.zeros_like(start), np.maximum(start, 1e-3)
    still = kept(high)
    while still.any():
        low, high = np.where(still, high, low), np.where(still, 2 * high, high)
        if high.max() > LARGEST:
            raise DomainError(f"a load above {LARGEST:g} erlangs would keep the promise: check the shares")
        still = kept(high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        still = kept(middle)
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    return low


def fewest_kept(kept: Kept, low: Floats) -> Floats:
    """Return the fewest whole servers that are *kept*, searched from *low*, a lower bound."""
    low = low - 1
    high, step = low + 1, np.ones_like(low)
    still = ~kept(high)
    while still.any():
        low = np.where(still, high, low)
        high = np.where(still, high + step, high)
        step *= 2
        if high.max() > LARGEST:
            raise DomainError(f"more than {LARGEST:g} servers would be needed: check the shares")
        still = still & ~kept(high)
    while np.any(high - low > 1):
        middle = np.where(high - low > 1, np.floor((low + high) / 2), high)
        enough = kept(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
