"""On-call duty: who stays within reach when, given in turn to people who are free then.

On-call time covers no queue and is no working time: it counts for no rule over hours or days and needs no rest, but
nobody is on call during a shift, an absence or a day that is fixed off. So it is given after the roster, by an
integer program that covers every turn where anybody can, then keeps what was published, then costs least, where each
further turn of one person is dearer than the one before.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.plan.schedule import OnCall
from omnistaff.schedule.history import OFF_ACTIVITIES, ON_CALL
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.lines import Line
from omnistaff.schedule.meetings import Told
from omnistaff.schedule.solve import Limits, add_variables, new_problem, solve, weighted_sum
from omnistaff.schedule.staff import MUST_BE_OFF, Member, Team, closed_slots, wished_days
from omnistaff.tables import People, Roster, check

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


TurnsByDay = Mapping[tuple[str, dt.date], Sequence[str]]  # in words


class Turn(NamedTuple):
    """A duty on one day, in slots."""

    duty: OnCall
    first: int
    last: int

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return 60 * self.duty.hours


@dataclass(frozen=True)
class Turns:
    """Who is on call when, and what it costs; no roster's turns can cost less than the bound."""

    given: tuple[tuple[str, Turn], ...]  # agent_id and turn
    cost: float
    bound: float


def turns_of(duties: Sequence[OnCall], horizon: Horizon, zone: str) -> list[Turn]:
    """Return every turn of *duties* that begins in the horizon; clock times are of *zone*."""
    result = []
    for duty in duties:
        minute, days = timegrid.clock_minutes(duty.start), timegrid.parse_weekdays(duty.weekdays)
        starts = horizon.local_starts([minute], zone)[:, 0]
        length = round(60 * duty.hours) // horizon.slot_minutes
        for d in np.flatnonzero(np.isin(horizon.weekdays, days)):
            first = int(starts[d])
            if first < 0:  # the clocks jump over it
                first = int(_day(horizon, int(d), zone)[0]) + minute // horizon.slot_minutes
            result.append(Turn(duty, first, first + length))
    return result


def _day(horizon: Horizon, d: int, zone: str) -> tuple[float, float]:
    """Return the slots between which a local day lies."""
    dates = (horizon.dates[d], horizon.dates[d] + dt.timedelta(days=1))
    first, last = horizon.slots_of(pd.Series([timegrid.day_start(date, zone) for date in dates]))
    return float(first), float(last)


class Before(NamedTuple):
    """The previous roster."""

    turns: Mapping[str, int]  # by agent_id
    busy: Mapping[str, Sequence[tuple[float, float]]]  # stretches at work and on call in slots, by agent_id


@dataclass(frozen=True)
class Rota:
    """A finished roster with what is known beside it, into which turns are put."""

    team: Team
    lines: Sequence[Line]
    people: People
    horizon: Horizon
    told: Told  # turns stay with who is free; those that cannot change any more go nowhere else
    before: Before

    def give(self, plan: Plan) -> Turns:
        """Return who is on call when."""
        turns = turns_of(plan.schedule.on_call, self.horizon, plan.time_zone)
        members, rules = self.team.members, plan.schedule.rules
        able = self._by_turn(turns, lambda member, turn: _able(member, turn, self.team)).astype(bool)
        known = self._by_turn(turns, lambda member, turn: _was_told(member.agent_id, turn, self.told)).astype(bool)
        pay = self._by_turn(turns, lambda member, turn: member.minute_cost * turn.minutes * turn.duty.paid_share)
        late = np.array([turn.first >= self.told.first_slot for turn in turns], dtype=bool)
        free = able & self._free(turns) & (known | late)
        missing = np.array([rules.understaffing_cost * turn.duty.hours for turn in turns])
        before = [self.before.turns.get(member.agent_id, 0) for member in members]
        dearer = rules.fairness_cost or rules.preference_cost
        chosen = _assign(turns, free, known, pay, (before, dearer))
        short = np.array([turn.duty.agents for turn in turns]) - chosen.sum(axis=0)
        given = tuple((members[i].agent_id, turns[k]) for i, k in np.argwhere(chosen))
        return Turns(given, float(pay[chosen].sum() + missing @ short), _least(pay, able, missing, turns))

    def _by_turn(self, turns: Sequence[Turn], look: Callable[[Member, Turn], float]) -> Floats:
        """Return what *look* says, by [member, turn]."""
        rows = [[look(member, turn) for turn in turns] for member in self.team.members]
        return np.array(rows, dtype=float).reshape(len(rows), len(turns))

    def _free(self, turns: Sequence[Turn]) -> Bools:
        """Return who is neither at work nor away, by [member, turn]."""
        first, last = (np.array([getattr(turn, name) for turn in turns], dtype=float) for name in ("first", "last"))
        away = closed_slots(self.people.agents, self.people.absences, self.horizon)
        wishes = self.people.preferences
        off = wishes[wishes["preference"] == MUST_BE_OFF]
        result = np.ones((len(self.team.members), len(turns)), dtype=bool)
        for i, (member, line) in enumerate(zip(self.team.members, self.lines, strict=True)):
            busy = [*_shifts(member, line, self.team), *self.before.busy.get(member.agent_id, ())]
            for begin, end in (*busy, *away[member.agent_id], *_off(off, member, self.horizon)):
                result[i] &= (last <= begin) | (first >= end)
        return result


def _was_told(agent: str, turn: Turn, told: Told) -> bool:
    return turn.first in told.starts.get((agent, ON_CALL, turn.last - turn.first), ())


def _able(member: Member, turn: Turn, team: Team) -> bool:
    """Return whether a turn is of one of the person's duties, skills that end or begin minded."""
    able = team.groups[member.group].serves(turn.duty.skills, turn.first, turn.last)
    return able and (not turn.duty.teams or member.crew in turn.duty.teams)


def _shifts(member: Member, line: Line, team: Team) -> Iterator[tuple[float, float]]:
    offers = team.menus[member.menu].offers
    for d in np.flatnonzero(line.chosen >= 0):
        start = float(offers.starts[d, line.chosen[d]])
        yield start, start + float(offers.lengths[line.chosen[d]])


def _off(wishes: pd.DataFrame, member: Member, horizon: Horizon) -> Iterator[tuple[float, float]]:
    """Yield the days on which a person must be off, in slots."""
    mine = wishes[wishes["agent_id"] == member.agent_id]
    if len(mine):
        days = np.any([wished_days(str(w.weekday), str(w.date), horizon) for w in mine.itertuples()], axis=0)
        for d in np.flatnonzero(days):
            yield _day(horizon, int(d), member.zone)


def _assign(
    turns: Sequence[Turn], free: Bools, known: Bools, pay: Floats, before: tuple[Sequence[int], float]
) -> Bools:
    """Return who takes which turn, by [member, turn]: all hours that can be, with most *known* turns, cheaply.

    *before* is (turns that each person had, what one more costs for each of them).
    """
    chosen = np.zeros(free.shape, dtype=bool)
    pairs = np.argwhere(free)
    if not len(pairs):
        return chosen
    counts, dearer = before
    kept = 1 + pay.max() + dearer * (max(counts) + len(turns))  # more than one turn can save elsewhere
    hours = np.array([turn.duty.hours for turn in turns])
    missing = 2 * kept * (1 + sum(turn.duty.agents for turn in turns)) * hours / hours.min()  # more than all of them
    problem = new_problem(ON_CALL)
    takes = add_variables(problem, len(pairs), "x", upper=1.0, is_integer=True)
    short = add_variables(problem, len(turns), "s")
    cost = [*zip(takes, (pay - kept * known)[free], strict=True), *zip(short, missing, strict=True)]
    of = {(int(i), int(k)): x for (i, k), x in zip(pairs, takes, strict=True)}
    for k, turn in enumerate(turns):
        own = [of[i, k] for i in np.flatnonzero(free[:, k]).tolist()]
        problem += weighted_sum([*own, short[k]], np.ones(len(own) + 1)) == turn.duty.agents
    for i in np.flatnonzero(free.any(axis=1)).tolist():
        mine = np.flatnonzero(free[i]).tolist()
        steps = add_variables(problem, len(mine), f"n{i}_", upper=1.0)
        cost += [(step, dearer * (counts[i] + n)) for n, step in enumerate(steps)]
        signs = [*np.ones(len(mine)), *-np.ones(len(steps))]
        problem += weighted_sum([*(of[i, k] for k in mine), *steps], signs) == 0
        for together in _clashes(turns, mine):
            problem += weighted_sum([of[i, k] for k in together], np.ones(len(together))) <= 1
    problem.setObjective(weighted_sum([x for x, _ in cost], [c for _, c in cost]))
    found = solve(problem, Limits(gap_share=0.0))
    for (i, k), x in of.items():
        chosen[i, k] = found.values[x.index] > 0.5
    return chosen


def _clashes(turns: Sequence[Turn], mine: Sequence[int]) -> Iterator[list[int]]:
    """Yield the turns of *mine* that run when one of them begins, where there are several."""
    for k in mine:
        running = [other for other in mine if turns[other].first <= turns[k].first < turns[other].last]
        if len(running) > 1:
            yield running


def _least(pay: Floats, able: Bools, missing: Floats, turns: Sequence[Turn]) -> float:
    """Return what the turns cost when the cheapest people are always free."""
    least = 0.0
    for k, turn in enumerate(turns):
        offers = np.sort(np.concatenate([pay[able[:, k], k], np.full(turn.duty.agents, missing[k])]))
        least += float(offers[: turn.duty.agents].sum())
    return least


def read_before(previous: pd.DataFrame | None, horizon: Horizon, zone: str) -> Before:
    """Return what the *previous* roster says of the days before those of *horizon*, by the clock of *zone*."""
    if previous is None:
        return Before({}, {})
    begin, end = (horizon.slots_of(previous[name]) for name in ("start_at", "end_at"))
    is_past = (previous["schedule_date"] < pd.Timestamp(horizon.dates[0])) & (begin < _day(horizon, 0, zone)[0])
    rows = previous.assign(begin=begin, end=end)[is_past]
    turns = Counter(map(str, rows.loc[rows["activity"] == ON_CALL, "agent_id"]))
    rows = rows[(rows["activity"] == ON_CALL) | ~rows["activity"].isin(OFF_ACTIVITIES)]
    busy: dict[str, list[tuple[float, float]]] = {}
    for agent, first, last in zip(rows["agent_id"], rows["begin"], rows["end"], strict=True):
        busy.setdefault(str(agent), []).append((float(first), float(last)))
    return Before(turns, busy)


def read_turns(roster: pd.DataFrame, team: Team) -> TurnsByDay:
    """Return the turns of a *roster* table in words, by agent and day, by the clock of the agent."""
    zones = {member.agent_id: member.zone for member in team.members}
    rows = roster[(roster["activity"] == ON_CALL) & roster["agent_id"].isin(list(zones))].sort_values("start_at")
    turns: dict[tuple[str, dt.date], list[str]] = {}
    columns = (rows["agent_id"], rows["schedule_date"].dt.date, rows["start_at"], rows["end_at"])
    for agent, date, *ends in zip(*columns, strict=True):
        first, last = (f"{time.tz_convert(zones[agent]):%H:%M}" for time in ends)
        turns.setdefault((agent, date), []).append(f"on call {first}-{last}")
    return turns


def show_turns(table: DataFrame[Roster], turns: Turns, team: Team, horizon: Horizon) -> DataFrame[Roster]:
    """Return the roster *table* with the turns; their time is not paid as working time is."""
    if not turns.given:
        return table
    zones = {member.agent_id: member.zone for member in team.members}
    frame = pd.DataFrame({"agent_id": pd.Series([agent for agent, _ in turns.given], dtype="str")})
    frame["start_at"] = horizon.times(np.array([turn.first for _, turn in turns.given], dtype=np.int64))
    frame["end_at"] = horizon.times(np.array([turn.last for _, turn in turns.given], dtype=np.int64))
    own = frame["agent_id"].map(zones)
    dates = pd.concat([timegrid.local_dates(rows["start_at"], str(zone)) for zone, rows in frame.groupby(own)])
    frame = frame.assign(schedule_date=dates, activity=ON_CALL, is_paid=False)
    duties = pd.Series([turn.duty.name for _, turn in turns.given], dtype="str")
    frame["shift_id"] = frame["agent_id"] + f"-{ON_CALL}-" + duties + frame["start_at"].dt.strftime("-%Y-%m-%dT%H%MZ")
    both = pd.concat([table, frame.astype({"activity": "str", "shift_id": "str"})[table.columns]], ignore_index=True)
    return check(Roster, both.sort_values(["agent_id", "start_at"], ignore_index=True))
