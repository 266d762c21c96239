"""Any delimited text with a header, by the plan's column map."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.nights import whole_nights
from omnistaff.ingest.parsed import Input, Parsed
from omnistaff.ingest.table_rows import rows_to_parsed


def read(given: Input) -> Iterator[Parsed]:
    """Yield the rows of the files, a block at a time."""
    for file in given.files:
        for raw, place, rejects in whole_nights(read_blocks(file, given.source), given.source):
            parsed = rows_to_parsed(raw, place, given.source)
            parsed.rows += len(rejects)
            parsed.rejects = pd.concat([parsed.rejects, rejects], ignore_index=True)
            yield parsed
