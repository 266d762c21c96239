"""The chronology of tens of millions of contacts on one machine, from a Parquet file to a Parquet file.

DuckDB sorts what the order needs as numbers; the rules are those of ``order``, on arrays; texts are only copied, a
batch at a time. Beyond one machine, the Ibis expressions of ``warehouse`` do the same where the contacts live.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.plan import TimelineSettings
from omnistaff.tables import CHANNELS
from omnistaff.timeline.order import FAR, Codes, Marks, Rows, changes, fill_families, mark_rows, name_families
from omnistaff.timeline.segments import arrival_terms, assign_segments

BATCH = 500_000


@dataclass(frozen=True)
class _Pulled:
    """The contacts in the order of their customers: the row of the file each came from, and what the rules need."""

    file_row: Codes
    rows: Rows
    effort_s: NDArray[np.float64] | None


def write_timeline(connection: Any, contacts: Path, target: Path, settings: TimelineSettings) -> None:
    """Write the timeline of the Parquet file *contacts* to *target*, row for row in the order of that file.

    *contacts* holds the columns of the contacts table that the rules need and customer_id; *connection* is an open
    DuckDB connection, whose limits of memory and threads hold. Beside the columns of the timeline table there is
    is_alone: whether the customer has no other contact.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = pq.read_table(contacts, columns=["contact_id"]).column(0).combine_chunks().cast(pa.string())
    pulled = _pull(connection, contacts, ids, settings)
    marks = mark_rows(pulled.rows, settings)
    text, flag = pa.string(), pa.bool_()
    schema = pa.schema(
        {
            "contact_id": text, "customer_id": text, "arrived_at": pa.timestamp("us", "UTC"), "channel": text,
            "case_id": text, "case_position": pa.int64(), "gap_s": pa.float64(), "is_repeat": flag,
            "is_switch": flag, "is_duplicate": flag, "segment": text, "is_alone": flag,
        }
    )  # fmt: skip
    with pq.ParquetWriter(
        target, schema, compression="lz4", use_dictionary=["channel", "segment", "case_position"]
    ) as writer:
        for columns in _batches(contacts, ids, pulled, marks, settings):
            writer.write_table(pa.table(columns).cast(schema))


def _pull(connection: Any, contacts: Path, ids: Any, settings: TimelineSettings) -> _Pulled:
    """Return the contacts as numbers in the order of customer, arrival and contact; *ids* are those of the file."""
    source = f"read_parquet('{contacts}', file_row_number = true)"
    found = [row[0] for row in connection.execute(f"select distinct reason from {source} order by 1").fetchall()]
    reasons = [reason for reason in found if reason is not None]
    is_gapped = settings.same_reason and len(reasons) < len(found)
    needs_effort = any("effort_hours" in rule for rule in settings.segments.values())
    order = _fetch(
        connection,
        "select file_row_number::integer as file_row, hash(customer_id) as customer, epoch_us(arrived_at) as moment"
        f" from {source} order by customer, moment",
    )
    customer = np.cumsum(changes(order.pop("customer")), dtype=np.int32) - np.int32(1)
    moment = order["moment"]
    file_row = _settle_ties(order["file_row"], customer, moment, ids)
    columns = [
        "coalesce(epoch_us(coalesce(answered_at, ended_at)),"
        f" case when outcome = 'open' then {FAR} else 0 end) as done",
        f"{_code(connection, 'reason', reasons)} as reason", f"{_code(connection, 'channel', CHANNELS)} as channel",
        "is_demand::utinyint as is_demand",
        *(["hash(source, thread_id) as thread, thread_id is null as apart"] if is_gapped else []),
        *(["effort_s::double as effort_s"] if needs_effort else []),
    ]  # fmt: skip
    said = {k: v[file_row] for k, v in _fetch(connection, f"select {', '.join(columns)} from {source}").items()}
    family = np.append(name_families(reasons, settings)[0], -1).astype(np.int32)[said["reason"]]
    thread = np.where(said["apart"], -1, pd.factorize(said["thread"])[0]) if is_gapped else family
    family = fill_families(family, customer, moment, thread, settings)
    rows = Rows(customer, moment, said["done"], family, said["channel"], said["is_demand"].astype(bool))
    return _Pulled(file_row, rows, said.get("effort_s"))


def _fetch(connection: Any, query: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a query without missing numbers."""
    table = connection.sql(query).to_arrow_table()
    return {name: table[name].to_numpy() for name in table.column_names}


def _settle_ties(file_row: Codes, customer: Codes, moment: Codes, ids: Any) -> Codes:
    """Return the rows with those of one customer and one moment in the order of their contact ids."""
    again = ~changes(customer, moment)
    tied = np.flatnonzero(again | np.append(again[1:], False)) if len(again) else np.flatnonzero(again)
    names = ids.take(file_row[tied]).to_numpy(zero_copy_only=False)
    order = np.lexsort((pd.factorize(names, sort=True)[0], moment[tied], customer[tied]))
    settled = file_row.copy()
    settled[tied] = file_row[tied[order]]
    return settled


def _code(connection: Any, column: str, values: Sequence[str]) -> str:
    """Return the SQL for a text's place among *values*, -1 where it is none of them."""
    if not values:
        return "-1"
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    connection.execute(f"drop type if exists timeline_{column}")
    connection.execute(f"create type timeline_{column} as enum ({listed})")
    return f"coalesce(enum_code({column}::timeline_{column})::integer, -1)"


def _batches(
    contacts: Path, ids: Any, pulled: _Pulled, marks: Marks, settings: TimelineSettings
) -> Iterator[dict[str, Any]]:
    """Give the columns of the timeline, some rows at a time, in the order of the file."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pulled.rows
    place = np.empty(len(rows.at), dtype=np.int32)
    place[pulled.file_row] = np.arange(len(place), dtype=np.int32)
    first = changes(rows.customer)
    alone = first & np.append(first[1:], True)[: len(first)]
    flags = (marks.is_repeat, marks.is_switch, marks.is_duplicate, first, alone)
    packed = sum((flag.astype(np.uint8) << k for k, flag in enumerate(flags)), np.zeros(len(first), dtype=np.uint8))
    segment = _segments(pulled, marks, settings)
    start = 0
    for batch in pq.ParquetFile(contacts).iter_batches(BATCH, columns=["customer_id", "arrived_at", "channel"]):
        mine = place[start : start + len(batch)]
        opening = ids.take(pa.array(pulled.file_row[marks.case[mine]]))
        repeat, switch, twice, begins, single = (packed[mine] >> k & 1 == 1 for k in range(len(flags)))
        yield {
            "contact_id": ids.slice(start, len(batch)),
            "customer_id": batch.column("customer_id").cast(pa.string()),
            "arrived_at": batch.column("arrived_at").cast(pa.timestamp("us", "UTC")),
            "channel": batch.column("channel"),
            "case_id": pc.binary_join_element_wise("M", opening, ""),
            "case_position": marks.position[mine],
            "gap_s": pa.array((rows.at[mine] - rows.at[mine - 1]) / 1e6, mask=begins),
            "is_repeat": repeat,
            "is_switch": switch,
            "is_duplicate": twice,
            "segment": pa.nulls(len(batch), pa.string()) if segment is None else segment.take(mine),
            "is_alone": single,
        }
        start += len(batch)


def _segments(pulled: _Pulled, marks: Marks, settings: TimelineSettings) -> pd.Series[str] | None:
    """Return the segment of each contact, None where the plan has no rules."""
    if not settings.segments:
        return None
    effort = pulled.effort_s if pulled.effort_s is not None else np.zeros(len(marks.case))
    return assign_segments(arrival_terms(pulled.rows, marks.case, effort), settings)
