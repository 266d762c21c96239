"""The last step of every reader: drafts to contacts. Defaults, outcome, wait, effort and its basis, checks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.ingest.parsed import Parsed, is_among, split_problems
from omnistaff.plan import Source
from omnistaff.tables import CHANNELS, OUTCOMES, ContactLog, Contacts, Identifiers, Rejects, check, empty

#: Systems stamp the two ends of a step with clocks that differ by this much; it is no mistake.
CLOCK_SLACK_S = 5.0
#: Elapsed time of these is mostly waiting, so it says nothing about the agent's time.
DEFERRED = ("email", "form", "ticket", "letter")


def finish(parsed: Parsed, source: Source) -> ContactLog:
    """Return contacts, identifiers and rejects of one source; what makes no sense is a reject with its reason."""
    drafts = _with_defaults(parsed.drafts, source, parsed)
    drafts = _with_times(drafts)
    drafts = drafts.assign(problem=_problems(drafts))
    good, refused = split_problems(drafts)
    lost = int(drafts["legs"].sum() - good["legs"].sum()) - len(refused)
    if lost:
        parsed.set_aside["other rows of a rejected contact"] += lost
    good = _with_effort(_with_outcome(good, source), source)
    rejects = pd.concat([parsed.rejects, refused], ignore_index=True).assign(source=source.label)
    return ContactLog(_contacts(good, source), _identifiers(parsed, good, source), _checked_rejects(rejects))


def _with_defaults(drafts: pd.DataFrame, source: Source, parsed: Parsed) -> pd.DataFrame:
    channel = drafts["channel"].fillna(source.channel or "other")
    strange = ~channel.isin(CHANNELS)
    for code, n in channel[strange].value_counts().items():
        parsed.unknown["channel", str(code)] += int(n)
    outcome = drafts["outcome"].where(drafts["outcome"].isin(OUTCOMES))
    for code, n in drafts["outcome"][outcome.isna()].value_counts().items():
        parsed.unknown["outcome", str(code)] += int(n)
    outbound = drafts["direction"].fillna("inbound").str.lower() == "outbound"
    return drafts.assign(
        channel=channel.mask(strange, source.channel or "other"),
        direction=pd.Series(np.where(outbound, "outbound", "inbound"), index=drafts.index, dtype="str"),
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
    wait = drafts["wait_s"].fillna((answered - arrived).dt.total_seconds())
    left = answered.isna() & drafts["outcome"].isin(["abandoned", "short_abandoned", "flowed_out"])
    wait = wait.mask(left & wait.isna(), (ended - arrived).dt.total_seconds())
    elapsed = drafts["elapsed_s"].fillna((ended - answered).dt.total_seconds())
    return drafts.assign(answered_at=answered, ended_at=ended, wait_s=wait, elapsed_s=elapsed)


def _not_before(times: pd.Series[pd.Timestamp], floor: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    slack = pd.Timedelta(seconds=CLOCK_SLACK_S)
    return times.where(~((times < floor) & (times >= floor - slack)), floor)


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
        problem = problem.mask((problem == "") & broken, reason)
    twice = (problem == "") & drafts["native_id"].duplicated() & drafts["native_id"].notna()
    return problem.mask(twice, "contact id is not unique")


def _with_outcome(drafts: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return drafts with an outcome: as the format says, else by their times; short abandons marked.

    By times: answered or ended is answered, neither is open. In a log that tells when contacts are answered, a live
    contact that ended without an answer was abandoned.
    """
    answered, ended = drafts["answered_at"].notna(), drafts["ended_at"].notna()
    left = ended & ~answered & ~drafts["channel"].isin(DEFERRED) & bool(answered.any())
    usual = np.select([left, answered | ended], ["abandoned", "answered"], default="open")
    outcome = drafts["outcome"].fillna(pd.Series(usual, index=drafts.index, dtype="str"))
    lost = outcome == "abandoned"
    wait = drafts["wait_s"].mask(
        lost & drafts["wait_s"].isna(), (drafts["ended_at"] - drafts["arrived_at"]).dt.total_seconds()
    )
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
    derivable &= ~drafts["channel"].isin(DEFERRED)
    given = given.mask(derivable, drafts["elapsed_s"] / source.concurrency + source.after_contact_s)
    basis = basis.mask(derivable, "derived").fillna("assumed")
    return drafts.assign(effort_s=given, effort_basis=basis)


def _contacts(good: pd.DataFrame, source: Source) -> DataFrame[Contacts]:
    frame = good.assign(contact_id=source.label + ":" + good["native_id"], source=source.label)
    frame["source"] = frame["source"].astype("str")
    thread = frame["thread_id"]
    frame["thread_id"] = (source.label + ":" + thread).where(thread.notna()).astype("str")
    frame["contact_id"] = frame["contact_id"].astype("str")
    return check(Contacts, frame[Contacts.column_names()])


def _identifiers(parsed: Parsed, good: pd.DataFrame, source: Source) -> DataFrame[Identifiers]:
    found = parsed.identifiers
    if found.empty:
        return empty(Identifiers)
    found = found[is_among(found["native_id"], good["native_id"])].drop_duplicates(["native_id", "kind", "value"])
    frame = pd.DataFrame(
        {
            "contact_id": source.label + ":" + found["native_id"],
            "kind": found["kind"],
            "value": found["value"],
            "source": source.label,
        }
    ).astype("str")
    return check(Identifiers, frame)


def _checked_rejects(rejects: pd.DataFrame) -> DataFrame[Rejects]:
    typed = rejects.astype({"source": "str", "file": "str", "reason": "str", "text": "str", "row": "int64"})
    again = typed.groupby(["source", "file", "row", "reason"]).cumcount()  # two records on one line
    reason = typed["reason"].where(again == 0, typed["reason"] + " (" + (again + 1).astype("str") + ")")
    return check(Rejects, typed.assign(reason=reason))
