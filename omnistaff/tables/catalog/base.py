"""What every table is made of: kinds of columns, types of times, the base class."""

from typing import Annotated, Any

import pandas as pd
import pandera.pandas as pa

Instant = Annotated[pd.DatetimeTZDtype, "us", "UTC"]
LocalDate = pd.Timestamp  # a midnight without zone


def key(description: str, **checks: Any) -> Any:
    """Return a column that, with the table's other key columns, identifies a row."""
    return pa.Field(description=description, metadata={"key": True}, **checks)


def column(description: str, **checks: Any) -> Any:
    """Return a column that is never empty."""
    return pa.Field(description=description, **checks)


def maybe(description: str, **checks: Any) -> Any:
    """Return a column that may be empty."""
    return pa.Field(description=description, nullable=True, **checks)


class Table(pa.DataFrameModel):
    """The base of all tables."""

    class Config:
        """Extra columns are an error; dtypes are compared, never coerced."""

        strict = True

    @classmethod
    def key_columns(cls) -> list[str]:
        """Return the columns that identify a row, in sorting order."""
        columns = cls.to_schema().columns
        return [name for name, column in columns.items() if (column.metadata or {}).get("key")]

    @classmethod
    def sort_columns(cls) -> list[str]:
        """Return the columns that rows are sorted by: the key, unless a table says otherwise."""
        return cls.key_columns()

    @classmethod
    def column_names(cls) -> list[str]:
        """Return all columns in their order."""
        return list(cls.to_schema().columns)
