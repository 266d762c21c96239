"""Typed frames (Parquet, SQL) to text columns that the column map reads like any other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from omnistaff.ingest.csv_rows import Block
from omnistaff.ingest.nights import whole_nights
from omnistaff.ingest.parsed import Parsed, make_rejects
from omnistaff.ingest.table_rows import rows_to_parsed
from omnistaff.plan import Source


def frames_to_parsed(frames: Iterable[pd.DataFrame], name: str, source: Source) -> Iterator[Parsed]:
    """Yield what the column map makes of each frame; rows are numbered from 1 over all frames."""
    for raw, place, _ in whole_nights(_blocks(frames, name), source):
        yield rows_to_parsed(raw, place, source)


def _blocks(frames: Iterable[pd.DataFrame], name: str) -> Iterator[Block]:
    read = 0
    for frame in frames:
        place = pd.DataFrame(
            {
                "file": pd.Series([name] * len(frame), dtype="str"),
                "row": np.arange(read + 1, read + len(frame) + 1),
            }
        )
        read += len(frame)
        raw = pd.DataFrame({str(column): _text(frame[column]) for column in frame.columns}, index=place.index)
        yield raw, place, make_rejects()


def _text(values: pd.Series[Any]) -> pd.Series[str]:
    """Return *values* as text: times in ISO 8601 with their offset, whole floats without a fraction."""
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return cast("pd.Series[str]", values.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ").astype("str"))
    if values.dtype.kind == "M":
        return cast("pd.Series[str]", values.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype("str"))
    if values.dtype.kind == "f":
        whole = values.notna() & (values == values.round()) & (values.abs() < 2**53)
        text = values.astype("str").mask(whole, values.where(whole, 0).astype("int64").astype("str"))
        return text.where(values.notna()).astype("str")
    plain = [None if value is None or value is pd.NA else _one(value) for value in values]
    return pd.Series(plain, dtype="str")


def _one(value: Any) -> str | None:
    if isinstance(value, float) and np.isnan(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
