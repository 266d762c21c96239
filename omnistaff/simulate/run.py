"""The simulation of a roster against a forecast."""

from __future__ import annotations

import math

import numpy as np
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.simulate.centre import make_centre
from omnistaff.simulate.duty import read_staff
from omnistaff.simulate.outcomes import Summary
from omnistaff.simulate.replications import DrawnContacts, run_replications
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import find_window, read_volume
from omnistaff.tables import Agents, DemandForecast, Figure, Outcomes, Roster


def simulate_roster(
    roster: DataFrame[Roster], forecast: DemandForecast, agents: DataFrame[Agents], plan: Plan
) -> DataFrame[Outcomes]:
    """Return the service that *roster* gives when the forecast's contacts come, with 95 % limits.

    The window is the roster's weeks as far as the forecast reaches. Each replication takes one forecast path and
    its own draws of arrival times, handle times, patience and absence; the draws do not depend on the roster, so
    that two rosters meet the same contacts. Raises TableError when forecast, roster and agents do not fit together.
    """
    window = find_window(forecast, plan)
    volume = read_volume(forecast, plan, window)
    staff = read_staff(roster, agents, plan, window.start, window.seconds)
    given = DrawnContacts(
        volume, staff, np.array([name_key(queue.name) for queue in plan.queues], dtype=np.uint64), plan.seed
    )
    summary = Summary(plan, window, staff.groups)
    numbers = range(plan.simulate.replications)
    summary.add(
        run_replications(make_centre(plan, staff, volume, window), given, numbers=numbers, threads=plan.threads)
    )
    return summary.outcomes()


def describe(outcomes: DataFrame[Outcomes], plan: Plan) -> list[Figure]:
    """Return each queue's service over the horizon with its limits, abandonment, waits and lateness."""
    horizon = outcomes[outcomes["period"] == "horizon"].set_index("queue").astype({"offered": "float64"})
    numbers = {str(name): row for name, row in horizon.drop(columns=["period", "interval_start"]).iterrows()}
    figures = []
    for queue in (*(queue.name for queue in plan.queues), "all"):
        found = {column: float(value) for column, value in numbers[queue].items()}
        level = found["service_level"]
        if not math.isnan(level):
            limits = f"({found['service_level_low']:.1%} to {found['service_level_high']:.1%})"
            text = f"{queue}: {level:.1%} {limits} {_promise(queue, plan)}"
            figures.append(Figure(f"service_level_{queue}", level, "share", text))
        if found["abandoned"] > 0:
            share = found["abandoned"] / found["offered"]
            figures.append(Figure(f"abandon_share_{queue}", share, "share", f"{queue}: {share:.1%} left"))
    busy = float(numbers["all"]["occupancy_share"])
    if not math.isnan(busy):
        text = f"people are busy {busy:.1%} of their time on duty"
        figures.append(Figure("occupancy_share", busy, "share", text))
    return figures


def _promise(name: str, plan: Plan) -> str:
    """Return what a queue's service level counts, in words."""
    if name == "all":
        return "of all contacts in their target time"
    queue = plan.queue(name)
    if queue.mode == "deferred":
        return f"finished within {queue.target.due_hours:g} h"
    return f"answered within {queue.target.within_s:g} s"
