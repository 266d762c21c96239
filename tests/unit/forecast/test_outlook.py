"""An outlook keeps what is read of it later, not what models were fitted with."""

from __future__ import annotations

import pandas as pd

from omnistaff.forecast.leads import LEADS
from omnistaff.forecast.outlook import Task, make_outlook
from omnistaff.plan import Plan


def test_no_sums_of_products_stay_with_an_outlook(plan: Plan, demand: pd.DataFrame) -> None:
    """They are slots × slots for every twelve weeks: megabytes a queue, sent back from each process."""
    last = pd.Timestamp("2026-04-26").date()
    task = Task(plan.queues[0], demand, last, ["blend"] * len(LEADS), {}, plan)
    assert "roots" not in vars(make_outlook(task).days)
