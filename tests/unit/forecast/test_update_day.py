"""The running day from a work folder: what it covers, what it saw, what it writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from omnistaff import forecast
from omnistaff.daily import update_day
from omnistaff.errors import TableError
from omnistaff.plan import Plan
from omnistaff.tables.files import Workspace

from .conftest import make_demand


def made_work(folder: Path, plan: Plan, demand: pd.DataFrame, come: pd.DataFrame) -> Workspace:
    """Return a work folder with a forecast made from *demand*, to which *come* is added."""
    work, made = Workspace(folder), forecast.forecast_demand(demand, plan)
    work.write("demand", pd.concat([demand, come]))
    for name, table in (
        ("forecast", made.table),
        ("forecast_quantiles", made.quantiles),
        ("forecast_paths", made.paths),
    ):
        work.write(name, table)
    return work


def test_late_at_night_tomorrow_is_still_there_to_correct(tmp_path: Path, plan: Plan, demand: pd.DataFrame) -> None:
    work = made_work(tmp_path, plan, demand, make_demand(start="2026-04-13", days=1))
    table = update_day(plan, work, "2026-04-13 23:50")
    assert table["date"].tolist() == ["2026-04-14"]
    assert update_day(plan, work, "2026-04-12 23:50")["date"].tolist() == ["2026-04-13"]
    with pytest.raises(TableError, match="nothing for the rest of the day"):
        update_day(plan, work, "2026-04-28 12:00")
