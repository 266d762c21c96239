"""Attempts added up in buckets of five minutes, in one pass (compiled)."""

from __future__ import annotations

from typing import Any

from numba import njit

from omnistaff.demand.warehouse import BUCKET_US

#: What is counted of a bucket, in this order.
OFFERED, HANDLED, ABANDONED, REPEAT, SWITCHED, UNLINKED, KNOWN, MEAN, SQUARES = range(9)


@njit(cache=True)
def add_counts(cells: Any, low: int, columns: Any) -> None:
    """Add attempts to *cells* (queue, bucket from *low* on, count); those of queue -1 are left out.

    *columns* are queue, at (microseconds), kind (1 answered, 2 left), effort (NaN where unknown) and whether each
    repeats, switches and is alone. Mean and squares of the known efforts are kept up to date as by Welford.
    """
    queue, at, kind, effort, is_repeat, is_switch, is_alone = columns
    for row in range(len(queue)):
        if queue[row] < 0:
            continue
        cell = cells[queue[row], at[row] // BUCKET_US - low]
        cell[OFFERED] += 1
        cell[HANDLED] += kind[row] == 1
        cell[ABANDONED] += kind[row] == 2
        cell[REPEAT] += is_repeat[row]
        cell[SWITCHED] += is_switch[row]
        cell[UNLINKED] += is_alone[row]
        if kind[row] != 2 and effort[row] == effort[row]:
            cell[KNOWN] += 1
            apart = effort[row] - cell[MEAN]
            cell[MEAN] += apart / cell[KNOWN]
            cell[SQUARES] += apart * (effort[row] - cell[MEAN])


@njit(cache=True)
def add_work(cells: Any, low: int, columns: Any) -> None:
    """Add work to *cells* (queue, bucket from *low* on, two sums), as ``warehouse.work_buckets`` tells it.

    *columns* are queue (-1 is left out), start, end (later, microseconds) and effort, which is spread evenly.
    """
    queue, start, end, effort = columns
    for row in range(len(queue)):
        if queue[row] < 0 or not effort[row] > 0:
            continue
        first, last = start[row] // BUCKET_US, (end[row] - 1) // BUCKET_US
        begun = cells[queue[row], first - low]
        if first == last:
            begun[0] += effort[row]
            continue
        rate = effort[row] / (end[row] - start[row])
        ended = cells[queue[row], last - low]
        begun[0] += ((first + 1) * BUCKET_US - start[row]) * rate
        begun[1] += rate
        ended[0] -= ((last + 1) * BUCKET_US - end[row]) * rate
        ended[1] -= rate
