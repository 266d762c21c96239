"""The data dictionary, read off the catalogue."""

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.tables.catalog import TABLES
from omnistaff.tables.files import MAKERS


def list_tables() -> pd.DataFrame:
    """Return one row a table: name, the stage that makes it, what it holds."""
    return pd.DataFrame(
        {"table": name, "made_by": MAKERS[name], "description": model.__doc__} for name, model in TABLES.items()
    )


def describe_table(name: str) -> pd.DataFrame:
    """Return one row a column of table *name*: column, type, whether key or allowed to be empty, what it holds."""
    if name not in TABLES:
        raise ConfigError(f"table {name!r} is unknown, expected one of {', '.join(TABLES)}")
    columns = TABLES[name].to_schema().columns
    return pd.DataFrame(
        {
            "column": column,
            "type": str(definition.dtype).removesuffix("[pyarrow]"),
            "rule": "may be empty" if definition.nullable else "key" * bool((definition.metadata or {}).get("key")),
            "description": definition.description,
        }
        for column, definition in columns.items()
    )
