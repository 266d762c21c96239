"""Meetings and training, placed within the shifts of a finished roster where they cost least service.

Whoever is in a meeting is missing from the cover, so its cost is what the shortage rises by; that is never less than
nothing, so a bound on rosters without meetings holds for rosters with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff.plan.schedule import Meeting
from omnistaff.schedule.cover import Cover, Groups, Need
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.lines import Line
from omnistaff.schedule.staff import Team
from omnistaff.timegrid import DAY_MINUTES, clock_minutes

Ints = npt.NDArray[np.int32]


class Booking(NamedTuple):
    """One person's time in a meeting, in slots."""

    agent_id: str
    first: int
    last: int
    activity: str


@dataclass(frozen=True)
class Told:
    """What a published roster says, whose meetings keep their time, and the first slot at which others may begin."""

    starts: dict[tuple[str, str, int], list[int]] = field(default_factory=dict)  # (agent, activity, slots it takes)
    first_slot: int = 0


def read_told(published: pd.DataFrame, first_slot: int, horizon: Horizon) -> Told:
    """Return when each activity of a *published* roster begins; new meetings begin at *first_slot* or later."""
    begin, end = (np.round(horizon.slots_of(published[name])).astype(int) for name in ("start_at", "end_at"))
    starts: dict[tuple[str, str, int], list[int]] = {}
    for agent, activity, first, last in zip(published["agent_id"], published["activity"], begin, end, strict=True):
        starts.setdefault((str(agent), str(activity), int(last - first)), []).append(int(first))
    return Told(starts, first_slot)


class Diary:
    """The roster while meetings are put into it."""

    def __init__(self, team: Team, lines: Sequence[Line], need: Need, groups: Groups, horizon: Horizon) -> None:
        self.team, self.horizon = team, horizon
        self.lines = [replace(line, works=line.works.copy()) for line in lines]
        self.cover = Cover(need, groups)
        for member, line in zip(team.members, lines, strict=True):
            self.cover.add(member.group, line.works)
        self.bookings: list[Booking] = []
        self.cost = 0.0

    def book(self, meeting: Meeting, zone: str, told: Told) -> None:
        """Place a meeting at one time for as many as can come, or for each alone; clock times are of *zone*.

        Where it was *told* for a time, it stays there if anybody can still come; of several such times, at the one
        that most were told.
        """
        length = -(-meeting.minutes // self.horizon.slot_minutes)
        starts = self._starts(meeting, zone)
        new = [start for start in starts if start >= told.first_slot]
        people = [
            i for i, member in enumerate(self.team.members)
            if member.agent_id in meeting.agents or (member.crew and member.crew in meeting.teams)
        ]  # fmt: skip
        for some in [people] if meeting.together else [[i] for i in people]:
            keys = [(self.team.members[i].agent_id, meeting.activity, length) for i in some]
            known = Counter(start for key in keys for start in told.starts.get(key, ()))
            ways = [
                [start for start in starts if known[start] == k] for k in sorted(set(known.values()), reverse=True)
            ]
            any(self._place(some, way, length, meeting.activity) for way in (*ways, new))

    def _place(self, people: Sequence[int], starts: Sequence[int], length: int, activity: str) -> bool:
        """Book the time at which most of *people* can come, of these the cheapest; return whether anybody can."""
        options = [(start, self._free(people, start, length)) for start in starts]
        most = max((len(free) for _, free in options), default=0)
        if most == 0:
            return False
        fits = [(self._price(free, start, length), start, free) for start, free in options if len(free) == most]
        price, start, free = min(fits)
        self._enter(free, start, length, activity)
        self.cost += price
        return True

    def _starts(self, meeting: Meeting, zone: str) -> list[int]:
        """Return the slots at which a meeting may begin."""
        first, last = meeting.first_day or self.horizon.dates[0], meeting.last_day or self.horizon.dates[-1]
        step = self.horizon.slot_minutes
        earliest = -(-clock_minutes(meeting.start_from) // step) * step  # within a slot nothing begins
        minutes = range(earliest, min(clock_minutes(meeting.start_to) + 1, DAY_MINUTES), step)
        slots = self.horizon.local_starts(minutes, zone)
        days = [d for d, date in enumerate(self.horizon.dates) if first <= date <= last]
        return [int(slot) for slot in slots[days].ravel() if slot >= 0]

    def _free(self, people: Sequence[int], start: int, length: int) -> list[int]:
        return [i for i in people if self.lines[i].works[start : start + length].sum() == length]

    def _price(self, people: Sequence[int], start: int, length: int) -> float:
        """Return by how much the cost of shortage rises when *people* leave their work."""
        span = slice(start, start + length)
        cuts = self.cover.cuts[:, span]
        gone = self.cover.ranks[[self.team.members[i].group for i in people]].sum(axis=0)[self.cover.period[span]]
        rise = (cuts + gone).max(axis=2) - cuts.max(axis=2)
        return float((self.cover.weights[:, span] * rise).sum())

    def _enter(self, people: Sequence[int], start: int, length: int, activity: str) -> None:
        works = np.zeros(self.horizon.slots, dtype=bool)
        works[start : start + length] = True
        for i in people:
            member = self.team.members[i]
            self.cover.add(member.group, works, -1)
            self.lines[i].works[works] = False
            self.bookings.append(Booking(member.agent_id, start, start + length, activity))


def show_meetings(table: pd.DataFrame, bookings: Sequence[Booking], horizon: Horizon) -> pd.DataFrame:
    """Return the roster *table* with the work that meetings replace cut out."""
    if not bookings:
        return table
    booked = pd.DataFrame(bookings)
    times = {name: horizon.times(booked[name].to_numpy(dtype=np.int64)) for name in ("first", "last")}
    for agent, first, last, activity in zip(booked["agent_id"], *times.values(), booked["activity"], strict=True):
        hit = (table["agent_id"] == agent) & (table["activity"] == "work")
        hit &= (table["start_at"] <= first) & (table["end_at"] >= last)
        whole = table[hit]
        inside = whole.assign(start_at=first, end_at=last, activity=activity)
        parts = pd.concat([whole.assign(end_at=first), inside, whole.assign(start_at=last)])
        table = pd.concat([table[~hit], parts[parts["start_at"] < parts["end_at"]]], ignore_index=True)
    return table.astype({"activity": "str"}).sort_values(["agent_id", "start_at"], ignore_index=True)
