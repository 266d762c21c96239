"""From counts to outcomes: sums over intervals, days and horizon, with confidence limits over replications."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan, Queue
from omnistaff.simulate.limits import (
    add_moments,
    adjusted_limits,
    confidence_limits,
    divide,
    no_moments,
    stratified_limits,
)
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
TOGETHER = 16  # replications added at a time, a power of two
MOST_BYTES = 1 << 26  # of the counts of replications added at a time; where one has more it is added alone
LEVEL, LEFT, WAITED = range(3)  # what the limits are of


@dataclass(frozen=True)
class _Part:
    """What some replications counted in the bins of a period, and what limits are of."""

    counts: np.ndarray  # replication, bin, queue, COUNTS
    spent: np.ndarray  # replication, bin, group, busy, on-duty and overtime seconds
    above: np.ndarray  # replication, bin, LEVEL ..., queue and all
    below: np.ndarray

    def joined(self, starts: np.ndarray) -> _Part:
        """Return the same of longer bins, which begin at *starts*; the backlog is that at the end of each."""
        bins = self.counts.shape[1]
        if len(starts) == bins:
            return self
        last = np.append(starts[1:], bins) - 1
        parts = (self.counts, self.spent, self.above, self.below)
        counts, spent, above, below = (np.add.reduceat(each, starts, axis=1) for each in parts)
        counts[..., BACKLOG] = self.counts[..., BACKLOG][:, last]
        return _Part(counts, spent, above, below)


@dataclass
class _Sums:
    """Sums over replications of one period's bins: counts, time spent, and moments of what the limits are of."""

    cells: np.ndarray  # first cell of each bin
    starts: np.ndarray  # first bin of the next shorter period (cells) of each bin
    counts: np.ndarray  # bin, queue, COUNTS
    spent: np.ndarray  # bin, group, busy, on-duty and overtime seconds
    used: np.ndarray  # bin, group, moments of busy against on-duty seconds
    moments: np.ndarray  # bin, LEVEL, LEFT and WAITED, queue and all, (n, d, nn, nd, dd)

    @staticmethod
    def of(cells: np.ndarray, shorter: np.ndarray, queues: int, groups: int) -> _Sums:
        """Return no sums yet of bins that begin at *cells*; those of the next shorter period begin at *shorter*."""
        bins = len(cells)
        counts, spent = np.zeros((bins, queues, COUNTS)), np.zeros((bins, groups, 3))
        used, moments = no_moments((bins, groups)), no_moments((bins, 3, queues + 1))
        return _Sums(cells, np.searchsorted(shorter, cells), counts, spent, used, moments)

    def add(self, shorter: _Part) -> _Part:
        """Add replications, given by the bins of the next shorter period; return them by these."""
        part = shorter.joined(self.starts)
        self.counts += part.counts.sum(axis=0)
        self.spent += part.spent.sum(axis=0)
        add_moments(self.used, part.spent[..., 0], part.spent[..., 1])
        add_moments(self.moments, part.above, part.below)
        return part


def _and_all(values: np.ndarray, counted: bool | np.ndarray = True) -> np.ndarray:
    """Return values by queue, in the last axis, with the sum of those that are *counted* behind them."""
    return np.concatenate([values, values.sum(axis=-1, keepdims=True, where=counted)], axis=-1)


@dataclass(frozen=True)
class ServiceLevel:
    """Numerator and denominator of each queue's service level, in the variant its target names."""

    queues: tuple[Queue, ...]

    @property
    def is_live(self) -> np.ndarray:
        """Return whether customers of each queue wait for an agent."""
        return np.array([queue.mode != "deferred" for queue in self.queues])

    def parts(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (good, base) by queue, in the last axis, from counts whose last axes are queue, COUNTS."""
        pairs = [self._of(queue, counts[..., k, :]) for k, queue in enumerate(self.queues)]
        return np.stack([good for good, _ in pairs], axis=-1), np.stack([base for _, base in pairs], axis=-1)

    def part(self, results: Sequence[Counts]) -> _Part:
        """Return what replications counted by cell, with what limits are of."""
        counts = np.stack([result.counts for result in results])
        spent = np.stack([result.spent for result in results]).swapaxes(1, 2)
        pairs = [
            [_and_all(values) for values in self.parts(counts)],
            [_and_all(counts[..., k]) for k in (ABANDONED, OFFERED)],
            [_and_all(counts[..., k], self.is_live) for k in (WAIT_S, ANSWERED)],
        ]
        above, below = (np.stack(each, axis=2) for each in zip(*pairs, strict=True))
        return _Part(counts, spent, above, below)

    @staticmethod
    def _of(queue: Queue, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        within, offered = n[..., WITHIN], n[..., OFFERED]
        if queue.mode == "deferred":
            return n[..., ON_TIME], n[..., ON_TIME] + n[..., LATE]
        match queue.target.abandons:
            case "answered_only":
                return within, n[..., ANSWERED]
            case "ignored":
                return within, offered - n[..., LEFT_WITHIN]
            case "positive":
                return within + n[..., LEFT_WITHIN], offered
            case "negative":
                return within, offered
            case "short_out":
                return within, offered - n[..., SHORT]


@dataclass
class Summary:
    """Adds replications up and gives the outcomes.

    *demand* is what is known of the path that each replication meets, see ``demand_features``.
    """

    plan: Plan
    window: Window
    groups: list[list[str]]
    demand: np.ndarray | None = None
    _sums: dict[str, _Sums] = field(default_factory=dict)
    _met: list[int] = field(default_factory=list)  # numbers of the replications
    _whole: list[np.ndarray] = field(default_factory=list)  # what limits are of over the horizon, see ``_Part``

    def __post_init__(self) -> None:
        cells = self.window.cell_starts
        starts: dict[str, pd.Series[Any]] = {
            "interval": timegrid.floor_to_interval(cells, self.plan.time_zone, self.plan.interval_minutes),
            "day": timegrid.local_dates(cells, self.plan.time_zone),
            "horizon": pd.Series(np.zeros(len(cells))),
        }
        queues, groups = len(self.plan.queues), max(len(self.groups), 1)
        shorter = np.arange(len(cells))
        for period, labels in starts.items():
            first = np.flatnonzero(np.append(True, labels.to_numpy()[1:] != labels.to_numpy()[:-1]))
            self._sums[period] = _Sums.of(first, shorter, queues, groups)
            shorter = first

    def add(self, results: Iterable[Counts]) -> None:
        """Add replications; their order, and which come in one call, decides the last bits of the sums."""
        level, rest = ServiceLevel(tuple(self.plan.queues)), iter(results)
        while some := list(islice(rest, self._together)):
            part = level.part(some)
            for sums in self._sums.values():
                part = sums.add(part)
            self._met += [result.replication for result in some]
            self._whole.append(np.stack([part.above[:, 0], part.below[:, 0]]))

    @property
    def _together(self) -> int:
        """Return how many replications to add at a time: by shapes alone, as it decides last bits.

        A power of two, so that calls with multiples of TOGETHER give the bits of one call with them all.
        """
        fitting = max(1, MOST_BYTES // (8 * self.window.cells * len(self.plan.queues) * COUNTS))
        return min(TOGETHER, 1 << fitting.bit_length() - 1)

    @property
    def replications(self) -> int:
        """Return how many replications were added."""
        return len(self._met)

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
            starts = self.window.cell_starts.iloc[sums.cells].reset_index(drop=True)
            share, low, high = confidence_limits(sums.used, self.replications)
            for k, group in enumerate(self.groups):
                frame = {"period": period, "skills": "|".join(group), "interval_start": starts}
                spent = sums.spent[:, k] / self.replications
                frame |= {"on_duty_s": spent[:, 1], "overtime_s": spent[:, 2]}
                frame |= {"occupancy_share": share[:, k], "occupancy_low": low[:, k], "occupancy_high": high[:, k]}
                frames.append(pd.DataFrame(frame))
        table = pd.concat(frames, ignore_index=True) if frames else empty(GroupOutcomes)
        return check(GroupOutcomes, conform(GroupOutcomes, table))

    def _limits(self, period: str, kind: int, most: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ratios and limits by bin, queue and all; over the horizon with what is known of the demand."""
        if period != "horizon" or self.demand is None:
            return confidence_limits(self._sums[period].moments[:, kind], self.replications, most=most)
        above, below = np.concatenate(self._whole, axis=1)[:, :, kind]
        path = np.array(self._met) % len(self.demand)
        if np.bincount(path, minlength=len(self.demand)).min() >= 2:
            share, low, high = stratified_limits(above, below, path, most=most)
        else:
            share, low, high = adjusted_limits(above, below, self.demand[path], most=most)
        return share[None], low[None], high[None]

    def _period(self, period: str) -> pd.DataFrame:
        sums = self._sums[period]
        starts = self.window.cell_starts.iloc[sums.cells].reset_index(drop=True)
        names = [queue.name for queue in self.plan.queues]
        share, low, high = self._limits(period, LEVEL)
        _, _, left_high = self._limits(period, LEFT)
        asa, _, asa_high = self._limits(period, WAITED, most=math.inf)
        everyone = [*names, "all"]
        counts = _and_all(np.moveaxis(sums.counts, -1, 0)) / self.replications
        by_queue = {
            "offered": counts[OFFERED],
            "answered": counts[ANSWERED],
            "abandoned": counts[ABANDONED],
            "service_level": share,
            "service_level_low": low,
            "service_level_high": high,
            "abandon_share_high": left_high,
            "asa_s": asa,
            "asa_high_s": asa_high,
            "occupancy_share": np.stack([self._occupancy(sums, name) for name in everyone], axis=1),
            "backlog": counts[BACKLOG],
            "late": counts[LATE],
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
        spent = sums.spent[:, members].sum(axis=1)
        share: np.ndarray = np.minimum(divide(spent[:, 0], spent[:, 1]), 1.0)
        return share
