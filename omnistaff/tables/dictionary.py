"""The data dictionary, read off the catalogue."""

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.tables.catalog import TABLES
from omnistaff.tables.files import MAKERS


def list_tables() -> pd.DataFrame:
    """Return one row a table: name, made by, key, columns, what it holds."""
    return pd.DataFrame(
        {
            "table": name,
            "made_by": MAKERS[name],
            "key": ", ".join(model.key_columns()),
            "columns": len(model.column_names()),
            "description": model.__doc__,
        }
        for name, model in TABLES.items()
    )


def describe_table(name: str) -> pd.DataFrame:
    """Return one row a column of table *name*: column, type, key, may be empty, what it holds."""
    if name not in TABLES:
        raise ConfigError(f"table {name!r} is unknown, expected one of {', '.join(TABLES)}")
    columns = TABLES[name].to_schema().columns
    return pd.DataFrame(
        {
            "column": column,
            "type": str(definition.dtype),
            "key": "key" if (definition.metadata or {}).get("key") else "",
            "may_be_empty": "yes" if definition.nullable else "",
            "description": definition.description,
        }
        for column, definition in columns.items()
    )
