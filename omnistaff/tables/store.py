"""The DuckDB store: contacts, identifiers and rejects kept between runs, so that tomorrow's logs are appended.

Every load is one transaction: killed half-way, the store is as it was before. Times are kept as UTC without a zone,
because DuckDB's zoned times need a library to come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from omnistaff.errors import TableError
from omnistaff.tables.catalog import Contacts, Identifiers, Rejects, Table
from omnistaff.tables.check import check
from omnistaff.tables.results import ContactLog

KEPT: dict[str, type[Table]] = {"contacts": Contacts, "identifiers": Identifiers, "rejects": Rejects}
MEMORY_LIMIT = "1GB"

_UTC_TIME = "datetime64[us, UTC]"
_TYPES = {_UTC_TIME: "TIMESTAMP", "float64": "DOUBLE", "int64": "BIGINT", "bool": "BOOLEAN"}  # the rest is text


class LoadedFile(NamedTuple):
    """A file that has been loaded: by whom, which, and with which content and settings."""

    source: str
    name: str
    content_hash: str
    settings_hash: str


class Store:
    """An open store; use it in a ``with`` block."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._connection: Any = None

    def __enter__(self) -> Store:
        import duckdb

        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = duckdb.connect(str(self._path), config={"memory_limit": MEMORY_LIMIT, "threads": 2})
        except duckdb.Error as error:
            raise TableError(f"store {self._path} cannot be opened: {error}") from error
        for name, model in KEPT.items():
            columns = ", ".join(f'"{column}" {_duck_type(model, column)}' for column in model.column_names())
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS files "
            "(source VARCHAR, name VARCHAR, content_hash VARCHAR, settings_hash VARCHAR)"
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Make everything written in the block one transaction."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def files(self) -> set[LoadedFile]:
        """Return the files loaded so far."""
        rows = self._connection.execute("SELECT source, name, content_hash, settings_hash FROM files").fetchall()
        return {LoadedFile(*row) for row in rows}

    def add_files(self, files: Sequence[LoadedFile]) -> None:
        """Note that *files* have been loaded."""
        for file in files:
            self._connection.execute("INSERT INTO files VALUES (?, ?, ?, ?)", list(file))

    def upsert(self, log: ContactLog) -> None:
        """Add *log*; contacts that are known already are replaced with what is said of them now."""
        fresh = {f"fresh_{name}": _without_zones(frame) for name, frame in log._asdict().items()}
        for name, frame in fresh.items():
            self._connection.register(name, frame)
        for name in ("contacts", "identifiers"):
            self._connection.execute(
                f"DELETE FROM {name} WHERE contact_id IN (SELECT contact_id FROM fresh_contacts)"
            )
        self._connection.execute(
            "DELETE FROM rejects USING fresh_rejects AS fresh WHERE rejects.source = fresh.source "
            "AND rejects.file = fresh.file AND rejects.row = fresh.row"
        )
        for name in KEPT:
            self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM fresh_{name}")
        for name in fresh:
            self._connection.unregister(name)

    def forget(self, source: str) -> None:
        """Take out everything of *source*."""
        for name in (*KEPT, "files"):
            self._connection.execute(f"DELETE FROM {name} WHERE source = ?", [source])

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        rows = self._connection.execute(f"SELECT count(*) FROM {_known(name)}").fetchall()
        return int(rows[0][0])

    def read(self, name: str) -> pd.DataFrame:
        """Return a kept table, checked and sorted by its key."""
        model = KEPT[_known(name)]
        frame = self._connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pandas()
        return check(model, _typed(model, frame))

    def log(self) -> ContactLog:
        """Return contacts, identifiers and rejects."""
        return ContactLog(*(cast(Any, self.read(name)) for name in KEPT))


def _known(name: str) -> str:
    if name not in KEPT:
        raise TableError(f"table {name!r} is not kept in the store, expected one of {', '.join(KEPT)}")
    return name


def _dtypes(model: type[Table]) -> dict[str, str]:
    return {name: str(column.dtype) for name, column in model.to_schema().columns.items()}


def _duck_type(model: type[Table], column: str) -> str:
    return _TYPES.get(_dtypes(model)[column], "VARCHAR")


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    times = [name for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    return frame.assign(**{str(name): frame[name].dt.tz_localize(None) for name in times})


def _typed(model: type[Table], frame: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name, dtype in _dtypes(model).items():
        if dtype == _UTC_TIME:
            columns[name] = frame[name].astype("datetime64[us]").dt.tz_localize("UTC")
        else:
            columns[name] = frame[name].astype(cast(Any, dtype if dtype in _TYPES else "str"))
    return pd.DataFrame(columns)
