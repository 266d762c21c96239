"""Tables as CSV text that a spreadsheet may open: what could be taken for a formula is marked as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP: CSV injection


def csv_text(frame: pd.DataFrame, *, line_end: str = "\n") -> str:
    """Return *frame* as CSV, numbers with six digits, text that begins like a formula led by an apostrophe."""
    text = frame.select_dtypes(include=["str", "object"])
    safe = {
        str(name): text[name].map(marked, na_action="ignore") for name in text.columns if _has_formula(text[name])
    }
    return frame.assign(**safe).to_csv(index=False, float_format="%.6g", lineterminator=line_end)


def csv_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of text as CSV, marked alike; for many small files, where a frame each would cost more."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([marked(value) for value in row] for row in rows)
    return stream.getvalue()


def marked(value: object) -> object:
    """Return text led by an apostrophe where a spreadsheet would calculate it; anything else as it is.

    >>> marked("=1+1"), marked("Ana"), marked(-2.5)
    ("'=1+1", 'Ana', -2.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _has_formula(values: pd.Series[str]) -> bool:
    return any(value.startswith(FORMULA) for value in values.dropna().unique() if isinstance(value, str))
