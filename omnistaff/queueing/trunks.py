"""A line group in front of the agents: who finds all trunks taken is blocked (busy signal).

M/M/n/K and, with patience, M/M/n/K+M: n agents, K trunks, so at most K - n customers wait. With handle time 1, load
a, theta = handle time / patience and t_j = a^j / ((n + theta) ... (n + j theta)), j = 0 ... K - n waiting, a customer
who finds j others waiting is served with probability n / (n + (j + 1) theta), and then within T with probability
I(j + 1, n / theta + 1; 1 - e^(-theta T)), the regularised incomplete beta function; for theta = 0 the gamma
distribution of j + 1 completions. Source: Gross & Harris, Fundamentals of Queueing Theory, for M/M/n/K; Whitt 2005
for the wait behind j others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from omnistaff.errors import DomainError
from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped

MOST_TRUNKS = 1_000_000


@dataclass(frozen=True)
class TrunkMeasures:
    """The steady state of a queue behind trunks; shares are of all who try, the blocked included."""

    blocked_share: Floats  # found no trunk
    service_level: Floats  # answered within the time
    asa_s: Floats  # mean wait of the answered
    abandon_share: Floats  # had a trunk and left
    occupancy_share: Floats
    wait_share: Floats  # had a trunk and did not find a free agent
    trunks_busy: Floats  # mean number


def trunk_measures(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    trunks: Numbers,
    within_s: Numbers = 0.0,
    patience_s: Numbers | None = None,
) -> TrunkMeasures:
    """Return the measures of a queue with *trunks* for those served and waiting; None: nobody leaves.

    With as many trunks as agents it is Erlang B, with very many Erlang A or C. DomainError for fewer trunks than
    agents, more than a million trunks, or arguments outside the domain.

    >>> m = trunk_measures(arrivals_per_s=0.1, handle_s=200, servers=20, trunks=25, within_s=20)
    >>> round(float(m.blocked_share), 4), round(float(m.service_level), 4)
    (0.0885, 0.6438)
    """
    shape, columns = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        servers=servers,
        trunks=trunks,
        within_s=within_s,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    rate, handle, count, lines, within, patience = columns
    require((handle > 0) & (patience > 0), "handle_s or patience_s has a value of 0, expected seconds above 0")
    require((lines >= count) & (lines <= MOST_TRUNKS), "trunks are below servers or above a million")
    if np.any(count != np.floor(count)) or np.any(lines != np.floor(lines)):
        raise DomainError("servers and trunks of a line group are whole numbers")
    inverse = engine.inverse_b(rate * handle, count)
    cases = zip(rate * handle, count, lines, within / handle, handle / patience, inverse, strict=True)
    rows = np.array([_one(*case) for case in cases]).reshape(-1, 7).T
    rows[2] *= handle
    return TrunkMeasures(*(shaped(row, shape) for row in rows))


def _one(
    load: float, servers: float, trunks: float, within: float, theta: float, inverse: float
) -> tuple[float, ...]:
    """Return the fields of TrunkMeasures in handle times."""
    if load == 0:
        return 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if servers == 0:
        return _nobody_answers(load, trunks, theta)
    room = int(trunks - servers)
    rates = servers + theta * np.arange(1, room + 1)  # completions and departures with j waiting
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / rates))])
    terms = np.exp(logs - logs.max())  # j = 0 ... room waiting
    total = terms[0] * (inverse - 1) + terms.sum() if terms[0] > 0 else terms.sum()
    chance = terms / total
    ahead = chance[:-1]  # j waiting and a trunk left
    served = servers / rates
    waits = np.cumsum(1 / rates)
    in_time = _in_time(room, servers, within, theta)
    at_once = terms[0] * (inverse - 1) / total if terms[0] > 0 else 0.0
    waiting = float(chance @ np.arange(room + 1))
    answered = at_once + float(ahead @ served)
    level = at_once + float((ahead * served) @ in_time)
    asa = float((ahead * served) @ waits) / answered if answered > 0 else np.inf
    busy = load * answered
    return (
        float(chance[-1]),
        min(1.0, level),
        asa,
        min(1.0, theta * waiting / load),
        min(1.0, busy / servers),
        float(ahead.sum()),
        busy + waiting,
    )


def _in_time(room: int, servers: float, within: float, theta: float) -> Floats:
    """Return the chance to be served within the time, given served, behind j = 0 ... others."""
    number = np.arange(1.0, room + 1)
    if theta * within < 1e-12:  # the beta function's limit
        result: Floats = special.gammainc(number, servers * within)
    else:
        result = special.betainc(number, servers / theta + 1, -np.expm1(-theta * within))
    return result


def _nobody_answers(load: float, trunks: float, theta: float) -> tuple[float, ...]:
    """Return the fields without agents: trunks fill up with waiting customers, who leave one by one."""
    lost = engine.inverse_b(np.array([load / theta]), np.array([trunks])) if theta > 0 else np.ones(1)
    blocked = 1 / float(lost[0])
    kept = 1 - blocked
    return blocked, 0.0, np.inf, kept, 1.0, kept, trunks if theta == 0 else load / theta * kept


def fewest_trunks(
    *,
    arrivals_per_s: Numbers,
    handle_s: Numbers,
    servers: Numbers,
    blocked_share: Numbers,
    patience_s: Numbers | None = None,
) -> Floats:
    """Return the fewest trunks with which at most *blocked_share* of those who try are blocked.

    DomainError where more than a million would be needed, as in overload when nobody leaves.

    >>> float(fewest_trunks(arrivals_per_s=0.1, handle_s=200, servers=22, blocked_share=0.01))
    41.0
    """
    shape, (rate, handle, count, share, patience) = broadcast(
        arrivals_per_s=arrivals_per_s,
        handle_s=handle_s,
        servers=servers,
        blocked_share=blocked_share,
        patience_s=np.inf if patience_s is None else patience_s,
    )
    require((handle > 0) & (patience > 0), "handle_s or patience_s has a value of 0, expected seconds above 0")
    require(share > 0, "blocked_share has a value of 0: no number of trunks blocks nobody")
    inverse = engine.inverse_b(rate * handle, count)
    cases = zip(rate * handle, count, handle / patience, inverse, share, strict=True)
    return shaped(np.array([_fewest_for(*case) for case in cases]), shape)


def _fewest_for(load: float, servers: float, theta: float, inverse: float, share: float) -> float:
    """Step 1 / blocked up by its recursion, one trunk at a time: 1 / b(j) = 1 + rate / load / b(j - 1)."""
    if load == 0:
        return 0.0
    trunks, blocked = servers, inverse
    if 1 / inverse <= share:  # fewer trunks than agents are enough
        while trunks > 1 and (blocked - 1) * load / trunks >= 1 / share:
            blocked = (blocked - 1) * load / trunks
            trunks -= 1
        return trunks
    while blocked * share < 1:
        trunks += 1
        if trunks > MOST_TRUNKS:
            raise DomainError(f"more than {MOST_TRUNKS:,} trunks are needed: add agents, or allow more blocking")
        blocked = 1 + (servers + theta * (trunks - servers)) / load * blocked
    return trunks
