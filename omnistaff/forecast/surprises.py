"""An alarm when what comes departs from the distribution that was forecast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.credibility import split_variance
from omnistaff.forecast.days import local_date
from omnistaff.plan import Plan
from omnistaff.tables import Demand, DemandForecast

ALARM_SDS = 3.0
LATEST = 4  # intervals


class Surprise(NamedTuple):
    """More or fewer contacts than forecast: in which queue, over which intervals, how many, how unlikely."""

    queue: str
    since: pd.Timestamp
    until: pd.Timestamp
    actual: float
    expected: float
    deviations: float

    @property
    def text(self) -> str:
        """The alarm in words."""
        way = "more" if self.actual > self.expected else "fewer"
        share = abs(self.actual / max(self.expected, 1e-9) - 1)
        return f"{self.queue}: {self.actual:.0f} contacts where {self.expected:.0f} were expected, {share:.0%} {way}"


def find_surprises(forecast: DemandForecast, actuals: DataFrame[Demand], plan: Plan) -> list[Surprise]:
    """Return queues whose current day is more than three standard deviations off, the most surprising first.

    *actuals* is demand up to now. The day so far and its last four intervals are looked at; the standard deviation of
    a total holds the day's common factor, the intervals' own ones and chance. A queue is named once.
    """
    found = []
    for queue in plan.queues:
        rows = actuals[actuals["queue"] == queue.name]
        if rows.empty:
            continue
        zone = plan.zone_of(queue)
        begin = timegrid.day_start(local_date(rows["interval_start"].max(), zone), zone)
        keys = ["queue", "interval_start"]
        today = rows.loc[rows["interval_start"] >= begin, [*keys, "offered"]]
        cells = forecast.table.merge(today, on=keys, how="inner").sort_values("interval_start", ignore_index=True)
        looks = [_look(forecast, part) for part in (cells, cells.tail(LATEST)) if len(part)]
        found += sorted(looks, key=lambda look: -abs(look.deviations))[:1]
    alarms = [look for look in found if abs(look.deviations) > ALARM_SDS]
    return sorted(alarms, key=lambda alarm: (-abs(alarm.deviations), alarm.queue))


def _look(forecast: DemandForecast, cells: pd.DataFrame) -> Surprise:
    mean = cells["mean"].to_numpy()
    day, interval = split_variance(forecast.paths, cells)
    total, came = float(mean.sum()), float(cells["offered"].sum())
    spread = float(np.sqrt(total + day * total**2 + interval * (mean**2).sum()))
    times = cells["interval_start"]
    return Surprise(
        str(cells["queue"].iloc[0]), times.min(), times.max(), came, total, (came - total) / max(spread, 1e-9)
    )
