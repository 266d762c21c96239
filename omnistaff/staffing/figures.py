"""The headline figures of staffing."""

from __future__ import annotations

from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Figure, PooledStaff, Requirement


def describe(requirement: DataFrame[Requirement], pool: PooledStaff, plan: Plan) -> list[Figure]:
    """Return hours of silos and of the pool, the saving, the bound and the peak."""
    hours = plan.interval_minutes / 60
    pooled = float(pool.table["agents"].sum() * hours)
    by_interval = pool.table.groupby("interval_start")["agents"].sum()
    peak = float(by_interval.max()) if len(by_interval) else 0.0
    saved = 1 - pooled / pool.silo if pool.silo > 0 else 0.0
    gap = pooled / pool.bound - 1 if pool.bound > 0 else 0.0
    gross = pooled / plan.staffing.available_share
    load = float((requirement["load_erlangs"] * hours).sum())
    return [
        Figure("work_hours", load, "h", f"{load:,.0f} hours of work expected"),
        Figure("silo_hours", pool.silo, "h", f"{pool.silo:,.0f} agent-hours if every queue had its own people"),
        Figure("pooled_hours", pooled, "h", f"{pooled:,.0f} agent-hours pooled, {saved:.1%} less than in silos"),
        Figure("gross_hours", gross, "h", f"{gross:,.0f} agent-hours on the roster after shrinkage"),
        Figure("saved_share", saved, "", f"{saved:.1%} of hours saved by pooling"),
        Figure("bound_hours", pool.bound, "h", f"no staffing needs fewer than {pool.bound:,.0f} agent-hours"),
        Figure("bound_gap", gap, "", f"{gap:.1%} above that bound"),
        Figure("peak_agents", peak, "", f"{peak:,.1f} agents at the busiest time"),
    ]
