"""Any JSON records, one a line, back to back or in a list, by the plan's column map; nested fields by dotted path."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from omnistaff.ingest.json_lines import read_json_blocks
from omnistaff.ingest.nights import whole_nights
from omnistaff.ingest.parsed import Input, Parsed
from omnistaff.ingest.table_rows import parts_of, rows_to_parsed
from omnistaff.plan import Source


def read(given: Input) -> Iterator[Parsed]:
    """Yield the records of the files, a block at a time."""
    wanted = _columns(given.source)
    for file in given.files:
        for raw, place, rejects in whole_nights(read_json_blocks(file, given.source.encoding, wanted), given.source):
            parsed = rows_to_parsed(raw, place, given.source)
            parsed.rows += len(rejects)
            parsed.rejects = pd.concat([parsed.rejects, rejects], ignore_index=True)
            yield parsed


def _columns(source: Source) -> list[str]:
    """Return the dotted paths that the column map names."""
    names = {name for expression in source.columns.values() for name in parts_of(expression, ())}
    return sorted(names | set(source.empty))
