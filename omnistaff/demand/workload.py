"""Work booked where it was done: an effort is spread evenly from the answer to the end of the contact."""

from __future__ import annotations

import numpy as np
import pandas as pd

_MICROSECONDS = 1e6


def book_work(rows: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return the seconds of work done in each interval between the *edges* (microseconds since 1970, ascending).

    A contact without answer or end has its effort booked at its arrival. Work outside the edges is left out, so
    the sum equals the effort of the rows less what was done before the first or after the last edge.
    """
    worked = rows[rows["effort_s"].to_numpy() > 0]
    arrived = _micros(worked["arrived_at"])
    start = np.where(worked["answered_at"].isna(), arrived, _micros(worked["answered_at"]))
    end = np.where(worked["ended_at"].isna(), start, _micros(worked["ended_at"]))
    end = np.maximum(end, start + 1)
    return _spread(start, end, worked["effort_s"].to_numpy(), edges)


def _spread(start: np.ndarray, end: np.ndarray, effort: np.ndarray, edges: np.ndarray) -> np.ndarray:
    first = np.searchsorted(edges, start, side="right") - 1
    last = np.searchsorted(edges, end, side="left") - 1
    pieces = last - first + 1
    row = np.repeat(np.arange(len(start)), pieces)
    cell = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    inside = (cell >= 0) & (cell < len(edges) - 1)
    row, cell = row[inside], cell[inside]
    overlap = np.minimum(end[row], edges[cell + 1]) - np.maximum(start[row], edges[cell])
    share = overlap / (end[row] - start[row])
    # bincount of nothing counts in integers
    return np.bincount(cell, weights=effort[row] * share, minlength=len(edges) - 1).astype("float64")


def _micros(times: pd.Series) -> np.ndarray:
    """Return microseconds since 1970; missing times become 0."""
    micros: np.ndarray = times.dt.as_unit("us").fillna(pd.Timestamp(0, tz="UTC")).astype("int64").to_numpy()
    return micros
