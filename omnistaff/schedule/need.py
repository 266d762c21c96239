"""The need of the pooled requirement on the time axis of the roster, in heads with its value."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.schedule.cover import Need
from omnistaff.schedule.horizon import Horizon
from omnistaff.schedule.service import value_need
from omnistaff.schedule.skills import set_speeds


def first_day(allocation: pd.DataFrame, plan: Plan) -> dt.date:
    """Return the first day of the roster: the plan's, or the first local day with a need."""
    if plan.schedule.start != "auto":
        return plan.schedule.start
    if allocation.empty:
        raise ConfigError("schedule.start is auto, but the staffing has no interval to begin with: give a date")
    first = allocation["interval_start"].min()
    return timegrid.local_dates(pd.Series([first]), plan.time_zone).iloc[0].date()


def net_need(allocation: pd.DataFrame, plan: Plan, agents: pd.DataFrame) -> pd.DataFrame:
    """Return net agents of speed 1 by queue and interval_start, summed over skill sets.

    The allocation is in people of each skill set, who count with their mean speed.
    """
    order = [queue.name for queue in plan.queues]
    unknown = sorted(set(allocation["queue"]) - set(order))
    if unknown:
        raise ConfigError(f"the staffing serves queues that the plan does not have: {', '.join(unknown)}")
    days = timegrid.local_dates(allocation["interval_start"], plan.time_zone).dt.date.unique()
    if speeds := set_speeds(agents, days, order):
        keys = zip(allocation["skills"], allocation["queue"], strict=True)
        allocation = allocation.assign(agents=lambda t: t["agents"] * [speeds.get(key, 1.0) for key in keys])
    return allocation.groupby(["queue", "interval_start"])[["agents"]].sum().reset_index()


def make_need(net: pd.DataFrame, horizon: Horizon, plan: Plan, curve: pd.DataFrame | None = None) -> Need:
    """Return the need in heads on the roster by slot and queue: net agents over the share of them who are ready.

    With the staffing *curve* a missing hour costs by the service it loses, without it the same everywhere.
    """
    rules = plan.schedule.rules
    queues = tuple(queue.name for queue in plan.queues)
    net = net[_inside(net, horizon, plan)].reset_index(drop=True)
    shares, costs = value_need(net, curve, rules)
    available = plan.available_share(net["interval_start"], whom="rostered")
    heads = shares * (net["agents"].to_numpy(dtype=float) / available)[:, None]
    levels = np.zeros((heads.shape[1], horizon.slots, len(queues)))
    values = np.full((heads.shape[1], horizon.slots), rules.understaffing_cost)
    first = np.round(horizon.slots_of(net["interval_start"])).astype(int)
    column = net["queue"].map({name: q for q, name in enumerate(queues)}).to_numpy(dtype=int)
    for k in range(max(1, plan.interval_minutes // horizon.slot_minutes)):
        for level, (amount, cost) in enumerate(zip(heads.T, costs.T, strict=True)):
            np.add.at(levels[level], (first + k, column), amount)
            values[level, first + k] = cost
    full = len(levels) - 1
    if rules.spare_share > 0:
        spare = np.full((1, horizon.slots), rules.understaffing_cost * rules.spare_cost_share)
        levels = np.concatenate([levels, levels[full:] * (1 + rules.spare_share)])
        values = np.concatenate([values, spare])
    falls = values - np.concatenate([values[1:], np.zeros((1, horizon.slots))])
    return Need(queues, levels, falls * horizon.slot_hours, rules.overstaffing_cost * horizon.slot_hours, full)


def _inside(net: pd.DataFrame, horizon: Horizon, plan: Plan) -> npt.NDArray[np.bool_]:
    """Return which rows lie in the days of the roster."""
    first = np.round(horizon.slots_of(net["interval_start"])).astype(int)
    ends = (horizon.dates[0], horizon.dates[-1] + dt.timedelta(days=1))
    begin, end = (
        horizon.slots_of(pd.Series([timegrid.day_start(date, plan.time_zone)]))[0] for date in ends
    )  # fmt: skip
    return np.asarray((first >= begin) & (first < end))
