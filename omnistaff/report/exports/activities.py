"""The roster as plain rows: one an activity and one a shift, in the agent's local time, with offset, and in UTC."""

from __future__ import annotations

import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.report.inputs import records
from omnistaff.tables.files import Workspace
from omnistaff.tables.skills import skills_at

UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
ON_CALL = "on_call"
PERSON = ["agent_id", "name", "email", "team", "site", "contract", "skills", "time_zone"]


def people(work: Workspace, plan: Plan, agent_ids: pd.Series[str]) -> pd.DataFrame:
    """Return who the agents are; those that no table knows keep their id as name and the plan's zone."""
    known = pd.DataFrame({"agent_id": agent_ids.drop_duplicates().sort_values()}).reset_index(drop=True)
    if work.has("agents"):
        known = known.merge(work.read("agents")[PERSON], on="agent_id", how="left", validate="one_to_one")
    known = known.reindex(columns=PERSON)
    text = {name: known[name].astype("str").fillna("") for name in PERSON if name != "agent_id"}
    text["name"] = text["name"].where(text["name"] != "", known["agent_id"])
    text["time_zone"] = text["time_zone"].where(text["time_zone"] != "", plan.time_zone)
    return known.assign(**text)


def activities(work: Workspace, plan: Plan) -> pd.DataFrame:
    """Return the roster table joined to its people, with local, UTC and length columns, sorted by agent and time.

    Skills stand on work only, nobody serves a queue in a break, and only those that are valid on that day.
    """
    roster = work.read("roster")
    joined = roster.merge(people(work, plan, roster["agent_id"]), on="agent_id", how="left", validate="many_to_one")
    if work.has("agents"):
        joined["skills"] = skills_at(work.read("agents"), joined["agent_id"], joined["start_at"])
    minutes = (joined["end_at"] - joined["start_at"]).dt.total_seconds() / 60
    joined = joined.assign(
        minutes=minutes.round().astype("int64"),
        skills=joined["skills"].where(joined["activity"] == "work", ""),
        all_skills=joined["skills"],
    )
    return in_local_time(joined)


def in_local_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Return *rows* with start and end as local stamps with offset, as naive wall clock, and as UTC stamps."""
    result = rows.copy()
    for name in ("start", "end"):
        times = rows[f"{name}_at"]
        stamps, walls = [], []
        for zone, group in rows.groupby("time_zone", sort=False):
            stamps.append(timegrid.local_stamps(times.loc[group.index], str(zone)))
            walls.append(timegrid.wall_clock(times.loc[group.index], str(zone)))
        result[f"{name}_local"] = pd.concat(stamps) if stamps else pd.Series(dtype="str")
        result[f"{name}_wall"] = pd.concat(walls) if walls else pd.Series(dtype="datetime64[us]")
        result[f"{name}_utc"] = timegrid.written(times, UTC_FORMAT)
    return result


def shifts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a shift: when it starts and ends, its paid minutes and its breaks in words."""
    keys = ["agent_id", "shift_id"]
    sums = rows.assign(paid=rows["minutes"].where(rows["is_paid"], 0)).groupby(keys, as_index=False).agg(
        schedule_date=("schedule_date", "first"), start_at=("start_at", "min"), end_at=("end_at", "max"),
        minutes=("minutes", "sum"), paid_minutes=("paid", "sum"),
        **{name: (name, "first") for name in PERSON if name not in ("agent_id", "skills")},
        skills=("all_skills", "first"), kind=("activity", _kind),
    )  # fmt: skip
    pauses = rows[~rows["activity"].isin(["work", ON_CALL])]
    words = (
        pauses["activity"]
        + timegrid.written(pauses["start_wall"], " %H:%M-")
        + timegrid.written(pauses["end_wall"], "%H:%M")
    )
    breaks = words.groupby([pauses["agent_id"], pauses["shift_id"]]).agg("; ".join)
    found = [breaks.get((agent, shift), "") for agent, shift in zip(sums["agent_id"], sums["shift_id"], strict=True)]
    sums = sums.assign(breaks=pd.Series(found, index=sums.index, dtype="str"))
    number = sums.sort_values("start_at").groupby(["agent_id", "schedule_date", "kind"]).cumcount() + 1
    return in_local_time(sums.assign(number=number)).sort_values(["agent_id", "start_at"], ignore_index=True)


def leave_days(table: pd.DataFrame) -> list[tuple[str, pd.Timestamp, str]]:
    """Return (agent, local date, activity) for each day that a shift without work (leave, sickness) touches."""
    found = []
    for row in records(table[~table["kind"].isin(["work", ON_CALL])]):
        last = (row["end_wall"] - pd.Timedelta(microseconds=1)).normalize()
        days = pd.date_range(row["start_wall"].normalize(), last)
        found += [(row["agent_id"], date, row["kind"]) for date in days]
    return found


def _kind(names: pd.Series[str]) -> str:
    """Return ``work`` for a shift with any work, else its first activity (leave, training ...)."""
    return "work" if (names == "work").any() else str(names.iloc[0])


def long_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of ``roster.csv``."""
    table = rows.assign(
        hours=(rows["minutes"] / 60).round(4), schedule_date=timegrid.written(rows["schedule_date"], "%Y-%m-%d")
    )
    return table[
        ["agent_id", "name", "schedule_date", "start_local", "end_local", "time_zone", "start_utc", "end_utc",
        "activity",
         "is_paid", "minutes", "hours", "skills", "site", "team", "contract", "shift_id"]
    ]  # fmt: skip


def shift_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of ``roster_shifts.csv``."""
    table = table.assign(
        paid_hours=(table["paid_minutes"] / 60).round(4),
        schedule_date=timegrid.written(table["schedule_date"], "%Y-%m-%d"),
    )
    return table[
        ["agent_id", "name", "schedule_date", "start_local", "end_local", "time_zone", "start_utc", "end_utc", "kind",
         "minutes", "paid_hours", "breaks", "skills", "site", "team", "contract", "shift_id"]
    ]  # fmt: skip
