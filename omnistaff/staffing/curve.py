"""What people who are missing cost in service: the curve by which a roster can weigh one interval against another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.plan import Plan
from omnistaff.staffing.loads import Floats, QueueLoad, queue_loads
from omnistaff.staffing.required import expected
from omnistaff.staffing.skills import skill_sets
from omnistaff.staffing.targets import promise_of
from omnistaff.tables import Agents, Allocation, DemandForecast, Requirement, StaffingCurve, check, empty

SHARES = np.array([0.0, 0.25, 0.5, 0.65, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5])  # of the people whom the pool gives a queue
TINY = 1e-9


def staffing_curve(
    forecast: DemandForecast,
    requirement: DataFrame[Requirement],
    allocation: DataFrame[Allocation],
    plan: Plan,
    *,
    agents: DataFrame[Agents] | None = None,
) -> DataFrame[StaffingCurve]:
    """Return what each queue loses in each interval at nobody, at all its people and at steps between and above.

    Live and messaging queues by the formulas of ``required_staff``, on average over the arrival rate: the pool's
    people for a queue serve it as its requirement would alone, and a part of them as that part of the requirement.
    Deferred work that is not done counts as late: as much as people of a skill set do, at the mean speed of *agents*
    (1 without them). Nothing is lost where there is no work.
    """
    quick = _speeds(allocation, agents, plan)
    done = allocation.assign(agents=allocation["agents"] * quick).groupby(["queue", "interval_start"])["agents"].sum()
    given = allocation.groupby(["queue", "interval_start"])["agents"].sum()
    alone = requirement.set_index(["queue", "interval_start"])["agents"]
    tables = []
    for load in queue_loads(forecast.table, plan):
        name = load.queue.name
        if name not in alone.index.get_level_values("queue"):
            raise TableError(
                f"the requirement has no rows of {name}, expected those of the same forecast: run staffing"
            )
        tables.append(
            _curve(load, _people(given, load), _people(done if load.queue.mode == "deferred" else alone, load), plan)
        )
    return check(StaffingCurve, pd.concat(tables, ignore_index=True)) if tables else empty(StaffingCurve)


def _people(table: pd.Series[float], load: QueueLoad) -> Floats:
    """Return the people of *table* for a queue in its intervals, 0 where it has none."""
    rows = pd.MultiIndex.from_product([[load.queue.name], load.starts])
    return np.asarray(table.reindex(rows).fillna(0.0), dtype=np.float64)


def _speeds(allocation: DataFrame[Allocation], agents: DataFrame[Agents] | None, plan: Plan) -> Floats:
    """Return how quick the people of each row of *allocation* are at its queue."""
    if agents is None or allocation.empty:
        return np.ones(len(allocation))
    queues = tuple(queue.name for queue in plan.queues)
    starts = pd.DatetimeIndex(allocation["interval_start"].unique())
    sets = skill_sets(agents, queues, starts, plan)
    speed = {
        (name, queue): float(sets.speed[row, column])
        for row, name in enumerate(sets.names)
        for column, queue in enumerate(queues)
    }
    return np.array([speed[pair] for pair in zip(allocation["skills"], allocation["queue"], strict=True)])


def _curve(load: QueueLoad, given: Floats, worth: Floats, plan: Plan) -> pd.DataFrame:
    """Return a queue's curve: *given* people, *worth* so many of speed 1 (deferred) or alone (live)."""
    contacts = load.served()
    done = worth * load.queue.max_occupancy_share * load.interval_s / load.handle_s  # of deferred work, in contacts
    left, late = np.zeros((2, len(SHARES), len(contacts)))
    for k, share in enumerate(SHARES.tolist()):
        if load.queue.mode == "deferred":
            late[k] = max(0.0, 1 - share) * done
        elif share > 0:
            measures = expected(load, promise_of(load.queue, plan), np.maximum(worth * share, TINY))
            left[k] = contacts * measures["abandon_share"]
            late[k] = np.maximum(contacts * (1 - measures["service_level"]) - left[k], 0.0)
        else:
            left[k] = contacts
    steps = len(SHARES)
    return pd.DataFrame(
        {
            "queue": pd.Series(load.queue.name, index=range(steps * len(contacts)), dtype="str"),
            "interval_start": np.repeat(load.starts.as_unit("us"), steps),
            "share": np.tile(SHARES, len(contacts)),
            "agents": (given[:, None] * SHARES).ravel(),
            "abandoned": left.T.ravel(),
            "late": late.T.ravel(),
        }
    )
