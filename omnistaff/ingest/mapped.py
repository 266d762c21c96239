"""Extra columns and identifiers that a plan picks out of JSON records by dotted paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.json_rows import pick_text
from omnistaff.ingest.table_rows import TEXT_COLUMNS, is_identifier_kind
from omnistaff.plan import Source


def mapped_columns(records: Sequence[Any], source: Source) -> dict[str, pd.Series[str]]:
    """Return {our text column: values} for the contacts' columns in the plan's map, value map applied."""
    result = {}
    for ours, path in source.columns.items():
        if is_identifier_kind(ours):
            continue
        if ours not in TEXT_COLUMNS:
            raise ConfigError(
                f"ingest source {source.label}: columns.{ours} is not known, expected one of "
                f"{', '.join(TEXT_COLUMNS)} or an identifier kind"
            )
        text = _at(records, path)
        table = source.values.get(ours, {})
        result[ours] = text.map(lambda value, table=table: table.get(value, value)) if table else text
    return {name: values.astype("str") for name, values in result.items()}


def mapped_identifiers(records: Sequence[Any], source: Source) -> dict[str, pd.Series[str]]:
    """Return {kind: values} for the identifier kinds in the plan's map."""
    return {kind: _at(records, path) for kind, path in source.columns.items() if is_identifier_kind(kind)}


def _at(records: Sequence[Any], path: str) -> pd.Series[str]:
    steps = path.split(".")
    return pd.Series([pick_text(record, *steps) for record in records], dtype="str")
