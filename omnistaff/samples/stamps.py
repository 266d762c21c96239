"""Seconds since 1970 in the spellings that log formats use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from omnistaff.samples.world import ZONE


def iso_z(seconds: np.ndarray) -> list[str]:
    """Return ``2026-10-26T13:02:05Z`` for each time, ``NaTZ`` never: empty where there is no time."""
    text = np.datetime_as_string(_whole(seconds, "s"))
    return ["" if stamp == "NaT" else f"{stamp}Z" for stamp in text.tolist()]


def sql_ms(seconds: np.ndarray) -> list[str]:
    """Return ``2026-10-26 13:00:12.401`` (UTC without a mark) for each time, empty where there is none."""
    text = np.datetime_as_string(_whole(seconds, "ms"))
    return ["" if stamp == "NaT" else stamp.replace("T", " ") for stamp in text.tolist()]


def spanish_local(seconds: np.ndarray) -> list[str]:
    """Return ``15/09/2025 08:41:10`` in the branch's local time for each time, empty where there is none."""
    times = pd.Series(pd.to_datetime(_whole(seconds, "s"))).dt.tz_localize("UTC").dt.tz_convert(ZONE)
    return times.dt.strftime("%d/%m/%Y %H:%M:%S").fillna("").tolist()


def _whole(seconds: np.ndarray, unit: str) -> np.ndarray:
    scale = {"s": 1, "ms": 1000}[unit]
    whole = np.floor(np.nan_to_num(seconds, nan=0.0) * scale).astype("int64")
    times: np.ndarray = whole.astype(f"datetime64[{unit}]")
    times[np.isnan(seconds)] = np.datetime64("NaT")
    return times
