"""The fewest agents that keep every promise."""

from __future__ import annotations

import numpy as np

from omnistaff.errors import DomainError
from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped


def fewest_agents(  # noqa: PLR0913 - the public signature: every promise by its name
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    within_s: Numbers = 0.0,
    answered_share: Numbers = 0.0,
    patience_s: Numbers | None = None,
    asa_s: Numbers = np.inf,
    abandon_share: Numbers = 1.0,
    max_occupancy_share: Numbers = 1.0,
    max_agents: float = 1e7,
    fractional: bool = False,
) -> Floats:
    """Return the fewest agents with which a queue keeps all its promises at once.

    Answered within *within_s* of offered at least *answered_share*, mean wait of the answered at most *asa_s*,
    abandonment at most *abandon_share*, occupancy at most *max_occupancy_share*. Erlang A with *patience_s*, Erlang C
    without. Whole agents are exact; *fractional* answers the continuous extension to 1e-10. Load 0 needs 0 agents.
    DomainError outside the domain, and when more than *max_agents* would be needed.

    >>> float(fewest_agents(arrivals_per_s=100 / 1800, handle_s=180, within_s=20, answered_share=0.8))
    14.0
    """
    shape, columns = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        within_s=within_s,
        patience_s=np.inf if patience_s is None else patience_s,
        answered_share=answered_share,
        asa_s=asa_s,
        abandon_share=abandon_share,
        max_occupancy_share=max_occupancy_share,
    )
    rate, handle, within, patience, share, asa, leave, cap = columns
    require((handle > 0) & np.isfinite(handle), "handle_s has a value of 0 or infinity, expected seconds above 0")
    require(patience > 0, "patience_s has a value of 0, expected seconds above 0")
    require(np.isfinite(rate), "arrivals_per_s has an infinite value")
    require((share <= 1) & (leave <= 1), "answered_share or abandon_share is above 1: write 0.80 for 80 %")
    require((cap > 0) & (cap <= 1), "max_occupancy_share is not above 0 and at most 1: write 0.85 for 85 %")
    rows = np.stack([rate * handle, within / handle, handle / patience, share, asa / handle, leave, cap], axis=1)
    agents = engine.fewest(rows, max_agents, fractional)
    if np.any(agents < 0):
        worst = int(np.flatnonzero(agents < 0)[0])
        raise DomainError(
            f"more than max_agents = {max_agents:g} agents are needed at load {rows[worst, 0]:g} erlangs: "
            "ask for less than answered_share 1 or asa_s 0, or allow more agents"
        )
    return shaped(agents, shape)
