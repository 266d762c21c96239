"""Loading the plan's logs into a store: known files are skipped, new ones appended, a block at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from omnistaff.errors import ConfigError, OmnistaffError, ParseError
from omnistaff.ingest.files import LogFile, find_files
from omnistaff.ingest.finish import finish
from omnistaff.ingest.parsed import Input, Parsed
from omnistaff.ingest.protect import Protect, protect_piece
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables.store import Counts, LoadedFile, Store

Progress = Callable[[str, int], None]
QUERY = "query"  # what rejects call the rows of a database


@dataclass(frozen=True)
class Loaded:
    """What one source brought: files that are new and that are known, rows read, contacts and rejects kept."""

    source: str
    new_files: int
    skipped_files: int
    rows: int
    contacts: int
    rejects: int


@dataclass(frozen=True)
class Loading:
    """How a load goes: what protects rows before they are written, what that depends on, and who is told."""

    protect: Protect | None = None
    protection: str = ""  # changes when the same row would be protected in another way
    progress: Progress | None = None


PLAIN = Loading()


def load_store(
    plan: Plan, path: str | Path, *, loading: Loading = PLAIN, may_be_useless: bool = False
) -> list[Loaded]:
    """Load what is new in the plan's sources into the DuckDB file *path*; return what each source brought.

    All of it is one transaction: killed or refused half-way, the store is as it was. Afterwards the store holds what
    the plan's files hold, in whatever order and portions they came: a file that was read before with the same content
    and settings is not read again, a changed one replaces its rows, files and sources that the plan does not name any
    more go. Files that are gone from the disk while their source is unchanged stay: they were archived.
    Formats with a row a contact are read in blocks, so memory stays bounded whatever the size of the file; formats
    whose contacts are joined from many rows are read again as a whole when one of their files is new, for a call or
    a conversation may run on from yesterday's file.

    Raises ConfigError and ParseError of all sources at once, and ParseError for a source of which no row can be used
    unless *may_be_useless*.
    """
    with Store(path) as store:
        return load_into(plan, store, loading=loading, may_be_useless=may_be_useless)


def load_into(plan: Plan, store: Store, *, loading: Loading = PLAIN, may_be_useless: bool = False) -> list[Loaded]:
    """Do what ``load_store`` does in an open store."""
    loaded: list[Loaded] = []
    failures: list[OmnistaffError] = []
    with store.loading():
        for label in set(store.sources()) - {source.label for source in plan.ingest}:
            store.forget(label)
        for source in plan.ingest:
            try:
                reader = find_reader(source.reader)
                if reader.gives == "contacts":
                    loaded.append(_Load(source, reader, plan.folder, store, loading).run())
                    if not may_be_useless:
                        _refuse_useless(source.label, store)
            except OmnistaffError as error:
                failures.append(error)
        if failures:
            raise together(failures)
    return loaded


class _Load:
    """The load of one source."""

    def __init__(self, source: Source, reader: Reader, folder: Path, store: Store, loading: Loading) -> None:
        self.source, self.reader, self.store, self.loading = source, reader, store, loading
        self.files = [] if source.query else find_files(source, folder)
        settings = hashlib.sha256((source.model_dump_json() + loading.protection).encode()).hexdigest()
        self.marks = {file: _mark(source.label, file, settings) for file in self.files}
        self.settings, self.rows, self.told = settings, 0, 0

    def run(self) -> Loaded:
        """Bring the store to what the source holds."""
        label, store = self.source.label, self.store
        kept = {file for file in store.files() if file.source == label}
        fresh = [file for file in self.files if self.marks[file] not in kept]
        named = {file.name for file in self.files}
        gone = [mark.name for mark in kept if mark.name not in named and mark.settings not in ("", self.settings)]
        store.drop_files(label, gone)
        if self.source.query:
            store.forget(label)
            self._take(QUERY, [], [QUERY])
        elif fresh and self.reader.is_rowwise:
            store.drop_files(label, [file.name for file in fresh])
            self._take_each(fresh)
        elif fresh:
            store.drop_files(label, [mark.name for mark in kept if mark.name in named])
            self._take("", self.files, [file.name for file in self.files])
        elif gone:
            store.settle(label, [])
        store.add_files([mark for mark in self.marks.values() if mark not in store.files()])
        contacts, _, rejects = store.totals(label)
        return Loaded(label, len(fresh), len(self.files) - len(fresh), self.rows, contacts, rejects)

    def _take_each(self, files: Sequence[LogFile]) -> None:
        """Read files whose rows are contacts one by one, then let one copy of each contact count."""
        counts = {file.name: self._add([file]) for file in files}
        aside = self.store.settle(self.source.label, list(counts))
        for name, count in counts.items():
            count.set_aside.update(aside.get(name, {}))
            self.store.put_counts(self.source.label, name, count)

    def _take(self, unit: str, files: Sequence[LogFile], names: Sequence[str]) -> None:
        """Read all files of a source together."""
        counts = self._add(files)
        for aside in self.store.settle(self.source.label, names).values():
            counts.set_aside.update(aside)
        self.store.put_counts(self.source.label, unit, counts)

    def _add(self, files: Sequence[LogFile]) -> Counts:
        """Append the rows of *files* and return their account."""
        rows, aside, unknown = 0, Counter[str](), Counter[tuple[str, str]]()
        for parsed in self._read(files):
            piece = finish(parsed, self.source)
            if self.loading.protect:
                piece = protect_piece(piece, self.loading.protect)
            self.store.add(piece)
            rows += parsed.rows
            aside.update(parsed.set_aside)
            unknown.update(parsed.unknown)
            self.told += len(piece.contacts)
            if self.loading.progress:
                self.loading.progress(self.source.label, self.told)
        self.rows += rows
        return Counts(rows, +aside, unknown)

    def _read(self, files: Sequence[LogFile]) -> Iterator[Parsed]:
        return self.reader.load()(Input(self.source, files))


def _mark(label: str, file: LogFile, settings: str) -> LoadedFile:
    digest = hashlib.sha256()
    with file.open() as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return LoadedFile(label, file.name, digest.hexdigest(), settings, code_hash())


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the hash of the readers' program: what another version read is read again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _refuse_useless(label: str, store: Store) -> None:
    """Raise ParseError when every row of the source was rejected: the settings are wrong, not the rows."""
    contacts, _, rejects = store.totals(label)
    if contacts or not rejects:
        return
    file, row = store.first_reject(label)
    raise ParseError(
        f"{label}: all {rejects} rows were rejected, first {file} row {row}; "
        "check the entry's columns, time_zone and formats with `omnistaff ingest --preview`",
        [f"{count} rows: {reason}" for reason, count in list(store.reasons(label).items())[:5]],
    )


def together(failures: Sequence[OmnistaffError]) -> OmnistaffError:
    """Return one error that names every failure."""
    if len(failures) == 1:
        return failures[0]
    return ConfigError(f"{len(failures)} ingest sources cannot be read", [str(error) for error in failures])
