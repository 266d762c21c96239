"""FreeSWITCH ``Master.csv`` of the default "example" template: no header, 15 columns, server's local wall time.

Other templates have other columns: name them in the plan's ``header``. Calls of 0 s are scanners, no demand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.parsed import Input, Parsed, make_drafts, make_identifiers
from omnistaff.ingest.pbx_rows import read_headerless, seconds
from omnistaff.ingest.stamps import read_stamps

COLUMNS = (
    "caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp",
    "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec", "write_codec",
)  # fmt: skip
NEEDED = (
    "start_stamp",
    "duration",
    "billsec",
    "uuid",
    "bleg_uuid",
    "context",
    "destination_number",
    "caller_id_number",
)
INTERNAL = ("default", "internal")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the calls."""
    source = given.source
    rows, rejects = read_headerless(given, COLUMNS)
    missing = [name for name in NEEDED if name not in rows]
    if missing:
        raise ConfigError(f"ingest source {source.label}: header lacks {', '.join(missing)}")
    start, problem = read_stamps(rows["start_stamp"], source)
    duration, talk = seconds(rows["duration"]), seconds(rows["billsec"])
    outbound = rows["context"].isin(INTERNAL).to_numpy(dtype=bool)
    taken = (rows["bleg_uuid"].notna() & (talk > 0)).to_numpy(dtype=bool)
    end = start + pd.to_timedelta(duration, unit="s").dt.as_unit("us")
    drafts = make_drafts(
        {
            "native_id": rows["uuid"],
            "file": rows["file"],
            "row": rows["row"],
            "problem": problem.mask((problem == "") & duration.isna(), "duration is not a number"),
            "channel": source.channel or "voice",
            "direction": pd.Series(np.where(outbound, "outbound", "inbound"), dtype="str"),
            "queue": rows["destination_number"].str.extract(r"^([^@]*)")[0].where(~outbound),
            "arrived_at": start,
            "ended_at": end,
            "elapsed_s": talk.where(taken),
            "effort_s": (talk + source.after_contact_s).where(taken),
            "effort_basis": "derived",
            "outcome": pd.Series(np.where(taken, "answered", "abandoned"), dtype="str"),
            "is_demand": ~(duration == 0),
        },
        len(rows),
    )
    phone = rows["caller_id_number"].where(drafts["direction"] == "inbound").where(drafts["is_demand"])
    identifiers = make_identifiers(drafts, {"phone": phone, "name": rows["caller_id_name"].where(phone.notna())})
    yield Parsed(len(rows) + len(rejects), drafts, identifiers, rejects, Counter())
