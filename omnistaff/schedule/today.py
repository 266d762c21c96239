"""The running day as the roster has it: shifts that are not over, who is at work beside them, and the seats taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.horizon import Horizon, make_horizon
from omnistaff.schedule.need import make_need, net_need
from omnistaff.schedule.published import PAUSES, Piece, find_option
from omnistaff.schedule.seats import Room, read_seats
from omnistaff.schedule.shifts import Menu, make_menu
from omnistaff.schedule.skills import read_sets, skill_groups
from omnistaff.tables import Agents, People, PooledStaff, check

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Duty:
    """One shift of the day, in slots."""

    agent_id: str
    zone: str
    group: int
    hourly_cost: float
    menu: Menu
    option: int
    start: int
    end: int
    breaks: tuple[tuple[int, int], ...]  # (first, last)
    told_end: int  # as published; who was offered another end is not asked again
    meetings: tuple[tuple[int, int], ...] = ()  # of these and the like nothing moves
    free_until: float = np.inf  # when an absence or a turn on call begins, or the rest before the next shift
    site: int = -1  # number of a site with so many seats, -1 where seats are not limited

    def works(self, slots: int) -> Bools:
        """Return the slots at work."""
        result = np.zeros(slots, dtype=bool)
        result[self.start : self.end] = True
        for first, last in (*self.breaks, *self.meetings):
            result[first:last] = False
        return result


@dataclass
class Day:
    """The day as it stands, from slot *now* on."""

    plan: Plan
    horizon: Horizon
    cover: Cover
    room: Room
    now: int
    duties: list[Duty] = field(default_factory=list)

    def sit(self, duty: Duty, people: int) -> None:
        """Let *people* (1, or -1 who leaves) have a seat from the begin of a shift to its end."""
        if duty.site >= 0:
            self.room.taken[duty.site, duty.start : duty.end] += people

    def clock(self, slot: int, zone: str) -> str:
        """Return a slot's begin as a wall clock shows it."""
        time = self.horizon.times(np.array([slot], dtype=np.int64))
        return str(time.tz_convert(zone).strftime("%H:%M")[0])


def read_day(roster: pd.DataFrame, pool: PooledStaff, people: People, plan: Plan, now: pd.Timestamp) -> Day:
    """Return the local day of *now*, and the six days after it, as the *roster* has them."""
    agents = check(Agents, people.agents)
    today = timegrid.local_dates(pd.Series([now]), plan.time_zone).iloc[0].date()
    one_week = plan.replace(schedule=plan.schedule.model_copy(update={"weeks": 1, "start": today}))
    horizon = make_horizon(today, one_week)
    need = make_need(net_need(pool.allocation, plan, agents), horizon, one_week, pool.curve)
    sets = sorted(set(own := read_sets(agents, horizon)))
    cover = Cover(need, skill_groups(sets, need.queues))
    seats = read_seats(one_week, horizon)
    day = Day(one_week, horizon, cover, seats.room(), int(np.ceil(horizon.slots_of(pd.Series([now]))[0])))
    sites = [seats.number(str(site)) for site in agents["site"]]
    rows = agents.assign(group=[sets.index(one) for one in own], seat=sites)
    day.duties.extend(_duties(roster, rows, people.absences, day))
    for duty in day.duties:
        day.cover.add(duty.group, duty.works(horizon.slots))
        day.sit(duty, 1)
    for agent, works, there in _beside(roster, rows, people.absences, day):
        day.cover.add(agent.group, works)
        if agent.seat >= 0:
            day.room.taken[agent.seat, there] += 1
    return day


def _beside(
    roster: pd.DataFrame, agents: pd.DataFrame, absences: pd.DataFrame, day: Day
) -> Iterator[tuple[Any, Bools, Bools]]:
    """Yield agent, slots at work and slots in a seat of the shifts of the other days: last night's and tomorrow's."""
    rows = roster.assign(first=day.horizon.slots_of(roster["start_at"]), last=day.horizon.slots_of(roster["end_at"]))
    rows = rows[(rows["schedule_date"] != pd.Timestamp(day.horizon.dates[0])) & rows["shift_id"].isin(_worked(rows))]
    rows = rows[(rows["last"] > 0) & (rows["first"] < day.horizon.slots)]
    away = absences.assign(a=day.horizon.slots_of(absences["start_at"]), b=day.horizon.slots_of(absences["end_at"]))
    known = {row.agent_id: row for row in agents.itertuples()}
    for agent, mine in rows.groupby("agent_id"):
        if agent not in known:
            continue
        work = mine[mine["activity"] == "work"]
        shifts = mine.groupby("shift_id").agg(first=("first", "min"), last=("last", "max"))
        works, there = (_slots_between(part["first"], part["last"], day.horizon.slots) for part in (work, shifts))
        gone = away[away["agent_id"] == agent]
        absent = _slots_between(np.floor(gone["a"]), np.ceil(gone["b"]), day.horizon.slots)
        yield known[agent], works & ~absent, there & ~absent


def _worked(rows: pd.DataFrame) -> set[str]:
    """Return the ids of shifts: what has no work in it is none."""
    return set(rows.loc[rows["activity"] == "work", "shift_id"])


def _slots_between(firsts: pd.Series[float], lasts: pd.Series[float], slots: int) -> Bools:
    found = np.zeros(slots, dtype=bool)
    for first, last in zip(firsts, lasts, strict=True):
        found[max(0, int(first)) : max(0, int(last))] = True
    return found


def _duties(roster: pd.DataFrame, agents: pd.DataFrame, absences: pd.DataFrame, day: Day) -> Iterator[Duty]:
    """Yield the shifts of the day that are not over, of people who are there."""
    rows = roster.assign(first=day.horizon.slots_of(roster["start_at"]), last=day.horizon.slots_of(roster["end_at"]))
    every = rows
    rows = rows[rows["shift_id"].isin(_worked(rows)) & (rows["schedule_date"] == pd.Timestamp(day.horizon.dates[0]))]
    away = absences.assign(a=day.horizon.slots_of(absences["start_at"]), b=day.horizon.slots_of(absences["end_at"]))
    known = {row.agent_id: row for row in agents.itertuples()}
    for agent, shift in rows.groupby("agent_id"):
        row = known.get(agent)
        start, end = int(shift["first"].min()), int(shift["last"].max())
        gone = away[(away["agent_id"] == agent) & (away["a"] < end) & (away["b"] > start)]
        if row is None or end <= day.now or len(gone):
            continue
        menu = make_menu(day.plan.schedule.contracts[str(row.contract)], str(row.time_zone), day.horizon, day.plan)
        pauses = shift["activity"].isin(PAUSES)
        breaks, meetings = _spans(shift[pauses]), _spans(shift[~pauses & (shift["activity"] != "work")])
        rows_of = shift.sort_values("first")[["first", "last", "activity", "is_paid"]].itertuples(index=False)
        pieces = [Piece(day.horizon.dates[0], float(a), float(b), str(c), bool(p)) for a, b, c, p in rows_of]
        option = find_option(pieces, 0, menu, day.horizon)
        zone, cost = str(row.time_zone), float(str(row.hourly_cost))
        duty = Duty(str(agent), zone, int(str(row.group)), cost, menu, option, start, end, breaks, end, meetings)
        until = _free_until(duty, row, every[every["agent_id"] == agent], away[away["agent_id"] == agent], day)
        yield replace(duty, free_until=until, site=int(str(row.seat)))


def _free_until(duty: Duty, agent: Any, rows: pd.DataFrame, away: pd.DataFrame, day: Day) -> float:
    """Return the slot until which a person may stay after a shift: rest, turns on call and absences are kept."""
    rest = day.plan.schedule.contracts[str(agent.contract)].min_rest_hours / day.horizon.slot_hours
    is_shift = rows["shift_id"].isin(_worked(rows))
    begins = pd.concat([rows["first"] - rest * is_shift, away["a"]])[
        pd.concat([rows["first"], away["a"]]) >= duty.end
    ]
    leaves = float(day.horizon.slots_of(pd.Series([agent.valid_to], dtype="datetime64[us, UTC]"))[0])
    return float(np.nanmin([*begins, leaves, np.inf]))


def _spans(rows: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    """Return (first, last) of each row, in order."""
    return tuple(sorted((int(a), int(b)) for a, b in zip(rows["first"], rows["last"], strict=True)))
