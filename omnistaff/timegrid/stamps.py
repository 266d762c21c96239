"""Wall-clock stamps of a log as instants, also in the nights when clocks change."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from omnistaff.timegrid.days import zone

TWICE = "clocks went back"  # the reason in words of a stamp that stands for two instants

Ambiguity = Literal["order", "first", "second", "reject"]


def localize(
    stamps: pd.Series[pd.Timestamp], zone_name: str, *, ambiguous: Ambiguity = "order"
) -> tuple[pd.Series[pd.Timestamp], pd.Series[str]]:
    """Return (instants in UTC, reason) for wall-clock *stamps* of a zone, row by row.

    A stamp in a spring gap has no instant. A stamp in the repeated autumn hour is resolved by *ambiguous*:
    ``order`` takes the log to be in time order and switches to the second copy when the clock steps back;
    where the order shows no step back, and with ``reject``, the row has no instant. Rows without an instant
    are NaT with the reason in words; other rows have an empty reason.
    """
    tz = zone(zone_name)
    early = stamps.dt.tz_localize(tz, nonexistent="NaT", ambiguous=np.ones(len(stamps), dtype=bool))
    late = stamps.dt.tz_localize(tz, nonexistent="NaT", ambiguous=np.zeros(len(stamps), dtype=bool))
    missing = stamps.notna() & early.isna()
    twice = (early != late) & early.notna()
    second = _second_copies(stamps, twice, ambiguous)
    resolved = early.where(~(twice & (second == 1)), late).where(~(twice & (second < 0)))
    reason = pd.Series("", index=stamps.index, dtype="str")
    reason = reason.mask(missing, f"local time does not exist in {zone_name} (clocks went forward)")
    reason = reason.mask(
        twice & (second < 0), f"local time is ambiguous in {zone_name} ({TWICE}) and nothing tells which"
    )
    return resolved.dt.tz_convert("UTC").dt.as_unit("us"), reason


def _second_copies(stamps: pd.Series[pd.Timestamp], twice: pd.Series[bool], ambiguous: Ambiguity) -> pd.Series[int]:
    """Return 0 (first copy), 1 (second copy) or -1 (cannot tell) for each ambiguous row."""
    result = pd.Series(-1, index=stamps.index, dtype="int64")
    match ambiguous:
        case "first":
            return result.mask(twice, 0)
        case "second":
            return result.mask(twice, 1)
        case "reject":
            return result
        case "order":
            pass
    rows = stamps[twice]
    for _, night in rows.groupby(rows.dt.date):
        stepped_back = (night.diff() < pd.Timedelta(0)).cumsum()
        if stepped_back.max() == 1:  # one step back tells the copies apart; none or several tell nothing
            result.loc[night.index] = stepped_back.astype("int64")
    return result
