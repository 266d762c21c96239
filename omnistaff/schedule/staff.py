"""The people of a roster as the program over days sees them: menu, group, rule states, and what each option costs.

Absences, the end of the previous roster's last shift and the time before and after employment close options;
wishes make them dearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError, InfeasibleError
from omnistaff.plan import Contract, Plan
from omnistaff.plan.schedule import Burden
from omnistaff.schedule.conflict import explain_conflict, has_line
from omnistaff.schedule.counted import Limits
from omnistaff.schedule.history import History, Past
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.kernel import NEVER, Steps
from omnistaff.schedule.rules import LEAVE_DAYS, Case, Rule, Setting, contract_rules
from omnistaff.schedule.seats import NO_SEATS, Seats, read_seats
from omnistaff.schedule.shifts import Menu, make_menu
from omnistaff.schedule.skills import SkillSet, read_sets
from omnistaff.schedule.walk import join_rules
from omnistaff.tables import People

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
DAYS_A_YEAR = 365.25
MUST_BE_OFF = "must_be_off"
FIXED = ("must_work", MUST_BE_OFF)
KNOWN = ("day_off", "day_on", "start_between", *FIXED)
ABSENT_HOURS = 4  # a weekday with an absence of at least this length counts as a day of leave


@dataclass(frozen=True)
class Member:
    """One person."""

    agent_id: str
    zone: str
    contract: Contract
    group: int
    menu: int
    walk: Steps
    base: Floats  # [day, option] minus the cost of refused wishes and paid time; NEVER where closed
    constant: float  # cost of wishes that working grants, paid unless an option gives it back
    rules: tuple[Rule, ...]
    setting: Setting
    minute_cost: float = 0.0  # of paid time
    crew: str = ""  # whom they meet with
    site: int = -1  # number of a site with so many seats, -1 where seats are not limited
    limits: Limits | None = None  # on how often single options may be worked in the whole roster


@dataclass(frozen=True)
class Team:
    """Everybody, with the menus and skill groups they share."""

    members: tuple[Member, ...]
    menus: tuple[Menu, ...]
    groups: tuple[SkillSet, ...]
    seats: Seats = NO_SEATS


@dataclass
class _Maker:
    """What is shared while members are made."""

    plan: Plan
    horizon: Horizon
    history: History
    shares: Mapping[str, tuple[tuple[Burden, float], ...]]
    menus: dict[tuple[str, str], Menu] = field(default_factory=dict)
    walks: dict[tuple[object, ...], Steps | None] = field(default_factory=dict)
    seats: Seats = field(init=False)

    def __post_init__(self) -> None:
        self.seats = read_seats(self.plan, self.horizon)

    def menu(self, contract: str, zone: str) -> Menu:
        """Return the menu of a contract in a zone."""
        key = (contract, zone)
        if key not in self.menus:
            self.menus[key] = make_menu(self.plan.schedule.contracts[contract], zone, self.horizon, self.plan)
        return self.menus[key]

    def walk(self, rules: Sequence[Rule], setting: Setting) -> Steps | None:
        """Return the joined rules, each combination once."""
        key = (*rules, setting)
        if key not in self.walks:
            self.walks[key] = join_rules(rules, setting)
        return self.walks[key]


def make_team(
    people: People,
    history: History,
    horizon: Horizon,
    plan: Plan,
    shares: Mapping[str, tuple[tuple[Burden, float], ...]] | None = None,
) -> Team:
    """Return everybody who may work in the horizon, in the order of agent_id, with their fair *shares* if known.

    Raises ConfigError for contracts that the plan does not have, InfeasibleError when someone cannot keep the rules.
    """
    agents, absences, preferences = people
    _check_contracts(agents, plan)
    maker = _Maker(plan, horizon, history, shares or {})
    sets = dict(zip(agents["agent_id"], read_sets(agents, horizon), strict=True))
    groups = tuple(sorted(set(sets.values())))
    number = {agent: groups.index(one) for agent, one in sets.items()}
    closed = closed_slots(agents, absences, horizon)
    wishes = {str(agent): rows for agent, rows in preferences.groupby("agent_id")}
    members, problems = [], []
    for row in agents.sort_values("agent_id").itertuples():
        found = _member(row, closed[str(row.agent_id)], wishes.get(str(row.agent_id)), number[row.agent_id], maker)
        if isinstance(found, str):
            problems.append(found)
        else:
            members.append(found)
    if problems:
        raise InfeasibleError("no roster keeps all hard rules for these people", problems)
    return Team(tuple(members), tuple(maker.menus.values()), groups, maker.seats)


def _check_contracts(agents: pd.DataFrame, plan: Plan) -> None:
    if not plan.schedule.patterns:
        raise ConfigError("schedule.patterns is empty, expected at least one shift pattern to make a roster from")
    unknown = sorted(set(agents["contract"]) - set(plan.schedule.contracts))
    if unknown:
        known = ", ".join(sorted(plan.schedule.contracts)) or "none"
        raise ConfigError(
            "agents name contracts that the plan does not have",
            [f"schedule.contracts: no contract is called {name!r}, there are: {known}" for name in unknown],
        )


def closed_slots(agents: pd.DataFrame, absences: pd.DataFrame, horizon: Horizon) -> dict[str, Floats]:
    """Return the stretches (start, end) in slots in which each agent cannot work."""
    stretches = absences.assign(a=horizon.slots_of(absences["start_at"]), b=horizon.slots_of(absences["end_at"]))
    found = {str(agent): rows[["a", "b"]].to_numpy() for agent, rows in stretches.groupby("agent_id")}
    first = horizon.slots_of(agents["valid_from"])
    last = horizon.slots_of(agents["valid_to"])
    result: dict[str, Floats] = {}
    for agent, a, b in zip(agents["agent_id"], first, last, strict=True):
        rows = [found.get(agent, np.empty((0, 2)))]
        rows += [np.array([[-np.inf, a]])] if np.isfinite(a) else []
        rows += [np.array([[b, np.inf]])] if np.isfinite(b) else []
        result[agent] = np.concatenate(rows)
    return result


def _member(row: Any, closed: Floats, wishes: pd.DataFrame | None, group: int, maker: _Maker) -> Member | str:
    """Return the member of one row of agents, or the reason why none can be made."""
    agent, contract_name, zone = str(row.agent_id), str(row.contract), str(row.time_zone)
    contract = maker.plan.schedule.contracts[contract_name]
    menu, past = maker.menu(contract_name, zone), maker.history.of(agent)
    on_call = np.array(maker.history.turns.get(agent, []), dtype=float).reshape(-1, 2)
    taken = np.concatenate([closed, on_call])
    open_options = open_shifts(menu, taken, maker.history.ready_slots(agent, contract))
    fixed, open_options = fixed_days(menu, wishes, open_options, maker.horizon)
    setting = make_setting(menu, past, maker.horizon)
    hours = closed_hours(closed, zone, maker.horizon)
    case = make_case(contract, menu, open_options, hours, maker)
    case = replace(case, hourly_cost=float(row.hourly_cost), paid_before=past.paid, fixed=fixed)
    rules = contract_rules(replace(case, shares=maker.shares.get(agent, ())))
    walk = maker.walk(rules, setting)
    if walk is None or not has_line(walk, open_options, menu):
        return explain_conflict(f"{agent} ({contract_name})", rules, setting, open_options, menu, maker.horizon)
    price = maker.plan.schedule.rules.preference_cost * seniority(row.valid_from, maker)
    cost, constant = wish_costs(menu, wishes, maker.horizon, price)
    minute_cost = float(row.hourly_cost) * maker.plan.schedule.rules.paid_cost_share / 60
    base = np.where(open_options, -cost - minute_cost * menu.paid_minutes, NEVER)
    return Member(
        agent, zone, contract, group, list(maker.menus).index((contract_name, zone)), walk,
        base, constant, rules, setting, minute_cost, "" if pd.isna(row.team) else str(row.team),
        maker.seats.number(str(row.site)),
    )  # fmt: skip


def make_setting(menu: Menu, past: Past, horizon: Horizon) -> Setting:
    """Return what the rules of a person look at."""
    kinds = menu.classes
    return Setting(
        horizon.weekdays, menu.class_minutes, past.worked, past.nights, tuple(kind.is_night for kind in kinds),
        tuple(kind.is_late for kind in kinds), tuple(kind.start for kind in kinds), menu.too_close,
    )  # fmt: skip


def make_case(contract: Contract, menu: Menu, open_options: Bools, closed: Floats, maker: _Maker) -> Case:
    """Return a person as rules see them; *closed* are the hours of each day that cannot be worked.

    A Monday to Friday with ``ABSENT_HOURS`` is leave.
    """
    leave = np.asarray(closed >= ABSENT_HOURS) & (np.array(maker.horizon.weekdays) < LEAVE_DAYS)
    able = np.asarray(open_options.any(axis=1))
    return Case(
        contract, maker.plan.schedule, maker.horizon.dates, tuple(map(bool, leave)), tuple(map(bool, closed > 0)),
        tuple(map(bool, able)), menu.class_minutes, known_from=maker.history.known_from,
    )  # fmt: skip


def open_shifts(menu: Menu, closed: Floats, ready: tuple[float, float]) -> Bools:
    """Return which [day, option] meet no closed stretch and begin when rested: *ready* for nights, for others."""
    result = (menu.offers.starts >= 0) & (menu.offers.starts >= np.where(menu.nights, *ready))
    ends = menu.offers.starts + menu.offers.lengths[None, :]
    for first, last in closed:
        result &= (ends <= first) | (menu.offers.starts >= last)
    return np.asarray(result)


def closed_hours(closed: Floats, zone: str, horizon: Horizon) -> Floats:
    """Return the hours of each day that cannot be worked."""
    starts = horizon.local_starts([0], zone)[:, 0].astype(float)
    ends = starts + timegrid.DAY_MINUTES / horizon.slot_minutes
    hours = np.zeros(len(starts))
    for first, last in closed:
        hours += np.clip(np.minimum(ends, last) - np.maximum(starts, first), 0, None) * horizon.slot_hours
    return hours


def seniority(employed_from: Any, maker: _Maker) -> float:
    """Return how many times more a person's wish is worth than that of somebody new."""
    if pd.isna(employed_from):
        return 1.0
    first = timegrid.day_start(maker.horizon.dates[0], maker.plan.time_zone)
    years = max(0.0, (first - employed_from) / pd.Timedelta(days=DAYS_A_YEAR))
    return 1 + maker.plan.schedule.rules.seniority_share * float(years)


def fixed_days(
    menu: Menu, wishes: pd.DataFrame | None, open_options: Bools, horizon: Horizon
) -> tuple[tuple[bool | None, ...], Bools]:
    """Return (must work, must be off or neither, by day; the options that are left).

    A day on which an absence leaves no shift at the fixed time is not fixed: who is away cannot be there.
    ConfigError for a day that is fixed both ways.
    """
    fixed: list[bool | None] = [None] * len(open_options)
    if wishes is None or not wishes["preference"].isin(FIXED).any():
        return tuple(fixed), open_options
    left = open_options.copy()
    for wish in wishes[wishes["preference"].isin(FIXED)].itertuples():
        first, last = timegrid.clock_minutes(str(wish.start_from or "00:00")), timegrid.DAY_MINUTES
        if wish.start_from:
            last = timegrid.clock_minutes(str(wish.start_to or wish.start_from))
        in_time = (menu.start_minute >= first) & (menu.start_minute <= last)
        for d in np.flatnonzero(wished_days(str(wish.weekday), str(wish.date), horizon)):
            is_on = wish.preference != MUST_BE_OFF
            if fixed[d] is (not is_on):
                day = horizon.dates[d]
                raise ConfigError(
                    f"preferences: {wish.agent_id} must work and must be off on {day}: keep one of them"
                )
            if not is_on:
                fixed[d] = False
            elif (left[d] & in_time).any() or not ((menu.offers.starts[d] >= 0) & in_time).any():
                fixed[d] = True
                left[d] &= in_time
    return tuple(fixed), left


def wish_costs(menu: Menu, wishes: pd.DataFrame | None, horizon: Horizon, cost_of_one: float) -> tuple[Floats, float]:
    """Return (cost of [day, option], constant) of one person's wishes; the constant is paid in any case."""
    cost = np.zeros(menu.offers.starts.shape)
    constant = 0.0
    if wishes is None:
        return cost, constant
    for wish in wishes[~wishes["preference"].isin(FIXED)].itertuples():
        price = cost_of_one * float(str(wish.weight))
        days = wished_days(str(wish.weekday), str(wish.date), horizon)
        match str(wish.preference):
            case "day_off":
                cost[days] += price
            case "day_on":
                cost[days] -= price
                constant += price * int(days.sum())
            case "start_between":
                first, last = timegrid.clock_minutes(str(wish.start_from)), timegrid.clock_minutes(str(wish.start_to))
                outside = (menu.start_minute < first) | (menu.start_minute > last)
                cost[np.ix_(days, outside)] += price
            case other:
                raise ConfigError(f"preferences: {other!r} is unknown, expected {', '.join(KNOWN)}")
    return cost, constant


def wished_days(weekday: str, date: str, horizon: Horizon) -> Bools:
    """Return the days of the roster that a wish speaks of: a date, a weekday (or several), or all."""
    if date:
        return np.array([day.isoformat() == date for day in horizon.dates])
    if weekday:
        return np.isin(np.array(horizon.weekdays), timegrid.parse_weekdays(weekday))
    return np.ones(len(horizon.dates), dtype=bool)
