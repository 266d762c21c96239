"""Calabrio (and RingCX) queue statistics: 21 fields separated by ``;``, with or without a header, totals in seconds.

Local date ``YYYYMMDD`` and time ``HH:MM``; on the autumn day 01:00 to 01:45 come twice and are told apart by their
order within a queue.
"""

from __future__ import annotations

import pandas as pd

from omnistaff.ingest.csv_rows import read_blocks
from omnistaff.ingest.intervals import checked_intervals, join_rejects, make_intervals
from omnistaff.ingest.parsed import UTC_TIME, Input
from omnistaff.ingest.stamps import read_numbers, read_stamps

COLUMNS = (
    "minutes", "date", "time", "queue_id", "queue", "offered", "overflow_in", "abandoned", "overflow_out", "answered",
    "wait_answered_s", "wait_abandoned_s", "talk_s", "wrap_s", "longest_answered_s", "longest_abandoned_s",
    "agents_available", "answered_in_level", "agents_waiting_s", "short_abandons", "abandons_in_level",
)  # fmt: skip


def read(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (intervals, rejects) of the files."""
    source = given.source.model_copy(update={"header": list(COLUMNS), "delimiter": given.source.delimiter or ";"})
    pieces, rejects = [make_intervals({}, 0)], []
    for file in given.files:
        for raw, place, refused in read_blocks(file, source):
            rejects.append(refused)
            is_header = ~raw["minutes"].str.fullmatch(r"\d+", na=False) & (place["row"] == 1)
            kept = (~is_header).to_numpy(dtype=bool)
            frame = _intervals(raw[kept].reset_index(drop=True), place[kept].reset_index(drop=True), given)
            rows, more = checked_intervals(frame, source)
            pieces.append(rows)
            rejects.append(more)
    return pd.concat(pieces, ignore_index=True), join_rejects(rejects)


def _intervals(raw: pd.DataFrame, place: pd.DataFrame, given: Input) -> pd.DataFrame:
    stamp = raw["date"] + " " + raw["time"]
    start = pd.Series(pd.NaT, index=raw.index, dtype=UTC_TIME)
    problem = pd.Series("", index=raw.index, dtype="str")
    for _, rows in raw.groupby("queue_id", dropna=False):  # the order that tells copies apart holds within a queue
        found, reason = read_stamps(stamp[rows.index], given.source, time_format="%Y%m%d %H:%M")
        start[rows.index], problem[rows.index] = found, reason
    number = {name: read_numbers(raw[name], given.source) for name in ("offered", "abandoned", "answered")}
    total = read_numbers(raw["talk_s"], given.source) + read_numbers(raw["wrap_s"], given.source)
    return make_intervals(
        {
            "queue": raw["queue"],
            "interval_start": start,
            "offered": number["offered"],
            "handled": number["answered"],
            "abandoned": number["abandoned"],
            "handle_total_s": total,
            "problem": problem,
            "file": place["file"],
            "row": place["row"],
        },
        len(raw),
    )
