"""Exports with a header whose columns the reader knows by name, whatever their order and case."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from omnistaff.errors import ParseError
from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.parsed import Input, make_rejects


def read_export(given: Input, needed: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows as text with upper-case column names, file and row; rejects).

    Raises ParseError naming the columns of *needed* that a file lacks.
    """
    pieces, rejects = [], [make_rejects()]
    for file in given.files:
        for raw, place, refused in read_blocks(file, given.source):
            named = raw.set_axis([str(name).upper() for name in raw.columns], axis=1)
            missing = [name for name in needed if name not in named]
            if missing:
                raise ParseError(
                    f"{file.name} lacks the columns {', '.join(missing)}: found {', '.join(raw.columns)}"
                )
            pieces.append(named.assign(file=place["file"].astype("str"), row=place["row"].astype("int64")))
            rejects.append(refused)
    nothing = pd.DataFrame({name: pd.Series([], dtype="str") for name in (*needed, "file")})
    rows = pd.concat(pieces, ignore_index=True) if pieces else nothing.assign(row=pd.Series([], dtype="int64"))
    return rows, pd.concat(rejects, ignore_index=True)


def column(rows: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return a column, an empty one where the export has none of that name."""
    return rows[name].str.strip() if name in rows else pd.Series(pd.NA, index=rows.index, dtype="str")
