"""Erasing in a work folder whose timeline was computed by the engine for large tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff.customers import erase
from omnistaff.pipeline import run_stages
from omnistaff.plan import make_plan
from omnistaff.tables import Rejects, empty
from omnistaff.tables.files import Workspace

MAIL = "ana.gil@empresa.co"


def said(folder: Path) -> str:
    """Return everything that any file of a folder says, tables read and bytes as they are."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            texts.append(pd.read_parquet(path).to_csv(index=False))
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


def test_the_engines_tables_say_nothing_of_an_erased_person_and_count_the_same(
    log: Callable[..., tuple[Any, Any]], tmp_path: Path
) -> None:
    plan = make_plan(
        {"name": "t", "time_zone": "UTC", "queues": [{"name": "q"}], "engine": {"rows_in_memory": 5},
         "identity": {"default_region": "CO"}}
    )  # fmt: skip
    ana = [{"email": MAIL, "name": "Ana Gil"}, {"email": MAIL, "phone": "3001234567"}, {"phone": "3001234567"}]
    others = [{"email": f"u{k % 9}@empresa.co"} for k in range(20)]
    contacts, identifiers = log(*ana, *others)
    work = Workspace(tmp_path)
    for name, table in (("contacts", contacts), ("identifiers", identifiers), ("rejects", empty(Rejects))):
        work.write(name, table)
    run_stages(("identity", "timeline"), plan, work)
    before = work.read("timeline")
    own = work.read("identities").set_index("contact_id").loc["c000", "customer_id"]
    secrets = [MAIL, "3001234567", "ana gil", "Ana Gil", "c000", "c001", "c002", str(own)]
    assert [secret for secret in secrets if secret not in said(tmp_path)] == ["ana gil"]
    assert erase("300 123 4567", plan, work) == 3
    text = said(tmp_path)
    assert [secret for secret in secrets if secret in text] == []
    after = work.read("timeline")
    marks = ["arrived_at", "channel", "case_position", "is_repeat", "is_switch", "is_duplicate"]
    same = [table.sort_values("arrived_at", ignore_index=True)[marks] for table in (before, after)]
    pd.testing.assert_frame_equal(*same)
