"""Genesys Cloud WFM historical import: interval history by queue and media, handle time as a total in seconds.

A queue with several media is several queues here: ``Support EN (Voice)``. Skill sets and languages are added up. The
file does not tell abandons from work still open.
"""

from __future__ import annotations

import pandas as pd

from omnistaff.ingest.export_rows import column, read_export
from omnistaff.ingest.intervals import checked_intervals, join_rejects, make_intervals
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.stamps import read_numbers, read_stamps

NEEDED = ("INTERVAL START UTC DATE", "QUEUE", "MEDIA TYPE", "OFFERED", "INTERACTIONS HANDLED", "TOTAL HANDLE TIME")


def read(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (intervals, rejects) of the files."""
    rows, refused = read_export(given, NEEDED)
    start, problem = read_stamps(rows[NEEDED[0]], given.source)
    queue = column(rows, "QUEUE") + " (" + column(rows, "MEDIA TYPE") + ")"
    frame = make_intervals(
        {
            "queue": queue,
            "interval_start": start,
            "offered": read_numbers(rows["OFFERED"], given.source),
            "handled": read_numbers(rows["INTERACTIONS HANDLED"], given.source),
            "handle_total_s": read_numbers(rows["TOTAL HANDLE TIME"], given.source),
            "problem": problem,
            "file": rows["file"],
            "row": rows["row"],
        },
        len(rows),
    )
    good, more = checked_intervals(frame, given.source)
    return good, join_rejects([refused, more])
