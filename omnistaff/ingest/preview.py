"""A look before loading: first rows, counts, busiest hours, and warnings for what looks wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.ingest.intervals import read_history_log
from omnistaff.ingest.read import Ingested, Tally, read_all
from omnistaff.plan import Plan
from omnistaff.tables import ContactLog, Contacts, check
from omnistaff.tables.matching import assign_queues

FIRST_ROWS = 5
LIVE = ("voice", "web_chat", "callback", "in_person")
ROUND_SECONDS_SHARE = 0.15  # one in sixty is chance
LONG_EFFORT_S = 4 * 3600.0
GAP_DAYS = 3
REJECT_SHARE = 0.02
UNKNOWN_EFFORT_SHARE = 0.5
ENOUGH = 50
NIGHT_HOURS = range(5)


def preview(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return {title: table} of what the plan's sources would give; nothing is written."""
    found = read_all(plan)
    contacts = found.log.contacts
    histories = read_history_log(plan).histories
    tables = {
        "First contacts": contacts.groupby("source", sort=True).head(FIRST_ROWS),
        "Contacts by source, channel, queue and outcome": _counts(contacts),
        "Busiest hours": _busiest_hours(contacts, plan),
        "Where the rows went": _accounts(found),
        "Rejected rows": found.log.rejects.groupby(["source", "reason"], as_index=False).size(),
        "Unknown codes": _unknown(found),
        "Interval histories": histories.head(FIRST_ROWS * 4),
        "Warnings": pd.DataFrame({"warning": list(list_warnings(found, plan))}, dtype="str"),
    }
    return {title: table.reset_index(drop=True) for title, table in tables.items() if len(table)}


def _counts(contacts: pd.DataFrame) -> pd.DataFrame:
    keys = ["source", "channel", "queue", "outcome", "is_demand"]
    return contacts.fillna({"queue": ""}).groupby(keys, as_index=False).size()


def _busiest_hours(contacts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return each source's three busiest local hours with their share of contacts."""
    hours = _local_hours(contacts, plan)
    sizes = hours.groupby(["source", "hour"], as_index=False).size()
    total = sizes.groupby("source")["size"].transform("sum")
    sizes = sizes.assign(share=sizes["size"] / total)
    top = sizes.sort_values(["source", "size", "hour"], ascending=[True, False, True]).groupby("source").head(3)
    return top.assign(hour=top["hour"].map(lambda hour: f"{hour:02d}:00")).drop(columns="size")


def _local_hours(contacts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    parts = timegrid.local_parts(contacts["arrived_at"], plan.time_zone)
    return pd.DataFrame({"source": contacts["source"], "hour": parts["minute_of_day"] // 60, "date": parts["date"]})


def _accounts(found: Ingested) -> pd.DataFrame:
    rows = [(t.source, what, n) for t in found.tallies for what, n in _steps(t)]
    return pd.DataFrame(rows, columns=["source", "what", "rows"])


def _steps(tally: Tally) -> Iterator[tuple[str, int]]:
    yield "read", tally.rows
    yield "joined to contacts", tally.legs
    yield "rejected", tally.rejects
    yield from sorted(tally.set_aside.items())


def _unknown(found: Ingested) -> pd.DataFrame:
    rows = [(t.source, field, code, n) for t in found.tallies for (field, code), n in sorted(t.unknown.items())]
    return pd.DataFrame(rows, columns=["source", "field", "code", "rows"])


# -- warnings ----------------------------------------------------------------------------------------------


def list_warnings(found: Ingested, plan: Plan) -> Iterator[str]:
    """Yield what looks wrong, one sentence each with what to do."""
    contacts = found.log.contacts
    hours = _local_hours(contacts, plan)
    for source, rows in contacts.groupby("source", sort=True):
        local = hours.loc[rows.index]
        yield from _time_warnings(str(source), rows, local, plan)
        yield from _effort_warnings(str(source), rows)
    for tally in found.tallies:
        if tally.rejects > REJECT_SHARE * max(tally.rows, 1):
            yield f"{tally.source}: {tally.rejects:,} of {tally.rows:,} rows rejected, see the reasons"
    yield from _reject_warnings(found.log)
    yield from _queue_warnings(contacts, plan)


def _time_warnings(source: str, rows: pd.DataFrame, local: pd.DataFrame, plan: Plan) -> Iterator[str]:
    if len(rows) < ENOUGH:
        return
    peak = int(np.bincount(local["hour"]).argmax())
    if peak in NIGHT_HOURS:
        yield f"{source}: busiest hour is {peak:02d}:00 in {plan.time_zone}, is time_zone right?"
    at_zero = float((rows["arrived_at"].dt.second == 0).mean())
    if at_zero > ROUND_SECONDS_SHARE:
        yield f"{source}: {at_zero:.0%} of arrivals at second 00, are stamps rounded or entered by hand?"
    days = local["date"].drop_duplicates().sort_values()
    gaps = days.diff().dt.days
    if gaps.max() > GAP_DAYS:
        after = days[gaps.idxmax()]
        yield f"{source}: {int(gaps.max()) - 1} days without contacts before {after:%Y-%m-%d}, is a file missing?"


def _effort_warnings(source: str, rows: pd.DataFrame) -> Iterator[str]:
    answered = rows[(rows["outcome"] == "answered") & rows["is_demand"]]
    live = answered.loc[answered["channel"].isin(LIVE), ["effort_s", "wait_s"]]
    for name, what in (("effort_s", "agent's time"), ("wait_s", "wait")):
        median = live[name].median()
        if median > LONG_EFFORT_S:
            yield f"{source}: median {what} on live channels is {median / 3600:,.0f} h, are durations milliseconds?"
    unknown = float(answered["effort_s"].isna().mean()) if len(answered) else 0.0
    if unknown > UNKNOWN_EFFORT_SHARE:
        yield f"{source}: agent's time is unknown for {unknown:.0%} of answered contacts, set assumed_effort_s"


def _reject_warnings(log: ContactLog) -> Iterator[str]:
    backwards = log.rejects["reason"].isin(
        ["wait is negative", "answered before it arrived", "ended before it arrived"]
    )
    for source, n in log.rejects[backwards].groupby("source").size().items():
        yield f"{source}: {n:,} rows with negative waits or durations"


def _queue_warnings(contacts: DataFrame[Contacts], plan: Plan) -> Iterator[str]:
    offered = check(Contacts, contacts[contacts["is_demand"] & (contacts["outcome"] != "contained")])
    planned = assign_queues(offered, plan)
    missed = offered[planned.isna().to_numpy(dtype=bool)]
    groups = missed.fillna({"queue": ""}).groupby(["source", "channel", "queue"], as_index=False).size()
    for row in groups.itertuples():
        yield (
            f"{row.source}: {row.size:,} contacts by {row.channel} in queue {row.queue!r} "
            "belong to no queue of the plan"
        )
    for name in sorted({queue.name for queue in plan.queues} - set(planned.dropna().unique())):
        yield f"queue {name}: no contact belongs to it"
