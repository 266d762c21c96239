"""Asterisk ``Master.csv`` call detail records: no header, stamps in the server's local wall time.

The epoch in ``uniqueid`` is the call's start and needs no zone, which tells apart calls of a night when clocks
change; answer and end follow from ``duration`` and ``billsec``. ANSWERED only says that the exchange took the call:
without a ``dstchannel`` the caller left Queue().
``billsec`` holds the wait in Queue(), so effort is derived; queue_log is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers
from omnistaff.ingest.pbx_rows import read_headerless, seconds
from omnistaff.ingest.stamps import read_epochs, read_stamps
from omnistaff.plan import Source

COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
)  # fmt: skip
INTERNAL = ("from-internal", "internal")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the calls; rows of one uniqueid are legs of one call."""
    rows, rejects = read_headerless(given, COLUMNS)
    calls = _calls(rows, given.source)
    number = calls["native_id"].map(dict(zip(rows["uniqueid"], rows["src"], strict=True)))
    drafts = make_drafts({str(name): calls[name] for name in calls.columns}, len(calls))
    identifiers = make_identifiers(drafts, {"phone": number.where(calls["direction"] == "inbound")})
    yield Parsed(len(rows) + len(rejects), drafts, identifiers, rejects, Counter())


def _calls(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    epoch, _ = read_epochs(rows["uniqueid"].str.extract(r"(\d{9,10})\.\d+$")[0], 1e6)
    wall, problem = read_stamps(rows["start"], source)
    start = epoch.fillna(wall)
    problem = problem.where(epoch.isna(), "")
    duration, talk = seconds(rows["duration"]), seconds(rows["billsec"])
    outbound = rows["dcontext"].isin(INTERNAL).to_numpy(dtype=bool)
    in_queue = (rows["lastapp"] == "Queue").to_numpy(dtype=bool)
    taken = (rows["dstchannel"].notna() & (rows["disposition"] == "ANSWERED") & (talk > 0)).to_numpy(dtype=bool)
    end = start + pd.to_timedelta(duration, unit="s").dt.as_unit("us")
    lifted = end - pd.to_timedelta(talk, unit="s").dt.as_unit("us")
    frame = rows.assign(
        native_id=rows["uniqueid"],
        problem=problem.mask((problem == "") & duration.isna(), "duration is not a number"),
        channel=source.channel or "voice",
        direction=np.where(outbound, "outbound", "inbound"),
        queue=rows["lastdata"].str.extract(r"^([^,]*)")[0].where(in_queue),
        arrived_at=start,
        answered_at=lifted.where(taken & ~in_queue),
        ended_at=end,
        elapsed_s=talk.where(taken),
        effort_s=(talk + source.after_contact_s).where(taken),
        effort_basis="derived",
        outcome=np.where(taken, "answered", "abandoned"),
        agent_id=rows["dstchannel"].str.replace(r"-[^-]*$", "", regex=True).where(taken),
    )
    first = frame.assign(is_left=~taken).sort_values(["is_left", "row"], kind="stable")
    first = first.drop_duplicates("native_id").sort_index()
    legs = frame.groupby("native_id", dropna=False).size()
    return first.assign(legs=first["native_id"].map(legs).fillna(1).astype("int64")).reset_index(drop=True)
