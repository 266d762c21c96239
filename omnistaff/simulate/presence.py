"""Who was at work in the past, read from the contacts they took and from the customers who waited meanwhile."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.tables import Agents, Contacts, Roster, check, conform
from omnistaff.tables.matching import assign_queues

SERVES_FROM = 0.25  # of the share that a queue has of all contacts: from there on it counts as a skill
Spans = tuple[np.ndarray, np.ndarray]  # starts and ends in microseconds, in order and apart


def observe_duty(
    contacts: DataFrame[Contacts],
    plan: Plan,
    *,
    gap_minutes: float = 30,
    waited_s: float = 10,
    serves_from: float = SERVES_FROM,
) -> tuple[DataFrame[Roster], DataFrame[Agents]]:
    """Return who was seen at work when, as a roster, and the queues each was seen to serve.

    A person is on duty from the start of a contact to the end of the last one that follows without a pause of more
    than *gap_minutes*; but who was free to answer would have answered, so within a pause nobody was ready while
    a customer of one of his queues had been waiting for more than *waited_s* (on a break, in wrap-up, away from the
    desk). With an infinite *waited_s* presence comes from contacts alone. Presence between two far-off contacts
    cannot be known, nor who was ready while nobody waited. A queue is a skill of those for whom it makes up at least
    *serves_from* of its usual share of contacts.
    """
    seen = served(contacts, plan)
    skills = _skills(seen, serves_from)
    lines: dict[str, Spans] = {}
    pieces = []
    for agent, mine in seen.groupby("agent_id"):
        key = skills[str(agent)]
        if key not in lines:
            lines[key] = waiting_spans(contacts, plan, key.split("|"), waited_s)
        begin, end = stamps(mine["from_at"]), stamps(mine["to_at"])
        calls = union(begin, end)
        stays = union(begin, end, gap=round(gap_minutes * 60e6))
        start_at, end_at = ready(stays, calls, lines[key])
        pieces.append(pd.DataFrame({"agent_id": str(agent), "start_at": start_at, "end_at": end_at}))
    spans = (
        pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=["agent_id", "start_at", "end_at"])
    )
    return _roster(spans, plan), _people(skills, plan)


def served(contacts: DataFrame[Contacts], plan: Plan) -> pd.DataFrame:
    """Return the contacts of the plan's queues that somebody took, with start and end."""
    queue = assign_queues(contacts, plan)
    chosen = contacts["agent_id"].notna() & contacts["answered_at"].notna() & queue.notna()
    seen = contacts.assign(planned=queue)[chosen]
    effort = pd.to_timedelta(seen["effort_s"].fillna(0), unit="s")
    return seen.assign(from_at=seen["answered_at"], to_at=seen["ended_at"].fillna(seen["answered_at"] + effort))


def _skills(seen: pd.DataFrame, serves_from: float) -> dict[str, str]:
    """Return each person's queues, without those that hardly ever came."""
    numbers = seen.groupby(["agent_id", "planned"]).size().rename("contacts").reset_index()
    share = numbers["contacts"] / numbers.groupby("agent_id")["contacts"].transform("sum")
    usual = numbers["planned"].map(seen["planned"].value_counts(normalize=True))
    often = numbers[share >= serves_from * usual].sort_values(["agent_id", "planned"])
    return {str(agent): "|".join(queues) for agent, queues in often.groupby("agent_id")["planned"]}


def waiting_spans(contacts: DataFrame[Contacts], plan: Plan, queues: list[str], waited_s: float) -> Spans:
    """Return when a customer of *queues* had waited for longer than *waited_s*; deferred queues wait for nobody."""
    live = [queue for queue in queues if plan.queue(queue).mode != "deferred"]
    late = contacts[contacts["wait_s"] > waited_s]
    mine = late[assign_queues(late, plan).isin(live)]
    arrived, wait = stamps(mine["arrived_at"]), mine["wait_s"].to_numpy(dtype=np.float64)
    after = round(waited_s * 1e6) if len(mine) else 0
    return union(arrived + after, arrived + np.round(wait * 1e6).astype(np.int64))


def stamps(times: pd.Series[pd.Timestamp]) -> np.ndarray:
    """Return microseconds since 1970."""
    return cast("np.ndarray", times.dt.tz_localize(None).astype("datetime64[us]").to_numpy().astype(np.int64))


def union(starts: np.ndarray, ends: np.ndarray, *, gap: int = 0) -> Spans:
    """Return the stretches covered, those at most *gap* apart joined."""
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order]) if len(ends) else ends
    begins = np.flatnonzero(np.append(True, starts[1:] > ends[:-1] + gap)) if len(starts) else np.zeros(0, dtype=int)
    return starts[begins], ends[np.append(begins[1:], len(ends)) - 1] if len(starts) else ends


def ready(stays: Spans, calls: Spans, waiting: Spans) -> Spans:
    """Return *stays* without the times of *waiting*, but with all of *calls*."""
    edges = np.unique(np.concatenate([*stays, *calls, *waiting]))
    middle = (edges[:-1] + edges[1:]) // 2
    works = inside(stays, middle) & (inside(calls, middle) | ~inside(waiting, middle))
    return union(edges[:-1][works], edges[1:][works])


def inside(spans: Spans, at: np.ndarray) -> np.ndarray:
    """Return whether each time lies in one of *spans*."""
    starts, ends = spans
    place = np.searchsorted(starts, at, side="right") - 1
    within: np.ndarray = (place >= 0) & (at < ends[np.maximum(place, 0)]) if len(starts) else np.zeros(len(at), bool)
    return within


def _roster(spans: pd.DataFrame, plan: Plan) -> DataFrame[Roster]:
    start, end = (
        pd.Series(pd.DatetimeIndex(spans[name].to_numpy(dtype=np.int64).view("datetime64[us]"), tz="UTC"))
        for name in ("start_at", "end_at")
    )
    roster = spans.assign(
        start_at=start,
        end_at=end,
        schedule_date=timegrid.local_dates(start, plan.time_zone),
        activity="work",
        shift_id=[f"seen-{number:06d}" for number in range(len(spans))],
        is_paid=True,
    )
    return check(Roster, conform(Roster, roster[roster["end_at"] > roster["start_at"]]))


def _people(skills: dict[str, str], plan: Plan) -> DataFrame[Agents]:
    names = sorted(skills)
    people = pd.DataFrame({"agent_id": names, "name": names, "skills": [skills[name] for name in names]})
    people = people.assign(time_zone=plan.time_zone, contract="seen", hourly_cost=0.0)
    return check(Agents, conform(Agents, people))
