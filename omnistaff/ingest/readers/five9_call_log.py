"""Five9 call log report: one row a call segment, the same CALL ID after a transfer, durations as HH:MM:SS.

Stamps are in the domain's time zone without a mark. A call reaches the queue after its IVR TIME.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.ingest.export_rows import column, read_export
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers
from omnistaff.ingest.stamps import read_clock_durations, read_stamps
from omnistaff.plan import Source

NEEDED = ("CALL ID", "TIMESTAMP", "CALL TYPE", "SKILL", "AGENT", "CALL TIME", "QUEUE WAIT TIME", "HANDLE TIME")
TIMESTAMP = "%a, %d %b %Y %H:%M:%S"
NOBODY = ("[None]", "[Deleted]")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the calls, segments joined."""
    rows, rejects = read_export(given, NEEDED)
    seen = len(rows) + len(rejects)
    nameless = rows.loc[rows["CALL ID"].isna(), ["file", "row"]].assign(reason="row has no CALL ID", text="")
    rows = rows[rows["CALL ID"].notna()].reset_index(drop=True)
    segments = _segments(rows, given.source)
    calls = segments.drop_duplicates("id").reset_index(drop=True)
    ids = pd.Index(calls["id"])
    by_call = segments.groupby("id", sort=False)
    inbound = segments["type"].str.lower() != "outbound"
    taken = segments[inbound & segments["agent"].notna() & (segments["handle"] > 0)].drop_duplicates("id")
    taken = taken.set_index("id").reindex(ids)
    answered = taken["agent"].notna().to_numpy(dtype=bool)
    outbound = (calls["type"].str.lower() == "outbound").to_numpy(dtype=bool)
    queued = (calls["skill"].notna() & ~outbound).to_numpy(dtype=bool)
    no_agent = np.where(queued, "abandoned", np.where(outbound, "abandoned", "contained"))
    drafts = make_drafts(
        {
            "native_id": calls["id"],
            "file": calls["file"],
            "row": calls["row"],
            "problem": by_call["problem"].max().reindex(ids),
            "channel": given.source.channel or "voice",
            "direction": pd.Series(np.where(outbound, "outbound", "inbound"), dtype="str"),
            "queue": calls["skill"],
            "reason": column(rows, "DISPOSITION").iloc[segments.drop_duplicates("id", keep="last")["position"]],
            "arrived_at": calls["queued"],
            "answered_at": taken["picked_up"],
            "ended_at": by_call["over"].max().reindex(ids),
            "effort_s": by_call["handle"].sum(min_count=1).reindex(ids).where(answered),
            "outcome": pd.Series(np.where(answered & ~outbound, "answered", no_agent), dtype="str"),
            "agent_id": taken["agent"],
            "legs": by_call.size().reindex(ids),
        },
        len(calls),
    )
    identifiers = make_identifiers(drafts, {"phone": calls["number"].where(~outbound)})
    yield Parsed(seen, drafts, identifiers, pd.concat([rejects, nameless], ignore_index=True), Counter())


def _segments(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    at, problem = read_stamps(rows["TIMESTAMP"], source, time_format=source.time_format or TIMESTAMP)
    length = {
        name: pd.to_timedelta(read_clock_durations(column(rows, name)).fillna(0), unit="s").dt.as_unit("us")
        for name in ("IVR TIME", "QUEUE WAIT TIME", "CALL TIME", "AFTER CALL WORK TIME")
    }
    queued = at + length["IVR TIME"]
    agent = rows["AGENT"].mask(rows["AGENT"].isin(NOBODY))
    frame = pd.DataFrame(
        {
            "id": rows["CALL ID"],
            "file": rows["file"],
            "row": rows["row"],
            "type": rows["CALL TYPE"],
            "skill": rows["SKILL"].mask(rows["SKILL"].isin(NOBODY)),
            "agent": agent,
            "number": column(rows, "ANI"),
            "at": at,
            "queued": queued,
            "picked_up": queued + length["QUEUE WAIT TIME"],
            "over": at + length["CALL TIME"] + length["AFTER CALL WORK TIME"],
            "handle": read_clock_durations(rows["HANDLE TIME"]),
            "problem": problem,
            "position": np.arange(len(rows)),
        }
    )
    return frame.sort_values(["at", "position"], kind="stable", ignore_index=True)
