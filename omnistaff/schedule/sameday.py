"""The running day: later breaks, deferred work moved within its due time, overtime and time off that pay.

Every step asks the question that the roster asked: what is one more person of a group worth in each slot (``cover``).
Deferred work moves first, since it costs nobody anything; then breaks that have not begun; then come the offers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.schedule.kernel import place_breaks
from omnistaff.schedule.today import Day, Duty, read_day
from omnistaff.tables import People, PooledStaff, check, empty
from omnistaff.tables.catalog import Moves

Floats = npt.NDArray[np.float64]
SWEEPS = 3  # of breaks
CHUNK = 0.25  # heads of deferred work moved at once
LITTLE = 1e-6
TAKEN = 1e6  # cost of a break in a slot of a meeting: never worth it


class Move(NamedTuple):
    """One proposal."""

    who: str
    kind: str
    start_slot: int
    before: str
    after: str
    hours: float
    saves: float


def same_day_moves(
    roster: pd.DataFrame, pool: PooledStaff, people: People, plan: Plan, *, now: pd.Timestamp
) -> DataFrame[Moves]:
    """Return what to do on the rest of the day of *now*, best first within each kind, each with what it saves.

    *pool* has the need as corrected today and the curve that values missing hours as in the roster. Moves of breaks
    and of deferred work are meant to be done, overtime and time off to be offered.
    """
    day = read_day(roster, pool, people, plan, now)
    moves = [*_move_deferred(day), *_move_breaks(day), *_offers(day, "overtime"), *_offers(day, "time_off")]
    frame = pd.DataFrame(moves, columns=Move._fields)
    if frame.empty:
        return check(Moves, empty(Moves))
    frame["start_at"] = day.horizon.times(frame.pop("start_slot").to_numpy(dtype=np.int64))
    frame = frame.astype(dict.fromkeys(("who", "kind", "before", "after"), "str"))
    return check(Moves, frame)


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
        day.sit(duty, -1)
        day.sit(longer, 1)
        day.duties[k] = longer
        before, after = day.clock(duty.end, duty.zone), day.clock(end, duty.zone)
        hours = abs(end - duty.end) * day.horizon.slot_hours
        yield Move(duty.agent_id, kind, min(duty.end, end), before, after, hours, gain)


def _stay(duty: Duty, day: Day) -> tuple[float, int]:
    """Return (saving, end) of the best overtime after a shift; people who stay already stay once.

    Nobody stays who is not free or rested then, nor without a seat but at its price.
    """
    rules = day.plan.schedule.rules
    if duty.end != duty.told_end:
        return 0.0, duty.end
    most = min(duty.end + round(rules.same_day_overtime_hours / day.horizon.slot_hours), duty.free_until)
    later = slice(duty.end, max(duty.end, int(most)))
    value = day.cover.worth(duty.group)[later]
    if duty.site >= 0:
        value = value - day.room.price * (day.room.taken[duty.site, later] >= day.room.most[duty.site, later])
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
