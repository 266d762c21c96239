"""An alarm when what comes departs from the distribution that was forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.credibility import split_variance
from omnistaff.forecast.days import local_date
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, Demand, DemandForecast
from omnistaff.tables.matching import assign_queues

ALARM_SDS = 3.0
LATEST = 4  # intervals
USUAL = pd.Timedelta(weeks=8)


class Surprise(NamedTuple):
    """More or fewer contacts than forecast: in which queue, over which intervals, how many, how unlikely.

    ``reason`` is the one whose contacts moved most beyond chance, None when none did or nothing is known of them.
    """

    queue: str
    since: pd.Timestamp
    until: pd.Timestamp
    actual: float
    expected: float
    deviations: float
    reason: str | None = None

    @property
    def text(self) -> str:
        """The alarm in words."""
        way = "more" if self.actual > self.expected else "fewer"
        share = abs(self.actual / max(self.expected, 1e-9) - 1)
        text = f"{self.queue}: {self.actual:.0f} contacts where {self.expected:.0f} were expected, {share:.0%} {way}"
        return f"{text}, mostly {self.reason}" if self.reason else text


def find_surprises(
    forecast: DemandForecast,
    actuals: DataFrame[Demand],
    plan: Plan,
    *,
    contacts: DataFrame[Contacts] | None = None,
    now: pd.Timestamp | None = None,
    seen_until: Mapping[str, pd.Timestamp] | None = None,
) -> list[Surprise]:
    """Return queues whose current day is more than three standard deviations off, the most surprising first.

    *actuals* is demand up to *now*; when that is not given, it ends with its last interval, and a queue without any
    row is not looked at. Looked at are the intervals of that day that are over, each queue's day by its own clock and
    up to its *seen_until*, for feeds that come late, and the last four of them; one without a row is one in which
    nothing came. The standard deviation of a total holds the day's common factor, the intervals'
    own ones and chance. A queue is named once. With *contacts*, of the same time and before, each alarm names the
    likely reason.
    """
    step = pd.Timedelta(minutes=plan.interval_minutes)
    clock = actuals["interval_start"].max() + step if now is None else now
    if pd.isna(clock):
        return []
    keys = ["queue", "interval_start"]
    over = forecast.table[forecast.table["interval_start"] + step <= clock]
    seen = over.merge(actuals[[*keys, "offered"]], on=keys, how="left", validate="1:1").fillna({"offered": 0.0})
    given = set(actuals["queue"])
    found = []
    for queue in plan.queues:
        if now is None and queue.name not in given:
            continue
        zone = plan.zone_of(queue)
        begin = timegrid.day_start(local_date(clock if now is not None else clock - step, zone), zone)
        cells = seen[(seen["queue"] == queue.name) & (seen["interval_start"] >= begin)]
        cells = cells[cells["interval_start"] + step <= (seen_until or {}).get(queue.name, clock)]
        looks = [_look(forecast, part) for part in (cells, cells.tail(LATEST)) if len(part)]
        found += sorted(looks, key=lambda look: -abs(look.deviations))[:1]
    alarms = [look for look in found if abs(look.deviations) > ALARM_SDS]
    if contacts is not None:
        queue_of = assign_queues(contacts, plan)
        alarms = [alarm._replace(reason=_reason(alarm, contacts[queue_of == alarm.queue], step)) for alarm in alarms]
    return sorted(alarms, key=lambda alarm: (-abs(alarm.deviations), alarm.queue))


def _reason(alarm: Surprise, contacts: pd.DataFrame, step: pd.Timedelta) -> str | None:
    """Return the reason that moved most, in standard deviations, against its share of the eight weeks before."""
    times = contacts["arrived_at"]
    now = contacts.loc[(times >= alarm.since) & (times < alarm.until + step), "reason"].dropna()
    usual = contacts.loc[times.between(alarm.since - USUAL, alarm.since, inclusive="left"), "reason"].dropna()
    if now.empty or usual.empty:
        return None
    came = now.value_counts()
    expected = usual.value_counts(normalize=True) * alarm.expected
    expected = expected.reindex(came.index.union(expected.index), fill_value=0.0)
    moved: pd.Series[float] = (came.reindex(expected.index, fill_value=0) - expected) / np.sqrt(expected + 1)
    moved = (moved * np.sign(alarm.actual - alarm.expected)).sort_index()
    return str(moved.idxmax()) if moved.max() > ALARM_SDS else None


def _look(forecast: DemandForecast, cells: pd.DataFrame) -> Surprise:
    mean = cells["mean"].to_numpy()
    day, interval = split_variance(forecast.paths, cells)
    total, came = float(mean.sum()), float(cells["offered"].sum())
    spread = float(np.sqrt(total + day * total**2 + interval * (mean**2).sum()))
    times = cells["interval_start"]
    return Surprise(
        str(cells["queue"].iloc[0]), times.min(), times.max(), came, total, (came - total) / max(spread, 1e-9)
    )
