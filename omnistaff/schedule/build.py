"""From need and people to the roster: prices, search, proof, tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from omnistaff.errors import InfeasibleError
from omnistaff.plan import Plan
from omnistaff.schedule.costs import cost_parts, seats_taken
from omnistaff.schedule.cover import Cover, Groups, Need
from omnistaff.schedule.fairness import fair_shares
from omnistaff.schedule.history import read_history
from omnistaff.schedule.horizon import Horizon, make_horizon
from omnistaff.schedule.meetings import Diary, Told, show_meetings
from omnistaff.schedule.names import check_names
from omnistaff.schedule.need import first_day, make_need, net_need
from omnistaff.schedule.on_call import Before, Rota, read_before, show_turns
from omnistaff.schedule.prices import Market, Prices, find_prices, group_prices, prove
from omnistaff.schedule.render import coverage_table, roster_table
from omnistaff.schedule.rounding import keep_days, round_days
from omnistaff.schedule.search import HOT, NOTHING_GAINED, WARM, Desk, Draft, search, settle
from omnistaff.schedule.seats import name_full
from omnistaff.schedule.skills import skill_groups
from omnistaff.schedule.staff import Team, make_team
from omnistaff.schedule.together import start_together
from omnistaff.tables import Absences, Agents, BuiltRoster, People, PooledStaff, Preferences, Roster, check, empty

PRICE_ROUNDS = 480  # for a small team; two thirds of them for a large one, which comes nearer to its bound anyway
SMALL_TEAM = 100  # people; of 300 the search finds better days than those settled beforehand


@dataclass
class Clock:
    """A safety net: stops when the work takes longer than asked for, or when someone interrupts it."""

    limit_s: float
    started: float
    stopped: bool = False
    interrupted: bool = False

    def __call__(self) -> bool:
        """Return True when the time is over."""
        self.stopped = self.stopped or time.monotonic() - self.started > self.limit_s
        return self.stopped or self.interrupted

    @contextmanager
    def catching_interrupts(self) -> Iterator[None]:
        """Let the first interrupt (Ctrl-C) end the work inside and no more; a second one ends the program."""
        try:
            yield
        except KeyboardInterrupt:
            if self.interrupted:
                raise
            self.interrupted = True


def build_roster(
    pool: PooledStaff,
    agents: pd.DataFrame,
    plan: Plan,
    *,
    absences: pd.DataFrame | None = None,
    preferences: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
) -> BuiltRoster:
    """Return the best roster found for *agents* against the pooled need, with a proven bound on its cost.

    *previous* is the roster before the first day: rest, runs of days and weekends look back into it. Raises
    ConfigError when the plan lacks patterns or contracts, InfeasibleError when someone cannot keep the hard rules.
    """
    clock = Clock(plan.schedule.time_limit_s, time.monotonic())
    task = make_task(pool, agents, plan, absences=absences, preferences=preferences, previous=previous)
    prices, draft = solve_roster(task, clock)
    return show_roster(task, draft, prices.bound, clock, Told())


@dataclass(frozen=True)
class Task:
    """Everything that a roster is made from."""

    plan: Plan
    net: pd.DataFrame
    horizon: Horizon
    need: Need
    team: Team
    groups: Groups
    people: People
    before: Before  # whom to count turns on call for, and who is not free yet


def make_task(
    pool: PooledStaff,
    agents: pd.DataFrame,
    plan: Plan,
    *,
    absences: pd.DataFrame | None,
    preferences: pd.DataFrame | None,
    previous: pd.DataFrame | None,
) -> Task:
    """Return need and people as the search sees them."""
    agents = check(Agents, agents)
    away = empty(Absences) if absences is None else absences
    wishes = empty(Preferences) if preferences is None else preferences
    net = net_need(pool.allocation, plan, agents)
    horizon = make_horizon(first_day(pool.allocation, plan), plan)
    need = make_need(net, horizon, plan, pool.curve)
    check_names(plan.schedule, agents)
    people = People(agents, check(Absences, away), check(Preferences, wishes))
    history = read_history(previous, agents, horizon, plan)
    team = make_team(people, history, horizon, plan)
    groups = skill_groups(team.groups, need.queues)
    shares = fair_shares(team, need, groups, history, plan)
    if shares:
        team = make_team(people, history, horizon, plan, shares)
    return Task(plan, net, horizon, need, team, groups, people, read_before(previous, horizon, plan.time_zone))


def show_roster(task: Task, draft: Draft, bound: float, clock: Clock, told: Told) -> BuiltRoster:
    """Return a roster as tables, with its cost by part and its gap.

    Meetings and turns on call stay where they were *told*.
    """
    diary = Diary(task.team, draft.lines, task.need, task.groups, task.horizon)
    for meeting in task.plan.schedule.meetings:
        diary.book(meeting, task.plan.time_zone, told)
    table = roster_table(task.team, draft.lines, task.people.absences, task.horizon)
    table = check(Roster, show_meetings(table, diary.bookings, task.horizon))
    coverage = coverage_table(task.net, task.team, tuple(diary.lines), task.groups, task.horizon, task.plan)
    parts = cost_parts(draft.lines, task.need, task.groups, task.team)
    if diary.bookings:
        parts["meetings"] = diary.cost
    cost = draft.cost + diary.cost
    if task.plan.schedule.on_call:
        rota = Rota(task.team, draft.lines, task.people, task.horizon, told, task.before)
        turns = rota.give(task.plan)
        table = show_turns(table, turns, task.team, task.horizon)
        parts["on_call"] = turns.cost
        cost, bound = cost + turns.cost, bound + turns.bound
    gap = max(0.0, cost - bound) / abs(cost) if cost else 0.0
    return BuiltRoster(table, coverage, cost, bound, gap, status_of(gap, task.plan, clock), parts)


def solve_roster(task: Task, clock: Clock) -> tuple[Prices, Draft]:
    """Return the prices with their bound, and the best roster found; InfeasibleError when seats are missing."""
    team, need, groups, plan = task.team, task.need, task.groups, task.plan
    prices = prove(np.zeros_like(need.levels), np.zeros(team.seats.most.shape), team, need, groups, plan.threads)
    days = np.ones((len(team.members), len(task.horizon.dates)), dtype=bool)  # on which people may work
    with clock.catching_interrupts():
        market = Market(team, need, groups, plan.threads, max(1.0, len(task.horizon.dates) / 7))
        rounds = round(PRICE_ROUNDS * (2 + min(1.0, SMALL_TEAM / max(1, len(team.members)))) / 3)
        for found in find_prices(market, rounds, least=rounds // 2):
            prices = found
            if clock():
                break
        if len(team.members) <= SMALL_TEAM and not team.seats.sites:  # settled days may leave no seat for all
            days = round_days(market, clock)

    def is_enough(cost: float) -> bool:
        return clock() or cost - prices.bound <= plan.schedule.gap_share * abs(cost)

    pay = group_prices(prices.levels, groups, need.idle)
    team = start_together(team, pay, plan.schedule.start_together)
    is_settled = not days.all()
    first = keep_days(team, days) if is_settled else team
    desk = Desk(first, Cover(need, groups), pay, np.random.default_rng(plan.seed), plan.threads)
    with clock.catching_interrupts():
        search(desk, is_enough, WARM if is_settled else HOT)
        if is_settled:
            desk.widen(team)
            settle(desk, is_enough, NOTHING_GAINED)
    draft = desk.finish()
    full = list(name_full(team.seats, seats_taken(team, draft.lines), task.horizon, plan.time_zone))
    if full and team.seats.is_hard and not clock():
        advice = "allow more seats or fewer hours, or say by schedule.seat_cost what one costs"
        raise InfeasibleError(f"no roster was found in which everybody has a seat: {advice}", full)
    return prices, draft


def status_of(gap_share: float, plan: Plan, clock: Clock) -> str:
    """Return how the search ended, in a word."""
    if gap_share <= 1e-6:
        return "optimal"
    if gap_share <= plan.schedule.gap_share:
        return "within_gap"
    if clock.interrupted:
        return "interrupted"
    return "time_limit" if clock.stopped else "search_ended"
