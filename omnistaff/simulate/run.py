"""The simulation of a roster against a forecast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.simulate.centre import make_centre, queue_rules
from omnistaff.simulate.duty import Staff, read_staff
from omnistaff.simulate.order import demand_features
from omnistaff.simulate.outcomes import TOGETHER, Summary
from omnistaff.simulate.replications import DrawnContacts, run_replications
from omnistaff.simulate.state import Centre
from omnistaff.simulate.streams import name_key
from omnistaff.simulate.volume import Volume, Window, find_window, read_volume
from omnistaff.tables import Agents, DemandForecast, Figure, Outcomes, Roster

BATCH = 2 * TOGETHER  # replications between two looks at the precision; a multiple, so that looking changes no bit


def simulate_roster(
    roster: DataFrame[Roster], forecast: DemandForecast, agents: DataFrame[Agents], plan: Plan
) -> DataFrame[Outcomes]:
    """Return the service that *roster* gives when the forecast's contacts come, with 95 % limits.

    The window is the roster's weeks as far as the forecast reaches. Each replication takes one forecast path and
    its own draws of arrival times, handle times, patience and absence; the draws do not depend on the roster, so
    that two rosters meet the same contacts. With ``half_width`` it stops as soon as every queue's service level is
    that precise. Raises TableError when forecast, roster and agents do not fit together.
    """
    return RosterSimulator()(roster, forecast, agents, plan)


class RosterSimulator:
    """``simulate_roster`` for one roster after another: a forecast is read when it comes first, and not again.

    A forecast is known by being the same object, so its tables must not be changed in between.
    """

    def __init__(self) -> None:
        self._last: tuple[DemandForecast, Plan, Scene] | None = None

    def __call__(
        self, roster: DataFrame[Roster], forecast: DemandForecast, agents: DataFrame[Agents], plan: Plan
    ) -> DataFrame[Outcomes]:
        """Return what ``simulate_roster`` returns, and raise what it raises."""
        scene = self._scene(forecast, plan)
        staff, centre, given = scene.staffed(roster, agents, plan)
        summary = Summary(plan, scene.window, staff.groups, scene.demand)
        for numbers in _batches(plan):
            summary.add(run_replications(centre, given, numbers=numbers, threads=plan.threads))
            if plan.simulate.half_width is not None and summary.widest() <= plan.simulate.half_width:
                break
        return summary.outcomes()

    def _scene(self, forecast: DemandForecast, plan: Plan) -> Scene:
        bare = _without_chance(plan)
        last = self._last  # read once: another thread may put its own scene there
        if last is None or last[0] is not forecast or last[1] != bare:
            last = self._last = forecast, bare, read_scene(forecast, plan)
        return last[2]


@dataclass(frozen=True)
class Scene:
    """What is simulated whoever is on duty: when, what arrives, and the rules of the queues."""

    window: Window
    volume: Volume
    rules: dict[str, np.ndarray]

    @cached_property
    def demand(self) -> np.ndarray:
        """Return what is known of each path, see ``demand_features``."""
        return demand_features(self.volume.paths)

    def staffed(
        self, roster: DataFrame[Roster], agents: DataFrame[Agents], plan: Plan
    ) -> tuple[Staff, Centre, DrawnContacts]:
        """Return the people of *roster*, what their replications run in, and what is drawn for each."""
        staff = read_staff(roster, agents, plan, self.window.start, self.window.seconds)
        names = np.array([name_key(queue.name) for queue in plan.queues], dtype=np.uint64)
        centre = make_centre(plan, staff, self.volume, self.window, rules=self.rules)
        return staff, centre, DrawnContacts(self.volume, staff, names, plan.seed)


def read_scene(forecast: DemandForecast, plan: Plan) -> Scene:
    """Return what *forecast* and *plan* bring, whoever is on duty."""
    window = find_window(forecast, plan)
    return Scene(window, read_volume(forecast, plan, window), queue_rules(plan, window))


def _without_chance(plan: Plan) -> Plan:
    """Return what of *plan* a scene follows from: neither its random numbers, nor how many, nor who is away."""
    simulate = plan.simulate.model_copy(update={"replications": 1})
    return plan.without_shrinkage().replace(simulate=simulate, seed=0)


def _batches(plan: Plan) -> list[range]:
    """Return the replications, in one batch or, to stop when precise enough, in several."""
    last = plan.simulate.replications
    step = last if plan.simulate.half_width is None else BATCH
    return [range(low, min(low + step, last)) for low in range(0, last, step)]


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
