"""Any JSON records, one a line, back to back or in a list, by the plan's column map; nested fields by dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from omnistaff.ingest.json_lines import read_batches
from omnistaff.ingest.json_rows import Record, pick_text
from omnistaff.ingest.parsed import Input, Parsed, make_rejects
from omnistaff.ingest.table_rows import parts_of, rows_to_parsed
from omnistaff.plan import Source


def read(given: Input) -> Iterator[Parsed]:
    """Yield the records of the files, a batch at a time."""
    wanted = _columns(given.source)
    for file in given.files:
        for found, rejects in read_batches(file, given.source.encoding):
            records = [record for _, record in found]
            place = pd.DataFrame(
                {
                    "file": pd.Series([file.name] * len(found), dtype="str"),
                    "row": pd.Series([row for row, _ in found], dtype="int64"),
                }
            )
            parsed = rows_to_parsed(_table(records, wanted), place, given.source)
            parsed.rows += len(rejects)
            parsed.rejects = pd.concat([parsed.rejects, make_rejects(rejects)], ignore_index=True)
            yield parsed


def _columns(source: Source) -> list[str]:
    """Return the dotted paths that the column map names."""
    names = {name for expression in source.columns.values() for name in parts_of(expression, ())}
    return sorted(names | set(source.empty))


def _table(records: Sequence[Record], wanted: Sequence[str]) -> pd.DataFrame:
    """Return one text column a path."""
    columns: dict[str, pd.Series[Any]] = {}
    for path in wanted:
        steps = path.split(".")
        if len(steps) == 1:
            values = [_plain(record.get(path)) for record in records]
        else:
            values = [pick_text(record, *steps) for record in records]
        columns[path] = pd.Series(values, dtype="str")
    return pd.DataFrame(columns, index=pd.RangeIndex(len(records)))


def _plain(value: Any) -> str | None:
    if type(value) is str and value.isascii():
        return value
    return pick_text({"": value}, "")
