"""What arrives: the simulated window, and the contacts of each forecast path in its intervals."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import TableError
from omnistaff.plan import Plan, Queue
from omnistaff.simulate.arrivals import Slots
from omnistaff.simulate.handling import DayErrors
from omnistaff.simulate.order import demand_features, representative_order
from omnistaff.tables import DemandForecast


@dataclass(frozen=True)
class Window:
    """The simulated stretch of time."""

    start: pd.Timestamp
    seconds: float
    cell_s: float

    @property
    def cells(self) -> int:
        """Number of intervals of the simulator."""
        return math.ceil(self.seconds / self.cell_s - 1e-9)

    @property
    def edges(self) -> np.ndarray:
        """Seconds at which the intervals begin, and the end of the last."""
        edges: np.ndarray = np.minimum(np.arange(self.cells + 1) * self.cell_s, self.seconds)
        return edges

    @property
    def cell_starts(self) -> pd.Series[pd.Timestamp]:
        """UTC instants at which the intervals begin."""
        step = np.arange(self.cells) * np.timedelta64(round(self.cell_s * 1e6), "us")
        values = self.start.tz_localize(None).to_datetime64().astype("datetime64[us]") + step
        return pd.Series(pd.DatetimeIndex(values, tz="UTC"))


@dataclass(frozen=True)
class Volume:
    """Contacts by queue and interval, and their handle times by queue and interval of the simulator."""

    slots: Slots
    paths: np.ndarray  # path, queue, arrival interval
    is_count: bool  # else paths are rates
    handle_s: np.ndarray
    handle_sd_s: np.ndarray
    errors: DayErrors | None = None  # of the handle times, None where they are as forecast
    numbers: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))  # of the paths in the forecast

    def met_as(self, numbers: np.ndarray) -> Volume:
        """Return the same with its paths in the order of *numbers*; as it is where these are not its paths."""
        if not np.array_equal(np.sort(numbers), np.sort(self.numbers)):
            return self
        place = np.argsort(self.numbers)[np.searchsorted(np.sort(self.numbers), numbers)]
        return replace(self, paths=self.paths[place], numbers=self.numbers[place])


def find_window(forecast: DemandForecast, plan: Plan) -> Window:
    """Return the roster's weeks as far as there is a forecast; TableError when the two do not meet."""
    starts = forecast.table["interval_start"]
    if starts.empty:
        raise TableError("the forecast is empty: nothing to simulate")
    length = pd.Timedelta(minutes=plan.interval_minutes)
    first = timegrid.local_dates(pd.Series([starts.min()]), plan.time_zone).iloc[0].date()
    if plan.schedule.start != "auto":
        first = plan.schedule.start
    start = timegrid.day_start(first, plan.time_zone)
    end = timegrid.day_start(first + dt.timedelta(weeks=plan.schedule.weeks), plan.time_zone)
    last = timegrid.next_local_midnight(starts.max() + length - pd.Timedelta(microseconds=1), plan.time_zone)
    end = min(end, last)
    if end <= start or not ((starts >= start) & (starts < end)).any():
        raise TableError(f"the forecast does not reach the roster: it begins {starts.min()}, the roster {start}")
    return window_of(start, end, plan, starts)


def window_of(start: pd.Timestamp, end: pd.Timestamp, plan: Plan, starts: pd.Series[pd.Timestamp]) -> Window:
    """Return the window from *start* to *end*, cut so finely that every one of *starts* begins a cell."""
    offsets = ((starts.drop_duplicates() - start) // pd.Timedelta(seconds=1)).to_numpy(dtype=np.int64)
    cell = reduce(math.gcd, np.unique(offsets % (plan.interval_minutes * 60)).tolist(), plan.interval_minutes * 60)
    return Window(start, (end - start).total_seconds(), float(cell))


def read_volume(forecast: DemandForecast, plan: Plan, window: Window) -> Volume:
    """Return what arrives in *window* by forecast path and how long it takes.

    Paths are in an order in which the first of them, however many, stand for all. Without paths the mean forecast is
    the only one. TableError names live queues without a handle time.
    """
    names = [queue.name for queue in plan.queues]
    table = _within(forecast.table, window)
    lists = _arrival_intervals(table, names, window)
    starts = np.zeros((len(names), max(1, *(len(times) for times in lists))))
    for k, times in enumerate(lists):
        starts[k, : len(times)] = times
    uses_paths = plan.simulate.arrivals != "mean_rates" and len(forecast.paths) > 0
    paths = _within(forecast.paths, window) if uses_paths else table.assign(path=0, arrivals=table["mean"])
    numbers, drawn = np.unique(paths["path"].to_numpy(), return_inverse=True)
    volume = np.zeros((max(len(numbers), 1), *starts.shape))
    queue, moment = _codes(paths["queue"], names), _seconds(paths, window)
    arrivals = paths["arrivals"].to_numpy()
    for k, times in enumerate(lists):
        mine = queue == k
        where = np.minimum(np.searchsorted(times, moment[mine]), max(len(times) - 1, 0))
        fits = times[where] == moment[mine] if len(times) else np.zeros(len(where), dtype=bool)
        np.add.at(volume, (drawn[mine][fits], k, where[fits]), arrivals[mine][fits])
    order = representative_order(demand_features(volume).reshape(len(volume), -1))
    handle_s, handle_sd_s = _handle_times(table, plan, names, window)
    is_sure = plan.simulate.arrivals == "mean_rates" or "handle_error_s" not in table
    slots = Slots(
        starts=starts,
        length_s=plan.interval_minutes * 60.0,
        cell_s=window.cell_s,
        cells=window.cells,
        waiting=np.array([plan.simulate.backlog.get(name, 0) for name in names], dtype=np.int64),
    )
    return Volume(
        slots=slots,
        paths=volume[order],
        is_count=uses_paths and plan.simulate.arrivals == "path_counts",
        handle_s=handle_s,
        handle_sd_s=handle_sd_s,
        errors=None if is_sure else _day_errors(table, plan, window),
        numbers=numbers[order] if len(numbers) else order,
    )


def _within(table: pd.DataFrame, window: Window) -> pd.DataFrame:
    end = window.start + pd.Timedelta(seconds=window.seconds)
    return table[(table["interval_start"] >= window.start) & (table["interval_start"] < end)]


def _seconds(table: pd.DataFrame, window: Window) -> np.ndarray:
    return (table["interval_start"] - window.start).dt.total_seconds().to_numpy()


def _codes(queues: pd.Series[str], names: Sequence[str]) -> np.ndarray:
    return pd.Categorical(queues, categories=list(names)).codes.astype(np.int64)


def _arrival_intervals(table: pd.DataFrame, names: Sequence[str], window: Window) -> list[np.ndarray]:
    """Return each queue's interval starts in seconds."""
    queue, moment = _codes(table["queue"], names), _seconds(table, window)
    return [np.unique(moment[queue == k]) for k in range(len(names))]


def _handle_times(
    table: pd.DataFrame, plan: Plan, names: Sequence[str], window: Window
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation by queue and cell; cells without forecast have the queue's mean."""
    results, missing = [], set()
    planned = set(table["queue"])
    for column in ("handle_s", "handle_sd_s"):
        grid = _by_cell(table, table[column].to_numpy(), window, plan)
        for values, name in zip(grid, names, strict=True):
            usual = np.nanmean(values) if np.isfinite(values).any() else plan.queue(name).handle_s or np.nan
            if column == "handle_s" and not usual > 0 and name in planned:
                missing.add(name)
            fallback = usual if np.isfinite(usual) else 1.0
            values[~np.isfinite(values)] = fallback
        results.append(np.maximum(grid, 1e-3 if column == "handle_s" else 0.0))
    if missing:
        raise TableError("handle times are missing: set handle_s of these queues in the plan", sorted(missing))
    alone = np.array([_alone_share(plan.queue(name)) for name in names])[:, np.newaxis]
    return results[0] * alone, results[1] * alone


def _day_errors(table: pd.DataFrame, plan: Plan, window: Window) -> DayErrors | None:
    """Return how far off the handle times of each local day may be, None where the forecast tells of no error."""
    share = _by_cell(table, (table["handle_error_s"] / table["handle_s"]).to_numpy(), window, plan)
    share = np.where(share > 0, share, 0.0)
    days = timegrid.local_dates(window.cell_starts, plan.time_zone).rank(method="dense").to_numpy(dtype=np.int64) - 1
    return DayErrors(share, days) if share.any() else None


def _by_cell(table: pd.DataFrame, values: np.ndarray, window: Window, plan: Plan) -> np.ndarray:
    """Return *values* of the rows of *table* by queue and interval of the simulator, NaN where there are none."""
    names = [queue.name for queue in plan.queues]
    queue, moment = _codes(table["queue"], names), _seconds(table, window)
    cell = (moment / window.cell_s).astype(np.int64)
    grid = np.full((len(names), window.cells), np.nan)
    for k in range(round(plan.interval_minutes * 60 / window.cell_s)):
        inside = (queue >= 0) & (cell + k < window.cells)
        grid[queue[inside], (cell + k)[inside]] = values[inside]
    return grid


def _alone_share(queue: Queue) -> float:
    """Return what turns a handle time of the data into that of a conversation that has its agent alone."""
    return queue.alone_share if queue.mode == "messaging" else 1.0
