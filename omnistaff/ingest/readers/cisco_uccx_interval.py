"""Cisco UCCX contact service queue interval report: quoted CSV, 12-hour local clock, averages as H:MM:SS.

The four service-level percentages stand side by side and are not read: a percentage of no calls means nothing.
"""

from __future__ import annotations

import pandas as pd

from omnistaff.ingest.export_rows import column, read_export
from omnistaff.ingest.intervals import checked_intervals, join_rejects, make_intervals
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.stamps import read_clock_durations, read_numbers, read_stamps

NEEDED = ("INTERVAL START TIME", "CONTACT SERVICE QUEUE", "CALLS PRESENTED", "CALLS HANDLED", "CALLS ABANDONED")
STAMP = "%m/%d/%y %I:%M:%S %p"


def read(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (intervals, rejects) of the files."""
    rows, refused = read_export(given, NEEDED)
    start, problem = read_stamps(rows[NEEDED[0]], given.source, time_format=given.source.time_format or STAMP)
    handled = read_numbers(rows["CALLS HANDLED"], given.source)
    average = read_clock_durations(column(rows, "AVG HANDLE TIME"))
    frame = make_intervals(
        {
            "queue": column(rows, "CONTACT SERVICE QUEUE"),
            "interval_start": start,
            "offered": read_numbers(rows["CALLS PRESENTED"], given.source),
            "handled": handled,
            "abandoned": read_numbers(rows["CALLS ABANDONED"], given.source),
            "handle_total_s": handled * average,
            "problem": problem,
            "file": rows["file"],
            "row": rows["row"],
        },
        len(rows),
    )
    good, more = checked_intervals(frame, given.source)
    return good, join_rejects([refused, more])
