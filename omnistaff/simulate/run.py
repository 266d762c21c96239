"""The simulation of a roster against a forecast."""

from __future__ import annotations

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
    horizon = outcomes[outcomes["period"] == "horizon"]
    figures = []
    for row in horizon.itertuples():
        name = str(row.queue)
        if not np.isnan(row.service_level):
            limits = f"({row.service_level_low:.1%} to {row.service_level_high:.1%})"
            figures.append(
                Figure(
                    f"service_level_{name}",
                    float(row.service_level),
                    "share",
                    f"{name}: {row.service_level:.1%} {limits} {_promise(name, plan)}",
                )
            )
        if row.abandoned > 0:
            share = row.abandoned / row.offered
            figures.append(Figure(f"abandon_share_{name}", float(share), "share", f"{name}: {share:.1%} left"))
    total = horizon[horizon["queue"] == "all"].iloc[0]
    occupancy = float(total["occupancy_share"])
    figures.append(
        Figure("occupancy_share", occupancy, "share", f"people are busy {occupancy:.1%} of their time on duty")
    )
    return figures


def _promise(name: str, plan: Plan) -> str:
    """Return what a queue's service level counts, in words."""
    if name == "all":
        return "of all contacts in their target time"
    queue = plan.queue(name)
    if queue.mode == "deferred":
        return f"finished within {queue.target.due_hours:g} h"
    return f"answered within {queue.target.within_s:g} s"
