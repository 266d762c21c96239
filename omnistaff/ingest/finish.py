"""The last step of every reader: drafts to contacts. Defaults, outcome, wait, effort and its basis, checks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.ingest.parsed import Parsed, is_among, split_problems
from omnistaff.plan import Source
from omnistaff.tables import CHANNELS, OUTCOMES, Contacts, Identifiers, Rejects, check
from omnistaff.tables.settle import REJECTED_LEGS
from omnistaff.tables.store import Piece

#: Systems stamp the two ends of a step with clocks that differ by this much; it is no mistake.
CLOCK_SLACK_S = 5.0
#: Elapsed time of these is mostly waiting, so it says nothing about the agent's time.
DEFERRED = ("email", "form", "ticket", "letter")
GONE = ("abandoned", "short_abandoned", "flowed_out")


def finish(parsed: Parsed, source: Source) -> Piece:
    """Return contacts, identifiers and rejects of one source; what makes no sense is a reject with its reason.

    Codes that nobody knows and rows that go with a rejected contact are counted in *parsed*.
    """
    drafts = _with_defaults(parsed.drafts, source, parsed)
    drafts = _with_times(drafts)
    drafts = drafts.assign(problem=_problems(drafts))
    good, refused = split_problems(drafts)
    lost = int(drafts["legs"].sum() - good["legs"].sum()) - len(refused)
    if lost:
        parsed.set_aside[REJECTED_LEGS] += lost
    good = _with_effort(_with_outcome(good, source), source)
    rejects = parsed.rejects if refused.empty else pd.concat([parsed.rejects, refused], ignore_index=True)
    contacts = _contacts(good, source)
    return Piece(contacts, _identifiers(parsed, contacts, source), _checked_rejects(rejects, source))


def _with_defaults(drafts: pd.DataFrame, source: Source, parsed: Parsed) -> pd.DataFrame:
    usual = source.channel if source.channel in CHANNELS else "other"
    channel = drafts["channel"].fillna(source.channel or "other")
    strange = ~_is_one_of(channel, CHANNELS)
    if strange.any():
        for code, n in channel[strange].value_counts().items():
            parsed.unknown["channel", str(code)] += int(n)
        channel = channel.mask(strange, usual)
    outcome = drafts["outcome"]
    odd = outcome.notna() & ~_is_one_of(outcome, OUTCOMES)
    if odd.any():
        for code, n in outcome[odd].value_counts().items():
            parsed.unknown["outcome", str(code)] += int(n)
        outcome = outcome.mask(odd)
    outbound = drafts["direction"].str.lower() == "outbound"
    return drafts.assign(
        channel=channel,
        direction=_choose(outbound, "outbound", "inbound"),
        outcome=outcome,
        queue=drafts["queue"].fillna(source.queue) if source.queue else drafts["queue"],
        site=drafts["site"].fillna(source.site) if source.site else drafts["site"],
        is_demand=drafts["is_demand"] & ~outbound,
    )


def _with_times(drafts: pd.DataFrame) -> pd.DataFrame:
    """Return drafts whose answer and end are not a clock's slack before the arrival, with wait and elapsed time."""
    arrived = drafts["arrived_at"]
    answered = _not_before(drafts["answered_at"], arrived)
    ended = _not_before(drafts["ended_at"], answered.fillna(arrived))
    wait = drafts["wait_s"].fillna(_seconds(answered, arrived))
    left = answered.isna() & _is_one_of(drafts["outcome"], GONE)
    wait = wait.mask(left & wait.isna(), _seconds(ended, arrived))
    elapsed = drafts["elapsed_s"].fillna(_seconds(ended, answered))
    return drafts.assign(answered_at=answered, ended_at=ended, wait_s=wait, elapsed_s=elapsed)


def _not_before(times: pd.Series[pd.Timestamp], floor: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    slack = pd.Timedelta(seconds=CLOCK_SLACK_S)
    return times.where(~((times < floor) & (times >= floor - slack)), floor)


def _seconds(later: pd.Series[pd.Timestamp], sooner: pd.Series[pd.Timestamp]) -> pd.Series[float]:
    return (later - sooner).dt.total_seconds()


def _problems(drafts: pd.DataFrame) -> pd.Series[str]:
    """Return why each draft cannot be a contact, empty where it can."""
    problem = drafts["problem"]
    rules = {
        "contact has no id": drafts["native_id"].isna(),
        "contact has no arrival time": drafts["arrived_at"].isna(),
        "answered before it arrived": drafts["answered_at"] < drafts["arrived_at"],
        "ended before it was answered": drafts["ended_at"] < drafts["answered_at"],
        "ended before it arrived": drafts["ended_at"] < drafts["arrived_at"],
        "wait is negative": drafts["wait_s"] < 0,
        "agent's time is negative": drafts["effort_s"] < 0,
        "elapsed time is negative": drafts["elapsed_s"] < 0,
    }
    for reason, broken in rules.items():
        if broken.any():
            problem = problem.mask((problem == "") & broken, reason)
    return problem


def _with_outcome(drafts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return drafts with an outcome: as the format says, else by their times; short abandons marked.

    By times: answered or ended is answered, neither is open. In a log that tells when contacts are answered, a live
    contact that ended without an answer was abandoned.
    """
    answered, ended = drafts["answered_at"].notna(), drafts["ended_at"].notna()
    outcome = drafts["outcome"]
    if outcome.isna().any():
        left = ended & ~answered & ~_is_one_of(drafts["channel"], DEFERRED) & ("answered_at" in source.columns)
        usual = _choose(answered | ended, "answered", "open").mask(left, "abandoned")
        outcome = outcome.fillna(usual)
    lost = outcome == "abandoned"
    wait = drafts["wait_s"].mask(lost & drafts["wait_s"].isna(), _seconds(drafts["ended_at"], drafts["arrived_at"]))
    short = lost & (wait < source.short_abandon_s)
    return drafts.assign(outcome=outcome.mask(short, "short_abandoned"), wait_s=wait)


def _with_effort(drafts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return drafts with the agent's time: measured, else assumed by the plan, else elapsed / concurrency."""
    answered = drafts["outcome"] == "answered"
    given = drafts["effort_s"]
    basis = drafts["effort_basis"].fillna("measured").where(given.notna())
    if source.assumed_effort_s is not None:
        missing = answered & given.isna()
        given = given.mask(missing, source.assumed_effort_s)
        basis = basis.mask(missing, "assumed")
    derivable = answered & given.isna() & drafts["derives_effort"] & (drafts["elapsed_s"] > 0)
    derivable &= ~_is_one_of(drafts["channel"], DEFERRED)
    given = given.mask(derivable, drafts["elapsed_s"] / source.concurrency + source.after_contact_s)
    basis = basis.mask(derivable, "derived").fillna("assumed")
    return drafts.assign(effort_s=given, effort_basis=basis)


def _contacts(good: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the contacts' columns and file, row and updated_at of each."""
    text = {
        "contact_id": source.label + ":" + good["native_id"],
        "source": pd.Series(source.label, index=good.index),
        "thread_id": source.label + ":" + good["thread_id"],
    }
    frame = good.assign(**{name: column.astype("str") for name, column in text.items()})
    return frame[[*Contacts.column_names(), "file", "row", "updated_at"]]


def _identifiers(parsed: Parsed, contacts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the identifiers' columns of the good contacts, with file and row."""
    found = parsed.identifiers
    frame = found.assign(
        contact_id=(source.label + ":" + found["native_id"]).astype("str"),
        source=pd.Series(source.label, index=found.index, dtype="str"),
    )
    if len(contacts) < len(parsed.drafts):
        origin = ["contact_id", "file", "row"]  # a rejected row may bear the id of a good one
        frame = frame.merge(contacts[origin].drop_duplicates(), on=origin)
    return frame[[*Identifiers.column_names(), "file", "row"]]


def _checked_rejects(rejects: pd.DataFrame, source: Source) -> DataFrame[Rejects]:
    typed = rejects.assign(source=pd.Series(source.label, index=rejects.index, dtype="str"))
    typed = typed.astype({"file": "str", "reason": "str", "text": "str", "row": "int64"})
    again = typed.groupby(["file", "row", "reason"]).cumcount()  # two records on one line
    if again.any():
        reason = typed["reason"].where(again == 0, typed["reason"] + " (" + (again + 1).astype("str") + ")")
        typed = typed.assign(reason=reason)
    return check(Rejects, typed)


def _is_one_of(text: pd.Series[str], words: Sequence[str]) -> pd.Series[bool]:
    return is_among(text, pd.Series(list(words), dtype="str"))


def _choose(where: pd.Series[bool], yes: str, no: str) -> pd.Series[str]:
    """Return *yes* or *no* row by row."""
    words = pd.array([no, yes], dtype="str")
    return pd.Series(words.take(where.to_numpy(dtype=np.intp)), index=where.index)
