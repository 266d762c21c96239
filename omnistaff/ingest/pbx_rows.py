"""Call detail records of telephone exchanges: rows without a header, whole calls, local wall time."""

from __future__ import annotations

import pandas as pd

from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.parsed import Input, make_rejects

LONGEST_S = 1e8  # three years


def read_headerless(given: Input, names: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows as text with file and row, rejects) of files without a header; the plan's ``header`` wins."""
    source = given.source if given.source.header else given.source.model_copy(update={"header": list(names)})
    pieces, rejects = [], [make_rejects()]
    for file in given.files:
        for raw, place, refused in read_blocks(file, source):
            pieces.append(raw.assign(file=place["file"], row=place["row"]))
            rejects.append(refused)
    nothing = pd.DataFrame({name: pd.Series([], dtype="str") for name in (*source.header, "file")})
    rows = pd.concat(pieces, ignore_index=True) if pieces else nothing.assign(row=pd.Series([], dtype="int64"))
    return rows, pd.concat(rejects, ignore_index=True)


def seconds(text: pd.Series[str]) -> pd.Series[float]:
    """Return seconds; NaN where there is no number, or one that no call can last."""
    number = pd.to_numeric(text, errors="coerce").astype("float64")
    return number.where((number >= 0) & (number < LONGEST_S))
