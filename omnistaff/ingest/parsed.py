"""What readers take and give: the input files of one source, and rows on their way to becoming contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from omnistaff.ingest.files import LogFile
from omnistaff.plan import Source

#: Kinds of identifiers a column map may name; ``handle:<platform>`` too.
IDENTIFIER_KINDS = (
    "phone", "email", "account", "national_id", "device", "name", "postcode", "birth_date", "address",
)  # fmt: skip

TEXT = (
    "native_id", "channel", "direction", "queue", "reason", "outcome", "agent_id", "site", "language", "thread_id",
    "effort_basis", "file", "text", "problem",
)  # fmt: skip
TIMES = ("arrived_at", "answered_at", "ended_at", "updated_at")
NUMBERS = ("priority", "wait_s", "effort_s", "elapsed_s")
FLAGS = {"is_demand": True, "derives_effort": True}  # with what holds where a reader does not say
COUNTS = {"legs": 1, "row": 0}

UTC_TIME: Final = "datetime64[us, UTC]"
MAX_TEXT = 200


@dataclass
class Parsed:
    """Rows of one source on their way to contacts.

    ``drafts`` has one row a contact: native_id, file, row, arrived_at and any of the contacts' columns; where
    ``problem`` is not empty the row is rejected for that reason. Every input row is a leg of a draft, a reject or
    in ``set_aside`` (counted by reason), so rows read = legs + rejects + set aside.
    """

    rows: int
    drafts: pd.DataFrame
    identifiers: pd.DataFrame
    rejects: pd.DataFrame
    set_aside: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Input:
    """The files of one source and its settings."""

    source: Source
    files: Sequence[LogFile]


def make_drafts(columns: Mapping[str, Any], length: int) -> pd.DataFrame:
    """Return a frame of *length* drafts with every draft column, typed; absent ones are filled with nothing."""
    index = pd.RangeIndex(length)
    result: dict[str, pd.Series[Any]] = {}
    for name in TEXT:
        result[name] = _column(columns.get(name), index, "str")
    for name in TIMES:
        result[name] = _column(columns.get(name), index, UTC_TIME)
    for name in NUMBERS:
        result[name] = _column(columns.get(name), index, "float64")
    for name, usual in FLAGS.items():
        result[name] = _column(columns.get(name, usual), index, "bool")
    for name, usual_count in COUNTS.items():
        result[name] = _column(columns.get(name, usual_count), index, "int64")
    result["problem"] = result["problem"].fillna("")
    return pd.DataFrame(result)


def _column(values: Any, index: pd.Index[Any], dtype: str) -> pd.Series[Any]:
    if isinstance(values, pd.Series):
        values = values.array
    elif dtype == "str" and values is None:
        values = pd.NA
    elif dtype == UTC_TIME and values is None:
        values = pd.NaT
    elif dtype == "float64" and values is None:
        values = float("nan")
    return pd.Series(values, index=index, dtype=dtype)


def make_identifiers(drafts: pd.DataFrame, kinds: Mapping[str, Any]) -> pd.DataFrame:
    """Return native_id, kind, value, file, row of each value in *kinds* (kind: column aligned with *drafts*)."""
    pieces = []
    for kind, values in kinds.items():
        text = _column(values, drafts.index, "str").str.strip()
        named = drafts[["native_id", "file", "row"]].assign(value=text)
        there = (text.notna() & (text != "")).to_numpy(dtype=bool)
        named = named if there.all() else named[there]
        pieces.append(named.assign(kind=pd.Series(kind, index=named.index, dtype="str")))
    if not pieces:
        nothing = drafts.loc[drafts.index[:0], ["native_id", "file", "row"]]
        return nothing.assign(value=nothing["native_id"], kind=nothing["native_id"])
    return pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True)


def is_among(values: pd.Series[str], known: pd.Series[str]) -> pd.Series[bool]:
    """Return whether each of *values* is one of *known*, by one hash table (``isin`` makes Python objects first)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(pa.array(values, pa.large_string()), value_set=pa.array(known, pa.large_string()))
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index, dtype="bool")


def make_rejects(rows: Sequence[tuple[str, int, str, str]] = ()) -> pd.DataFrame:
    """Return a frame of (file, row, reason, text)."""
    frame = pd.DataFrame(list(rows), columns=["file", "row", "reason", "text"])
    return frame.astype({"file": "str", "row": "int64", "reason": "str", "text": "str"})


def split_problems(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows of *frame* without a ``problem``, rejects of the others)."""
    bad = (frame["problem"] != "").to_numpy(dtype=bool)
    if not bad.any():
        return frame, make_rejects()
    refused = frame.loc[bad, ["file", "row", "problem", "text"]].rename(columns={"problem": "reason"})
    refused["text"] = refused["text"].fillna("").str.slice(0, MAX_TEXT)
    return frame.loc[~bad].reset_index(drop=True), refused.reset_index(drop=True)
