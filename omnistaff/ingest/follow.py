"""Contacts as they happen: lines of a growing file or a pipe to small contact logs, each in the store already."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.finish import finish
from omnistaff.ingest.load import PLAIN, Loading
from omnistaff.ingest.parsed import Input, Parsed
from omnistaff.ingest.protect import Protector
from omnistaff.ingest.registry import Reader, find_reader
from omnistaff.plan import Plan, Source
from omnistaff.tables import ContactLog, Contacts, Identifiers, check, empty
from omnistaff.tables.inputs import relative_name
from omnistaff.tables.store import Counts, LoadedFile, Piece, Store

READ_BYTES = 1 << 20
POLL_S = 0.2


def follow(
    plan: Plan,
    stream: BufferedReader[Any] | Path,
    store: Store,
    *,
    source: str | None = None,
    loading: Loading = PLAIN,
    idle_s: float | None = None,
) -> Iterator[ContactLog]:
    """Yield a small contact log whenever whole lines have arrived, as soon as they are in *store*.

    *stream* is a pipe such as ``sys.stdin.buffer``, followed to its end, or the path of a file, followed as it grows
    until *idle_s* seconds bring nothing new (None: for ever); of a file that the store knows only the new lines are
    read. *source* names the plan's ingest entry that says how the lines are read; it may be left out where the plan
    has one. Each log holds what these lines changed: contacts that are new or newer than the store's copy, with all
    of their identifiers, and rejects with the lines' numbers. A contact id may come again in a later log: it replaces
    what was said of the contact before. Logs without rows are not given.

    A file that is renamed or cut when a new one is begun is followed into the new one. JSON formats with a record a
    contact are read line by line. Formats whose contacts are joined from many lines
    (messages, queue logs, transfers) are read again from the first line of this stream each time, and what changed is
    given: start a new stream, or a new file, each day. Every log is one transaction. Raises ConfigError when the
    plan's entry cannot be followed.
    """
    entry = _entry(plan, source)
    reader = find_reader(entry.reader)
    if reader.name in ("parquet", "sql"):
        raise ConfigError(f"ingest source {entry.label}: {reader.name} cannot be followed, expected lines of text")
    name = relative_name(stream, plan.folder) if isinstance(stream, Path) else _stream_name(store, entry)
    followed = _Followed(entry, reader, name, store, loading)
    for first_row, lines in _arrivals(stream, followed.start(), idle_s):
        log = followed.take(first_row, lines)
        if any(len(table) for table in log):
            yield log


class _Followed:
    """One stream on its way into the store."""

    def __init__(self, source: Source, reader: Reader, name: str, store: Store, loading: Loading) -> None:
        self.source, self.reader, self.name, self.store, self.loading = source, reader, name, store, loading
        self.by_line = reader.is_rowwise and reader.takes_lines
        self.seen = b""
        self.counts = Counts(0, Counter(), Counter())

    def start(self) -> int:
        """Return how many lines of the stream the store holds; from now on the file does not count as loaded."""
        label = self.source.label
        known = self.store.last_row(label, self.name) if self.by_line else 0
        with self.store.loading():
            if known:
                self.counts = self.store.counts(label, self.name)
            else:
                self.store.drop_files(label, [self.name])
            self.store.add_files([LoadedFile(label, self.name, "", "", "")])
        return known

    def take(self, first_row: int, lines: bytes) -> ContactLog:
        """Bring *lines* into the store and return what they changed."""
        label = self.source.label
        parsed = self._parsed(first_row, lines)
        pieces = self._pieces(parsed)
        ids = pd.concat([piece.contacts["contact_id"] for piece in pieces]) if pieces else pd.Series([], dtype="str")
        before = None if self.by_line else self.store.contacts_of(ids)
        with self.store.loading():
            if not self.by_line:
                self.store.drop_rows(label, [self.name])
            for piece in pieces:
                self.store.add(piece)
            aside = self.store.settle(label, [self.name], among=ids).get(self.name, Counter())
            self._count(parsed, aside)
        contacts = self.store.contacts_of(ids)
        if before is not None:
            both = pd.concat([before, contacts, before], ignore_index=True)
            contacts = check(Contacts, both.drop_duplicates(keep=False))
        return ContactLog(
            contacts,
            self.store.identifiers_of(contacts["contact_id"]),
            self.store.rejects_from(label, self.name, first_row),
        )

    def _parsed(self, first_row: int, lines: bytes) -> list[Parsed]:
        if not self.by_line:
            self.seen += lines
            first_row, lines = 1, self.seen
        file = LogFile(Path(self.name), self.name, content=lines, first_row=first_row)
        return list(self.reader.load()(Input(self.source, [file])))

    def _count(self, parsed: list[Parsed], aside: Counter[str]) -> None:
        """Note in the store how the stream's rows were accounted for; formats that are read again count anew."""
        rows, before, unknown = self.counts if self.by_line else Counts(0, Counter(), Counter())
        self.counts = Counts(
            rows + sum(one.rows for one in parsed),
            sum((one.set_aside for one in parsed), before + aside),
            sum((one.unknown for one in parsed), unknown),
        )
        self.store.put_counts(self.source.label, self.name, self.counts)

    def _pieces(self, parsed: list[Parsed]) -> list[Piece]:
        pieces = [finish(one, self.source) for one in parsed]
        if self.loading.protect is None:
            return pieces
        protector = Protector(self.loading.protect)
        hidden = [protector.piece(piece) for piece in pieces]
        return [*hidden, Piece(empty(Contacts), empty(Identifiers), protector.rejects())]


def _entry(plan: Plan, name: str | None) -> Source:
    """Return the plan's ingest entry called *name*, or its only one."""
    entries = [source for source in plan.ingest if name in (None, source.label)]
    if len(entries) == 1:
        return entries[0]
    labels = ", ".join(source.label for source in plan.ingest)
    raise ConfigError(f"ingest: which source is followed? expected one of {labels}, found {name or 'no name'}")


def _stream_name(store: Store, source: Source) -> str:
    """Return a name for a pipe that no earlier one had."""
    earlier = [file for file in store.files() if file.source == source.label and file.name.startswith("stream ")]
    return f"stream {len(earlier) + 1}"


def _arrivals(stream: BufferedReader[Any] | Path, known: int, idle_s: float | None) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the first line, whole lines) as they come, after *known* lines; at the end what is left.

    Where a file is followed until nothing comes, a last line that is only half written is left for another time. A
    file of fewer than *known* lines is a new one under an old name, and its lines are numbered after those.
    """
    rest, row = b"", 1
    if known and isinstance(stream, Path) and _count_lines(stream) < known:
        row = known + 1
    for piece in _blocks(stream, idle_s):
        rest += piece
        whole, end, rest = rest.rpartition(b"\n") if piece else (rest, b"", b"")
        lines = (whole + end).splitlines(keepends=True)
        new = lines[max(0, known - row + 1) :]
        row += len(lines)
        if new:
            yield row - len(new), b"".join(new)
    if rest and row > known and _is_record(rest):
        yield row, rest


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _blocks(stream: BufferedReader[Any] | Path, idle_s: float | None) -> Iterator[bytes]:
    """Yield bytes as they come, and an empty piece where a pipe ends or a file is followed by another of its name."""
    if not isinstance(stream, Path):
        while piece := stream.read1(READ_BYTES):
            yield piece
        yield b""
        return
    quiet_since = time.monotonic()
    with _Growing(stream) as file:
        while idle_s is None or time.monotonic() - quiet_since < idle_s:
            piece = file.read()
            if piece:
                quiet_since = time.monotonic()
                yield piece
            elif file.reopen():
                yield b""
            else:
                time.sleep(POLL_S)


class _Growing:
    """A file that grows, and that may be renamed or cut when its system begins a new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb", buffering=0)

    def __enter__(self) -> _Growing:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def read(self) -> bytes:
        """Return what has been written since, empty where nothing was."""
        return self._file.read(READ_BYTES) or b""

    def reopen(self) -> bool:
        """Open the file that has taken the place of the one read to its end; return whether there is one."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False  # renamed, and the new one has not been begun
        if now.st_ino == os.fstat(self._file.fileno()).st_ino and now.st_size >= self._file.tell():
            return False
        self._file.close()
        self._file = self._path.open("rb", buffering=0)
        return True
