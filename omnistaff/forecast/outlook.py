"""One queue's future before it is written out: means by day and slot, and what surrounds them."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.forecast.calibration import Spread, join_spreads
from omnistaff.forecast.days import Days, FloatArray, make_days
from omnistaff.forecast.dispersion import learn_dispersion
from omnistaff.forecast.events import Lifted, treat_events
from omnistaff.forecast.leads import bucket_of
from omnistaff.forecast.level import learn_levels
from omnistaff.forecast.models import get_model
from omnistaff.forecast.models.base import raised
from omnistaff.forecast.paths import total_variance
from omnistaff.forecast.rolling import FLOOR, choose_origins, roll
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand

VERIFIED_ORIGINS = 11
VERIFIED_EVERY = 6  # days; visits every weekday
VERIFIED_STEPS = 28


@dataclass(frozen=True)
class Task:
    """What one queue's future is made from: its demand before the horizon, the model for each lead bucket.

    ``volumes`` are the usual volumes of all queues, by which an event's stated contacts are shared out, ``analogues``
    what events that others are like did on their own queues.
    """

    queue: Queue
    rows: DataFrame[Demand]
    last: dt.date
    models: list[str]
    volumes: Mapping[str, float]
    plan: Plan
    analogues: Mapping[int, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Outlook:
    """One queue's future, lead days × slots: means, what surrounds them, the model used each day.

    ``days`` is the history without events. ``lifts`` are draws × days of what events multiply the mean by; they are
    not in the other figures yet.
    """

    days: Days
    mean: FloatArray
    spread: Spread
    models: list[str]
    memory: float
    lifts: FloatArray

    def lifted(self) -> tuple[FloatArray, FloatArray]:
        """Return (means with the events in, relative variance of what they multiply each day by)."""
        mean = self.lifts.mean(axis=0)
        return self.mean * mean[:, None], self.lifts.var(axis=0) / mean**2

    def totals(self) -> tuple[FloatArray, FloatArray]:
        """Return (mean, variance) of each day's total without events, slots in which nothing is wanted left out."""
        mean = np.where(self.days.wanted[self.days.history :], self.mean, 0.0)
        return mean.sum(axis=1), total_variance(mean, self.spread)


def rng_of(queue: str, plan: Plan) -> np.random.Generator:
    """Return the generator of a queue: the same wherever and in whatever order queues are forecast."""
    return np.random.default_rng([plan.seed, zlib.crc32(queue.encode())])


def make_outlook(task: Task) -> Outlook:
    """Return a queue's outlook: events treated, models fitted, ranges learnt."""
    days = make_days(task.rows, task.queue, task.plan, task.last)
    lifted = treat_events(days, task.queue, task.plan, volumes=task.volumes, analogues=task.analogues)
    return look_ahead(lifted, task.models)


def look_ahead(lifted: Lifted, models: list[str]) -> Outlook:
    """Return the outlook from the end of the history to the last row of its days, events apart.

    *models* names one model for each lead bucket. Level and ranges come from forecasts that each of them made at up
    to 11 past origins and that were verified since.
    """
    days = lifted.days
    origin = days.history
    steps = len(days.dates) - origin
    names = np.array(models)[bucket_of(np.arange(steps))]
    special = days.calendar.specialness[origin:]
    mean = np.zeros((steps, days.counts.shape[1]))
    memory, parts = 0.0, []
    for name in dict.fromkeys(models):
        mine = names == name
        model = get_model(name)
        past = roll(
            model, days, choose_origins(origin, VERIFIED_ORIGINS, VERIFIED_EVERY), min(VERIFIED_STEPS, max(steps, 1))
        )
        level, levelled = learn_levels(past)
        dispersion = learn_dispersion(levelled)
        memory = max(memory, dispersion.memory)
        mean[mine] = raised(level * model.forecast(days, origin, steps))[mine]
        total = np.where(days.wanted[origin:], mean, 0.0).sum(axis=1)
        parts.append((mine, dispersion.spread(np.arange(steps), special, np.maximum(total, FLOOR))))
    lean = replace(days)  # without what models keep with it: megabytes a queue, and sent between processes
    return Outlook(lean, mean, join_spreads(parts), names.tolist(), memory, lifted.factors)


def usual_volumes(demand: pd.DataFrame, begin: pd.Timestamp) -> dict[str, float]:
    """Return the contacts of each queue in the eight weeks before *begin*."""
    recent = demand[demand["interval_start"].between(begin - pd.Timedelta(days=56), begin, inclusive="left")]
    totals = recent.groupby("queue")["offered"].sum()
    return dict(zip(totals.index.astype(str), totals.tolist(), strict=True))
