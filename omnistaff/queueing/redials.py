"""Customers who come again: redials of those who left, reconnects of those who were answered.

Every customer who left dials again with one probability, every answered one calls again with another, so the queue
sees more than the first attempts: L = L0 + redial L P_ab(L) + reconnect L (1 - P_ab(L)), then Erlang A at L.
Source: Ding, Remerova, van der Mei & Zwart 2015 (fluid limit), with Erlang A in place of the fluid.
"""

from __future__ import annotations

import numpy as np

from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.measures import queue_measures

HALVINGS = 100


def arrivals_with_redials(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    patience_s: Numbers,
    redial_share: Numbers = 0.0,
    reconnect_share: Numbers = 0.0,
) -> Floats:
    """Return all arrivals a second, from the first attempts *arrivals_per_s*: give them to `queue_measures`.

    Right when customers wait long before they try again, so that attempts look independent. The balance rises with
    L, so there is one answer; found by halving to 1e-15 relative. DomainError unless both shares are below 1.

    >>> rate = arrivals_with_redials(arrivals_per_s=0.1, handle_s=300, servers=25, patience_s=120, redial_share=0.5)
    >>> float(rate.round(4))
    0.1177
    """
    shape, columns = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        servers=servers,
        patience_s=patience_s,
        redial_share=redial_share,
        reconnect_share=reconnect_share,
    )
    first, handle, count, patience, redial, reconnect = columns
    require((redial < 1) & (reconnect < 1), "redial_share or reconnect_share is 1 or more: attempts would never end")
    low, high = first / (1 - np.minimum(redial, reconnect)), first / (1 - np.maximum(redial, reconnect))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        left = queue_measures(
            arrivals_per_s=middle, handle_s=handle, servers=count, patience_s=patience
        ).abandon_share
        short = middle * (1 - redial * left - reconnect * (1 - left)) < first
        low, high = np.where(short, middle, low), np.where(short, high, middle)
        if np.all(high - low <= 1e-15 * high):
            break
    return shaped(high, shape)
