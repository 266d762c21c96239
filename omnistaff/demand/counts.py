"""Counting contacts into the demand table, queue by queue on each queue's own local grid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.demand import warehouse
from omnistaff.demand.buckets import BATCH, Links, tally_attempts
from omnistaff.demand.marks import mark_events, mark_outliers
from omnistaff.demand.redials import LEFT, fold_redials
from omnistaff.demand.strays import find_stretch, micros, stretch_of
from omnistaff.demand.window import Window, cut_off_instant, find_window
from omnistaff.demand.workload import book_work
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Contacts, Demand, Timeline, check, empty
from omnistaff.tables.engine import open_engine
from omnistaff.tables.matching import assign_queues

_CONTACT = ["contact_id", "arrived_at", "answered_at", "ended_at", "wait_s", "effort_s", "outcome"]


def count_demand(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], plan: Plan) -> DataFrame[Demand]:
    """Return demand by queue and interval, counted at arrival, work booked where it was done.

    The table holds every open interval of a queue from the day of its first contact to the end of the data, and
    closed intervals in which something arrived or was worked on. Contacts of employees, tests, and those that a
    menu or bot contained are no demand, and neither are strays that a silence of more than a year parts from most
    contacts, as stamps of 1970 are, or few that come more than two weeks after all others. Redials right after
    leaving are folded into the first attempt. Intervals of a cut-off first or last day, outages and outlier days are
    marked ``is_outlier``. With ``demand.missing: unknown``, open intervals in which nothing arrived have no row.
    """
    if plan.engine.backend == "spark":
        return _count_in_engine(contacts, timeline, plan)
    if len(contacts) > plan.engine.rows_in_memory:
        return _count_many(contacts, timeline, plan)
    rows = select_demand(contacts, timeline, plan)
    if rows.empty:
        return empty(Demand)
    window = find_window(rows["arrived_at"], plan)
    folded = fold_redials(rows, plan.demand.redial_minutes)
    tables = []
    for queue in plan.queues:
        attempts = rows[rows["queue"] == queue.name]
        if len(attempts):
            tables.append(_count_queue(folded[folded["queue"] == queue.name], attempts, queue, window, plan))
    return check(Demand, pd.concat(tables, ignore_index=True))


def _count_many(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], plan: Plan) -> DataFrame[Demand]:
    """Return what ``count_demand`` does, for contacts that are many."""
    import pyarrow as pa

    def read(columns: list[str]) -> Iterator[Any]:
        for start in range(0, len(contacts), BATCH):
            some = contacts[columns].iloc[start : start + BATCH]
            yield from pa.Table.from_pandas(some, preserve_index=False).to_batches()  # a part of a column in each

    known = _links(contacts, timeline)
    gap = timeline.set_index("contact_id")["gap_s"].reindex(contacts["contact_id"]).to_numpy()
    marks = (known[name].to_numpy() for name in ("is_repeat", "is_switch", "is_alone"))
    return _complete(*tally_attempts(read, Links(known["customer"].to_numpy(), gap, *marks), plan), plan)


def _count_in_engine(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], plan: Plan) -> DataFrame[Demand]:
    """Return what ``count_demand`` does, computed on Spark."""
    named = [column for queue in plan.queues for column in queue.contacts]
    marks = timeline[["contact_id", "customer_id", "is_repeat", "is_switch"]]
    number = marks.groupby("customer_id")["contact_id"].transform("size")
    with open_engine(plan.engine.backend, plan.threads) as engine:
        wanted = list(dict.fromkeys([*_CONTACT, "is_demand", *named]))
        marked = engine.load(marks.assign(is_alone=number < 2))
        joined = engine.load(contacts[wanted]).left_join(marked, "contact_id").drop("contact_id_right")
        known = {name: joined[name].fill_null(False) for name in ("is_repeat", "is_switch")}
        joined = joined.mutate(**known, is_alone=joined.is_alone.fill_null(True))
        return count_chronology(engine.keep(joined), plan)


def count_files(contacts: Path, timeline: Path, plan: Plan) -> DataFrame[Demand]:
    """Return the demand table of a Parquet file of contacts and of its timeline, row for row in the same order.

    *timeline* is the file that ``timeline.bulk.write_timeline`` makes of *contacts*. The table is that of
    ``count_demand``; the contacts stream by, and of the timeline a few numbers a contact are held.
    """
    import pyarrow.parquet as pq

    columns = ["customer", "gap_s", "is_repeat", "is_switch", "is_alone"]
    known = pq.ParquetFile(timeline).read(columns)
    links = Links(*(known[name].to_numpy() for name in columns))
    del known
    texts = [field.name for field in pq.read_schema(contacts) if str(field.type) == "string"]

    def read(names: list[str]) -> Iterator[Any]:
        few = [name for name in names if name in texts and name != "contact_id"]
        yield from pq.ParquetFile(contacts, read_dictionary=few).iter_batches(BATCH, columns=names)

    return _complete(*tally_attempts(read, links, plan), plan)


def count_chronology(chronology: Any, plan: Plan) -> DataFrame[Demand]:
    """Return the demand table of contacts that stay in a warehouse; only sums of five minutes leave it.

    *chronology* is an Ibis table of contacts with the marks of the timeline (``timeline.chronology``). The table is
    that of ``count_demand``.
    """
    days = _fetch(warehouse.count_days(chronology))
    stretch = find_stretch(days["day"].to_numpy(), days["contacts"].to_numpy())
    attempts = warehouse.select_attempts(chronology, plan, stretch)
    counts = _fetch(warehouse.count_buckets(warehouse.fold_attempts(attempts, plan.demand.redial_minutes)))
    return _complete(counts, _fetch(warehouse.work_buckets(attempts)), plan)


def _complete(counts: pd.DataFrame, work: pd.DataFrame, plan: Plan) -> DataFrame[Demand]:
    """Return the demand table from the buckets of five minutes."""
    if counts.empty:
        return empty(Demand)
    arrivals = pd.Series(pd.to_datetime(counts["bucket"] * warehouse.BUCKET_US, unit="us", utc=True))
    ends = pd.to_datetime([counts["first_at"].min(), counts["last_at"].max()], unit="us", utc=True)
    window = find_window(arrivals, plan, counts=counts["offered"].to_numpy(), ends=(ends[0], ends[1]))
    tables = []
    for queue in plan.queues:
        mine = counts[counts["queue"] == queue.name]
        if len(mine):
            grid = _grid(arrivals[mine.index].min(), queue, window, plan)
            edges = _edges(grid, plan)
            done = warehouse.book_buckets(work[work["queue"] == queue.name], edges)
            tables.append(
                complete(warehouse.tally_buckets(mine, edges).assign(workload_s=done), grid, queue, window, plan)
            )
    return check(Demand, pd.concat(tables, ignore_index=True))


def _fetch(expression: Any) -> pd.DataFrame:
    """Return the rows of an Ibis table."""
    frame: pd.DataFrame = expression.to_pyarrow().to_pandas()
    return frame


def select_demand(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline], plan: Plan) -> pd.DataFrame:
    """Return the contacts that are demand of a planned queue, with what the timeline knows of them."""
    queue = assign_queues(contacts, plan)
    wanted = queue.notna() & contacts["is_demand"] & (contacts["outcome"] != "contained")
    wanted &= stretch_of(contacts["arrived_at"]).holds(micros(contacts["arrived_at"]))
    cut = cut_off_instant(plan)
    if cut is not None:
        wanted &= contacts["arrived_at"] < cut
    links = _links(contacts, timeline)[wanted.to_numpy()].reset_index(drop=True)
    rows = contacts.loc[wanted, _CONTACT].assign(queue=queue[wanted]).reset_index(drop=True)
    return pd.concat([rows, links], axis=1)


def _links(contacts: DataFrame[Contacts], timeline: DataFrame[Timeline]) -> pd.DataFrame:
    """Return (customer, is_repeat, is_switch, is_alone) of each contact, the customer as a number, -1 if unknown."""
    customer = pd.factorize(timeline["customer_id"])[0].astype(np.int64)
    repeat, switch = timeline["is_repeat"].to_numpy(), timeline["is_switch"].to_numpy()
    place = np.arange(len(timeline))
    if not (len(contacts) == len(timeline) and contacts["contact_id"].equals(timeline["contact_id"])):
        place = pd.Index(timeline["contact_id"]).get_indexer(pd.Index(contacts["contact_id"]))
    known = place >= 0
    number = np.bincount(customer, minlength=1)
    who = np.where(known, customer[place], -1) if len(timeline) else np.full(len(contacts), -1)
    return pd.DataFrame(
        {
            "customer": who,
            "is_repeat": known & repeat[place] if len(timeline) else known,
            "is_switch": known & switch[place] if len(timeline) else known,
            "is_alone": ~known | (number[np.maximum(who, 0)] < 2),
        }
    )


def _count_queue(
    folded: pd.DataFrame, attempts: pd.DataFrame, queue: Queue, window: Window, plan: Plan
) -> pd.DataFrame:
    grid = _grid(folded["arrived_at"].min(), queue, window, plan)
    edges = _edges(grid, plan)
    cell = np.searchsorted(edges, folded["arrived_at"].dt.as_unit("us").astype("int64").to_numpy(), "right") - 1
    counts = _tally(folded, cell, len(grid)).assign(workload_s=book_work(attempts, edges))
    return complete(counts, grid, queue, window, plan)


def _edges(grid: pd.DatetimeIndex, plan: Plan) -> NDArray[np.int64]:
    """Return the starts of the intervals and the end of the last, in microseconds since 1970."""
    starts_us = grid.as_unit("us").astype("int64").to_numpy()
    edges: NDArray[np.int64] = np.append(starts_us, starts_us[-1] + plan.interval_minutes * 60_000_000)
    return edges


def complete(counts: pd.DataFrame, grid: pd.DatetimeIndex, queue: Queue, window: Window, plan: Plan) -> pd.DataFrame:
    """Return the rows of a queue that the demand table keeps, with opening hours and marks beside the *counts*."""
    table = counts.assign(
        queue=queue.name,
        interval_start=grid,
        is_open=plan.is_open(queue, grid),
        is_event=mark_events(grid, queue, plan),
    )
    table["is_outlier"] = mark_outliers(table, queue, plan)
    starts = table["interval_start"]
    table["is_outlier"] |= (starts < window.whole_from) | (starts >= window.whole_to)
    busy = (table["offered"] > 0) | (table["workload_s"] > 0)
    if plan.demand.missing == "unknown":
        return table[busy]
    return table[table["is_open"] | busy]


def _grid(first_at: pd.Timestamp, queue: Queue, window: Window, plan: Plan) -> pd.DatetimeIndex:
    """Return the interval starts from the local day of the queue's first contact to the last instant of the data."""
    zone = plan.zone_of(queue)
    ends = pd.Series([first_at, window.last])
    first, last = (day.date() for day in timegrid.local_dates(ends, zone))
    grid = timegrid.interval_grid(first, (last - first).days + 1, zone, plan.interval_minutes)
    return grid[grid <= window.last]


def _tally(folded: pd.DataFrame, cell: np.ndarray, cells: int) -> pd.DataFrame:
    """Return counts and handle times of each cell."""

    def count(mask: np.ndarray | pd.Series) -> np.ndarray:
        return np.bincount(cell[np.asarray(mask, dtype=bool)], minlength=cells).astype("float64")

    effort = folded["effort_s"].to_numpy()
    known = ~np.isnan(effort) & ~folded["outcome"].isin(LEFT).to_numpy()
    n = np.bincount(cell[known], minlength=cells)
    total = np.bincount(cell[known], weights=effort[known], minlength=cells)
    mean = np.divide(total, n, out=np.full(cells, np.nan), where=n > 0)
    squares = np.bincount(cell[known], weights=(effort[known] - mean[cell[known]]) ** 2, minlength=cells)
    spread = np.sqrt(np.divide(squares, n - 1, out=np.full(cells, np.nan), where=n > 1))
    repeat = folded["is_repeat"].to_numpy()
    return pd.DataFrame(
        {
            "offered": count(np.ones(len(folded))),
            "handled": count(folded["outcome"] == "answered"),
            "abandoned": count(folded["outcome"].isin(LEFT)),
            "first_contacts": count(~repeat),
            "repeat_contacts": count(repeat),
            "switched_contacts": count(folded["is_switch"]),
            "unlinked_contacts": count(folded["is_alone"]),
            "handle_s": mean,
            "handle_sd_s": spread,
        }
    )
