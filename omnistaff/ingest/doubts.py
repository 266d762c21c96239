"""What looks wrong in logs that can be read: zones, formats, units, gaps and columns that were mixed up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.ingest.read import Ingested
from omnistaff.plan import Plan
from omnistaff.tables import Contacts, check
from omnistaff.tables.matching import assign_queues

LIVE = ("voice", "web_chat", "callback", "in_person")
ROUND_SECONDS_SHARE = 0.15  # one in sixty is chance
LONG_EFFORT_S = 4 * 3600.0
LONG_HANDLE_S = 2 * 3600.0
GAP_DAYS = 3
REJECT_SHARE = 0.02
UNKNOWN_EFFORT_SHARE = 0.5
CLOSED_SHARE = 0.25
STRANGE_SHARE = 0.2
ENOUGH = 50
NIGHT_HOURS = range(5)
MONTHS = 12
#: What the values of a kind of identifier look like.
LOOKS = {"phone": r"(?:\D*\d){6,}", "email": r".@."}
BACKWARDS = (
    "wait is negative",
    "answered before it arrived",
    "ended before it arrived",
    "ended before it was answered",
)


def list_warnings(found: Ingested, histories: pd.DataFrame, plan: Plan) -> Iterator[str]:
    """Yield what looks wrong in contacts and interval *histories*, one sentence each with what to look at."""
    contacts = found.log.contacts
    hours = local_hours(contacts, plan)
    for source, rows in contacts.groupby("source", sort=True):
        yield from _time_warnings(str(source), rows, hours.loc[rows.index], plan)
        yield from _effort_warnings(str(source), rows)
    yield from _reject_warnings(found, hours)
    yield from _identifier_warnings(found.log.identifiers)
    yield from _history_warnings(histories, plan)
    yield from _queue_warnings(contacts, histories, plan)
    yield from _holiday_warnings(contacts, histories, plan)


def local_hours(contacts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return source, local hour and local date of each contact."""
    parts = timegrid.local_parts(contacts["arrived_at"], plan.time_zone)
    return pd.DataFrame({"source": contacts["source"], "hour": parts["minute_of_day"] // 60, "date": parts["date"]})


def _time_warnings(source: str, rows: pd.DataFrame, local: pd.DataFrame, plan: Plan) -> Iterator[str]:
    if len(rows) < ENOUGH:
        return
    yield from _night_warnings(source, local["hour"], np.ones(len(local)), plan)
    at_zero = float((rows["arrived_at"].dt.second == 0).mean())
    if at_zero > ROUND_SECONDS_SHARE:
        yield f"{source}: {at_zero:.0%} of arrivals at second 00, are stamps rounded or entered by hand?"
    days = local["date"].drop_duplicates().sort_values()
    gaps = days.diff().dt.days
    if gaps.max() > GAP_DAYS:
        after = days[gaps.idxmax()]
        yield f"{source}: {int(gaps.max()) - 1} days without contacts before {after:%Y-%m-%d}, is a file missing?"


def _night_warnings(whose: str, hours: pd.Series[int], contacts: np.ndarray, plan: Plan) -> Iterator[str]:
    peak = int(np.bincount(hours, weights=contacts).argmax())
    if peak in NIGHT_HOURS:
        yield f"{whose}: busiest hour is {peak:02d}:00 in {plan.time_zone}, is time_zone right?"


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


def _reject_warnings(found: Ingested, hours: pd.DataFrame) -> Iterator[str]:
    for tally in found.tallies:
        if tally.rejects <= REJECT_SHARE * max(tally.rows, 1):
            continue
        yield f"{tally.source}: {tally.rejects:,} of {tally.rows:,} rows rejected, see the reasons"
        reasons = found.log.rejects.loc[found.log.rejects["source"] == tally.source, "reason"]
        dates = hours.loc[hours["source"] == tally.source, "date"]
        if reasons.str.contains("is not understood", regex=False).any() and dates.dt.day.max() <= MONTHS:
            yield f"{tally.source}: every date read is a 12th or earlier, are day and month swapped in time_format?"
        if (reasons == "contact id is not unique").any():
            yield f"{tally.source}: ids stand for several contacts, is columns.contact_id a customer's or a case's?"
    backwards = found.log.rejects["reason"].isin(BACKWARDS)
    for source, n in found.log.rejects[backwards].groupby("source").size().items():
        yield f"{source}: {n:,} rows with negative waits or durations, are columns or zones mixed up?"


def _identifier_warnings(identifiers: pd.DataFrame) -> Iterator[str]:
    for (source, kind), values in identifiers.groupby(["source", "kind"])["value"]:
        look = LOOKS.get(str(kind))
        strange = values[~values.str.contains(look, regex=True)] if look else values[:0]
        if len(strange) > STRANGE_SHARE * len(values):
            said = f"{len(strange) / len(values):.0%} of {kind} values do not look like one ({strange.iloc[0]})"
            yield f"{source}: {said}, is the column right?"


def _history_warnings(histories: pd.DataFrame, plan: Plan) -> Iterator[str]:
    for queue, rows in histories.groupby("queue", sort=True):
        if len(rows) < ENOUGH:
            continue
        hour = timegrid.local_parts(rows["interval_start"], plan.time_zone)["minute_of_day"] // 60
        yield from _night_warnings(f"queue {queue}", hour, rows["offered"].fillna(0).to_numpy(), plan)
        median = rows["handle_s"].median()
        if median > LONG_HANDLE_S:
            yield f"queue {queue}: median handle time is {median / 3600:,.0f} h, is it a total or in milliseconds?"


def _queue_warnings(contacts: DataFrame[Contacts], histories: pd.DataFrame, plan: Plan) -> Iterator[str]:
    offered = check(Contacts, contacts[contacts["is_demand"] & (contacts["outcome"] != "contained")])
    planned = assign_queues(offered, plan)
    missed = offered[planned.isna().to_numpy(dtype=bool)]
    groups = missed.fillna({"queue": ""}).groupby(["source", "channel", "queue"], as_index=False).size()
    for row in groups.itertuples():
        yield (
            f"{row.source}: {row.size:,} contacts by {row.channel} in queue {row.queue!r} "
            "belong to no queue of the plan"
        )
    reports = {queue.name: set(queue.contacts.get("queue", [queue.name])) for queue in plan.queues}
    reported = set(histories["queue"])
    for name in sorted(reported - set().union(*reports.values())):
        yield f"queue {name!r} of the interval reports belongs to no queue of the plan"
    for name, names in sorted(reports.items()):
        arrived = offered.loc[(planned == name).to_numpy(dtype=bool), "arrived_at"]
        if arrived.empty and not names & reported:
            yield f"queue {name}: no contact belongs to it"
        if plan.queue(name).mode != "deferred":  # mail comes at any hour
            yield from _closed_warnings(name, arrived, plan)


def _holiday_warnings(contacts: DataFrame[Contacts], histories: pd.DataFrame, plan: Plan) -> Iterator[str]:
    times = pd.concat([contacts["arrived_at"], histories["interval_start"]])
    if times.empty:
        return
    years = range(times.min().year, times.max().year + 2)
    for queue in plan.queues:
        if "holidays" in {key.strip().lower() for key in queue.hours} and not plan.holidays_of(queue, years):
            yield (
                f"queue {queue.name}: hours on holidays mean nothing, none is known in {years[0]} to {years[-1]}: "
                "set calendar.country or calendar.holidays"
            )


def _closed_warnings(name: str, arrived: pd.Series[pd.Timestamp], plan: Plan) -> Iterator[str]:
    if len(arrived) < ENOUGH:
        return
    years = range(arrived.min().year - 1, arrived.max().year + 2)
    closed = 1 - float(plan.hours_of(plan.queue(name), years).is_open(arrived).mean())
    if closed > CLOSED_SHARE:
        yield f"queue {name}: {closed:.0%} of contacts outside its opening hours, is time_zone right?"
