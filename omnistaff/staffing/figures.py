"""The headline figures of staffing."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan, Queue
from omnistaff.tables import Figure, PooledStaff, Requirement


def describe(requirement: DataFrame[Requirement], pool: PooledStaff, plan: Plan) -> list[Figure]:
    """Return the work, the people for it as silos and pooled, the peak, and how far from the best that is."""
    hours = plan.interval_minutes / 60
    agents, starts = pool.table["agents"], pool.table["interval_start"]
    pooled = float(agents.sum() * hours)
    by_interval = pool.table.groupby("interval_start")["agents"].sum()
    peak = float(by_interval.max()) if len(by_interval) else 0.0
    saved = 1 - pooled / pool.silo if pool.silo > 0 else 0.0
    gap = pooled / pool.bound - 1 if pool.bound > 0 else 0.0
    gross, on_site = (
        float((agents / plan.available_share(starts, whom=whom)).sum() * hours) for whom in ("paid", "on_site")
    )
    load = float((requirement["load_erlangs"] * hours).sum())
    late = sum(float((after_closing(requirement, queue, plan) * hours).sum()) for queue in plan.queues)
    closing = f"{late:,.1f} agent-hours of silos are after closing times, for what is there then"
    return [
        Figure("work_hours", load, "h", f"{load:,.0f} hours of work are to be served"),
        Figure(
            "silo_hours", pool.silo, "h", f"{pool.silo:,.0f} agent-hours would be needed in silos, a team a queue"
        ),
        Figure("pooled_hours", pooled, "h", f"{pooled:,.0f} agent-hours are needed with skills shared"),
        Figure("saved_share", saved, "share", f"pooling saves {saved:.1%} of the agent-hours of silos"),
        Figure("gross_hours", gross, "h", f"{gross:,.0f} agent-hours must be paid, all shrinkage included"),
        Figure("on_site_hours", on_site, "h", f"{on_site:,.0f} of them at the site: ready for work or lost there"),
        Figure("peak_agents", peak, "people", f"{peak:,.1f} agents are needed at the busiest time"),
        Figure(
            "bound_hours", pool.bound, "h", f"{pool.bound:,.0f} agent-hours at least by square-root staffing (bound)"
        ),
        Figure("bound_gap", gap, "share", f"the pooled agent-hours are {gap:.1%} above the bound"),
        *([] if pool.service is None else [_proof(pool)]),
        *([Figure("closing_hours", late, "h", closing)] if late else []),
    ]


def _proof(pool: PooledStaff) -> Figure:
    """Return how many queues the last simulation does not prove."""
    missed = ", ".join(pool.missed)
    text = f"not proved by simulation: {missed}" if missed else "every promise is proved by simulation at 95 %"
    return Figure("unproved_queues", float(len(pool.missed)), "queues", text)


def after_closing(requirement: DataFrame[Requirement], queue: Queue, plan: Plan) -> pd.Series[float]:
    """Return the agents of a queue in the intervals after its closing times."""
    mine = requirement[requirement["queue"] == queue.name]
    if mine.empty or not queue.closing_minutes:
        return mine["agents"][:0]
    return mine["agents"][~plan.is_open(queue, mine["interval_start"])]
