"""The chronology of tens of millions of contacts on one machine, from a Parquet file to a Parquet file.

DuckDB reads the file once as numbers; they are put in order and judged by the rules of ``order``, compiled; texts are
only copied, a batch at a time. Beyond one machine, the Ibis expressions of ``warehouse`` do the same where the
contacts live.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.plan import TimelineSettings
from omnistaff.tables import CHANNELS
from omnistaff.timeline.order import (
    FAR,
    Codes,
    Marks,
    Rows,
    changes,
    fill_families,
    mark_rows,
    name_families,
)
from omnistaff.timeline.segments import arrival_terms, assign_segments

BATCH = 500_000
FLAGS = ("is_repeat", "is_switch", "is_duplicate", "is_alone")
NEEDED = [
    "contact_id", "source", "channel", "reason", "arrived_at", "answered_at", "ended_at", "effort_s", "outcome",
    "thread_id", "is_demand",
]  # fmt: skip


@dataclass(frozen=True)
class Ordered:
    """Contacts in the order of their customers: the row of the file each came from, and what the rules need."""

    file_row: Codes
    rows: Rows
    families: NDArray[Any]
    effort_s: NDArray[np.float64] | None


def write_timeline(
    connection: Any, contacts: Path, target: Path, settings: TimelineSettings, *, numbers: Codes | None = None
) -> None:
    """Write the timeline of the Parquet file *contacts* to *target*, row for row in the order of that file.

    *contacts* holds the columns of the contacts table that the rules need and customer_id; *connection* is an open
    DuckDB connection, whose limits of memory and threads hold. Beside the columns of the timeline table there are
    is_alone (whether the customer has no other contact), family (that of the reason) and customer (the first row of
    the customer in the file). *numbers* tells which rows of a larger file these are; they are written as ``row``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = pq.ParquetFile(contacts).read(["contact_id"], use_threads=False).column(0)
    ids = ids.cast(pa.large_string()).combine_chunks()
    ordered = order_file(connection, contacts, ids, settings)
    columns = _columns(ordered, mark_rows(ordered.rows, settings), settings)
    families = ordered.families[:-1].tolist()
    del ordered
    if numbers is not None:
        columns |= {"row": numbers, "customer": numbers[columns["customer"]]}
    text = pa.string()
    few = pa.dictionary(pa.int32(), text)
    schema = pa.schema(
        {
            "contact_id": text, "customer_id": text, "arrived_at": pa.timestamp("us", "UTC"), "channel": few,
            "case_id": text, "case_position": pa.int64(), "gap_s": pa.float64(),
            **dict.fromkeys(FLAGS, pa.bool_()), "segment": few, "family": few, "customer": pa.int32(),
            **({} if numbers is None else {"row": pa.int64()}),
        }
    )  # fmt: skip
    few_values = ["channel", "case_position", "segment", "family"]
    with pq.ParquetWriter(  # squeezing the rest would halve the file and cost an eighth of the time
        target, schema, compression="none", use_dictionary=few_values, write_statistics=False, store_schema=False
    ) as writer:
        for batch in _batches(contacts, ids, columns, families, settings):
            writer.write_table(pa.table(batch, schema=schema))


def update_timeline(
    connection: Any, contacts: Sequence[Path], touched: tuple[Codes, Codes], target: Path, settings: TimelineSettings
) -> None:
    """Write the timeline of *touched* customers to *target*, which takes the place of their rows so far.

    *contacts* are Parquet files whose rows count on from one to the next; *touched* has the rows of some customers,
    all of each and ascending, and the customer of each row (``identity.kept.Touched``). Beside the columns of
    ``write_timeline`` there is row, which the new line is for; the lines of all other rows stay as they are.
    """
    import pyarrow.parquet as pq

    rows, customers = touched
    connection.register("timeline_touched", pd.DataFrame({"row": rows, "customer_id": customers}))
    parts, start = [], 0
    for file in contacts:
        schema = pq.read_schema(file).names
        listed = ", ".join(name for name in NEEDED if name in schema)
        parts.append(
            f"select row, t.customer_id, {listed} from {_numbered(file)}"
            f" join timeline_touched t on file_row_number = row - {start}"
        )
        start += pq.read_metadata(file).num_rows
    with tempfile.TemporaryDirectory() as folder:
        some = Path(folder) / "contacts.parquet"
        connection.execute(f"copy (select * from ({' union all '.join(parts)}) order by row) to {_quoted(some)}")
        write_timeline(connection, some, target, settings, numbers=np.asarray(rows))
    connection.unregister("timeline_touched")


def order_file(connection: Any, contacts: Path, ids: Any, settings: TimelineSettings) -> Ordered:
    """Return the contacts as numbers in the order of customer, arrival and contact; *ids* are those of the file."""
    from omnistaff.tables.codes import group_rows, number_hashes

    source = _numbered(contacts)
    found = [row[0] for row in connection.execute(f"select distinct reason from {source} order by 1").fetchall()]
    reasons = [reason for reason in found if reason is not None]
    is_gapped = settings.same_reason and len(reasons) < len(found)
    needs_effort = any("effort_hours" in rule for rule in settings.segments.values())
    columns = {
        "customer": ("greatest(hash(customer_id), 1::ubigint)", np.uint64),
        "moment": ("epoch_us(arrived_at)", np.int64),
        "done": ("coalesce(epoch_us(coalesce(answered_at, ended_at)),"
                 f" case when outcome = 'open' then {FAR} else 0 end)", np.int64),
        "reason": (_code(connection, "reason", reasons), np.int32),
        "channel": (_code(connection, "channel", CHANNELS), np.int32),
        "is_demand": ("is_demand", np.bool_),
        **({"thread": ("hash(source, thread_id)", np.uint64), "apart": ("thread_id is null", np.bool_)}
           if is_gapped else {}),
        **({"effort_s": ("effort_s::double", np.float64)} if needs_effort else {}),
    }  # fmt: skip
    said = _fetch(connection, source, columns, len(ids))
    code, keys = number_hashes(said.pop("customer"))
    file_row = group_rows(code, len(keys), said["moment"])
    customer, moment = code[file_row], said.pop("moment")[file_row]
    file_row = _settle_ties(file_row, customer, moment, ids)
    family_of, families = name_families(reasons, settings)
    family = np.append(family_of, -1).astype(np.int32)[said.pop("reason")[file_row]]
    thread = _threads(said, file_row) if is_gapped else family
    family = fill_families(family, customer, moment, thread, settings)
    done, channel, is_demand = (said.pop(name)[file_row] for name in ("done", "channel", "is_demand"))
    rows = Rows(customer, moment, done, family, channel, is_demand)
    return Ordered(file_row, rows, families, said["effort_s"][file_row] if needs_effort else None)


def _fetch(connection: Any, source: str, columns: dict[str, tuple[str, type]], size: int) -> dict[str, NDArray[Any]]:
    """Return columns of a file without missing numbers, row by row, each given as SQL and the type of its array."""
    listed = ", ".join(f"{expression} as {name}" for name, (expression, _) in columns.items())
    reader = connection.sql(f"select file_row_number as file_row, {listed} from {source}").to_arrow_reader(BATCH)
    found: dict[str, NDArray[Any]] = {name: np.empty(size, dtype=dtype) for name, (_, dtype) in columns.items()}
    for batch in reader:
        place = batch["file_row"].to_numpy()
        for name, values in found.items():
            values[place] = batch[name].to_numpy(zero_copy_only=False)
    return found


def _threads(said: dict[str, NDArray[Any]], file_row: Codes) -> Codes:
    """Return the thread of each contact as a code, -1 without."""
    code = pd.factorize(said.pop("thread"))[0].astype(np.int32)
    return np.where(said.pop("apart"), np.int32(-1), code)[file_row]


def _settle_ties(file_row: Codes, customer: Codes, moment: Codes, ids: Any) -> Codes:
    """Return the rows with those of one customer and one moment in the order of their contact ids."""
    again = ~changes(customer, moment)
    tied = np.flatnonzero(again | np.append(again[1:], False)) if len(again) else np.flatnonzero(again)
    names = ids.take(file_row[tied]).to_numpy(zero_copy_only=False)
    order = np.lexsort((pd.factorize(names, sort=True)[0], moment[tied], customer[tied]))
    file_row[tied] = file_row[tied[order]]
    return file_row


def _code(connection: Any, column: str, values: Sequence[str]) -> str:
    """Return the SQL for a text's place among *values*, -1 where it is none of them."""
    if not values:
        return "-1"
    listed = ", ".join(map(_quoted, values))
    connection.execute(f"drop type if exists timeline_{column}")
    connection.execute(f"create type timeline_{column} as enum ({listed})")
    return f"coalesce(enum_code(try_cast({column} as timeline_{column}))::integer, -1)"


def _numbered(file: Path) -> str:
    """Return the SQL for a Parquet file's rows with the number of each, file_row_number."""
    return f"read_parquet({_quoted(file)}, file_row_number = true)"


def _quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _columns(ordered: Ordered, marks: Marks, settings: TimelineSettings) -> dict[str, Any]:
    """Return what the rules found as columns in the order of the file; case_row is the file's row of the first.

    The flags are bits of one number, so that they are put in their places at once.
    """
    rows, file_row = ordered.rows, ordered.file_row
    first = changes(rows.customer)
    gap = np.full(len(first), np.nan)
    gap[1:] = np.diff(rows.at) / 1e6
    gap[first] = np.nan
    alone = first & np.append(first[1:], True)[: len(first)]
    flags = np.packbits([marks.is_repeat, marks.is_switch, marks.is_duplicate, alone], axis=0, bitorder="little")[0]
    start = np.minimum.reduceat(file_row, np.flatnonzero(first)) if len(first) else file_row
    found = {
        "case_row": file_row[marks.case],
        "case_position": marks.position,
        "gap_s": gap,
        "flags": flags,
        "family": rows.family,
        "customer": start[rows.customer],
    }
    if settings.segments:
        found["segment"] = _segments(ordered, marks, settings)
    columns: dict[str, Any] = {}
    for name in list(found):
        values = found.pop(name)
        columns[name] = np.empty_like(values)
        columns[name][file_row] = values
    return columns


def _spelt(code: Codes, texts: Sequence[str]) -> Any:
    """Return codes as the texts they stand for, missing where they are -1."""
    import pyarrow as pa

    known = pa.array(code.astype(np.int32, copy=False), mask=code < 0)
    return pa.DictionaryArray.from_arrays(known, pa.array(texts, pa.string()))


def _batches(
    contacts: Path, ids: Any, columns: dict[str, Any], families: Sequence[str], settings: TimelineSettings
) -> Iterator[dict[str, Any]]:
    """Give the columns of the timeline, some rows at a time, in the order of the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from omnistaff.timeline.kernels import name_matters

    letters = ids.buffers()
    starts = np.frombuffer(letters[1], dtype=np.int64)
    text = np.frombuffer(letters[2] or b"", dtype=np.uint8)
    start = 0
    file = pq.ParquetFile(contacts, read_dictionary=["channel"])
    for batch in file.iter_batches(BATCH, columns=["customer_id", "arrived_at", "channel"]):
        end = start + len(batch)
        own = {name: values[start:end] for name, values in columns.items()}
        begins, names = name_matters(starts, text, own["case_row"])
        segment = own.get("segment", np.full(len(batch), -1, dtype=np.int8))
        yield {
            "contact_id": ids.slice(start, len(batch)).cast(pa.string()),
            "customer_id": batch.column("customer_id").cast(pa.string()),
            "arrived_at": batch.column("arrived_at").cast(pa.timestamp("us", "UTC")),
            "channel": batch.column("channel"),
            "case_id": pa.StringArray.from_buffers(len(batch), pa.py_buffer(begins), pa.py_buffer(names)),
            "case_position": own["case_position"].astype(np.int64),
            "gap_s": pa.array(own["gap_s"], from_pandas=True),
            **{name: (own["flags"] & 1 << k).astype(bool) for k, name in enumerate(FLAGS)},
            "segment": _spelt(segment, [*settings.segments]),
            "family": _spelt(own["family"], families),
            "customer": own["customer"],
            **({"row": own["row"]} if "row" in own else {}),
        }
        start = end


def _segments(ordered: Ordered, marks: Marks, settings: TimelineSettings) -> Codes:
    """Return the place of each contact's segment among the plan's, -1 where no rule holds."""
    effort = ordered.effort_s if ordered.effort_s is not None else np.zeros(len(marks.case))
    named = assign_segments(arrival_terms(ordered.rows, marks.case, effort), settings)
    return pd.Categorical(named, categories=[*settings.segments]).codes
