"""The rows of a query on a database, by the plan's column map. ``path`` is a SQLAlchemy URL, ``query`` the query.

``${NAME}`` in the URL is taken from the environment, so that no password stands in a plan.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.frame_rows import frames_to_parsed
from omnistaff.ingest.parsed import Input, Parsed
from omnistaff.plan import Source

BATCH_ROWS = 100_000
VARIABLE = re.compile(r"\$\{(\w+)\}")


def read(given: Input) -> Iterator[Parsed]:
    """Yield the rows of the query, a batch at a time. Raises ConfigError when the database or the query refuses."""
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    source = given.source
    try:
        engine = sqlalchemy.create_engine(database_url(source))
        with engine.connect().execution_options(stream_results=True) as connection:
            batches = pd.read_sql_query(sqlalchemy.text(source.query or ""), connection, chunksize=BATCH_ROWS)
            yield from frames_to_parsed(batches, "query", source)
        engine.dispose()
    except (SQLAlchemyError, pd.errors.DatabaseError, ImportError) as error:
        raise ConfigError(
            f"ingest source {source.label}: the database refused: {str(error).splitlines()[0]}"
        ) from error


def database_url(source: Source) -> str:
    """Return the URL with variables of the environment filled in; ConfigError names one that is not set."""
    if not isinstance(source.path, str) or not source.query:
        raise ConfigError(f"ingest source {source.label}: sql needs one path (a database URL) and a query")
    missing = sorted({name for name in VARIABLE.findall(source.path) if name not in os.environ})
    if missing:
        raise ConfigError(f"ingest source {source.label}: environment variables {', '.join(missing)} are not set")
    return VARIABLE.sub(lambda found: os.environ[found[1]], source.path)
