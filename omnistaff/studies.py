"""Questions to a finished run that need more than one stage: hours that pay, what pooling and training are worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pandas as pd

from omnistaff.pipeline import measured_plan, read_forecast
from omnistaff.plan import Plan
from omnistaff.tables.files import Workspace

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_that_pay(
    plan: Plan, work: Workspace, *, worth_of_contact: float | None = None, all_hours: bool = False
) -> pd.DataFrame:
    """Return the hours of the week that should change, or all of them, from the history in *work*.

    Columns: queue, day, hour, today (open or closed), advice (open, close or keep), contacts and new_contacts a week,
    basis, agents, cost and cost_per_contact. See ``staffing.recommend_hours``.
    """
    from omnistaff.staffing import recommend_hours

    plan = measured_plan(plan, work)
    table = _frame(recommend_hours(work.read("demand"), work.read("agents"), plan, worth_of_contact=worth_of_contact))
    if table.empty:
        return table
    changes = table["is_open"] != table["pays"]
    advice = table["pays"].map({True: "open", False: "close"}).where(changes, "keep")
    table = table.assign(
        day=table["weekday"].map(dict(enumerate(WEEKDAYS))),
        today=table["is_open"].map({True: "open", False: "closed"}),
        advice=advice,
    )
    columns = ["queue", "day", "hour", "today", "advice", "contacts", "new_contacts", "basis", "agents", "cost"]
    return table.loc[changes | all_hours, [*columns, "cost_per_contact"]].reset_index(drop=True)


def pooling(plan: Plan, work: Workspace, *, repeats: int = 1) -> pd.DataFrame:
    """Return what silos, the skills people have, some and all universal people cost at equal quality.

    See ``staffing.pooling_study``.
    """
    from omnistaff import simulate, staffing

    plan, forecast, agents = measured_plan(plan, work), read_forecast(work), work.read("agents")
    ways = staffing.usual_arrangements(agents, plan)
    return _frame(staffing.pooling_study(forecast, ways, plan, simulate.RosterSimulator(), repeats=repeats))


def sources(plan: Plan, work: Workspace) -> dict[str, float]:
    """Return where the saving of the skills that people have is from: hours, and people at the peak."""
    from omnistaff import staffing

    plan = measured_plan(plan, work)
    requirement = work.read("requirement")
    return asdict(staffing.sources_of_saving(read_forecast(work), requirement, work.read("agents"), plan))


def trainings(plan: Plan, work: Workspace, *, in_turn: int | None = None) -> pd.DataFrame:
    """Return what one more person of each skill set saves by learning each queue, most first.

    With *in_turn* so many trainings to give one after another, with what each saves beyond those before it.
    """
    from omnistaff import staffing

    plan = measured_plan(plan, work)
    forecast, requirement, agents = read_forecast(work), work.read("requirement"), work.read("agents")
    if in_turn is None:
        return _frame(staffing.worth_of_training(forecast, requirement, agents, plan))
    return _frame(staffing.next_trainings(forecast, requirement, agents, plan, count=in_turn))


def _frame(rows: Iterable[Any]) -> pd.DataFrame:
    return pd.DataFrame([asdict(row) for row in rows])
