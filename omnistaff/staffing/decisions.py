"""What certainty costs, and what opening hours are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.staffing.required import required_staff
from omnistaff.tables import DemandForecast, Requirement


@dataclass(frozen=True)
class CertaintyCost:
    """What a promise kept with a probability costs; none is staffing for the mean."""

    probability: float | None
    agent_hours: float
    extra_share: float  # above staffing for the mean


def certainty_curve(
    forecast: DemandForecast, plan: Plan, *, probabilities: Sequence[float] = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
) -> list[CertaintyCost]:
    """Return net agent-hours of all queues on their own for each probability of keeping the promise."""
    levels: list[float | None] = [None, *probabilities]
    hours = [_hours(required_staff(forecast, _with_probability(plan, level)), plan) for level in levels]
    base = hours[0] if hours[0] > 0 else 1.0
    return [CertaintyCost(level, value, value / base - 1) for level, value in zip(levels, hours, strict=True)]


def _hours(requirement: DataFrame[Requirement], plan: Plan) -> float:
    return float(requirement["agents"].sum()) * plan.interval_minutes / 60


def _with_probability(plan: Plan, probability: float | None) -> Plan:
    staffing = plan.staffing.model_copy(update={"meet_target_with_probability": probability})
    return plan.model_copy(update={"staffing": staffing})


@dataclass(frozen=True)
class HourWorth:
    """One hour of the week of a queue: what it brings, what it costs."""

    queue: str
    weekday: int  # 0 is Monday
    hour: int
    contacts: float  # expected a week
    agents: float  # net, to keep the promise
    agent_hours_per_contact: float
    pays: bool


def worth_of_hours(
    forecast: DemandForecast,
    plan: Plan,
    *,
    worth_of_contact: float,
    hourly_cost: float,
    wanted: npt.NDArray[np.bool_] | None = None,
) -> list[HourWorth]:
    """Return every forecast hour of the week by queue: contacts served, marginal agents, and whether it pays.

    Give it a forecast of the hours in question, those closed today included (a plan with longer hours; demand outside
    hours from attempts while closed, next-morning peaks and repeat contacts). An hour pays when its contacts, worth
    *worth_of_contact* each, cover the gross agent-hours at *hourly_cost*. *wanted* limits it to rows of the forecast.
    """
    from omnistaff.timegrid import local_parts

    requirement = required_staff(forecast, plan)
    rows = forecast.table.merge(requirement, on=["queue", "interval_start"], validate="one_to_one")
    if wanted is not None:
        rows = rows[wanted]
    parts = pd.concat(
        [
            local_parts(group["interval_start"], plan.zone_of(plan.queue(str(name))))
            for name, group in rows.groupby("queue")
        ]
    )
    rows = rows.assign(weekday=parts["weekday"], hour=parts["minute_of_day"] // 60, date=parts["date"])
    share = plan.interval_minutes / 60
    by_day = rows.groupby(["queue", "weekday", "hour", "date"], as_index=False).agg(
        contacts=("mean", "sum"), agents=("agents", "sum"), gross=("gross_agents", "sum")
    )
    weekly = by_day.groupby(["queue", "weekday", "hour"], as_index=False)[["contacts", "agents", "gross"]].mean()
    contacts = weekly["contacts"].to_numpy(dtype=float)
    gross = weekly["gross"].to_numpy(dtype=float) * share
    each = np.divide(gross, contacts, out=np.full(len(gross), np.inf), where=contacts > 0)
    columns = (
        weekly["queue"].tolist(),
        weekly["weekday"].tolist(),
        weekly["hour"].tolist(),
        contacts.tolist(),
        (weekly["agents"].to_numpy(dtype=float) * share).tolist(),
        each.tolist(),
        (contacts * worth_of_contact >= gross * hourly_cost).tolist(),
    )
    return [HourWorth(*row) for row in zip(*columns, strict=True)]
