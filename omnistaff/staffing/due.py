"""Until when deferred work must be done, counted in the queue's own intervals."""

from __future__ import annotations

from typing import assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff.plan.queues import Queue


def last_intervals(starts: pd.DatetimeIndex, queue: Queue, interval_s: float) -> npt.NDArray[np.int64]:
    """Return, for work arriving in each open interval, the last open interval in which it is still on time.

    Counted from the start of the interval of arrival, so that its earliest contact is on time. With the clock
    ``open`` due time runs in open intervals; with ``calendar`` it runs always, and work whose time ends while the
    queue is closed must be done before closing. Work still open at the end of the horizon is due at the end.
    """
    here = np.arange(len(starts))
    due_s = queue.target.due_hours * 3600
    match queue.target.clock:
        case "open":
            last = here + max(1, int(due_s / interval_s + 1e-9)) - 1
        case "calendar":
            ends = starts.asi8 + round(interval_s * 1e6)
            last = np.searchsorted(ends, starts.asi8 + round(due_s * 1e6), side="right") - 1
        case _:
            assert_never(queue.target.clock)
    return np.clip(last, here, len(starts) - 1).astype(np.int64)
