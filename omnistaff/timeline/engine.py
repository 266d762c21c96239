"""The chronology computed by DuckDB or Spark instead of pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Cases, Contacts, Customers, History, Identities, Timeline, check, conform
from omnistaff.tables.engine import open_engine
from omnistaff.timeline.bulk import NEEDED
from omnistaff.timeline.totals import count_cases, count_customers
from omnistaff.timeline.warehouse import chronology


def build_in_engine(contacts: DataFrame[Contacts], identities: DataFrame[Identities], plan: Plan) -> History:
    """Return what ``build_timeline`` does, computed by the plan's engine."""
    with open_engine(plan.engine.backend, plan.threads) as engine:
        who = engine.load(identities[["contact_id", "customer_id"]])
        known = engine.load(contacts[NEEDED]).join(who, "contact_id")
        complete = bool(contacts["reason"].notna().all())
        rows = engine.keep(chronology(known, plan.timeline, reasons_known=complete))
        cases = engine.keep(count_cases(rows, plan.timeline))
        customers = count_customers(rows, cases, plan.timeline)
        return History(_table(Timeline, rows), _table(Cases, cases), _table(Customers, customers))


def _table(model: Any, rows: Any) -> Any:
    """Return the columns of *model* from an Ibis table, checked."""
    frame: pd.DataFrame = rows.select(*model.column_names()).to_pyarrow().to_pandas()
    return check(model, conform(model, frame))
