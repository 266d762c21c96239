"""The DuckDB store: contacts, identifiers and rejects kept between runs, so that tomorrow's logs are appended.

Every load is one transaction: killed half-way, the store is as it was before. What the store holds is decided by
the files and their settings alone, not by the order in which they came: each row keeps the file it is from, a file
that is read again replaces its own rows, and of copies of a contact in several files the newest counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd
from pandera.typing import DataFrame

from omnistaff.errors import TableError
from omnistaff.tables import settle
from omnistaff.tables.catalog import Contacts, Identifiers, Rejects
from omnistaff.tables.check import check, empty
from omnistaff.tables.layout import KEPT, NOTED, as_arrow, layout, model_of, origin, typed
from omnistaff.tables.results import ContactLog

MEMORY_LIMIT = "1GB"
IN_MEMORY = ":memory:"


class LoadedFile(NamedTuple):
    """A file that has been loaded: by whom, which, with which content, by which settings and readers (hashes)."""

    source: str
    name: str
    content: str
    settings: str
    code: str


class Piece(NamedTuple):
    """Some rows on their way to the store: the tables' columns and where each row is from.

    ``contacts`` has file, row and updated_at beside its own columns, ``identifiers`` has file and row. Contact ids
    may repeat: the store finds out which copy is the newest.
    """

    contacts: pd.DataFrame
    identifiers: pd.DataFrame
    rejects: pd.DataFrame


class Counts(NamedTuple):
    """How many input rows were read, how many were set aside for which reason, and which codes nobody knows."""

    rows: int
    set_aside: Counter[str]
    unknown: Counter[tuple[str, str]]


class Store:
    """An open store; use it in a ``with`` block. ``:memory:`` keeps nothing."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._connection: Any = None

    def __enter__(self) -> Store:
        self._connect()
        return self

    def _connect(self) -> None:
        import duckdb

        if self._path != IN_MEMORY:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = duckdb.connect(self._path, config={"memory_limit": MEMORY_LIMIT, "threads": 2})
        except duckdb.Error as error:
            raise TableError(f"store {self._path} cannot be opened: {error}") from error
        with suppress(duckdb.InvalidInputException):  # notebooks that cannot show a bar refuse to be told
            self._connection.execute("SET enable_progress_bar = false")  # it would write into what programs read
        for name, columns in layout().items():
            spelt = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({spelt})")
            found = [row[0] for row in self._connection.execute(f"DESCRIBE {name}").fetchall()]
            if found != list(columns):
                self._connection.close()
                raise TableError(f"store {self._path} is of another version: move it away, then ingest again")

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

    # -- writing ------------------------------------------------------------------------------------------

    def add(self, piece: Piece) -> None:
        """Append the rows of *piece*; call ``settle`` when all rows of a load are in."""
        for name, frame in piece._asdict().items():
            if frame.empty:
                continue
            columns = [column for column in layout()[name] if column != "is_newest"]
            rows = self._connection.from_arrow(as_arrow(frame[columns]))  # registered, it would stay until the commit
            rows.project("*" if name == "rejects" else "*, true").insert_into(name)

    def settle(
        self, source: str, files: Sequence[str], *, among: pd.Series[str] | None = None
    ) -> dict[str, Counter[str]]:
        """Let one copy of each contact count, after *files* of *source* were added; return {file: rows set aside}.

        *among* are the ids that were added, where the caller knows them: looking for others is spared.

        Within a file a contact that is there twice is set aside where one copy is newer (``updated_at``) or they are
        equal, else rejected. Of several files' copies the newest counts, by ``updated_at``, else by the files' names.
        """
        if among is None:
            return settle.settle(self._connection, source, files, Contacts.column_names())
        with self._ids(among):
            return settle.settle(self._connection, source, files, Contacts.column_names(), among="SELECT id FROM ids")

    def drop_rows(self, source: str, names: Sequence[str]) -> None:
        """Take out the rows that came from these files of *source*."""
        for name in KEPT:
            where = "WHERE source = ? AND list_contains(?, file)"
            self._connection.execute(f"DELETE FROM {name} {where}", [source, list(names)])

    def drop_files(self, source: str, names: Sequence[str]) -> None:
        """Take out everything that came from these files of *source*, and that they were loaded."""
        if not names:
            return
        self.drop_rows(source, names)
        wanted = [source, list(names)]
        self._connection.execute("DELETE FROM tallies WHERE source = ? AND list_contains(?, file)", wanted)
        self._connection.execute("DELETE FROM files WHERE source = ? AND list_contains(?, name)", wanted)

    def forget(self, source: str) -> None:
        """Take out everything of *source*."""
        for name in (*KEPT, *NOTED):
            self._connection.execute(f"DELETE FROM {name} WHERE source = ?", [source])

    def add_files(self, files: Sequence[LoadedFile]) -> None:
        """Note that *files* have been loaded, in place of what was noted of them before."""
        for file in files:
            self._connection.execute("DELETE FROM files WHERE source = ? AND name = ?", [file.source, file.name])
            self._connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", list(file))

    def take(self, ids: pd.Series[str]) -> Piece:
        """Return all copies of the contacts with these ids and take them out."""
        with self._ids(ids):
            frames = [self._taken(name) for name in ("contacts", "identifiers")]
            for name in ("contacts", "identifiers"):
                self._connection.execute(f"DELETE FROM {name} WHERE contact_id IN (FROM ids)")
        return Piece(frames[0], frames[1], empty(Rejects))

    def _taken(self, name: str) -> pd.DataFrame:
        frame = (
            self._connection.sql(f"SELECT * FROM {name} WHERE contact_id IN (FROM ids)").to_arrow_table().to_pandas()
        )
        return typed(KEPT[name], frame).assign(**origin(name, frame))

    def put_rejects(self, rejects: DataFrame[Rejects]) -> None:
        """Let *rejects* be all rejects."""
        self._connection.execute("DELETE FROM rejects")
        self.add(Piece(empty(Contacts), empty(Identifiers), rejects))

    def compact(self) -> None:
        """Write the file anew, so that nothing of deleted rows is left in it."""
        path, (name,) = Path(self._path), self._connection.execute("SELECT current_database()").fetchall()[0]
        fresh = path.with_suffix(".compact")
        fresh.unlink(missing_ok=True)
        quoted = str(fresh).replace("'", "''")
        self._connection.execute(f"ATTACH '{quoted}' AS compacted")
        self._connection.execute(f'COPY FROM DATABASE "{name}" TO compacted')
        self._connection.close()
        fresh.replace(path)
        path.with_suffix(path.suffix + ".wal").unlink(missing_ok=True)
        self._connect()

    def put_counts(self, source: str, file: str, counts: Counts) -> None:
        """Note how the rows of a file of *source* were accounted for; *file* is empty for all of its files."""
        unknown = [[*code, n] for code, n in sorted(counts.unknown.items())]
        tally = json.dumps([counts.rows, dict(sorted(counts.set_aside.items())), unknown])
        self._connection.execute("DELETE FROM tallies WHERE source = ? AND file = ?", [source, file])
        self._connection.execute("INSERT INTO tallies VALUES (?, ?, ?)", [source, file, tally])

    # -- reading ------------------------------------------------------------------------------------------

    def sources(self) -> list[str]:
        """Return the names of the sources that have rows or files."""
        parts = " UNION ".join(f"SELECT source FROM {name}" for name in (*KEPT, *NOTED))
        return [row[0] for row in self._connection.execute(f"{parts} ORDER BY 1").fetchall()]

    def files(self) -> set[LoadedFile]:
        """Return the files loaded so far."""
        return {LoadedFile(*row) for row in self._connection.execute("SELECT * FROM files").fetchall()}

    def counts(self, source: str, file: str | None = None) -> Counts:
        """Return the account of all rows of *source*, copies in other files included, or of one of its files."""
        rows, aside, unknown = 0, Counter[str](), Counter[tuple[str, str]]()
        query = "SELECT tally FROM tallies WHERE source = ? AND file = coalesce(?, file) ORDER BY file"
        for (text,) in self._connection.execute(query, [source, file]).fetchall():
            read, set_aside, codes = json.loads(text)
            rows += read
            aside.update(set_aside)
            unknown.update({(field, code): n for field, code, n in codes})
        if file is None:
            query = "SELECT sum(legs) FROM contacts WHERE source = ? AND NOT is_newest"
            aside[settle.OLDER] += int(self._connection.execute(query, [source]).fetchall()[0][0] or 0)
        return Counts(rows, +aside, unknown)

    def totals(self, source: str) -> tuple[int, int, int]:
        """Return (contacts, legs, rejects) of *source*."""
        query = (
            "SELECT count(*), coalesce(sum(legs), 0), (SELECT count(*) FROM rejects WHERE source = ?) "
            "FROM contacts WHERE source = ? AND is_newest"
        )
        contacts, legs, rejects = self._connection.execute(query, [source, source]).fetchall()[0]
        return int(contacts), int(legs), int(rejects)

    def reasons(self, source: str) -> dict[str, int]:
        """Return {reason: rows} of the rejects of *source*, most frequent first."""
        query = "SELECT reason, count(*) FROM rejects WHERE source = ? GROUP BY 1 ORDER BY 2 DESC, 1"
        return {reason: int(n) for reason, n in self._connection.execute(query, [source]).fetchall()}

    def first_reject(self, source: str) -> tuple[str, int]:
        """Return file and row of the first reject of *source*."""
        query = 'SELECT file, "row" FROM rejects WHERE source = ? ORDER BY file, "row" LIMIT 1'
        file, row = self._connection.execute(query, [source]).fetchall()[0]
        return str(file), int(row)

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        return int(self._connection.execute(f"SELECT count(*) FROM {name} {_counted(name)}").fetchall()[0][0])

    def read(self, name: str) -> pd.DataFrame:
        """Return a kept table, checked and sorted by its key."""
        return self._select(name, _counted(name))

    def log(self) -> ContactLog:
        """Return contacts, identifiers and rejects."""
        return ContactLog(*(cast(Any, self.read(name)) for name in KEPT))

    def last_row(self, source: str, file: str) -> int:
        """Return the number of the last row that is kept of a file, 0 where there is none."""
        parts = " UNION ALL ".join(f'SELECT "row" AS n, source, file FROM {name}' for name in ("contacts", "rejects"))
        query = f"SELECT coalesce(max(n), 0) FROM ({parts}) WHERE source = ? AND file = ?"
        return int(self._connection.execute(query, [source, file]).fetchall()[0][0])

    def ids_like(self, pattern: str) -> set[str]:
        """Return the contact ids that match an SQL pattern."""
        query = "SELECT contact_id FROM contacts WHERE contact_id LIKE ?"
        return {row[0] for row in self._connection.execute(query, [pattern]).fetchall()}

    def contacts_of(self, ids: pd.Series[str]) -> DataFrame[Contacts]:
        """Return the contacts with these ids."""
        with self._ids(ids):
            return cast(
                "DataFrame[Contacts]", self._select("contacts", "WHERE is_newest AND contact_id IN (FROM ids)")
            )

    def identifiers_of(self, ids: pd.Series[str]) -> DataFrame[Identifiers]:
        """Return the identifiers of the contacts with these ids."""
        where = "WHERE is_newest AND contact_id IN (FROM ids)"
        with self._ids(ids):
            return cast("DataFrame[Identifiers]", self._select("identifiers", where))

    def rejects_from(self, source: str, file: str, first_row: int) -> DataFrame[Rejects]:
        """Return the rejects of a file from a row on."""
        where = 'WHERE source = ? AND file = ? AND "row" >= ?'
        return cast("DataFrame[Rejects]", self._select("rejects", where, [source, file, first_row]))

    def _select(self, name: str, where: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        model = model_of(name)
        columns, key = (", ".join(f'"{c}"' for c in names) for names in (model.column_names(), model.key_columns()))
        query = f"SELECT {columns} FROM {name} {where} ORDER BY {key}"
        frame = self._connection.sql(query, params=list(values)).to_arrow_table().to_pandas()
        return check(model, typed(model, frame))

    @contextmanager
    def _ids(self, ids: pd.Series[str]) -> Iterator[None]:
        self._connection.register("ids", as_arrow(pd.DataFrame({"id": ids.astype("str")})))
        try:
            yield
        finally:
            self._connection.unregister("ids")


def _counted(name: str) -> str:
    return "" if model_of(name) is Rejects else "WHERE is_newest"
