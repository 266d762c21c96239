"""Loading the plan's logs into the store, a block at a time: known files are skipped, new ones appended."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from omnistaff.errors import OmnistaffError
from omnistaff.ingest.files import LogFile, find_files
from omnistaff.ingest.finish import finish
from omnistaff.ingest.parsed import Input, join
from omnistaff.ingest.read import together
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import ContactLog
from omnistaff.tables.store import LoadedFile, Store

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Loaded:
    """What one source brought: files new to the store, and the contacts and rejects written."""

    source: str
    new_files: int
    contacts: int
    rejects: int


def load_store(plan: Plan, store: str | Path, *, progress: Progress | None = None) -> list[Loaded]:
    """Load what is new in the plan's sources into the DuckDB file *store*; return what each brought.

    All of it is one transaction. A file that was loaded before with the same settings is not read again. Formats with
    a row a contact are read in blocks, so memory stays bounded whatever the size of the file; formats whose contacts
    are joined from many rows are read again as a whole when one of their files is new, for a call or a conversation
    may run on from yesterday's file. *progress* is told the source and the contacts written so far. Raises
    ConfigError and ParseError of all sources at once; the store is then as it was.
    """
    loaded: list[Loaded] = []
    failures: list[OmnistaffError] = []
    with Store(store) as opened, opened.loading():
        for source in plan.ingest:
            try:
                reader = find_reader(source.reader)
                if reader.gives == "contacts":
                    loaded.append(_load_source(source, reader, plan, opened, progress))
            except OmnistaffError as error:
                failures.append(error)
        if failures:
            raise together(failures)
    return loaded


def _load_source(source: Source, reader: Reader, plan: Plan, store: Store, progress: Progress | None) -> Loaded:
    files = [] if source.query else find_files(source, plan.folder)
    settings_hash = hashlib.sha256(source.model_dump_json().encode()).hexdigest()
    marks = {file: LoadedFile(source.label, file.name, _hash(file), settings_hash) for file in files}
    known = {file for file in store.files() if file.source == source.label}
    if any(file.settings_hash != settings_hash for file in known):
        store.forget(source.label)  # read otherwise than before: nothing of the old reading may stay
        known = set()
    fresh = [file for file in files if marks[file] not in known]
    if files and not fresh:
        return Loaded(source.label, 0, 0, 0)
    contacts = rejects = 0
    for log in _read(source, reader, fresh if reader.is_rowwise else files):
        store.upsert(log)
        contacts += len(log.contacts)
        rejects += len(log.rejects)
        if progress:
            progress(source.label, contacts)
    store.add_files([marks[file] for file in fresh])
    return Loaded(source.label, len(fresh), contacts, rejects)


def _read(source: Source, reader: Reader, files: Sequence[LogFile]) -> Iterator[ContactLog]:
    pieces = reader.load()(Input(source, files))
    if not reader.is_rowwise:
        yield finish(join(list(pieces)), source)
        return
    for piece in pieces:
        yield finish(join([piece]), source)


def _hash(file: LogFile) -> str:
    digest = hashlib.sha256()
    with file.open() as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
