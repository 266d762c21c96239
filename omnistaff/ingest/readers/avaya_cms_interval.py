"""Avaya CMS split/skill interval report: title lines, a Totals line before the rows, date only in the preamble.

Times are written ``:21`` (21 s), ``1:05`` (65 s) or ``1:02:10``. Calls offered are ACD calls plus abandons, which the
report books where they end.
"""

from __future__ import annotations

import re

import pandas as pd

from omnistaff.errors import ParseError
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.intervals import checked_intervals, join_rejects, make_intervals
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.stamps import read_clock_durations, read_numbers, read_stamps

NEEDED = ("Time", "ACD Calls", "Aban Calls", "Avg ACD Time")
DATE = "%m/%d/%Y"
SPAN = re.compile(r"^\s*(\d{1,2}:\d{2}\s*[AP]M|\d{1,2}:\d{2})\s*-")


def read(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (intervals, rejects) of the files."""
    pieces, rejects = [make_intervals({}, 0)], []
    for file in given.files:
        rows, refused = checked_intervals(_intervals(file, given), given.source)
        pieces.append(rows)
        rejects.append(refused)
    return pd.concat(pieces, ignore_index=True), join_rejects(rejects)


def _intervals(file: LogFile, given: Input) -> pd.DataFrame:
    lines = file.lines(given.source.encoding)
    delimiter = given.source.delimiter or "\t"
    cells = [line.split(delimiter) for line in lines]
    at = next((k for k, row in enumerate(cells) if all(name in row for name in NEEDED)), None)
    if at is None:
        raise ParseError(f"{file.name} has no line with the columns {', '.join(NEEDED)}")
    preamble = {row[0].strip().rstrip(":"): row[1].strip() for row in cells[:at] if len(row) > 1}
    if "Date" not in preamble:
        raise ParseError(f"{file.name} has no line 'Date:' before its columns")
    names = [name.strip() for name in cells[at]]
    kept = [k for k in range(at + 1, len(cells)) if lines[k].strip() and not cells[k][0].startswith("Totals")]
    body = [[*cells[k], *[""] * len(names)][: len(names)] for k in kept]
    raw = pd.DataFrame(body, columns=names, dtype="str")
    return _typed(raw, pd.Series([k + 1 for k in kept], dtype="int64"), file.name, preamble, given)


def _typed(raw: pd.DataFrame, row: pd.Series[int], name: str, preamble: dict[str, str], given: Input) -> pd.DataFrame:
    clock = raw["Time"].str.extract(SPAN.pattern)[0].str.replace(" ", "", regex=False)
    stamp = preamble["Date"] + " " + clock
    noon = clock.str.contains("M", regex=False, na=False)
    half, half_problem = read_stamps(stamp.where(noon), given.source, time_format=f"{DATE} %I:%M%p")
    full, full_problem = read_stamps(stamp.where(~noon), given.source, time_format=f"{DATE} %H:%M")
    handled, left = (read_numbers(raw[column], given.source) for column in ("ACD Calls", "Aban Calls"))
    talk = read_clock_durations(raw["Avg ACD Time"]).fillna(0)
    wrap = read_clock_durations(raw["Avg ACW Time"]).fillna(0) if "Avg ACW Time" in raw else 0.0
    queue = next((preamble[key] for key in ("Split/Skill", "Skill", "Split", "VDN") if key in preamble), None)
    return make_intervals(
        {
            "queue": queue,
            "interval_start": half.fillna(full),
            "offered": handled + left,
            "handled": handled,
            "abandoned": left,
            "handle_total_s": handled * (talk + wrap),
            "problem": half_problem.mask(half_problem == "", full_problem),
            "file": name,
            "row": row,
            "text": raw["Time"],
        },
        len(raw),
    )
