"""Work that outlasts the closing time: contacts that go on or wait when a queue closes."""

from __future__ import annotations

import math

import pandas as pd

from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue


def past_closing(rows: pd.DataFrame, queue: Queue, plan: Plan) -> pd.DataFrame:
    """Return forecast rows of a queue in time order with those of its ``closing_minutes`` after every closing.

    Nobody comes there, so that the modified offered load falls as what was there at closing is served. Contacts last
    as long as before closing; the rows end where the queue opens again.
    """
    count = math.ceil(queue.closing_minutes / plan.interval_minutes)
    if not count or rows.empty:
        return rows
    step = pd.Timedelta(minutes=plan.interval_minutes)
    starts = pd.DatetimeIndex(rows["interval_start"])
    closes = ~(starts + step).isin(starts)
    last, after = rows[closes], []
    for k in range(1, count + 1):
        times = last["interval_start"] + k * step
        closed = ~(plan.is_open(queue, times) | times.isin(starts).to_numpy())
        last = last[closed]
        after.append(last.assign(interval_start=times[closed], mean=0.0, variance=0.0))
    return pd.concat([rows, *after], ignore_index=True).sort_values("interval_start", ignore_index=True)
