"""The chronology of contacts too many for pandas: by compiled rules over files here, by Spark elsewhere."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.plan import Plan
from omnistaff.tables import Cases, Contacts, Customers, History, Identities, Timeline, check, conform
from omnistaff.tables.engine import Engine, open_engine
from omnistaff.timeline.bulk import NEEDED, write_timeline
from omnistaff.timeline.totals import count_cases, count_customers
from omnistaff.timeline.warehouse import chronology


def build_in_engine(contacts: DataFrame[Contacts], identities: DataFrame[Identities], plan: Plan) -> History:
    """Return what ``build_timeline`` does, computed by the plan's engine.

    DuckDB reads and writes files for the compiled rules of ``bulk``; Spark computes the expressions of ``warehouse``.
    """
    with open_engine(plan.engine.backend, plan.threads) as engine:
        who = identities[["contact_id", "customer_id"]]
        if plan.engine.backend == "duckdb":
            rows = _laid_out(engine, contacts[NEEDED].merge(who, on="contact_id", validate="1:1"), plan)
        else:
            known = engine.load(contacts[NEEDED]).join(engine.load(who), "contact_id")
            complete = bool(contacts["reason"].notna().all())
            rows = engine.keep(chronology(known, plan.timeline, reasons_known=complete))
        cases = engine.keep(count_cases(rows, plan.timeline))
        customers = count_customers(rows, cases, plan.timeline)
        return History(_table(Timeline, rows), _table(Cases, cases), _table(Customers, customers))


def _laid_out(engine: Engine, contacts: pd.DataFrame, plan: Plan) -> Any:
    """Return the chronology of *contacts* with their customers, as files of DuckDB, row beside row."""
    source, target = engine.new_file(), engine.new_file()
    contacts.to_parquet(source, index=False)
    write_timeline(engine.backend.con, source, target, plan.timeline)
    engine.backend.raw_sql(
        "create view laid_out as select t.*, c.reason, c.outcome, c.effort_s"
        f" from read_parquet('{target}') t positional join read_parquet('{source}') c"
    )
    return engine.backend.table("laid_out")


def _table(model: Any, rows: Any) -> Any:
    """Return the columns of *model* from an Ibis table, checked."""
    frame: pd.DataFrame = rows.select(*model.column_names()).to_pyarrow().to_pandas()
    return check(model, conform(model, frame))
