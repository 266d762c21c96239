"""Loading the plan's logs into a store: known files are skipped, new ones appended, a block at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from omnistaff.errors import ConfigError, OmnistaffError, ParseError
from omnistaff.ingest.files import LogFile, find_files
from omnistaff.ingest.finish import finish
from omnistaff.ingest.parsed import Input
from omnistaff.ingest.protect import Protect, Protector
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import Contacts, Identifiers, empty
from omnistaff.tables.inputs import hash_file
from omnistaff.tables.store import Counts, LoadedFile, Piece, Store

QUERY = "query"  # the name of a database's rows where others have a file


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
class LoadStep:
    """How far the load of one source is: bytes of its files read, of all that are new, and contacts so far."""

    source: str
    done_bytes: int
    all_bytes: int
    contacts: int


@dataclass(frozen=True)
class Loading:
    """How a load goes: what protects rows before they are written, what that depends on, and who is told."""

    protect: Protect | None = None
    protection: str = ""  # changes when the same row would be protected in another way
    progress: Callable[[LoadStep], None] | None = None


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
    protector = Protector(loading.protect) if loading.protect else None
    with store.loading():
        for label in set(store.sources()) - {source.label for source in plan.ingest}:
            store.forget(label)
        for source in plan.ingest:
            try:
                reader = find_reader(source.reader)
                if reader.gives == "contacts":
                    loaded.append(_Load(source, reader, plan.folder, store, loading).run(protector))
            except OmnistaffError as error:
                failures.append(error)
        if protector:
            store.add(Piece(empty(Contacts), empty(Identifiers), protector.rejects()))
        if not may_be_useless:
            failures += _useless([one.source for one in loaded], store)
        if failures:
            raise together(failures)
    return loaded


class _Load:
    """The load of one source."""

    def __init__(self, source: Source, reader: Reader, folder: Path, store: Store, loading: Loading) -> None:
        self.source, self.reader, self.store, self.loading = source, reader, store, loading
        self.files = [] if source.query else find_files(source, folder)
        self.settings = hashlib.sha256((source.model_dump_json() + loading.protection).encode()).hexdigest()
        self.protector: Protector | None = None
        self.rows = self.contacts = self.done_bytes = self.all_bytes = 0

    def run(self, protector: Protector | None) -> Loaded:
        """Bring the store to what the source holds."""
        self.protector = protector
        label, store = self.source.label, self.store
        marks = {file: self._mark(file) for file in self.files}
        kept = {mark for mark in store.files() if mark.source == label}
        named = {file.name for file in self.files}
        fresh = [file for file in self.files if marks[file] not in kept]
        gone = [mark.name for mark in kept if mark.name not in named and mark.settings not in ("", self.settings)]
        store.drop_files(label, gone)
        reading = fresh if self.reader.is_rowwise else self.files
        self.all_bytes = sum(file.path.stat().st_size for file in reading)
        if self.source.query:
            store.forget(label)
            self._take("", [], [QUERY])
        elif fresh and self.reader.is_rowwise:
            store.drop_files(label, [file.name for file in fresh])
            self._take_each(fresh)
        elif fresh:
            store.drop_files(label, sorted(named))
            self._take("", self.files, sorted(named))
        elif gone:
            store.settle(label, [])
        store.add_files([marks[file] for file in (fresh if self.reader.is_rowwise else self.files if fresh else [])])
        contacts, _, rejects = store.totals(label)
        return Loaded(label, len(fresh), len(self.files) - len(fresh), self.rows, contacts, rejects)

    def _mark(self, file: LogFile) -> LoadedFile:
        return LoadedFile(self.source.label, file.name, hash_file(file.path), self.settings, code_hash())

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
        before = self.done_bytes
        watched = [replace(file, on_read=self._read_on) for file in files]
        for parsed in self.reader.load()(Input(self.source, watched)):
            piece = finish(parsed, self.source)
            self.store.add(self.protector.piece(piece) if self.protector else piece)
            rows += parsed.rows
            aside.update(parsed.set_aside)
            unknown.update(parsed.unknown)
            self.contacts += len(piece.contacts)
            self._tell()
        self.rows += rows
        self.done_bytes = before + sum(file.path.stat().st_size for file in files)
        self._tell()
        return Counts(rows, +aside, unknown)

    def _read_on(self, size: int) -> None:
        self.done_bytes += size

    def _tell(self) -> None:
        if self.loading.progress:
            done = min(self.done_bytes, self.all_bytes)
            self.loading.progress(LoadStep(self.source.label, done, self.all_bytes, self.contacts))


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the hash of the readers' program: what another version read is read again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _useless(labels: Sequence[str], store: Store) -> list[ParseError]:
    """Return an error for each source of which every row was rejected: the settings are wrong, not the rows."""
    errors = []
    for label in labels:
        contacts, _, rejects = store.totals(label)
        if rejects and not contacts:
            file, row = store.first_reject(label)
            errors.append(
                ParseError(
                    f"{label}: all {rejects} rows were rejected, first {file} row {row}; "
                    "check the entry's columns, time_zone and formats with `omnistaff ingest --preview`",
                    [f"{count} rows: {reason}" for reason, count in list(store.reasons(label).items())[:5]],
                )
            )
    return errors


def together(failures: Sequence[OmnistaffError]) -> OmnistaffError:
    """Return one error that names every failure."""
    if len(failures) == 1:
        return failures[0]
    return ConfigError(f"{len(failures)} ingest sources cannot be read", [str(error) for error in failures])
