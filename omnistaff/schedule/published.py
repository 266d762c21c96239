"""A published roster as the optimiser sees it: the option and the breaks of each day of each person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff.errors import TableError
from omnistaff.schedule.history import OFF_ACTIVITIES
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.lines import Line
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Member, Team

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
PAUSES = ("break", "meal", "gap")


@dataclass(frozen=True)
class Kept:
    """The published days of one person."""

    chosen: Ints  # [day] option or -1
    places: Ints  # [day, break]
    at_work: dict[int, npt.NDArray[np.int64]]  # slots at work by day

    def worth(self, value: Floats, values: Floats) -> Floats:
        """Return *values* [day, option] with published shifts worth what their published breaks leave."""
        for d, slots in self.at_work.items():
            values[d, self.chosen[d]] = value[slots].sum()
        return values

    def restore(self, line: Line, menu: Menu) -> Line:
        """Return *line* with the published breaks on every day whose shift is the published one."""
        works, places = line.works.copy(), line.places.copy()
        for d, slots in self.at_work.items():
            if line.chosen[d] == self.chosen[d]:
                start = menu.offers.starts[d, line.chosen[d]]
                works[start : start + menu.offers.lengths[line.chosen[d]]] = False
                works[slots] = True
                places[d] = self.places[d]
        return Line(line.chosen, places, works, line.wishes)

    def changed(self, line: Line) -> npt.NDArray[np.bool_]:
        """Return on which days a line differs."""
        return np.asarray(line.chosen != self.chosen)


def read_published(roster: pd.DataFrame, team: Team, horizon: Horizon) -> list[Kept]:
    """Return the published days of each member; TableError lists shifts that no pattern of the contract allows."""
    rows = roster[~roster["activity"].isin(OFF_ACTIVITIES)]
    rows = rows.assign(first=horizon.slots_of(rows["start_at"]), last=horizon.slots_of(rows["end_at"]))
    by_agent = {str(agent): group for agent, group in rows.groupby("agent_id")}
    problems: list[str] = []
    kept = [
        _read_member(by_agent.get(member.agent_id), member, team.menus[member.menu], horizon, problems)
        for member in team.members
    ]
    if problems:
        raise TableError("the published roster has shifts that no pattern of the agent's contract allows", problems)
    return kept


def _read_member(
    rows: pd.DataFrame | None, member: Member, menu: Menu, horizon: Horizon, problems: list[str]
) -> Kept:
    days = len(horizon.dates)
    chosen = np.full(days, -1, dtype=np.int32)
    places = np.full((days, menu.offers.windows.shape[1]), -1, dtype=np.int32)
    at_work: dict[int, npt.NDArray[np.int64]] = {}
    number = {date: d for d, date in enumerate(horizon.dates)}
    for _, shift in rows.groupby("shift_id") if rows is not None else ():
        d = number.get(shift["schedule_date"].iloc[0].date())
        if d is None or not (shift["activity"] == "work").any():
            continue
        pauses = shift[shift["activity"].isin(PAUSES)].sort_values("first")
        option = find_option(shift, pauses, d, menu, horizon)
        if option < 0:
            problems.append(f"{member.agent_id} on {horizon.dates[d]}")
            continue
        chosen[d] = option
        begin = menu.offers.starts[d, option]
        places[d, : len(pauses)] = (pauses["first"] - begin).to_numpy(dtype=np.int32)
        work = shift[~shift["activity"].isin(PAUSES)]
        stretches = zip(work["first"].astype(int), work["last"].astype(int), strict=True)
        at_work[d] = np.concatenate([np.arange(a, b) for a, b in stretches])
    return Kept(chosen, places, at_work)


def find_option(shift: pd.DataFrame, pauses: pd.DataFrame, d: int, menu: Menu, horizon: Horizon) -> int:
    """Return the option that has the shift's start, length and kinds of breaks, -1 if there is none."""
    start, end = shift["first"].min(), shift["last"].max()
    found = np.flatnonzero((menu.offers.starts[d] == start) & (menu.offers.starts[d] + menu.offers.lengths == end))
    lengths = ((pauses["last"] - pauses["first"]) * horizon.slot_minutes).round().astype(int)
    taken: list[tuple[Any, ...]] = list(zip(pauses["activity"], lengths, pauses["is_paid"], strict=True))
    for option in found:
        wanted = menu.patterns[menu.pattern[option]].breaks
        if taken == [(pause.activity, pause.minutes, pause.is_paid) for pause in wanted]:
            return int(option)
    return -1
