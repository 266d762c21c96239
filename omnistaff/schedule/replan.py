"""A published roster and what has changed since: the best answer that changes few people's days.

The same engine as for a new roster; a day that differs from the published one costs ``change_cost``, published
shifts keep their published breaks, and days of the frozen zone are kept whatever it costs. The cost of a change is
raised until no more than ``max_changed_share`` of the shifts that no absence hits are changed.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.plan import Plan
from omnistaff.schedule.build import Clock, Task, make_task, show_roster
from omnistaff.schedule.cover import Cover
from omnistaff.schedule.kernel import NEVER
from omnistaff.schedule.lines import choose, draw_line, option_values
from omnistaff.schedule.meetings import read_told
from omnistaff.schedule.on_call import TurnsByDay, read_turns
from omnistaff.schedule.prices import Market, find_prices
from omnistaff.schedule.published import Kept, read_published
from omnistaff.schedule.rules import DaysPerWeek, PaidMinutes, Rule
from omnistaff.schedule.search import Desk, Draft
from omnistaff.schedule.shifts import Menu
from omnistaff.schedule.staff import Member
from omnistaff.schedule.together import keep_together
from omnistaff.schedule.walk import join_rules
from omnistaff.tables import BuiltRoster, Changes, People, PooledStaff, check, empty

Bools = npt.NDArray[np.bool_]
FROZEN_COST = 1e6  # of a change in the frozen zone: never worth it
UNKEEPABLE_COST = 1e4  # of a unit by which a rule is broken that the published roster cannot keep any more
PRICE_ROUNDS = 6  # a few: people wait for the answer, and the bound is only a by-product
MOST_SWEEPS = 12
DEARER = 1.5  # each time too much has changed


@dataclass(frozen=True)
class Duty:
    """What one person was told, and which days of it may still be changed."""

    kept: Kept
    gone: Bools  # [day] a published shift that an absence or the end of employment has taken away
    frozen: Bools  # [day]


def replan_roster(
    published: pd.DataFrame,
    pool: PooledStaff,
    people: People,
    plan: Plan,
    *,
    frozen_until: dt.date,
) -> BuiltRoster:
    """Return the *published* roster adapted to the absences of *people* and to a new need, with its ``changes``.

    Days before *frozen_until* stay as published, but for shifts that an absence takes away; meetings keep their time
    while anybody can come, or get one after these days. *published* is a roster table over the days of the need; what
    it has before them is looked back into. Raises TableError for published shifts that no pattern allows, and what
    ``build_roster`` raises.
    """
    clock = Clock(plan.schedule.time_limit_s, time.monotonic())
    task = make_task(
        pool, people.agents, plan, absences=people.absences, preferences=people.preferences, previous=published
    )
    frozen = np.array([date < frozen_until for date in task.horizon.dates])
    kept = read_published(published, task.team, task.horizon)
    duties = [
        Duty(k, (k.chosen >= 0) & (m.base[np.arange(len(frozen)), k.chosen] <= NEVER / 2), frozen)
        for k, m in zip(kept, task.team.members, strict=True)
    ]
    told = [duty.kept.chosen for duty in duties]
    task = replace(task, team=keep_together(task.team, told, plan.schedule.start_together))
    cost_of_one = plan.schedule.rules.change_cost
    while True:
        changed = _with_change_costs(task, duties, cost_of_one)
        desk = _settle(changed, duties, plan.seed, clock)
        draft = desk.finish()
        if clock() or _changed_share(draft, duties) <= plan.schedule.rules.max_changed_share:
            break
        cost_of_one = max(1.0, cost_of_one * DEARER)
    thawed = task.horizon.slots_of(pd.Series([timegrid.day_start(frozen_until, plan.time_zone)]))[0]
    meetings = read_told(published, math.ceil(thawed), task.horizon)
    roster = show_roster(changed, draft, _bound(changed, clock), clock, meetings)
    return _with_changes(roster, published, changed, draft, duties, cost_of_one)


def _bound(task: Task, clock: Clock) -> float:
    bound = -np.inf
    for prices in find_prices(Market(task.team, task.need, task.groups, task.plan.threads), PRICE_ROUNDS):
        bound = max(bound, prices.bound)
        if clock():
            break
    return bound


def _with_changes(
    roster: BuiltRoster, published: pd.DataFrame, task: Task, draft: Draft, duties: list[Duty], cost_of_one: float
) -> BuiltRoster:
    """Return the roster with its changes, and what they cost."""
    paid = sum(
        cost_of_one * int((duty.kept.changed(line) & ~duty.gone & ~duty.frozen).sum())
        for duty, line in zip(duties, draft.lines, strict=True)
    )
    parts = roster.cost_parts | {"wishes": roster.cost_parts["wishes"] - paid, "changes": paid}
    turns = tuple(read_turns(table, task.team) for table in (published, roster.table))
    return replace(roster, cost_parts=parts, changes=_changes(task, draft, duties, turns))


def _with_change_costs(task: Task, duties: list[Duty], cost_of_one: float) -> Task:
    """Return the task with members who pay for each changed day."""
    members = tuple(
        _member(member, task.team.menus[member.menu], duty, cost_of_one)
        for member, duty in zip(task.team.members, duties, strict=True)
    )
    return replace(task, team=replace(task.team, members=members))


def _member(member: Member, menu: Menu, duty: Duty, cost_of_one: float) -> Member:
    """Return the member who pays for changes; rules that the frozen days cannot keep any more turn soft."""
    price = np.where(duty.frozen, FROZEN_COST, cost_of_one)
    told = duty.kept.chosen
    works, free = np.flatnonzero((told >= 0) & ~duty.gone), np.flatnonzero((told < 0) & ~duty.gone)
    base = member.base.copy()
    base[free] -= price[free, None]
    base[works, told[works]] += price[works]  # paid in any case, given back when the shift is worked
    rules = tuple(_as_published(rule, menu, told, works) for rule in member.rules)
    walk = member.walk if rules == member.rules else join_rules(rules, member.setting) or member.walk
    paying = replace(member, base=base, constant=member.constant + float(price[works].sum()), rules=rules, walk=walk)
    _, chosen = choose(paying, menu, np.zeros(base.shape))
    if (chosen == np.where(duty.gone, -1, told))[duty.frozen].all():
        return paying
    loose = tuple(replace(rule, weight=min(rule.weight, UNKEEPABLE_COST)) for rule in rules)
    return replace(paying, rules=loose, walk=join_rules(loose, member.setting) or walk)


def _as_published(rule: Rule, menu: Menu, told: npt.NDArray[np.int32], works: npt.NDArray[np.int64]) -> Rule:
    """Return a rule that the published shifts which are left keep, where it is about hours or days of a week.

    Who falls ill makes up for nothing, and whose week was agreed with more hours keeps them.
    """
    weeks = works // 7
    if isinstance(rule, PaidMinutes):
        left = np.bincount(weeks, menu.paid_minutes[told[works]], len(rule.at_least)).astype(int)
        low, high = np.minimum(rule.at_least, left), np.maximum(rule.at_most, left)
        return replace(rule, at_least=tuple(map(int, low)), at_most=tuple(map(int, high)))
    if isinstance(rule, DaysPerWeek):
        left = np.bincount(weeks, minlength=len(rule.at_least))
        return replace(rule, at_least=tuple(map(int, np.minimum(rule.at_least, left))))
    return rule


class KeepingDesk(Desk):
    """A desk on which published shifts keep their published breaks."""

    def __init__(self, task: Task, duties: list[Duty], rng: np.random.Generator) -> None:
        super().__init__(task.team, Cover(task.need, task.groups), np.empty((0, 0)), rng)
        self.duties = duties

    def put(self, index: int, guide: float = 0.0) -> None:
        """Give one person the best line."""
        self.take(index)
        member = self.team.members[index]
        menu, kept = self.team.menus[member.menu], self.duties[index].kept
        value = self.cover.worth(member.group)
        _, chosen = choose(member, menu, self.less_seats(index, kept.worth(value, option_values(menu, value))))
        self.set_line(index, kept.restore(draw_line(member, menu, chosen, value), menu))

    def begin(self) -> None:
        """Give everybody the line with the fewest changes."""
        nothing = np.zeros(len(self.cover.heads))
        for index, member in enumerate(self.team.members):
            menu = self.team.menus[member.menu]
            _, chosen = choose(member, menu, np.zeros(member.base.shape))
            self.set_line(index, self.duties[index].kept.restore(draw_line(member, menu, chosen, nothing), menu))


def _settle(task: Task, duties: list[Duty], seed: int, clock: Clock) -> KeepingDesk:
    """Return the desk after rounds in which everybody answers, until nobody gains alone."""
    desk = KeepingDesk(task, duties, np.random.default_rng(seed))
    with clock.catching_interrupts():
        desk.begin()
        before, cost = np.inf, desk.keep()
        for _ in range(MOST_SWEEPS):
            if clock() or cost >= before - 1e-6 * max(1.0, abs(cost)):
                break
            desk.sweep()
            before, cost = cost, desk.keep()
    return desk


def _changed_share(draft: Draft, duties: list[Duty]) -> float:
    """Return the changed days, of the published shifts that no absence hits."""
    changed = sum(
        int((duty.kept.changed(line) & ~duty.gone).sum()) for duty, line in zip(duties, draft.lines, strict=True)
    )
    told = sum(int(((duty.kept.chosen >= 0) & ~duty.gone).sum()) for duty in duties)
    return changed / max(1, told)


def _changes(task: Task, draft: Draft, duties: list[Duty], turns: tuple[TurnsByDay, ...]) -> DataFrame[Changes]:
    """Return every changed day with shift and turns on call before and after."""
    rows = []
    for member, duty, line in zip(task.team.members, duties, draft.lines, strict=True):
        changed = duty.kept.changed(line)
        for d, date in enumerate(task.horizon.dates):
            before, after = (told.get((member.agent_id, date), []) for told in turns)
            if changed[d] or before != after:
                shifts = (_clock(member, task, d, int(options[d])) for options in (duty.kept.chosen, line.chosen))
                words = (", ".join([shift, *on_call]) for shift, on_call in zip(shifts, (before, after), strict=True))
                rows.append((member.agent_id, date, *words, "absence" if duty.gone[d] else "cover"))
    frame = pd.DataFrame(rows, columns=Changes.column_names()) if rows else empty(Changes)
    frame["schedule_date"] = pd.to_datetime(frame["schedule_date"]).dt.as_unit("us")
    texts = dict.fromkeys(("agent_id", "before", "after", "reason"), "str")
    return check(Changes, frame.astype(texts))


def _clock(member: Member, task: Task, d: int, option: int) -> str:
    """Return start and end of an option as the agent's wall clock shows them."""
    if option < 0:
        return "off"
    offers = task.team.menus[member.menu].offers
    start = int(offers.starts[d, option])
    times = task.horizon.times(np.array([start, start + int(offers.lengths[option])], dtype=np.int64))
    first, last = times.tz_convert(member.zone).strftime("%H:%M")
    return f"{first}-{last}"
