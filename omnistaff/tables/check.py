"""Checking a frame against its schema: every problem in one error, columns in order, rows sorted."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeVar, cast

import pandas as pd
import pandera.errors
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.tables.catalog import Table

Model = TypeVar("Model", bound=Table)

_TIME = "datetime64[us, UTC]"
# pandera calls every time without zone nanoseconds; ours are microseconds
_DTYPES = {"bool": "bool", "int64": "int64", "datetime64[ns]": "datetime64[us]"}


def check(model: type[Model], frame: pd.DataFrame) -> DataFrame[Model]:
    """Return *frame* as a table of *model*: columns in order, unique by key, sorted, dtypes checked.

    A column that may be empty may also be absent, and is empty then. Raises TableError naming each other column that
    is missing, superfluous or of another type, and each check that fails with the first values that fail it.
    """
    columns = model.to_schema().columns
    absent = [name for name in columns if name not in frame]
    missing = [f"column {name} is missing" for name in absent if not columns[name].nullable]
    extra = [f"column {name} is not part of the table" for name in frame if name not in columns]
    if missing or extra:
        raise TableError(f"{model.__name__} does not match its schema", missing + extra)
    key = model.key_columns()
    nothing = pd.Series(pd.NA, index=frame.index, dtype="object")
    for name in absent:
        frame = frame.assign(**{name: _cast(nothing, str(columns[name].dtype))})
    ordered = frame[list(columns)].sort_values(model.sort_columns(), ignore_index=True, kind="stable")
    problems = _problems(model, ordered)
    twice = ordered.duplicated(key)
    if twice.any():
        first = ordered.loc[twice, key].iloc[0].to_dict()
        problems.append(f"{int(twice.sum())} rows repeat the key {', '.join(key)}, first {first}")
    if problems:
        raise TableError(f"{model.__name__} does not match its schema", problems)
    return cast("DataFrame[Model]", ordered)


def _problems(model: type[Table], frame: pd.DataFrame) -> list[str]:
    try:
        model.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return [
            f"column {column}: {rule}, found {', '.join(map(str, cases['failure_case'].head(3)))}"
            f" ({len(cases)} times)"
            for (column, rule), cases in error.failure_cases.groupby(["column", "check"], dropna=False)
        ]
    return []


def empty(model: type[Model]) -> DataFrame[Model]:
    """Return a table of *model* without rows."""
    return cast("DataFrame[Model]", conform(model, pd.DataFrame(columns=model.column_names())))


def table_of(model: type[Model], rows: Sequence[Any]) -> pd.DataFrame:
    """Return dataclass records as a table of *model*; what is beyond all bounds is empty."""
    frame = pd.DataFrame([asdict(row) for row in rows]).replace([math.inf], math.nan)
    return conform(model, frame) if rows else empty(model)


def conform(model: type[Model], frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* with the model's column dtypes and order, absent nullable columns filled with nothing.

    For readers of outside data (CSV, Parquet of other programs); stages build their columns right and ``check``.
    """
    result = {}
    for name, column in model.to_schema().columns.items():
        values = frame[name] if name in frame else pd.Series(pd.NA, index=frame.index, dtype="object")
        result[name] = _cast(values, str(column.dtype))
    return pd.DataFrame(result)


def _cast(values: "pd.Series[Any]", dtype: str) -> "pd.Series[Any]":
    if dtype == _TIME:
        return pd.to_datetime(values, utc=True).dt.as_unit("us")
    if dtype == "float64":
        return pd.to_numeric(values).astype("float64")
    return values.astype(cast("Any", _DTYPES.get(dtype, "str")))
