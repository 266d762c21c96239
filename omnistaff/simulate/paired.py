"""Replication by replication, for two rosters or plans that meet the same customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.simulate.outcomes import ServiceLevel
from omnistaff.simulate.replications import run_replications
from omnistaff.simulate.run import read_scene
from omnistaff.simulate.state import ABANDONED, ANSWERED, LATE, OFFERED, WAIT_S
from omnistaff.simulate.volume import find_window, read_volume
from omnistaff.tables import Agents, DemandForecast, Roster


def paths_met(forecast: DemandForecast, plan: Plan) -> np.ndarray:
    """Return the numbers of the forecast's paths in the order in which replications meet them."""
    return read_volume(forecast, plan, find_window(forecast, plan)).numbers


def replicated_service(
    roster: DataFrame[Roster],
    forecast: DemandForecast,
    agents: DataFrame[Agents],
    plan: Plan,
    *,
    order: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return what every replication counted over the horizon, by queue and for all.

    Columns: replication, queue, good and base (their ratio is the service level), offered, abandoned, late, waited_s
    and answered (their ratio is the speed of answer; nothing where work is deferred). The same replication of another
    roster or plan with the same seed meets the same customers, so that differences can be taken replication by
    replication. Where forecasts differ, give both the *order* of one (``paths_met``), since each has its own; it is
    kept where the paths have other numbers. Runs all of ``simulate.replications``. Raises as ``simulate_roster``.
    """
    _, centre, given = read_scene(forecast, plan).staffed(roster, agents, plan)
    given = given if order is None else replace(given, volume=given.volume.met_as(order))
    level, names = ServiceLevel(tuple(plan.queues)), [queue.name for queue in plan.queues]
    tables = []
    for result in run_replications(centre, given, numbers=range(plan.simulate.replications), threads=plan.threads):
        counts = result.counts.sum(axis=0, keepdims=True)
        good, base = level.parts(counts)
        columns = {
            "good": good[0],
            "base": base[0],
            "offered": counts[0, :, OFFERED],
            "abandoned": counts[0, :, ABANDONED],
            "late": counts[0, :, LATE],
            "waited_s": counts[0, :, WAIT_S] * level.is_live,
            "answered": counts[0, :, ANSWERED] * level.is_live,
        }
        totals = {name: np.append(values, values.sum()) for name, values in columns.items()}
        tables.append(pd.DataFrame({"replication": result.replication, "queue": [*names, "all"], **totals}))
    return pd.concat(tables, ignore_index=True)
