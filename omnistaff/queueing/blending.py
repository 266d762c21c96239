"""Deferred work in the gaps between live contacts, when work once begun is finished.

Agents take deferred work only while more than k of them are free, so that k stay ready for live contacts.
Source: Bhulai & Koole 2003, threshold policy; a closed chain for equal handle times and an endless backlog.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omnistaff.errors import DomainError


@dataclass(frozen=True)
class Blend:
    """What a reserve of free agents costs and keeps."""

    service_level: float  # live contacts answered within the time
    fill_share: float  # share of the agents' idle time that deferred work uses


def blend(*, load_erlangs: float, agents: int, reserve: int, within_handle: float) -> Blend:
    """Return service level and used idle time when *reserve* agents are kept free for live contacts.

    *within_handle* is the time to answer in mean handle times. DomainError unless load < agents and
    0 <= reserve <= agents.

    >>> round(blend(load_erlangs=22, agents=30, reserve=4, within_handle=20 / 300).service_level, 3)
    0.817
    """
    if not 0 <= load_erlangs < agents or not 0 <= reserve <= agents:
        raise DomainError(
            f"load {load_erlangs:g} with {agents} agents and a reserve of {reserve}, expected load below agents "
            "and a reserve of at most all agents"
        )
    busy = np.arange(agents - reserve, agents + 1, dtype=float)
    weights = np.cumprod(np.concatenate([[1.0], load_erlangs / busy[1:]]))
    weights[-1] /= 1 - load_erlangs / agents  # the states in which customers wait
    chance = weights / weights.sum()
    late = chance[-1] * np.exp(-(agents - load_erlangs) * within_handle)
    return Blend(float(1 - late), float((chance @ busy - load_erlangs) / (agents - load_erlangs)))
