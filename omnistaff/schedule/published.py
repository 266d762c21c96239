"""A published roster as the optimiser sees it: the option and the breaks of each day of each person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Piece(NamedTuple):
    """One activity of a published shift, in slots."""

    date: dt.date
    first: float
    last: float
    activity: str
    is_paid: bool


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
    rows = roster[~roster["activity"].isin(OFF_ACTIVITIES)].sort_values("start_at")
    columns = (
        rows["agent_id"], rows["shift_id"], rows["schedule_date"].dt.date, horizon.slots_of(rows["start_at"]),
        horizon.slots_of(rows["end_at"]), rows["activity"], rows["is_paid"],
    )  # fmt: skip
    by_agent: dict[str, dict[str, list[Piece]]] = {}
    for agent, shift, date, first, last, activity, is_paid in zip(*columns, strict=True):
        piece = Piece(date, float(first), float(last), str(activity), bool(is_paid))
        by_agent.setdefault(str(agent), {}).setdefault(str(shift), []).append(piece)
    problems: list[str] = []
    kept = [
        _read_member(by_agent.get(member.agent_id), member, team.menus[member.menu], horizon, problems)
        for member in team.members
    ]
    if problems:
        raise TableError("the published roster has shifts that no pattern of the agent's contract allows", problems)
    return kept


def _read_member(
    shifts: Mapping[str, list[Piece]] | None, member: Member, menu: Menu, horizon: Horizon, problems: list[str]
) -> Kept:
    days = len(horizon.dates)
    chosen = np.full(days, -1, dtype=np.int32)
    places = np.full((days, menu.offers.windows.shape[1]), -1, dtype=np.int32)
    at_work: dict[int, npt.NDArray[np.int64]] = {}
    number = {date: d for d, date in enumerate(horizon.dates)}
    for pieces in (shifts or {}).values():
        d = number.get(pieces[0].date)
        if d is None or not any(piece.activity == "work" for piece in pieces):
            continue
        option = find_option(pieces, d, menu, horizon)
        if option < 0:
            problems.append(f"{member.agent_id} on {horizon.dates[d]}")
            continue
        chosen[d] = option
        begins = [int(piece.first) for piece in pieces if piece.activity in PAUSES]
        places[d, : len(begins)] = np.array(begins, dtype=np.int32) - menu.offers.starts[d, option]
        work = [piece for piece in pieces if piece.activity not in PAUSES]
        at_work[d] = np.concatenate([np.arange(int(piece.first), int(piece.last)) for piece in work])
    return Kept(chosen, places, at_work)


def find_option(pieces: Sequence[Piece], d: int, menu: Menu, horizon: Horizon) -> int:
    """Return the option that has the start, length and kinds of breaks of a shift's pieces, -1 if there is none."""
    start, end = pieces[0].first, max(piece.last for piece in pieces)
    found = np.flatnonzero((menu.offers.starts[d] == start) & (menu.offers.starts[d] + menu.offers.lengths == end))
    taken = [
        (piece.activity, round((piece.last - piece.first) * horizon.slot_minutes), piece.is_paid)
        for piece in pieces
        if piece.activity in PAUSES
    ]
    for option in found:
        wanted = menu.patterns[menu.pattern[option]].breaks
        if taken == [(pause.activity, pause.minutes, pause.is_paid) for pause in wanted]:
            return int(option)
    return -1
