"""Asterisk ``queue_log``: one line an event, ``epoch|callid|queue|member|event|parameters``.

Events and parameters: Asterisk documentation, "Queue Logs". Times are Unix seconds; RINGNOANSWER's parameter
alone is in milliseconds. The log knows no after-call work; ``after_contact_s`` of the plan adds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from omnistaff.ingest.parsed import Input, Parsed, is_among, make_drafts, make_identifiers, make_rejects
from omnistaff.ingest.stamps import read_epochs
from omnistaff.plan import Source

ENDINGS = (
    "COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER", "ABANDON", "EXITWITHTIMEOUT",
    "EXITWITHKEY", "EXITEMPTY", "SYSCOMPAT", "DIALPLANEXIT",
)  # fmt: skip
TALKED = {"COMPLETECALLER": 1, "COMPLETEAGENT": 1, "BLINDTRANSFER": 3, "TRANSFER": 3, "ATTENDEDTRANSFER": -2}
OTHERS = (
    "ENTERQUEUE", "CONNECT", "RINGNOANSWER", "RINGCANCELED", "DID", "INFO", "AGENTDUMP", "CALLSTATUS", "TRANSFERRED",
)  # fmt: skip
NO_CALL = ("NONE", "MANAGER", "REALTIME", "")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the calls in queue logs; rotated files are read as one log."""
    events, rejects = _events(given)
    seen = len(events) + len(rejects)
    aside: Counter[str] = Counter()
    unknown: Counter[tuple[str, str]] = Counter()
    repeated = events.duplicated(["epoch", "call", "queue", "member", "event", "parameters"])
    if repeated.any():
        aside["line repeated in a rotated file"] += int(repeated.sum())
    of_call = ~events["call"].isin(NO_CALL)
    aside["line of an agent or queue, not of a call"] += int((~of_call & ~repeated).sum())
    calls = events[of_call & ~repeated].sort_values("at", kind="stable", ignore_index=True)
    strange = calls.loc[~calls["event"].isin((*ENDINGS, *OTHERS)), "event"]
    unknown.update({("event", str(code)): int(n) for code, n in strange.value_counts().items()})
    calls, orphans = _with_entry(calls)
    drafts, numbers = _drafts(calls, given.source)
    parsed = Parsed(seen, drafts, make_identifiers(drafts, {"phone": numbers}), rejects, +aside, unknown)
    parsed.rejects = pd.concat([rejects, orphans], ignore_index=True)
    yield parsed


def _events(given: Input) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (events with their parameters split, rejected lines)."""
    names, rows, lines = [], [], []
    for file in given.files:
        for row, line in enumerate(file.lines(given.source.encoding), start=1):
            if line.strip():
                names.append(file.name)
                rows.append(row)
                lines.append(line)
    split = [line.split("|", 5) for line in lines]
    short = np.array([len(parts) < 5 for parts in split], dtype=bool)
    padded = [[*parts, *[""] * (6 - len(parts))] for parts in split]
    columns = ["epoch", "call", "queue", "member", "event", "parameters"]
    frame = pd.DataFrame(padded, columns=columns, dtype="str")
    frame = frame.assign(file=pd.Series(names, dtype="str"), row=pd.Series(rows, dtype="int64"))
    at, problems = read_epochs(frame["epoch"], 1e6)
    reason = problems.mask(problems == "", "line has no time").where(at.isna(), "")
    reason = reason.mask(short, "expected epoch|callid|queue|member|event")
    bad = (reason != "").to_numpy(dtype=bool)
    text = [lines[k][:200] for k in np.flatnonzero(bad)]
    rejects = make_rejects(list(zip(frame["file"][bad], frame["row"][bad], reason[bad], text, strict=True)))
    return frame.assign(at=at, event=frame["event"].str.strip())[~bad].reset_index(drop=True), rejects


def _with_entry(calls: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (events of calls that entered a queue, rejects for the other calls' lines)."""
    entered = calls.loc[calls["event"] == "ENTERQUEUE", "call"]
    known = is_among(calls["call"], entered)
    lost = calls[~known]
    rejects = make_rejects(
        [
            (file, row, "call has no ENTERQUEUE in the files read", f"{call} {event}")
            for file, row, call, event in zip(lost["file"], lost["row"], lost["call"], lost["event"], strict=True)
        ]
    )
    return calls[known].reset_index(drop=True), rejects


def _drafts(calls: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Return (one draft a call, its caller's number)."""
    entries = calls[calls["event"] == "ENTERQUEUE"].drop_duplicates("call")
    ids = pd.Index(entries["call"])
    connects = calls[calls["event"] == "CONNECT"].drop_duplicates("call").set_index("call").reindex(ids)
    last = calls[calls["event"].isin(ENDINGS)].drop_duplicates("call", keep="last").set_index("call").reindex(ids)
    answered = connects["at"].notna().to_numpy()
    ending = last["event"]
    outcome = np.select(
        [answered, (ending == "ABANDON").to_numpy(), ending.notna().to_numpy()],
        ["answered", "abandoned", "flowed_out"],
        default="open",
    )
    still_talking = (connects["at"] > last["at"]).to_numpy()
    ended = last["at"].mask(still_talking)
    talk = _talk(calls).reindex(ids) + source.after_contact_s
    legs = calls.groupby("call").size().reindex(ids)
    drafts = make_drafts(
        {
            "native_id": entries["call"],
            "file": entries["file"],
            "row": entries["row"],
            "channel": source.channel or "voice",
            "queue": entries["queue"],
            "arrived_at": entries["at"],
            "answered_at": connects["at"],
            "ended_at": ended,
            "effort_s": talk.where(answered & ended.notna().to_numpy()),
            "effort_basis": "measured" if source.after_contact_s == 0 else "derived",
            "outcome": pd.Series(outcome, dtype="str"),
            "agent_id": connects["member"].mask(connects["member"] == "NONE"),
            "legs": legs.astype("int64"),
        },
        len(entries),
    )
    number = _parameter(entries["parameters"], 1)
    return drafts, number.reset_index(drop=True).astype("str")


def _talk(calls: pd.DataFrame) -> pd.Series[float]:
    """Return each call's seconds of talk over all its agents."""
    seconds = pd.Series(np.nan, index=calls.index, dtype="float64")
    for event, place in TALKED.items():
        rows = calls["event"] == event
        seconds[rows] = pd.to_numeric(_parameter(calls.loc[rows, "parameters"], place), errors="coerce").astype(
            "float64"
        )
    return seconds.where(seconds >= 0).groupby(calls["call"]).sum(min_count=1)


def _parameter(parameters: pd.Series[str], place: int) -> pd.Series[str]:
    """Return the parameter at *place*, empty where there are fewer."""
    found = []
    for text in parameters:
        parts = text.split("|")
        found.append(parts[place] if -len(parts) <= place < len(parts) else None)
    return pd.Series(found, index=parameters.index, dtype="str")
