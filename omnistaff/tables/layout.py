"""How the store's tables lie in DuckDB: columns, types, where each row is from, and the way from pandas and back.

Times are kept as UTC without a zone, because DuckDB's zoned times need a library to come back.
"""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from omnistaff.errors import TableError
from omnistaff.tables.catalog import Contacts, Identifiers, Rejects, Table

KEPT: dict[str, type[Table]] = {"contacts": Contacts, "identifiers": Identifiers, "rejects": Rejects}
#: What is kept of the files themselves.
NOTED = {
    "files": {"source": "VARCHAR", "name": "VARCHAR", "content": "VARCHAR", "settings": "VARCHAR", "code": "VARCHAR"},
    "tallies": {"source": "VARCHAR", "file": "VARCHAR", "tally": "VARCHAR"},
}

_UTC_TIME = "datetime64[us, UTC]"
_TYPES = {_UTC_TIME: "TIMESTAMP", "float64": "DOUBLE", "int64": "BIGINT", "bool": "BOOLEAN"}  # the rest is text
#: Where a row is from; ``is_newest`` marks the copy of a contact that counts.
_ORIGIN = {
    "contacts": {"file": "VARCHAR", "row": "BIGINT", "updated_at": "TIMESTAMP", "is_newest": "BOOLEAN"},
    "identifiers": {"file": "VARCHAR", "row": "BIGINT", "is_newest": "BOOLEAN"},
    "rejects": {},
}
_PANDAS = {"BIGINT": "int64", "TIMESTAMP": "datetime64[us]", "BOOLEAN": "bool"}


def layout() -> dict[str, dict[str, str]]:
    """Return {table: {column: DuckDB type}}."""
    kept = {name: {c: _duck_type(model, c) for c in model.column_names()} for name, model in KEPT.items()}
    return {name: columns | _ORIGIN[name] for name, columns in kept.items()} | NOTED


def model_of(name: str) -> type[Table]:
    """Return the schema of a kept table; TableError when none is kept under this name."""
    if name not in KEPT:
        raise TableError(f"table {name!r} is not kept in the store, expected one of {', '.join(KEPT)}")
    return KEPT[name]


def as_arrow(frame: pd.DataFrame) -> Any:
    """Return *frame* as an Arrow table, times as UTC without a zone; text is shared, not copied."""
    import pyarrow as pa

    times = [name for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    plain = frame.assign(**{str(name): frame[name].dt.tz_localize(None) for name in times})
    return pa.Table.from_pandas(plain, preserve_index=False)


def typed(model: type[Table], frame: pd.DataFrame) -> pd.DataFrame:
    """Return the model's columns of what came out of the store, with the model's dtypes."""
    columns = {}
    for name, dtype in _dtypes(model).items():
        if dtype == _UTC_TIME:
            columns[name] = frame[name].astype("datetime64[us]").dt.tz_localize("UTC")
        else:
            columns[name] = frame[name].astype(cast(Any, dtype if dtype in _TYPES else "str"))
    return pd.DataFrame(columns)


def origin(name: str, frame: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Return where each row of a kept table that came out of the store is from."""
    columns = {
        column: frame[column].astype(cast(Any, _PANDAS.get(kind, "str")))
        for column, kind in _ORIGIN[name].items()
        if column != "is_newest"
    }
    if "updated_at" in columns:
        columns["updated_at"] = columns["updated_at"].dt.tz_localize("UTC")
    return columns


def _dtypes(model: type[Table]) -> dict[str, str]:
    return {name: str(column.dtype) for name, column in model.to_schema().columns.items()}


def _duck_type(model: type[Table], column: str) -> str:
    return _TYPES.get(_dtypes(model)[column], "VARCHAR")
