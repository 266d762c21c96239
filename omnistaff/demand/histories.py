"""Interval histories beside contacts: what an ACD's reports say of queues before, or instead of, contact logs."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.demand.marks import mark_events, mark_outliers
from omnistaff.demand.strays import DAY_US, micros, stretch_of
from omnistaff.demand.window import cut_off_instant
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan, Queue
from omnistaff.tables import Demand, check

ROWS_OF_A_STEP = 30  # rows in succession that have one step
FEW_GAPS = 10  # fewer may be multiples of a longer step by chance, 2**-10
_ALLOWED: tuple[int, ...] = get_args(Plan.model_fields["interval_minutes"].annotation)
_COUNTS = ["offered", "handled", "abandoned", "work_s"]


def add_histories(demand: DataFrame[Demand], histories: pd.DataFrame, plan: Plan) -> DataFrame[Demand]:
    """Return *demand* with *histories* before the interval of each queue's first counted contact.

    *histories* has queue (as the source names it), interval_start, offered, handled, abandoned (NaN where unknown)
    and handle_s, as ``ingest.read_histories`` gives it. A row belongs to the first planned queue whose ``contacts``
    filter names its queue, or to the one of its own name. Customers are unknown there, so all contacts count as
    unlinked first ones. Rows after the plan's cut-off are ignored, and strays left out as those of contacts are. A
    day that reports fill up to its first contact is whole, and marked as any other.
    Raises ConfigError when a history's intervals do not fit the plan's, and when rows could be several queues'.
    """
    if histories.empty:
        return demand
    histories = _without_strays(histories, plan)
    owner = histories["queue"].map(_find_owners(histories["queue"].unique().tolist(), plan))
    replaced, tables = np.zeros(len(demand), dtype=bool), []
    odd = demand["is_outlier"].to_numpy(copy=True)
    for queue in plan.queues:
        rows = histories[(owner == queue.name) & histories["offered"].notna()]
        mine = (demand["queue"] == queue.name).to_numpy()
        first = demand.loc[mine & (demand["offered"] > 0), "interval_start"].min()
        rows = rows[~(rows["interval_start"] >= first)]  # all of them where nothing was counted
        if len(rows):
            replaced |= mine & (demand["interval_start"] <= rows["interval_start"].max()).to_numpy()
            rest = mine & ~replaced
            table, marks = _queue_history(rows, demand[rest], queue, plan)
            whole = _begun_day(demand["interval_start"], first, rows["interval_start"].max(), plan)[rest]
            odd[rest] = np.where(whole, marks, odd[rest])
            tables.append(table)
    parts = [table for table in (demand.assign(is_outlier=odd)[~replaced], *tables) if len(table)]
    return check(Demand, pd.concat(parts, ignore_index=True)) if parts else demand


def _without_strays(histories: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the rows before the cut-off whose stamps are not far off."""
    starts = histories["interval_start"]
    kept = stretch_of(starts).holds(micros(starts))
    cut = cut_off_instant(plan)
    if cut is not None:
        kept &= (starts < cut).to_numpy()
    return histories[kept]


def _find_owners(names: list[str], plan: Plan) -> dict[str, str]:
    """Return the planned queue of each reported queue; ConfigError where columns that reports lack would decide."""
    owners, problems = {}, []
    for name in names:
        naming = [queue for queue in plan.queues if name in queue.contacts.get("queue", [queue.name])]
        if not naming:
            continue
        owners[name] = naming[0].name
        unknown = [column for column in naming[0].contacts if column != "queue"]
        if len(naming) > 1 and unknown:
            either = " or ".join(queue.name for queue in naming)
            problems.append(
                f"queue {name!r} of the reports could be {either}, as reports do not tell {' and '.join(unknown)}: "
                "let a single queue of the plan name it, or give its parts names of their own"
            )
    if problems:
        raise ConfigError("interval reports do not tell some queues of the plan apart", problems)
    return owners


def _begun_day(
    starts: pd.Series[pd.Timestamp], first: pd.Timestamp, told_to: pd.Timestamp, plan: Plan
) -> NDArray[np.bool_]:
    """Return True for intervals on the day of the *first* contact if reports fill it and the last day is another."""
    if not told_to + pd.Timedelta(minutes=plan.interval_minutes) >= first:
        return np.zeros(len(starts), dtype=bool)
    days = timegrid.local_dates(starts, plan.time_zone)
    begun = timegrid.local_dates(pd.Series([first]), plan.time_zone)[0]
    return np.asarray((days == begun) & (days < days.max()))


def _queue_history(
    rows: pd.DataFrame, counted: pd.DataFrame, queue: Queue, plan: Plan
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the demand of a queue that *rows* tell, and the outliers in what was *counted* after it, beside it."""
    _refuse_odd_intervals(rows, queue, plan)
    zone = plan.zone_of(queue)
    starts = timegrid.floor_to_interval(rows["interval_start"], zone, plan.interval_minutes)
    handled = rows["handled"].fillna(rows["offered"] - rows["abandoned"].fillna(0.0)).clip(lower=0.0)
    left = rows["abandoned"].fillna((rows["offered"] - handled).clip(lower=0.0))
    filled = rows.assign(handled=handled, abandoned=left, work_s=handled * rows["handle_s"].fillna(0.0))
    sums = filled.groupby(starts.rename("interval_start"))[_COUNTS].sum()
    first, last = (day.date() for day in timegrid.local_dates(pd.Series([sums.index.min(), sums.index.max()]), zone))
    grid = timegrid.interval_grid(first, (last - first).days + 1, zone, plan.interval_minutes)
    grid = grid[(grid >= sums.index.min()) & (grid <= sums.index.max())]
    is_open = plan.is_open(queue, grid)
    given = grid.isin(sums.index)
    sums = sums.reindex(grid, fill_value=0.0)
    offered, work = sums["offered"].to_numpy(), sums["work_s"].to_numpy()
    number = sums["handled"].to_numpy()
    table = pd.DataFrame(
        {
            "queue": pd.Series([queue.name] * len(grid), dtype="str"),
            "interval_start": grid,
            "is_open": is_open,
            "offered": offered,
            "handled": number,
            "abandoned": sums["abandoned"].to_numpy(),
            "first_contacts": offered,
            "repeat_contacts": 0.0,
            "switched_contacts": 0.0,
            "unlinked_contacts": offered,
            "handle_s": np.divide(work, number, out=np.full(len(grid), np.nan), where=(number > 0) & (work > 0)),
            "handle_sd_s": np.nan,
            "workload_s": work,
            "is_event": mark_events(grid, queue, plan),
        }
    )
    both = pd.concat([table, counted[table.columns]], ignore_index=True) if len(counted) else table
    marks = mark_outliers(both, queue, plan)
    table["is_outlier"] = marks[: len(table)]
    return table[given | (is_open & (plan.demand.missing == "zero"))], marks[len(table) :]


def _refuse_odd_intervals(rows: pd.DataFrame, queue: Queue, plan: Plan) -> None:
    """Raise ConfigError when intervals of a report do not lie within single ones of the plan, at any time."""
    zone = plan.zone_of(queue)
    parts = timegrid.local_parts(rows["interval_start"], zone)
    starts = np.unique(micros(parts["date"]) // 60_000_000 + parts["minute_of_day"].to_numpy())
    for some in np.array_split(starts, max(len(starts) // ROWS_OF_A_STEP, 1)):  # steps may change with time
        step = _find_step(some)
        if step == 0 or (plan.interval_minutes % step == 0 and some[0] % step == 0):
            continue
        if step > max(_ALLOWED) and step % plan.interval_minutes == 0 and not _are_totals(some, queue, plan):
            continue  # times between the rows of a thin queue
        when = pd.Timestamp(int(some[0]) * 60, unit="s")
        told = f"queues.{queue.name}: from {when:%Y-%m-%d} on its interval history is in steps of {step} minutes"
        if plan.interval_minutes % step:
            fitting = " or ".join(str(allowed) for allowed in _ALLOWED if allowed % step == 0)
            advice = f"export steps that divide {plan.interval_minutes}"
            advice += f", or set interval_minutes to {fitting}" if fitting else ""
            raise ConfigError(f"{told}, the plan in {plan.interval_minutes}: {advice}")
        raise ConfigError(f"{told} that begin at {when:%H:%M} in {zone}, unlike the plan's: export shorter ones")


def _are_totals(starts: NDArray[np.int64], queue: Queue, plan: Plan) -> bool:
    """Return whether rows at these local minutes stand for many open intervals each: even steps, or one a day."""
    gaps, days = np.diff(starts), np.unique(starts // 1440)
    if gaps.min() < gaps.max() and len(days) < len(starts):
        return False
    zone, first = plan.zone_of(queue), pd.Timestamp(int(days[0]), unit="D").date()
    grid = timegrid.interval_grid(first, int(days[-1] - days[0]) + 1, zone, plan.interval_minutes)
    opened = grid[plan.is_open(queue, grid)]
    dates = timegrid.local_dates(pd.Series(opened), zone)
    return int(np.isin(micros(dates) // DAY_US, days).sum()) > len(starts)


def _find_step(starts: NDArray[np.int64]) -> int:
    """Return the length of intervals that begin at these minutes, 0 where they are too few to tell.

    It is the greatest common divisor of the times between them, as quiet intervals may have no row.
    """
    gaps = np.diff(starts)
    if len(gaps) < 3 or (len(gaps) < FEW_GAPS and gaps.min() < gaps.max()):
        return 0
    return int(np.gcd.reduce(gaps))
