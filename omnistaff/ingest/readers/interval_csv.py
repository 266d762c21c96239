"""Any interval report with a header, by column map: the planner's own spreadsheet.

Maps ``interval_start`` (``Date + Time`` for two columns), ``offered``, and ``queue``, ``handled``, ``abandoned`` and
``handle_s`` (an average) or ``handle_total_s``.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.intervals import checked_intervals, join_rejects, make_intervals
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.stamps import read_durations, read_numbers, read_stamps
from omnistaff.ingest.table_rows import evaluate, parts_of

KEYS = ("queue", "interval_start", "offered", "handled", "abandoned", "handle_s", "handle_total_s")


def read(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (intervals, rejects) of the files."""
    pieces, rejects = [make_intervals({}, 0)], []
    for file in given.files:
        blocks = list(read_blocks(file, given.source))
        raw = pd.concat([block for block, _, _ in blocks], ignore_index=True) if blocks else pd.DataFrame()
        place = pd.concat([spot for _, spot, _ in blocks], ignore_index=True) if blocks else pd.DataFrame()
        rejects += [refused for _, _, refused in blocks]
        if len(raw):
            rows, refused = checked_intervals(_intervals(raw, place, given), given.source)
            pieces.append(rows)
            rejects.append(refused)
    return pd.concat(pieces, ignore_index=True), join_rejects(rejects)


def _intervals(raw: pd.DataFrame, place: pd.DataFrame, given: Input) -> pd.DataFrame:
    source, found = given.source, list(raw.columns)
    problems = [
        f"columns.{key}: unknown, expected one of {', '.join(KEYS)}" for key in source.columns if key not in KEYS
    ]
    problems += [f"columns.{key}: missing" for key in ("interval_start", "offered") if key not in source.columns]
    for key, expression in source.columns.items():
        lacking = [name for name in parts_of(expression, found) if name not in found]
        problems += [f"columns.{key}: no column {name!r}, found {', '.join(found)}" for name in lacking]
    if problems:
        raise ConfigError(f"ingest source {source.label} does not fit its file", problems)
    text = {key: evaluate(expression, raw) for key, expression in source.columns.items()}
    start, problem = read_stamps(text["interval_start"], source)
    numbers: dict[str, pd.Series[float]] = {
        key: read_numbers(text[key], source) for key in ("offered", "handled", "abandoned") if key in text
    }
    if "handle_total_s" in text:
        total = read_durations(text["handle_total_s"], source)
    elif "handle_s" in text and "handled" in numbers:
        total = (read_durations(text["handle_s"], source) * numbers["handled"]).mask(numbers["handled"] == 0, 0.0)
    else:
        total = None
    columns: dict[str, Any] = {"interval_start": start, "problem": problem, "handle_total_s": total}
    columns.update(numbers)
    return make_intervals(
        {**columns, "queue": text.get("queue"), "file": place["file"], "row": place["row"]}, len(raw)
    )
