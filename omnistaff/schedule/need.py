"""The need of the pooled requirement on the time axis of the roster, in heads with its value."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from omnistaff import timegrid
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.schedule.cover import Need
from omnistaff.schedule.horizon import Horizon


def first_day(allocation: pd.DataFrame, plan: Plan) -> dt.date:
    """Return the first day of the roster: the plan's, or the first local day with a need."""
    if plan.schedule.start != "auto":
        return plan.schedule.start
    if allocation.empty:
        raise ConfigError("schedule.start is auto, but the staffing has no interval to begin with: give a date")
    first = allocation["interval_start"].min()
    return timegrid.local_dates(pd.Series([first]), plan.time_zone).iloc[0].date()


def net_need(allocation: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return net agents by queue and interval_start, summed over skill sets."""
    order = [queue.name for queue in plan.queues]
    unknown = sorted(set(allocation["queue"]) - set(order))
    if unknown:
        raise ConfigError(f"the staffing serves queues that the plan does not have: {', '.join(unknown)}")
    return allocation.groupby(["queue", "interval_start"])[["agents"]].sum().reset_index()


def make_need(net: pd.DataFrame, horizon: Horizon, plan: Plan) -> Need:
    """Return the need in heads on the roster by slot and queue: net agents over the share who are available."""
    queues = tuple(queue.name for queue in plan.queues)
    heads = np.zeros((horizon.slots, len(queues)))
    first = np.round(horizon.slots_of(net["interval_start"])).astype(int)
    column = net["queue"].map({name: q for q, name in enumerate(queues)}).to_numpy(dtype=int)
    begin = horizon.slots_of(pd.Series([timegrid.day_start(horizon.dates[0], plan.time_zone)]))[0]
    end_day = horizon.dates[-1] + dt.timedelta(days=1)
    end = horizon.slots_of(pd.Series([timegrid.day_start(end_day, plan.time_zone)]))[0]
    inside = (first >= begin) & (first < end)
    agents = net["agents"].to_numpy() / plan.staffing.available_share
    for k in range(max(1, plan.interval_minutes // horizon.slot_minutes)):
        np.add.at(heads, (first[inside] + k, column[inside]), agents[inside])
    rules = plan.schedule.rules
    cost = rules.understaffing_cost * horizon.slot_hours
    levels, weights = [heads], [cost]
    if rules.spare_share > 0:
        levels.append(heads * (1 + rules.spare_share))
        weights = [cost * (1 - rules.spare_cost_share), cost * rules.spare_cost_share]
    return Need(queues, np.stack(levels), np.array(weights), rules.overstaffing_cost * horizon.slot_hours, 0)
