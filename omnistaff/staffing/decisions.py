"""What certainty costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnistaff.plan import Plan
from omnistaff.staffing.loads import QueueLoad, queue_loads
from omnistaff.staffing.required import needed_agents
from omnistaff.tables import DemandForecast


@dataclass(frozen=True)
class CertaintyCost:
    """What promises kept with a probability cost."""

    probability: float
    agent_hours: float
    extra_share: float  # above staffing for the mean


def certainty_curve(
    forecast: DemandForecast, plan: Plan, *, probabilities: Sequence[float] = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
) -> list[CertaintyCost]:
    """Return net agent-hours of all queues on their own for each probability of keeping the promise."""
    loads = queue_loads(forecast.table, plan)
    mean, *hours = (_hours(loads, _with_probability(plan, level)) for level in (None, *probabilities))
    base = mean if mean > 0 else 1.0
    return [CertaintyCost(level, value, value / base - 1) for level, value in zip(probabilities, hours, strict=True)]


def _hours(loads: Sequence[QueueLoad], plan: Plan) -> float:
    return float(sum(needed_agents(load, plan).sum() for load in loads)) * plan.interval_minutes / 60


def _with_probability(plan: Plan, probability: float | None) -> Plan:
    staffing = plan.staffing.model_copy(update={"meet_target_with_probability": probability})
    return plan.model_copy(update={"staffing": staffing})
