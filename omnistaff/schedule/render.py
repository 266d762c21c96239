"""The roster as tables: every minute of every shift one activity, and the cover it gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.schedule.cover import Groups
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.lines import Line
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Team
from omnistaff.tables import Coverage, Roster, check, empty

PIECES = ["agent_id", "schedule_date", "first", "last", "activity", "shift_id", "is_paid"]


def roster_table(team: Team, lines: tuple[Line, ...], absences: pd.DataFrame, horizon: Horizon) -> DataFrame[Roster]:
    """Return every activity of every shift, and absences that lie in the horizon as activities of their own."""
    rows = [
        piece
        for member, line in zip(team.members, lines, strict=True)
        for piece in _pieces(member.agent_id, line, team.menus[member.menu], horizon)
    ]
    if not rows:
        return _with_absences(empty(Roster), absences, team, horizon)
    frame = pd.DataFrame(rows, columns=PIECES)
    frame["start_at"] = horizon.times(frame["first"].to_numpy(dtype="int64"))
    frame["end_at"] = horizon.times(frame["last"].to_numpy(dtype="int64"))
    frame["schedule_date"] = pd.to_datetime(frame["schedule_date"]).dt.as_unit("us")
    frame = frame.drop(columns=["first", "last"])
    frame = frame.astype({"agent_id": "str", "activity": "str", "shift_id": "str", "is_paid": "bool"})
    return _with_absences(frame, absences, team, horizon)


def _pieces(agent: str, line: Line, menu: Menu, horizon: Horizon) -> Iterator[tuple[Any, ...]]:
    """Yield (agent, date, first slot, last slot, activity, shift, paid) for each stretch of each shift."""
    for d in np.flatnonzero(line.chosen >= 0):
        option = line.chosen[d]
        start = int(menu.offers.starts[d, option])
        end = start + int(menu.offers.lengths[option])
        pattern = menu.patterns[menu.pattern[option]]
        date = horizon.dates[d]
        shift = f"{agent}-{date.isoformat()}"
        at = start
        for place, pause in zip(line.places[d], pattern.breaks, strict=False):
            begin = start + int(place)
            finish = begin + pause.minutes // horizon.slot_minutes
            if begin > at:
                yield agent, date, at, begin, "work", shift, True
            yield agent, date, begin, finish, pause.activity, shift, pause.is_paid
            at = finish
        if end > at:
            yield agent, date, at, end, "work", shift, True


def _with_absences(frame: pd.DataFrame, absences: pd.DataFrame, team: Team, horizon: Horizon) -> DataFrame[Roster]:
    """Return the roster with the absences that meet the horizon, each on the local date on which it begins."""
    begin, end = horizon.times(np.array([0, horizon.slots]))
    inside = absences[(absences["start_at"] < end) & (absences["end_at"] > begin)]
    zones = inside["agent_id"].map({member.agent_id: member.zone for member in team.members})
    here = inside[zones.notna()]
    local = [timegrid.local_dates(rows["start_at"], str(zone)) for zone, rows in here.groupby(zones)]
    dates = pd.concat(local) if local else pd.Series(dtype="datetime64[us]")
    away = here.assign(
        schedule_date=dates,
        shift_id=here["agent_id"] + "-" + here["activity"] + "-" + dates.dt.strftime("%Y-%m-%d"),
    )
    columns = Roster.column_names()
    return check(Roster, pd.concat([frame[columns], away[columns]], ignore_index=True) if len(away) else frame)


def coverage_table(
    net: pd.DataFrame, team: Team, lines: tuple[Line, ...], groups: Groups, horizon: Horizon, plan: Plan
) -> DataFrame[Coverage]:
    """Return required and scheduled net agents by queue and interval; skill sets are shared out."""
    from omnistaff.schedule.solve import share_out

    heads = np.zeros((horizon.slots, len(groups.skills)))
    for member, line in zip(team.members, lines, strict=True):
        heads[:, member.group] += line.works
    queues = [queue.name for queue in plan.queues]
    inside = net[horizon_mask(net["interval_start"], horizon)]
    first = np.round(horizon.slots_of(inside["interval_start"])).astype(int)
    width = max(1, plan.interval_minutes // horizon.slot_minutes)
    grid = np.unique(first)
    required = np.zeros((len(grid), len(queues)))
    column = inside["queue"].map({name: q for q, name in enumerate(queues)}).to_numpy(dtype=int)
    required[np.searchsorted(grid, first), column] = inside["agents"]
    present = np.stack([heads[grid + k] for k in range(width)]).mean(axis=0)
    ready = present * plan.available_share(pd.Series(horizon.times(grid)), whom="rostered")[:, None]
    period, scheduled = groups.period(horizon.slots)[grid], np.zeros(required.shape)
    for p in np.unique(period):
        scheduled[period == p] = share_out(ready[period == p], required[period == p], groups.speeds[:, p])
    rows = np.searchsorted(grid, first)
    frame = pd.DataFrame(
        {
            "queue": inside["queue"].astype("str"), "interval_start": inside["interval_start"],
            "required": inside["agents"], "scheduled": scheduled[rows, column],
        }
    )  # fmt: skip
    return check(Coverage, frame.assign(net=frame["scheduled"] - frame["required"]))


def horizon_mask(times: pd.Series[pd.Timestamp], horizon: Horizon) -> pd.Series[bool]:
    """Return True for the times that lie in the horizon's slots, its margins included."""
    slots = horizon.slots_of(times)
    return pd.Series((slots >= 0) & (slots < horizon.slots), index=times.index)
