"""What the previous roster leaves behind: when each person is rested, what they worked and had to carry before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Contract, Plan
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.shifts import is_late, is_night

LOOK_BACK_DAYS = 56  # for runs of days and weekends; hours, burdens and wishes look back as far as the roster tells
ON_CALL = "on_call"
OFF_ACTIVITIES = ("leave", "sick", "absent", ON_CALL)
ENDS = ("start_at", "end_at")
SATURDAY = 5


@dataclass(frozen=True)
class Past:
    """What one person did before the first day; days are oldest first."""

    last_end: float = -np.inf  # slots, negative before the origin
    last_was_night: bool = False
    worked: tuple[bool, ...] = ()
    nights: tuple[bool, ...] = ()
    paid: tuple[tuple[dt.date, int], ...] = ()  # minutes by day
    burdens: tuple[tuple[str, int], ...] = ()  # shifts by kind
    starts: tuple[tuple[dt.date, int], ...] = ()  # wall clock minute by day


@dataclass(frozen=True)
class History:
    """The previous roster by agent."""

    slot_minutes: int
    known_from: dt.date | None = None
    agents: dict[str, Past] = field(default_factory=dict)
    turns: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # on call, in slots

    def of(self, agent_id: str) -> Past:
        """Return what is known of an agent."""
        return self.agents.get(agent_id, Past())

    def ready_slots(self, agent_id: str, contract: Contract) -> tuple[float, float]:
        """Return the first slots in which the agent is rested for a night and for another shift."""
        past = self.of(agent_id)
        usual, after = (
            60 * h / self.slot_minutes for h in (contract.min_rest_hours, contract.rest_after_nights_hours)
        )
        return past.last_end + usual, past.last_end + (max(usual, after) if past.last_was_night else usual)


def read_history(previous: pd.DataFrame | None, agents: pd.DataFrame, horizon: Horizon, plan: Plan) -> History:
    """Return what the *previous* roster says about the days before the first day of *horizon*."""
    if previous is None or previous.empty:
        return History(horizon.slot_minutes)
    first = pd.Timestamp(horizon.dates[0])
    shifts = past_shifts(previous[previous["schedule_date"] < first], agents, plan)
    begin = previous["schedule_date"].min()
    known = min(LOOK_BACK_DAYS, (first - begin).days)
    days = [horizon.dates[0] - dt.timedelta(days=k) for k in range(known, 0, -1)]
    shifts = shifts.assign(end=horizon.slots_of(shifts["end_at"]))
    pasts = {str(agent): _past(rows, days) for agent, rows in shifts.groupby("agent_id")}
    return History(
        horizon.slot_minutes, begin.date(), pasts, _turns(previous[previous["schedule_date"] < first], horizon)
    )


def _turns(previous: pd.DataFrame, horizon: Horizon) -> dict[str, list[tuple[float, float]]]:
    """Return the stretches on call, by agent: nobody begins a shift before they end."""
    rows = previous[previous["activity"] == ON_CALL]
    turns: dict[str, list[tuple[float, float]]] = {}
    for agent, *ends in zip(rows["agent_id"], *(horizon.slots_of(rows[name]) for name in ENDS), strict=True):
        turns.setdefault(str(agent), []).append((float(ends[0]), float(ends[1])))
    return turns


def past_shifts(roster: pd.DataFrame, agents: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return one row a shift: agent_id, day, start_at, end_at, minute (wall clock), paid (minutes), night, late."""
    rows = roster[~roster["activity"].isin(OFF_ACTIVITIES) & roster["agent_id"].isin(agents["agent_id"])]
    paid = ((rows["end_at"] - rows["start_at"]).dt.total_seconds() / 60).where(rows["is_paid"], 0.0)
    whole = {"start_at": "min", "end_at": "max", "schedule_date": "first", "paid": "sum"}
    shifts = rows.assign(paid=paid).groupby(["agent_id", "shift_id"], as_index=False).agg(whole)
    zones = shifts["agent_id"].map(dict(zip(agents["agent_id"], agents["time_zone"], strict=True)))
    parts = [
        timegrid.local_parts(shifts.loc[zones == zone, "start_at"], zone)["minute_of_day"] for zone in zones.unique()
    ]
    minute = pd.concat(parts).reindex(shifts.index).astype("int64") if parts else pd.Series([], dtype="int64")
    seconds = (shifts["end_at"] - shifts["start_at"]).dt.total_seconds()
    length, minutes = np.asarray(seconds / 60, dtype=np.int32), np.asarray(minute, dtype=np.int32)
    night = is_night(minutes, length, plan)
    late = is_late(minutes, length, night, plan)
    shifts = shifts.assign(day=shifts["schedule_date"].dt.date, minute=minute, night=night, late=late)
    return shifts.sort_values("start_at", ignore_index=True)


def _past(shifts: pd.DataFrame, days: list[dt.date]) -> Past:
    """Return the past of one person from the shifts in order of time."""
    worked, nights = set(shifts["day"]), set(shifts.loc[shifts["night"], "day"])
    weekend = sum(day.weekday() >= SATURDAY for day in shifts["day"])
    burdens = (
        ("nights", int(shifts["night"].sum())), ("weekend_days", weekend), ("late_shifts", int(shifts["late"].sum()))
    )  # fmt: skip
    last = shifts.iloc[-1]
    return Past(
        float(last["end"]), bool(last["night"]), tuple(day in worked for day in days),
        tuple(day in nights for day in days), tuple(zip(shifts["day"], shifts["paid"].astype(int), strict=True)),
        burdens, tuple(zip(shifts["day"], shifts["minute"].astype(int), strict=True)),
    )  # fmt: skip
