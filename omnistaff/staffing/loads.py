"""The load behind a forecast: rows of one queue in order, its runs of open intervals, and how sure it is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame
from scipy import special

from omnistaff.plan import Plan
from omnistaff.plan.queues import Queue
from omnistaff.queueing.load import offered_load_path
from omnistaff.staffing.closing import past_closing
from omnistaff.tables import Forecast

Floats = npt.NDArray[np.float64]
CERTAIN = 1e-12  # variance / mean below which the rate is known
RAMP_SHARE = 0.25  # growth of the load in an interval above which the interval is staffed for its end


@dataclass(frozen=True)
class QueueLoad:
    """One queue's forecast in time order: rates a second, their variance, handle times of one contact alone.

    The variance holds that of the handle times: what is unsure of both is unsure of the load.
    """

    queue: Queue
    starts: pd.DatetimeIndex
    interval_s: float
    rate: Floats
    rate_variance: Floats
    handle_s: Floats

    def rate_at(self, level: float) -> Floats:
        """Return the arrival rate that is not passed with probability *level* (a gamma distribution)."""
        return gamma_quantile(self.rate, self.rate_variance, level)

    def erlangs(self, rate: Floats) -> Floats:
        """Return the modified offered load of arrivals at *rate*, in contacts each handled alone; intervals last.

        Every opening starts with nothing in service. An interval in which the load grows by more than RAMP_SHARE
        counts with the load at its end, others with their mean.
        """
        result = np.empty_like(rate)
        for run in self.runs():
            mean, end = offered_load_path(rate[..., run], self.handle_s[run], interval_s=self.interval_s)
            before = np.concatenate([np.zeros_like(end[..., :1]), end[..., :-1]], axis=-1)
            result[..., run] = np.where(end > (1 + RAMP_SHARE) * before, end, mean)
        return result

    def served(self) -> Floats:
        """Return the contacts of each interval: those that come, and after closing those that are there."""
        rate = np.where(self.rate > 0, self.rate, self.erlangs(self.rate) / self.handle_s)
        return np.asarray(rate * self.interval_s)

    def runs(self) -> list[slice]:
        """Return the stretches of intervals without a gap."""
        breaks = np.flatnonzero(np.diff(self.starts.asi8) != round(self.interval_s * 1e6)) + 1
        edges = [0, *breaks.tolist(), len(self.starts)]
        return [slice(a, b) for a, b in itertools.pairwise(edges) if b > a]


def gamma_quantile(mean: Floats, variance: Floats, level: float) -> Floats:
    """Return the quantile of gamma distributions, the mean where there is no variance."""
    spread = variance > CERTAIN * np.maximum(mean, CERTAIN) ** 2
    safe, middle = np.where(spread, variance, 1.0), np.where(spread, mean, 1.0)
    quantile = special.gammaincinv(middle * middle / safe, level) * safe / middle
    return np.where(spread, quantile, mean)


def queue_loads(forecast: DataFrame[Forecast], plan: Plan) -> list[QueueLoad]:
    """Return the load of every queue in the plan that the forecast has intervals of, in the plan's order.

    Counts vary more than rates: the Poisson part of the variance is in the queueing formulas and is taken off. Where
    the forecast says how far off its handle times may be, the load may be off by as much.
    """
    interval_s = plan.interval_minutes * 60.0
    result = []
    for queue in plan.queues:
        rows: pd.DataFrame = forecast[forecast["queue"] == queue.name].sort_values("interval_start")
        rows = into_opening(rows, queue, plan) if queue.mode == "deferred" else past_closing(rows, queue, plan)
        if rows.empty:
            continue
        mean = rows["mean"].to_numpy(dtype=float)
        variance = rows["variance"].to_numpy(dtype=float)
        handle = rows["handle_s"].to_numpy(dtype=float)
        off = mean * _handle_error_share(rows)
        result.append(
            QueueLoad(
                queue=queue,
                starts=pd.DatetimeIndex(rows["interval_start"]),
                interval_s=interval_s,
                rate=mean / interval_s,
                rate_variance=(np.maximum(variance - mean, 0.0) + off**2) / interval_s**2,
                handle_s=handle * (queue.alone_share if queue.mode == "messaging" else 1.0),
            )
        )
    return result


def _handle_error_share(rows: pd.DataFrame) -> Floats:
    """Return the standard error of the handle times as a share of them, 0 where it is not known."""
    if "handle_error_s" not in rows:
        return np.zeros(len(rows))
    return np.asarray((rows["handle_error_s"] / rows["handle_s"]).fillna(0.0), dtype=np.float64)


def into_opening(rows: pd.DataFrame, queue: Queue, plan: Plan) -> pd.DataFrame:
    """Return forecast rows of a deferred queue in its open intervals: what comes while it is closed waits.

    Contacts of closed intervals are added to the next open one, with their variance and their handle time by weight.
    What comes after the last opening is left to the next horizon.
    """
    starts = pd.DatetimeIndex(rows["interval_start"])
    if starts.empty:
        return rows
    is_open = plan.is_open(queue, starts)
    opening: npt.NDArray[np.int64] = np.cumsum(is_open) - is_open  # number of the open interval at or after each row
    count = int(is_open.sum())
    kept = opening < count
    mean, handle = rows["mean"].to_numpy(), rows["handle_s"].to_numpy()

    def gathered(values: Floats) -> Floats:
        return np.bincount(opening[kept], values[kept], minlength=count).astype(np.float64)

    total, work = gathered(mean), gathered(mean * handle)
    off = gathered(mean * handle * _handle_error_share(rows))
    own = handle[is_open]
    return rows[is_open].assign(
        mean=total,
        variance=gathered(rows["variance"].to_numpy()),
        handle_s=np.divide(work, total, out=own.copy(), where=total > 0),
        handle_error_s=np.divide(off, total, out=np.zeros(count), where=total > 0),
    )
