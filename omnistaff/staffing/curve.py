"""What people who are missing cost in service: the curve by which a roster can weigh one interval against another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.plan import Plan
from omnistaff.staffing.loads import Floats, QueueLoad, queue_loads
from omnistaff.staffing.required import expected
from omnistaff.staffing.skills import required_sets
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
    keys, speeds = ["queue", "interval_start"], np.ones(len(allocation))
    if agents is not None:
        speeds = _speeds(allocation, requirement, agents, plan)
    done = allocation.assign(agents=allocation["agents"] * speeds).groupby(keys)["agents"].sum()
    given = allocation.groupby(keys)["agents"].sum()
    alone = requirement.set_index(keys)["agents"]
    tables = []
    for load in queue_loads(forecast.table, plan):
        name = load.queue.name
        if name not in alone.index.get_level_values("queue"):
            raise TableError(
                f"the requirement has no rows of {name}, expected those of the same forecast: run staffing"
            )
        worth = done if load.queue.mode == "deferred" else alone
        tables.append(_curve(load, _people(given, load), _people(worth, load), plan))
    return check(StaffingCurve, pd.concat(tables, ignore_index=True)) if tables else empty(StaffingCurve)


def _people(table: pd.Series[float], load: QueueLoad) -> Floats:
    """Return the people of *table* for a queue in its intervals, 0 where it has none."""
    rows = pd.MultiIndex.from_product([[load.queue.name], load.starts])
    return np.asarray(table.reindex(rows).fillna(0.0), dtype=np.float64)


def _speeds(
    allocation: DataFrame[Allocation], requirement: DataFrame[Requirement], agents: DataFrame[Agents], plan: Plan
) -> Floats:
    """Return how quick the people of each row of *allocation* are at its queue."""
    sets = required_sets(requirement, agents, plan)
    row, column = ({name: k for k, name in enumerate(names)} for names in (sets.names, sets.queues))
    return sets.speed[allocation["skills"].map(row), allocation["queue"].map(column)]


def _curve(load: QueueLoad, given: Floats, worth: Floats, plan: Plan) -> pd.DataFrame:
    """Return a queue's curve for *given* people of the pool.

    They do as much deferred work as *worth* of speed 1, or serve live contacts as *worth* who serve nothing else.
    """
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
