"""Attempts counted into buckets of five minutes where the warehouse is this machine.

A group-by over ten measures costs more than all else, and arrays that stream by do it in a fraction. Only customers
who ever gave up need their attempts in order, so only theirs go through the expression that folds redials.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.demand.redials import LEFT
from omnistaff.demand.warehouse import BUCKET_US, fold_attempts

BATCH = 1_000_000
REMAINDERS = 1 << 24
MARKS = ("is_repeat", "is_switch", "is_alone")


def tally_attempts(attempts: Any, redial_minutes: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what ``warehouse.count_buckets`` and ``work_buckets`` do, for attempts in DuckDB.

    A bucket may have several rows, which ``tally_buckets`` and ``book_buckets`` add up.
    """
    import pyarrow as pa

    key = attempts.customer_id.hash()
    gave_up = _fetch(attempts.filter(attempts.outcome.isin(LEFT)).select(key=key))
    suspect = np.zeros(REMAINDERS, dtype=bool)
    for batch in gave_up:
        suspect[batch["key"].to_numpy() % REMAINDERS] = True
    counts, work, held = [], [], []
    for batch in _fetch(attempts.mutate(key=key)):
        queue, names = _codes(batch["queue"])
        spent = {name: batch[name].to_numpy() for name in ("start", "end", "effort_s")}
        work.append(_book(spent | {"queue": queue}, names))
        again = suspect[batch["key"].to_numpy() % REMAINDERS]  # some who never gave up, which changes nothing
        held.append(batch.filter(again))
        counts.append(_count_all(batch.filter(~again)))
    if not held:
        return pd.DataFrame(), pd.DataFrame()
    rows = pa.concat_tables(held)
    again = _may_redial(rows, redial_minutes)
    counts.append(_count_all(rows.filter(~again)))
    backend = attempts.get_backend()
    backend.con.register("suspects", rows.filter(again))
    counts += [_count_all(batch) for batch in _fetch(fold_attempts(backend.table("suspects"), redial_minutes))]
    backend.con.unregister("suspects")
    return pd.concat(counts, ignore_index=True), pd.concat(work, ignore_index=True)


def _may_redial(rows: Any, redial_minutes: float) -> NDArray[np.bool_]:
    """Return the attempts of customers who came to one queue twice so soon that the second may be a redial.

    Some more are told to, which changes nothing.
    """
    key, at = rows["key"].to_numpy(), rows["at"].to_numpy()
    queue = _codes(rows["queue"])[0]
    wait = np.where(_kinds(rows["outcome"]) == 2, rows["left_at"].to_numpy() - at, 0).max(initial=0)
    order = np.lexsort((at, queue, key))
    same = (np.diff(key[order]) == 0) & (np.diff(queue[order]) == 0)
    near = same & (np.diff(at[order]) <= wait + int(redial_minutes * 60_000_000))
    suspect = np.zeros(REMAINDERS, dtype=bool)
    suspect[key[order[1:][near]] % REMAINDERS] = True
    found: NDArray[np.bool_] = suspect[key % REMAINDERS]
    return found


def _count_all(rows: Any) -> pd.DataFrame:
    """Return the counts of an Arrow table of attempts."""
    queue, names = _codes(rows["queue"])
    columns = {name: rows[name].to_numpy() for name in ("at", "effort_s", *MARKS)}
    return _count(columns | {"queue": queue, "outcome": _kinds(rows["outcome"])}, names)


def _fetch(expression: Any) -> Iterator[Any]:
    """Give the rows of an Ibis table in DuckDB as Arrow tables of at most BATCH rows."""
    import ibis
    import pyarrow as pa

    reader = expression.get_backend().con.sql(str(ibis.to_sql(expression))).to_arrow_reader(BATCH)
    for batch in reader:
        yield pa.Table.from_batches([batch]).combine_chunks()


def _codes(texts: Any) -> tuple[NDArray[Any], list[str]]:
    """Return a column of texts as codes, and the texts they stand for."""
    found = texts.combine_chunks().dictionary_encode()
    return found.indices.to_numpy(), found.dictionary.to_pylist()


def _kinds(outcomes: Any) -> NDArray[np.int8]:
    """Return 1 for answered, 2 for left, 0 for all else."""
    code, names = _codes(outcomes)
    kind = np.array([1 if name == "answered" else 2 if name in LEFT else 0 for name in names], dtype=np.int8)
    found: NDArray[np.int8] = kind[code]
    return found


def _count(rows: dict[str, NDArray[Any]], names: list[str]) -> pd.DataFrame:
    """Return the counts, and number, mean and variance of the known efforts, of each queue and bucket."""
    cell, table = _cells(rows["queue"], rows["at"] // BUCKET_US, names)
    cells = len(table)
    effort = rows["effort_s"]
    left = rows["outcome"] == 2
    known = ~np.isnan(effort) & ~left
    number = np.bincount(cell[known], minlength=cells)
    mean = _divide(np.bincount(cell[known], weights=effort[known], minlength=cells), number)
    apart = np.bincount(cell[known], weights=(effort[known] - mean[cell[known]]) ** 2, minlength=cells)
    offered = np.bincount(cell, minlength=cells)
    marks = {name: np.bincount(cell[rows[name]], minlength=cells) for name in MARKS}
    table = table.assign(
        offered=offered,
        handled=np.bincount(cell[rows["outcome"] == 1], minlength=cells),
        abandoned=np.bincount(cell[left], minlength=cells),
        first_contacts=offered - marks["is_repeat"],
        repeat_contacts=marks["is_repeat"],
        switched_contacts=marks["is_switch"],
        unlinked_contacts=marks["is_alone"],
        known=number,
        mean_s=mean,
        variance=_divide(apart, number),
        first_at=rows["at"].min(initial=2**62),
        last_at=rows["at"].max(initial=-(2**62)),
    )
    return table[offered > 0]


def _book(rows: dict[str, NDArray[Any]], names: list[str]) -> pd.DataFrame:
    """Return the work of each queue and bucket, as ``warehouse.work_buckets`` tells it."""
    worked = np.nan_to_num(rows["effort_s"]) > 0
    queue, start, end, effort = (rows[name][worked] for name in ("queue", "start", "end", "effort_s"))
    first, last, rate = start // BUCKET_US, (end - 1) // BUCKET_US, effort / (end - start)
    whole = first == last
    to_edge = np.where(whole, effort, ((first + 1) * BUCKET_US - start) * rate)
    from_edge = ((last + 1) * BUCKET_US - end) * rate
    later = ~whole
    cell, table = _cells(np.append(queue, queue[later]), np.append(first, last[later]), names)
    cells = len(table)
    done = np.bincount(cell, weights=np.append(to_edge, -from_edge[later]), minlength=cells)
    going = np.bincount(cell, weights=np.append(np.where(whole, 0.0, rate), -rate[later]), minlength=cells)
    return table.assign(done_s=done, rate=going)[np.bincount(cell, minlength=cells) > 0]


def _cells(queue: NDArray[Any], bucket: NDArray[Any], names: list[str]) -> tuple[NDArray[Any], pd.DataFrame]:
    """Return the cell of each row, and the queue and the bucket of each cell."""
    low = int(bucket.min()) if len(bucket) else 0
    span = int(bucket.max()) - low + 1 if len(bucket) else 1
    code, offset = np.divmod(np.arange(len(names) * span), span)
    table = pd.DataFrame({"queue": pd.Series(names, dtype="str").take(code).array, "bucket": offset + low})
    return queue * np.int64(span) + (bucket - low), table


def _divide(total: NDArray[Any], number: NDArray[Any]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = np.divide(total, number, out=np.full(len(total), np.nan), where=number > 0)
    return share
