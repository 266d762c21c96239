"""Demand counted where the contacts live: Ibis expressions that return a small table of five-minute buckets.

Every interval of a plan is a whole number of buckets in every zone of today, so the zone, the opening hours and the
marks stay here and only counting is sent away. Work is booked from two sums a bucket: an effort that lasts
longer than its bucket adds its rate where it starts and takes it off where it ends, and running sums do the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.demand.redials import LEFT
from omnistaff.demand.strays import DAY_US, Stretch
from omnistaff.demand.window import cut_off_instant
from omnistaff.plan import Plan

BUCKET_US = 300_000_000
EPOCH = "1970-01-01"
COUNTS = [
    "offered", "handled", "abandoned", "first_contacts", "repeat_contacts", "switched_contacts", "unlinked_contacts",
]  # fmt: skip
Expr = Any  # Ibis builds its classes at run time; a table or column expression


def count_days(contacts: Expr) -> Expr:
    """Return contacts by day of their arrival, in days since 1970, as an unexecuted Ibis table."""
    rows = contacts.select(day=_micros(contacts.arrived_at) // DAY_US)
    return rows.group_by("day").aggregate(contacts=rows.count())


def _micros(column: Expr) -> Expr:
    """Return a column of instants as microseconds since 1970."""
    import ibis

    return column.delta(ibis.literal(EPOCH).cast(column.type()), unit="microsecond")


def select_attempts(contacts: Expr, plan: Plan, stretch: Stretch) -> Expr:
    """Return the contacts that are demand of a planned queue, as an unexecuted Ibis table.

    *contacts* is an Ibis table of contacts with the marks of the chronology (customer_id, is_repeat, is_switch,
    is_alone); those outside the *stretch* are left out. Adds queue (the plan's), at, start and end (microseconds
    since 1970).
    """
    import ibis

    queue = ibis.cases(
        *((_fits(contacts, queue.contacts), queue.name) for queue in plan.queues), else_=ibis.null("string")
    )
    started = ibis.coalesce(contacts.answered_at, contacts.arrived_at)
    wait_us = (contacts.wait_s.cast("float64").fill_null(0.0) * 1e6).round().cast("int64")
    marks = ["is_repeat", "is_switch", "is_alone"]
    rows = contacts.select(
        "contact_id", "customer_id", "outcome", *marks,
        queue=queue, wanted=contacts.is_demand & (contacts.outcome != "contained"),
        effort_s=contacts.effort_s.cast("float64"), at=_micros(contacts.arrived_at),
        left_at=_micros(contacts.arrived_at) + wait_us,
        start=_micros(started), end=_micros(ibis.coalesce(contacts.ended_at, started)),
    )  # fmt: skip
    cut = cut_off_instant(plan)
    limit = min(int(cut.value // 1000), stretch.end) if cut is not None else stretch.end
    rows = rows.filter(rows.queue.notnull(), rows.wanted, rows["at"] < limit, rows["at"] >= stretch.first)
    return rows.mutate(end=ibis.greatest(rows.end, rows.start + 1)).drop("wanted")


def _fits(contacts: Expr, wanted: dict[str, list[str]]) -> Expr:
    """Return whether all columns that a queue names hold one of its values."""
    import ibis

    tests = [ibis.literal(True)]
    for column, values in wanted.items():
        if contacts[column].type().is_numeric():
            numbers = pd.to_numeric(pd.Series(values), errors="coerce").dropna()
            tests.append(contacts[column].cast("float64").isin(numbers.tolist()))
        else:
            tests.append(contacts[column].cast("string").lower().isin([value.lower() for value in values])
                         if contacts[column].type().is_boolean() else contacts[column].isin(values))  # fmt: skip
    return ibis.and_(*tests)


def fold_attempts(attempts: Expr, redial_minutes: float) -> Expr:
    """Return one row a demand, as ``redials.fold_redials`` does: queue, at, outcome, effort_s and the marks."""
    import ibis

    kept = ["queue", "at", "outcome", "effort_s", "is_repeat", "is_switch", "is_alone"]
    left = attempts.filter(attempts.outcome.isin(LEFT)).select("queue", "customer_id").distinct()
    keys = ["queue", "customer_id"]
    in_order = ibis.window(group_by=keys, order_by=["at", "contact_id"])
    rows = attempts.semi_join(left, keys)
    rows = rows.mutate(
        place=ibis.row_number().over(in_order),
        gave_up=rows.outcome.lag().over(in_order).isin(LEFT),
        pause=rows["at"] - rows.left_at.lag().over(in_order),
    )
    again = (rows.gave_up & (rows.pause <= int(redial_minutes * 60_000_000))).fill_null(False)
    rows = rows.mutate(again=again)
    so_far = ibis.window(group_by=keys, order_by="place", preceding=(None, 0))
    rows = rows.mutate(chain=(~rows.again).cast("int64").sum().over(so_far))
    chain = ibis.window(group_by=[*keys, "chain"])
    rows = rows.mutate(
        last=rows.place.max().over(chain),
        first=rows.place.min().over(chain),
        effort_s=rows.effort_s.sum().over(chain),
    )
    # an ending tells how the chain ended; numbers grow, so the last attempt's kind is found by a maximum
    kind = ibis.cases((rows.outcome == "answered", 1), (rows.outcome.isin(LEFT), 2), else_=0)
    rows = rows.mutate(final=(rows.place * 4 + kind).max().over(chain) % 4)
    ended = ibis.cases((rows.final == 1, "answered"), (rows.final == 2, "abandoned"), else_="other")
    folded = rows.filter(rows.place == rows.first).mutate(outcome=ended).select(*kept)
    return attempts.anti_join(left, keys).select(*kept).union(folded)


def count_buckets(folded: Expr) -> Expr:
    """Return queue, bucket, the counts, and number, mean and variance of the known efforts."""
    known = folded.effort_s.notnull() & ~folded.outcome.isin(LEFT)
    rows = folded.mutate(bucket=folded["at"] // BUCKET_US, known_s=known.ifelse(folded.effort_s, None))
    return rows.group_by("queue", "bucket").aggregate(
        offered=rows.count(),
        handled=(rows.outcome == "answered").cast("int64").sum(),
        abandoned=rows.outcome.isin(LEFT).cast("int64").sum(),
        first_contacts=(~rows.is_repeat).cast("int64").sum(),
        repeat_contacts=rows.is_repeat.cast("int64").sum(),
        switched_contacts=rows.is_switch.cast("int64").sum(),
        unlinked_contacts=rows.is_alone.cast("int64").sum(),
        known=rows.known_s.count(),
        mean_s=rows.known_s.mean(),
        variance=rows.known_s.var(how="pop"),
        first_at=rows["at"].min(),
        last_at=rows["at"].max(),
    )


def work_buckets(attempts: Expr) -> Expr:
    """Return queue, bucket, done_s (work to the end of the bucket where it began) and rate (from then on, a second).

    What ends in a later bucket is taken off there, so done_s may be negative.
    """
    rows = attempts.filter(attempts.effort_s > 0)
    rows = rows.mutate(
        first=rows.start // BUCKET_US, last=(rows.end - 1) // BUCKET_US, rate=rows.effort_s / (rows.end - rows.start)
    )
    to_edge = ((rows["first"] + 1) * BUCKET_US - rows.start) * rows.rate
    from_edge = ((rows["last"] + 1) * BUCKET_US - rows.end) * rows.rate
    whole = rows["first"] == rows["last"]
    begun = rows.select(
        "queue", bucket=rows["first"], done_s=whole.ifelse(rows.effort_s, to_edge), rate=whole.ifelse(0.0, rows.rate)
    )
    ended = rows.filter(~whole).select("queue", bucket=rows["last"], done_s=-from_edge, rate=-rows.rate)
    both = begun.union(ended)
    return both.group_by("queue", "bucket").aggregate(done_s=both.done_s.sum(), rate=both.rate.sum())


def tally_buckets(buckets: pd.DataFrame, edges: NDArray[np.int64]) -> pd.DataFrame:
    """Return the counts and handle times of the cells between *edges* from the buckets of one queue."""
    cells = len(edges) - 1
    cell = np.searchsorted(edges, buckets["bucket"].to_numpy() * BUCKET_US, "right") - 1
    table = pd.DataFrame(
        {name: np.bincount(cell, weights=buckets[name], minlength=cells).astype("float64") for name in COUNTS}
    )
    number, mean = buckets["known"].to_numpy(), buckets["mean_s"].fillna(0.0).to_numpy()
    n = np.bincount(cell, weights=number, minlength=cells)
    total = np.bincount(cell, weights=number * mean, minlength=cells)
    whole = np.divide(total, n, out=np.full(cells, np.nan), where=n > 0)
    apart = number * (buckets["variance"].fillna(0.0).to_numpy() + (mean - np.nan_to_num(whole)[cell]) ** 2)
    squares = np.bincount(cell, weights=apart, minlength=cells)
    spread = np.sqrt(np.divide(squares, n - 1, out=np.full(cells, np.nan), where=n > 1))
    return table.assign(handle_s=whole, handle_sd_s=spread)


def book_buckets(buckets: pd.DataFrame, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the seconds of work done between the *edges* from the buckets of one queue."""
    if buckets.empty:
        return np.zeros(len(edges) - 1)
    bucket = buckets["bucket"].to_numpy()
    low = min(int(bucket.min()), int(edges[0] // BUCKET_US))
    size = max(int(bucket.max()) + 1, int(edges[-1] // BUCKET_US)) - low
    done = np.bincount(bucket - low, weights=buckets["done_s"], minlength=size)
    rate = np.bincount(bucket - low, weights=buckets["rate"], minlength=size)
    going_on = np.cumsum(rate) - rate
    work = done + going_on * BUCKET_US
    work[work < 1e-6] = 0.0  # what is left of a rate when all that added to it is taken off
    upto = np.concatenate([[0.0], np.cumsum(work)])
    return np.diff(upto[edges // BUCKET_US - low])
