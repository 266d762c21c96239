"""Headline figures of a roster."""

from __future__ import annotations

import pandas as pd

from omnistaff.plan import Plan
from omnistaff.tables import BuiltRoster, Figure

NO_RULES = ("paid_hours", "understaffing", "spare", "overstaffing", "meetings", "on_call")
ENDED = {
    "optimal": "the best", "within_gap": "as near as asked", "time_limit": "the time was up",
    "interrupted": "interrupted", "search_ended": "the search found nothing better",
}  # fmt: skip
PARTS = {
    "on_call": "on-call duty",
    "wishes": "refused wishes",
    "fairness": "unfair shares",
    "same_start": "changes of the start in a week",
}


def describe(roster: BuiltRoster, violations: pd.DataFrame, plan: Plan) -> list[Figure]:
    """Return what a planner asks first: people, hours, cover, cost with its proof, broken rules."""
    table, coverage = roster.table, roster.coverage
    hours = (table["end_at"] - table["start_at"]).dt.total_seconds() / 3600
    away = table["shift_id"].isin(set(table.loc[table["activity"] == "work", "shift_id"]))
    paid = float(hours[table["is_paid"] & away].sum())
    share = plan.interval_minutes / 60
    missing = float((-coverage["net"]).clip(lower=0).sum() * share)
    needed = float(coverage["required"].sum() * share)
    covered = 1 - missing / needed if needed else 1.0
    hard = int(violations["is_hard"].sum())
    people = int(table.loc[away, "agent_id"].nunique())
    shifts = int(table.loc[away, "shift_id"].nunique())
    return [
        Figure("people", people, "people", f"{people} people work {shifts} shifts"),
        Figure("paid_hours", paid, "h", f"{paid:,.0f} paid hours in shifts"),
        Figure(
            "covered_share", covered, "share", f"{covered:.1%} of the {needed:,.0f} agent-hours needed are covered"
        ),
        Figure("missing_hours", missing, "h", f"{missing:,.1f} agent-hours missing"),
        Figure("cost", roster.cost, "cost", _cost(roster)),
        Figure("bound", roster.bound, "cost", f"no roster can cost less than {roster.bound:,.0f}"),
        Figure(
            "gap_share",
            roster.gap_share,
            "share",
            f"at most {roster.gap_share:.2%} from the best ({ENDED[roster.status]})",
        ),
        Figure("violations", hard, "rules", f"{hard} hard rules broken"),
        *soft_rules(roster),
    ]


def _cost(roster: BuiltRoster) -> str:
    """Return the cost in words, with each part that is not nothing."""
    parts = [
        f"{PARTS.get(name, name.replace('_', ' '))} {value:,.0f}"
        for name, value in roster.cost_parts.items()
        if abs(value) >= 0.5
    ]
    return f"cost {roster.cost:,.0f}" + (f": {', '.join(parts)}" if parts else "")


def soft_rules(roster: BuiltRoster) -> list[Figure]:
    """Return what each soft rule cost, a figure each."""
    return [
        Figure(f"cost_{name}", value, "cost", f"rule {PARTS.get(name, name.replace('_', ' '))} cost {value:,.0f}")
        for name, value in roster.cost_parts.items()
        if name not in NO_RULES and abs(value) >= 0.5
    ]
