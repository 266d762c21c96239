"""Interval histories: what ACD reports say of queues by interval, for planners who have no contact logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import OmnistaffError
from omnistaff.ingest.files import find_files
from omnistaff.ingest.load import together
from omnistaff.ingest.parsed import UTC_TIME, Input, make_rejects
from omnistaff.ingest.registry import find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import Rejects, check

COUNTS = ("offered", "handled", "abandoned")
COLUMNS = ("queue", "interval_start", *COUNTS, "handle_s")
REPEATED = "a later file has this interval"


class HistoryLog(NamedTuple):
    """Interval histories and the rows that could not be used.

    ``histories`` has queue (as the source names it), interval_start (UTC), offered, handled, abandoned (NaN where
    the report does not tell) and handle_s, the mean handle time of handled contacts (NaN where there were none).
    ``rejects`` has rows that make no sense, and those whose interval a later file of their source repeats.
    """

    histories: pd.DataFrame
    rejects: DataFrame[Rejects]


def read_histories(plan: Plan) -> pd.DataFrame:
    """Return the interval histories of the plan's sources, one row a queue and interval, sorted.

    Rows of one queue and interval in a file (skill sets, languages) are added up, handle times weighted by handled
    contacts, and so are those of several sources. Of files of one source that hold the same interval of a queue, as
    exports that overlap do, the last by name counts.
    """
    return read_history_log(plan).histories


def read_history_log(plan: Plan) -> HistoryLog:
    """Return what ``read_histories`` does, with the rejected rows."""
    pieces, rejects, failures = [_no_rows()], [make_rejects().assign(source="")], []
    for source in plan.ingest:
        try:
            reader = find_reader(source.reader)
            if reader.gives == "intervals":
                rows, refused = reader.load_intervals()(Input(source, find_files(source, plan.folder)))
                kept, repeated = _of_last_file(rows)
                pieces.append(kept)
                rejects.append(join_rejects([refused, repeated]).assign(source=source.label))
        except OmnistaffError as error:
            failures.append(error)
    if failures:
        raise together(failures)
    all_rejects = pd.concat(rejects, ignore_index=True).astype({"source": "str", "row": "int64"})
    return HistoryLog(_summed(pd.concat(pieces, ignore_index=True)), check(Rejects, all_rejects))


def _no_rows() -> pd.DataFrame:
    return make_intervals({}, 0)


def make_intervals(columns: dict[str, Any], length: int) -> pd.DataFrame:
    """Return typed interval rows with queue, interval_start, counts, handle_total_s, file, row and problem."""
    index = pd.RangeIndex(length)
    result: dict[str, pd.Series[Any]] = {}
    for name in ("queue", "file", "text", "problem"):
        result[name] = pd.Series(_values(columns.get(name)), index=index, dtype="str")
    result["problem"] = result["problem"].fillna("")
    result["interval_start"] = pd.Series(_values(columns.get("interval_start")), index=index, dtype=UTC_TIME)
    for name in (*COUNTS, "handle_total_s"):
        result[name] = pd.Series(_values(columns.get(name)), index=index, dtype="float64")
    result["row"] = pd.Series(_values(columns.get("row", 0)), index=index, dtype="int64")
    return pd.DataFrame(result)


def _values(values: Any) -> Any:
    return values.array if isinstance(values, pd.Series) else values


def checked_intervals(rows: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows that make sense, rejects of the others)."""
    queue = rows["queue"].fillna(source.queue) if source.queue else rows["queue"]
    table = source.values.get("queue", {})
    queue = queue.map(lambda name: table.get(name, name)).astype("str") if table else queue
    problem = rows["problem"]
    rules = {
        "row has no interval": rows["interval_start"].isna(),
        "row names no queue": queue.isna(),
        "offered is not a number of 0 or more": ~(rows["offered"] >= 0),
        "handled is negative": rows["handled"] < 0,
        "abandoned is negative": rows["abandoned"] < 0,
        "handle time is negative": rows["handle_total_s"] < 0,
    }
    for reason, broken in rules.items():
        problem = problem.mask((problem == "") & broken, reason)
    bad = (problem != "").to_numpy(dtype=bool)
    refused = rows.assign(reason=problem).loc[bad, ["file", "row", "reason", "text"]]
    return rows.assign(queue=queue)[~bad].reset_index(drop=True), refused.fillna({"text": ""}).reset_index(drop=True)


def _of_last_file(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows of the last file by name that has their queue and interval, rejects of the others)."""
    last = rows["file"] == rows.groupby(["queue", "interval_start"])["file"].transform("max")
    repeated = rows.loc[~last, ["file", "row", "queue"]].rename(columns={"queue": "text"}).assign(reason=REPEATED)
    return rows[last].reset_index(drop=True), repeated.reset_index(drop=True)


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a queue and interval."""
    grouped = rows.groupby(["queue", "interval_start"], sort=True)
    totals = grouped[[*COUNTS, "handle_total_s"]].sum(min_count=1).reset_index()
    mean = totals["handle_total_s"] / totals["handled"].where(totals["handled"] > 0)
    frame = totals.assign(handle_s=mean.astype("float64"))[list(COLUMNS)]
    return frame.astype({"queue": "str"})


def join_rejects(pieces: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return all rejects in one frame."""
    return pd.concat([make_rejects(), *pieces], ignore_index=True)
