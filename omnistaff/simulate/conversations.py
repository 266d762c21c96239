"""How fast conversations go side by side, read from those of the past."""

from __future__ import annotations

import numpy as np
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.queueing.speeds import measured_speeds, time_at_levels
from omnistaff.simulate.presence import served, stamps
from omnistaff.tables import Contacts


def conversation_speeds(contacts: DataFrame[Contacts], plan: Plan) -> dict[str, list[float]]:
    """Return ``concurrency_speeds`` of each messaging queue with more than one conversation at once, as measured.

    All messaging conversations of a person count as beside each other, from answer to end. No speed passes 1. Raises
    DomainError when a queue's contacts do not show every level.
    """
    queues = {queue.name: queue for queue in plan.queues if queue.mode == "messaging"}
    seen = served(contacts, plan)
    seen = seen[seen["planned"].isin(list(queues))]
    begin, end = (stamps(seen[column]) / 1e6 for column in ("from_at", "to_at"))
    found = {}
    for name, queue in queues.items():
        mine = (seen["planned"] == name).to_numpy()
        if queue.concurrency < 2 or not mine.any():
            continue
        time_s, level = time_at_levels(seen["agent_id"], begin, np.maximum(begin, end), levels=queue.concurrency)
        found[name] = np.minimum(measured_speeds(time_s[mine], level[mine]), 1.0).tolist()
    return found
