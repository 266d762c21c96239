"""From counts to outcomes: sums over intervals, days and horizon, with confidence limits over replications."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue
from omnistaff.simulate.limits import add_moments, adjusted_limits, confidence_limits, divide
from omnistaff.simulate.replications import Counts
from omnistaff.simulate.state import (
    ABANDONED,
    ANSWERED,
    BACKLOG,
    COUNTS,
    LATE,
    LEFT_WITHIN,
    OFFERED,
    ON_TIME,
    SHORT,
    WAIT_S,
    WITHIN,
)
from omnistaff.simulate.volume import Window
from omnistaff.tables import GroupOutcomes, Outcomes, check, conform, empty

PERIODS = ("interval", "day", "horizon")
LEVEL, LEFT, WAITED = range(3)  # what the limits are of


@dataclass
class _Sums:
    """Sums over replications of one period's bins: counts, time spent, and moments of the service level."""

    starts: np.ndarray  # first cell of each bin
    counts: np.ndarray  # bin, queue, COUNTS
    spent: np.ndarray  # group, bin, busy, on-duty and overtime seconds
    used: np.ndarray  # group, bin, moments of busy against on-duty seconds
    moments: np.ndarray  # LEVEL ..., bin, queue and all, (n, d, nn, nd, dd)

    def add(self, result: Counts, level: ServiceLevel) -> tuple[np.ndarray, np.ndarray]:
        """Add one replication; return what limits are of, above and below, by LEVEL ..., bin, queue and all."""
        counts = np.add.reduceat(result.counts, self.starts, axis=0)
        ends = np.append(self.starts[1:], len(result.counts)) - 1
        counts[:, :, BACKLOG] = result.counts[ends, :, BACKLOG]
        self.counts += counts
        spent = np.add.reduceat(result.spent, self.starts, axis=1)
        self.spent += spent
        add_moments(self.used, spent[:, :, 0], spent[:, :, 1])
        pairs = [
            [_and_all(values) for values in level.parts(counts)],
            [_and_all(counts[:, :, k]) for k in (ABANDONED, OFFERED)],
            [_and_all(counts[:, :, k], level.is_live) for k in (WAIT_S, ANSWERED)],
        ]
        above, below = np.stack([a for a, _ in pairs]), np.stack([b for _, b in pairs])
        add_moments(self.moments, above, below)
        return above, below


def _and_all(values: np.ndarray, counted: bool | np.ndarray = True) -> np.ndarray:
    """Return values by bin and queue with the sum of those that are *counted* behind them."""
    return np.concatenate([values, values.sum(axis=1, keepdims=True, where=counted)], axis=1)


@dataclass(frozen=True)
class ServiceLevel:
    """Numerator and denominator of each queue's service level, in the variant its target names."""

    queues: tuple[Queue, ...]

    @property
    def is_live(self) -> np.ndarray:
        """Return whether customers of each queue wait for an agent."""
        return np.array([queue.mode != "deferred" for queue in self.queues])

    def parts(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (good, base) by bin and queue from counts of bin, queue, COUNTS."""
        pairs = [self._of(queue, counts[:, k]) for k, queue in enumerate(self.queues)]
        return np.stack([good for good, _ in pairs], axis=1), np.stack([base for _, base in pairs], axis=1)

    @staticmethod
    def _of(queue: Queue, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        within, offered = n[:, WITHIN], n[:, OFFERED]
        if queue.mode == "deferred":
            return n[:, ON_TIME], n[:, ON_TIME] + n[:, LATE]
        match queue.target.abandons:
            case "answered_only":
                return within, n[:, ANSWERED]
            case "ignored":
                return within, offered - n[:, LEFT_WITHIN]
            case "positive":
                return within + n[:, LEFT_WITHIN], offered
            case "negative":
                return within, offered
            case "short_out":
                return within, offered - n[:, SHORT]


@dataclass
class Summary:
    """Adds replications up and gives the outcomes.

    *demand* is what is known of the path that each replication meets, see ``demand_features``.
    """

    plan: Plan
    window: Window
    groups: list[list[str]]
    demand: np.ndarray | None = None
    replications: int = 0
    _sums: dict[str, _Sums] = field(default_factory=dict)
    _met: list[int] = field(default_factory=list)  # numbers of the replications
    _whole: list[np.ndarray] = field(default_factory=list)  # what limits are of over the horizon: above and below

    def __post_init__(self) -> None:
        cells = self.window.cell_starts
        starts: dict[str, pd.Series[Any]] = {
            "interval": timegrid.floor_to_interval(cells, self.plan.time_zone, self.plan.interval_minutes),
            "day": timegrid.local_dates(cells, self.plan.time_zone),
            "horizon": pd.Series(np.zeros(len(cells))),
        }
        queues, groups = len(self.plan.queues), max(len(self.groups), 1)
        for period, labels in starts.items():
            first = np.flatnonzero(np.append(True, labels.to_numpy()[1:] != labels.to_numpy()[:-1]))
            bins = len(first)
            self._sums[period] = _Sums(
                first,
                np.zeros((bins, queues, COUNTS)),
                np.zeros((groups, bins, 3)),
                np.zeros((groups, bins, 5)),
                np.zeros((3, bins, queues + 1, 5)),
            )

    def add(self, results: Iterable[Counts]) -> None:
        """Add replications; their order decides the last bits of the sums."""
        level = ServiceLevel(tuple(self.plan.queues))
        for result in results:
            self.replications += 1
            above, below = [sums.add(result, level) for sums in self._sums.values()][-1]
            self._met.append(result.replication)
            self._whole.append(np.stack([above[:, 0], below[:, 0]]))

    def total(self, column: int) -> np.ndarray:
        """Return a count by queue over the horizon, mean over replications."""
        totals: np.ndarray = self._sums["horizon"].counts[0, :, column] / self.replications
        return totals

    def widest(self) -> float:
        """Return the largest half-width of a queue's 95 % limits over the horizon."""
        _, low, high = self._limits("horizon", LEVEL)
        return float(np.nanmax((high - low) / 2, initial=0.0))

    def outcomes(self) -> DataFrame[Outcomes]:
        """Return the table of outcomes: queues and all, by interval, day and horizon."""
        return check(Outcomes, pd.concat([self._period(period) for period in PERIODS], ignore_index=True))

    def group_outcomes(self) -> DataFrame[GroupOutcomes]:
        """Return how much the people of each skill set are used, by interval, day and horizon."""
        frames = []
        for period, sums in self._sums.items():
            starts = self.window.cell_starts.iloc[sums.starts].reset_index(drop=True)
            share, low, high = confidence_limits(sums.used, self.replications)
            for k, group in enumerate(self.groups):
                frame = {"period": period, "skills": "|".join(group), "interval_start": starts}
                spent = sums.spent[k] / self.replications
                frame |= {"on_duty_s": spent[:, 1], "overtime_s": spent[:, 2]}
                frame |= {"occupancy_share": share[k], "occupancy_low": low[k], "occupancy_high": high[k]}
                frames.append(pd.DataFrame(frame))
        table = pd.concat(frames, ignore_index=True) if frames else empty(GroupOutcomes)
        return check(GroupOutcomes, conform(GroupOutcomes, table))

    def _limits(self, period: str, kind: int, most: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ratios and limits by bin, queue and all; over the horizon with what is known of the demand."""
        if period != "horizon" or self.demand is None:
            return confidence_limits(self._sums[period].moments[kind], self.replications, most=most)
        above, below = np.stack(self._whole, axis=1)[:, :, kind]
        known = self.demand[np.array(self._met) % len(self.demand)]
        share, low, high = adjusted_limits(above, below, known, most=most)
        return share[None], low[None], high[None]

    def _period(self, period: str) -> pd.DataFrame:
        sums = self._sums[period]
        starts = self.window.cell_starts.iloc[sums.starts].reset_index(drop=True)
        names = [queue.name for queue in self.plan.queues]
        share, low, high = self._limits(period, LEVEL)
        _, _, left_high = self._limits(period, LEFT)
        asa, _, asa_high = self._limits(period, WAITED, most=math.inf)
        everyone = [*names, "all"]
        counts = _and_all(sums.counts) / self.replications
        by_queue = {
            "offered": counts[:, :, OFFERED],
            "answered": counts[:, :, ANSWERED],
            "abandoned": counts[:, :, ABANDONED],
            "service_level": share,
            "service_level_low": low,
            "service_level_high": high,
            "abandon_share_high": left_high,
            "asa_s": asa,
            "asa_high_s": asa_high,
            "occupancy_share": np.stack([self._occupancy(sums, name) for name in everyone], axis=1),
            "backlog": counts[:, :, BACKLOG],
            "late": counts[:, :, LATE],
        }
        keys = {
            "period": pd.Series(period, index=range(len(everyone) * len(starts)), dtype="str"),
            "queue": pd.Series(np.repeat(np.array(everyone, dtype=object), len(starts)), dtype="str"),
            "interval_start": pd.concat([starts] * len(everyone), ignore_index=True),
        }
        return pd.DataFrame(keys | {name: values.T.ravel() for name, values in by_queue.items()})

    def _occupancy(self, sums: _Sums, name: str) -> np.ndarray:
        """Return busy over on-duty time of the people who serve the queue."""
        members = [g for g, queues in enumerate(self.groups) if name == "all" or name in queues]
        spent = sums.spent[members].sum(axis=0) if members else np.zeros(sums.spent.shape[1:])
        share: np.ndarray = np.minimum(divide(spent[:, 0], spent[:, 1]), 1.0)
        return share
