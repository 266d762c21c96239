"""The running day: later breaks, deferred work moved within its due time, overtime and time off that pay.

Every step asks the question that the roster asked: what is one more person of a group worth in each slot (``cover``).
Deferred work moves first, since it costs nobody anything; then breaks that have not begun; then come the offers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.horizon import Horizon, make_horizon
from omnistaff.schedule.kernel import place_breaks
from omnistaff.schedule.need import make_need, net_need
from omnistaff.schedule.published import PAUSES, Piece, find_option
from omnistaff.schedule.shifts import Menu, make_menu
from omnistaff.schedule.skills import read_sets, skill_groups
from omnistaff.tables import People, PooledStaff, check, empty
from omnistaff.tables.catalog import Moves

Floats = npt.NDArray[np.float64]
SWEEPS = 3  # of breaks
CHUNK = 0.25  # heads of deferred work moved at once
LITTLE = 1e-6
TAKEN = 1e6  # cost of a break in a slot of a meeting: never worth it


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

    def works(self, slots: int) -> npt.NDArray[np.bool_]:
        """Return the slots at work."""
        result = np.zeros(slots, dtype=bool)
        result[self.start : self.end] = True
        for first, last in (*self.breaks, *self.meetings):
            result[first:last] = False
        return result


class Move(NamedTuple):
    """One proposal."""

    who: str
    kind: str
    start_slot: int
    before: str
    after: str
    hours: float
    saves: float


@dataclass
class Day:
    """The day as it stands, from slot *now* on."""

    plan: Plan
    horizon: Horizon
    cover: Cover
    duties: list[Duty]
    now: int

    def clock(self, slot: int, zone: str) -> str:
        """Return a slot's begin as a wall clock shows it."""
        time = self.horizon.times(np.array([slot], dtype=np.int64))
        return str(time.tz_convert(zone).strftime("%H:%M")[0])


def same_day_moves(
    roster: pd.DataFrame, pool: PooledStaff, people: People, plan: Plan, *, now: pd.Timestamp
) -> DataFrame[Moves]:
    """Return what to do on the rest of the day of *now*, best first within each kind, each with what it saves.

    *pool* has the need as corrected today and the curve that values missing hours as in the roster. Moves of breaks
    and of deferred work are meant to be done, overtime and time off to be offered.
    """
    day = _read_day(roster, pool, people, plan, now)
    moves = [*_move_deferred(day), *_move_breaks(day), *_offers(day, "overtime"), *_offers(day, "time_off")]
    frame = pd.DataFrame(moves, columns=Move._fields)
    if frame.empty:
        return check(Moves, empty(Moves))
    frame["start_at"] = day.horizon.times(frame.pop("start_slot").to_numpy(dtype=np.int64))
    frame = frame.astype(dict.fromkeys(("who", "kind", "before", "after"), "str"))
    return check(Moves, frame)


def _read_day(roster: pd.DataFrame, pool: PooledStaff, people: People, plan: Plan, now: pd.Timestamp) -> Day:
    today = timegrid.local_dates(pd.Series([now]), plan.time_zone).iloc[0].date()
    one_week = plan.replace(schedule=plan.schedule.model_copy(update={"weeks": 1, "start": today}))
    horizon = make_horizon(today, one_week)
    need = make_need(net_need(pool.allocation, plan, people.agents), horizon, one_week, pool.curve)
    sets = sorted(set(own := read_sets(people.agents, horizon)))
    cover = Cover(need, skill_groups(sets, need.queues))
    day = Day(one_week, horizon, cover, [], int(np.ceil(horizon.slots_of(pd.Series([now]))[0])))
    agents = people.agents.assign(group=[sets.index(one) for one in own])
    day.duties.extend(_duties(roster, agents, people.absences, day))
    for duty in day.duties:
        day.cover.add(duty.group, duty.works(horizon.slots))
    for group, works in _beside(roster, agents, people.absences, day):
        day.cover.add(group, works)
    return day


def _beside(
    roster: pd.DataFrame, agents: pd.DataFrame, absences: pd.DataFrame, day: Day
) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """Yield group and slots at work of the shifts of the other days: last night's people and tomorrow's."""
    rows = roster.assign(first=day.horizon.slots_of(roster["start_at"]), last=day.horizon.slots_of(roster["end_at"]))
    rows = rows[(rows["schedule_date"] != pd.Timestamp(day.horizon.dates[0])) & (rows["activity"] == "work")]
    rows = rows[(rows["last"] > 0) & (rows["first"] < day.horizon.slots)]
    away = absences.assign(a=day.horizon.slots_of(absences["start_at"]), b=day.horizon.slots_of(absences["end_at"]))
    group_of = dict(zip(agents["agent_id"], agents["group"].tolist(), strict=True))
    for agent, shift in rows.groupby("agent_id"):
        if agent not in group_of:
            continue
        works = np.zeros(day.horizon.slots, dtype=bool)
        for first, last in zip(shift["first"], shift["last"], strict=True):
            works[max(0, int(first)) : int(last)] = True
        gone = away[away["agent_id"] == agent]
        for first, last in zip(gone["a"], gone["b"], strict=True):
            works[max(0, int(np.floor(first))) : max(0, int(np.ceil(last)))] = False
        yield group_of[agent], works


def _duties(roster: pd.DataFrame, agents: pd.DataFrame, absences: pd.DataFrame, day: Day) -> Iterator[Duty]:
    """Yield the shifts of the day that are not over, of people who are there."""
    rows = roster.assign(first=day.horizon.slots_of(roster["start_at"]), last=day.horizon.slots_of(roster["end_at"]))
    shifts = set(rows.loc[rows["activity"] == "work", "shift_id"])
    rows = rows[rows["shift_id"].isin(shifts) & (rows["schedule_date"] == pd.Timestamp(day.horizon.dates[0]))]
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
        yield Duty(str(agent), zone, int(str(row.group)), cost, menu, option, start, end, breaks, end, meetings)


def _spans(rows: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    """Return (first, last) of each row, in order."""
    return tuple(sorted((int(a), int(b)) for a, b in zip(rows["first"], rows["last"], strict=True)))


def _move_deferred(day: Day) -> Iterator[Move]:
    """Yield deferred work that waits, within its due time, until people are free; the need moves with it."""
    cover, weights = day.cover, day.cover.weights
    for q, queue in enumerate(day.plan.queues):
        if queue.mode != "deferred" or not queue.target.due_hours:
            continue
        reach = round(queue.target.due_hours / day.horizon.slot_hours)
        left = cover.need.levels[cover.need.full, :, q].copy()
        shares = cover.need.levels[:, :, q] / np.maximum(left, LITTLE)
        moved: dict[tuple[int, int], tuple[float, float]] = {}

        def cost(slots: npt.NDArray[np.int64], change: Floats) -> Floats:
            cuts = cover.cuts[:, slots, :]
            more = (cuts + change[:, None, :]).max(axis=2) - cuts.max(axis=2)
            return np.asarray((weights[:, slots] * more).sum(axis=0))

        for t in range(day.now, day.horizon.slots):
            later = np.arange(t + 1, min(t + 1 + reach, day.horizon.slots))
            while left[t] > LITTLE and len(later):
                part = min(CHUNK, left[t])
                change = part * np.outer(shares[:, t], cover.groups.sets[:, q])  # [level, set]
                loss = cost(later, change)
                u = int(later[loss.argmin()])
                gain = -float(cost(np.array([t]), -change)[0]) - float(loss.min())
                if gain <= LITTLE:
                    break
                cover.cuts[:, t, :] -= change
                cover.cuts[:, u, :] += change
                left[t] -= part
                heads, saved = moved.get((t, u), (0.0, 0.0))
                moved[t, u] = heads + part, saved + gain
        for (t, u), (heads, saved) in sorted(moved.items()):
            before, after = (day.clock(slot, day.plan.time_zone) for slot in (t, u))
            yield Move(queue.name, "deferred_work", t, before, after, heads * day.horizon.slot_hours, saved)


def _move_breaks(day: Day) -> Iterator[Move]:
    """Yield breaks that have not begun and are better taken at another time, within the pattern's windows."""
    told = list(day.duties)
    for _ in range(SWEEPS):
        for k, duty in enumerate(day.duties):
            if duty.option >= 0 and any(first >= day.now for first, _ in duty.breaks):
                day.duties[k] = _best_breaks(duty, day)
    for before, after in zip(told, day.duties, strict=True):
        if before.breaks == after.breaks:
            continue
        day.cover.add(after.group, after.works(day.horizon.slots), -1)
        value = day.cover.worth(after.group)
        saved = float(value[after.works(day.horizon.slots)].sum() - value[before.works(day.horizon.slots)].sum())
        day.cover.add(after.group, after.works(day.horizon.slots))
        clocks = [", ".join(day.clock(first, after.zone) for first, _ in duty.breaks) for duty in (before, after)]
        yield Move(after.agent_id, "breaks", after.start, clocks[0], clocks[1], 0.0, max(0.0, saved))


def _best_breaks(duty: Duty, day: Day) -> Duty:
    offers, slots = duty.menu.offers, day.horizon.slots
    layout = offers.layout[duty.option]
    windows = offers.windows[layout, : offers.counts[layout]].copy()
    for b, (first, _) in enumerate(duty.breaks):
        at = first - duty.start
        if first < day.now:
            windows[b, :2] = at
            continue
        ready = day.now - duty.start - windows[b, 0]
        windows[b, 0] += offers.step * max(0, -(-ready // offers.step))
        if windows[b, 0] > windows[b, 1]:
            windows[b, :2] = at
    day.cover.add(duty.group, duty.works(slots), -1)
    value = day.cover.worth(duty.group)
    for first, last in duty.meetings:
        value[first:last] = TAKEN
    sums = np.concatenate([[0.0], np.cumsum(value)])
    out = np.zeros(len(windows), dtype=np.int32)
    apart = np.maximum(offers.apart[layout], np.array([0, offers.apart[layout, 1]], dtype=np.int32))
    lost = place_breaks(sums, duty.start, windows, offers.step, apart, out)
    now_lost = sum(float(value[a:b].sum()) for a, b in duty.breaks)
    if lost < now_lost - LITTLE:
        lengths = windows[:, 2]
        placed = tuple((duty.start + int(p), duty.start + int(p) + int(n)) for p, n in zip(out, lengths, strict=True))
        duty = replace(duty, breaks=placed)
    day.cover.add(duty.group, duty.works(slots))
    return duty


def _offers(day: Day, kind: str) -> Iterator[Move]:
    """Yield offers to stay longer or to leave earlier, the best first, as long as one saves more than it costs."""
    while True:
        best: tuple[float, int, int] | None = None
        for k, duty in enumerate(day.duties):
            gain, end = _stay(duty, day) if kind == "overtime" else _leave(duty, day)
            if gain > LITTLE and (best is None or gain > best[0]):
                best = gain, k, end
        if best is None:
            return
        gain, k, end = best
        duty = day.duties[k]
        longer = replace(duty, end=end)
        day.cover.add(duty.group, duty.works(day.horizon.slots), -1)
        day.cover.add(duty.group, longer.works(day.horizon.slots))
        day.duties[k] = longer
        before, after = day.clock(duty.end, duty.zone), day.clock(end, duty.zone)
        hours = abs(end - duty.end) * day.horizon.slot_hours
        yield Move(duty.agent_id, kind, min(duty.end, end), before, after, hours, gain)


def _stay(duty: Duty, day: Day) -> tuple[float, int]:
    """Return (saving, end) of the best overtime after a shift; people who stay already stay once."""
    rules = day.plan.schedule.rules
    if duty.end != duty.told_end:
        return 0.0, duty.end
    most = round(rules.same_day_overtime_hours / day.horizon.slot_hours)
    value = day.cover.worth(duty.group)[duty.end : duty.end + most]
    hour = duty.hourly_cost * rules.overtime_cost_share
    gains = np.cumsum(value - hour * day.horizon.slot_hours)
    return (float(gains.max()), duty.end + int(gains.argmax()) + 1) if len(gains) else (0.0, duty.end)


def _leave(duty: Duty, day: Day) -> tuple[float, int]:
    """Return (saving, end) of the best early end of a shift, after its last break and meeting."""
    if duty.end != duty.told_end:
        return 0.0, duty.end
    first = max([day.now, duty.start, *(last for _, last in (*duty.breaks, *duty.meetings))])
    day.cover.add(duty.group, duty.works(day.horizon.slots), -1)
    value = day.cover.worth(duty.group)[first : duty.end][::-1]
    day.cover.add(duty.group, duty.works(day.horizon.slots))
    gains = np.cumsum(duty.hourly_cost * day.horizon.slot_hours - value)
    return (float(gains.max()), duty.end - int(gains.argmax()) - 1) if len(gains) else (0.0, duty.end)
