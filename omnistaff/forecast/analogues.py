"""Events that others are said to be like, fitted on the queues that they touched themselves."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
from pandera.typing import DataFrame

from omnistaff import timegrid
from omnistaff.forecast.days import FloatArray, make_days
from omnistaff.forecast.events import LIFTING, learn_events
from omnistaff.plan import Plan
from omnistaff.plan.calendar import Event
from omnistaff.tables import Demand, Figure


def fit_analogues(demand: DataFrame[Demand], start: dt.date, plan: Plan) -> dict[int, FloatArray]:
    """Return what events were like that others ahead of *start* are said to be like, by their place in the plan.

    (log size, log half-life, log (rise + 1)), the mean over the queues that an event touched; without those of which
    too few days lie in *demand*.
    """
    names = {event.analogue for event in _resting(start, plan).values()}
    named = {
        place: event
        for place, event in enumerate(plan.calendar.events)
        if event.name in names and event.start < start and event.kind in LIFTING
    }
    found: dict[int, list[FloatArray]] = defaultdict(list)
    for queue in plan.queues:
        if not any(event.touches(queue.name) for event in named.values()):
            continue
        begin = timegrid.day_start(start, plan.zone_of(queue))
        rows = demand[(demand["queue"] == queue.name) & (demand["interval_start"] < begin)]
        if not rows.empty:
            days = make_days(rows, queue, plan, start - dt.timedelta(days=1))
            for place, theta in learn_events(days, queue, plan).fitted.items():
                found[place].append(theta)
    return {place: np.mean(thetas, axis=0) for place, thetas in found.items() if place in named}


def tell_unknown(demand: DataFrame[Demand], start: dt.date, plan: Plan) -> list[Figure]:
    """Return the events ahead of *start* that rest on an analogue of which *demand* tells nothing."""
    events = plan.calendar.events
    known = fit_analogues(demand, start, plan)
    return [
        Figure(
            f"analogue[{event.name}]",
            float("nan"),
            "",
            f"{event.name}: no days are known of its analogue {event.analogue}: its size is guessed by its kind",
        )
        for place, event in _resting(start, plan).items()
        if not any(k != place and events[k].name == event.analogue for k in known)
    ]


def _resting(start: dt.date, plan: Plan) -> dict[int, Event]:
    """Return, by place, the events felt from *start* on that rest on an analogue: a stated volume goes before it."""
    return {
        place: event
        for place, event in enumerate(plan.calendar.events)
        if event.analogue is not None and event.volume is None and event.last_day >= start
    }
