"""Erlang A: customers wait in order and leave when their (exponential) patience ends.

Source: Palm 1953; Garnett, Mandelbaum & Reiman 2002; Mandelbaum & Zeltyn 2007. With handle time 1, load a, n servers,
theta = handle time / mean patience and t_j = a^j / ((n + theta) ... (n + j theta)):

- D = 1/B - 1 + sum t_j; waiting sum t_j / D; mean number waiting sum j t_j / D; abandonment theta / a of that;
- the wait exceeds T with probability P_wait e^(-theta T) E A(x, z) / A(x, y), where A(x, y) is the sum of
  y^j / ((x + 1) ... (x + j)), x = n / theta, y = a / theta, z = y e^(-theta T), E = exp(-n T + y - z).

All sums are of positive terms from the largest one outward: overload, tiny patience and 1e6 erlangs are no trouble.
"""

from __future__ import annotations

import numpy as np

from omnistaff.queueing import engine
from omnistaff.queueing.domain import Floats, Numbers, broadcast, require, shaped
from omnistaff.queueing.erlang import delay_share


def erlang_a(load_erlangs: Numbers, servers: Numbers, patience_ratio: Numbers) -> Floats:
    """Return the share of arrivals that wait when customers leave, from 0 to 1.

    *patience_ratio* is mean patience / mean handle time; infinite patience is Erlang C. `queue_measures` gives
    service level, abandonment and the other measures. DomainError for negative arguments and for patience 0.

    >>> float(erlang_a(48, 50, 2).round(12))
    0.467774068554
    """
    shape, (loads, counts, ratio) = broadcast(
        load_erlangs=load_erlangs, servers=servers, patience_ratio=patience_ratio
    )
    require(ratio > 0, "patience_ratio has a value of 0: customers without any patience are Erlang B")
    result = np.where(loads > 0, 1.0, 0.0) * (counts == 0)
    leave = (loads > 0) & (counts > 0) & np.isfinite(ratio)
    stay = (loads > 0) & (counts > 0) & ~leave
    inverse = engine.inverse_b(loads, counts)
    at_once = np.zeros(int(leave.sum()))
    result[leave] = engine.waiting_a(loads[leave], counts[leave], 1 / ratio[leave], at_once, inverse[leave])[0]
    result[stay] = delay_share(loads[stay], counts[stay], inverse[stay])
    return shaped(result, shape)
