"""Contacts as they happen: lines of a growing file or a pipe to small contact logs, each in the store already."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
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
    known, last = followed.start()
    passed = _lines_read(stream, known, last) if known and isinstance(stream, Path) else 0
    for first_row, lines in _arrivals(_blocks(stream, idle_s), known, passed):
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

    def start(self) -> tuple[int, str]:
        """Return how many lines of the stream the store holds, and the hash of the last, empty if it is not known.

        From now on the file does not count as loaded.
        """
        label = self.source.label
        notes = [file.content for file in self.store.files() if file[:2] == (label, self.name)]
        row, _, last = notes[0].partition(" ") if notes and self.by_line else ("", "", "")
        known = (int(row) if last else self.store.last_row(label, self.name)) if self.by_line else 0
        with self.store.loading():
            if known:
                self.counts = self.store.counts(label, self.name)
            else:
                self.store.drop_files(label, [self.name])
            self._note(known, last)
        return known, last

    def _note(self, row: int, last: str) -> None:
        """Note how far the stream has been read: up to this row, whose line has this hash."""
        content = f"{row} {last}" if last else ""
        self.store.add_files([LoadedFile(self.source.label, self.name, content, "", "")])

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
            if self.by_line:
                split = lines.splitlines()
                self._note(first_row + len(split) - 1, _digest(split[-1]))
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


def _arrivals(blocks: Iterator[bytes], known: int, passed: int) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the first line, whole lines) as they come, without the *passed* first; at the end the rest.

    Lines are numbered after those *known*, also where they are of a new file. Where a file is followed until nothing
    comes, a last line that is only half written is left for another time.
    """
    rest, row = b"", known - passed + 1
    for piece in blocks:
        rest += piece
        whole, end, rest = rest.rpartition(b"\n") if piece else (rest, b"", b"")
        lines = (whole + end).splitlines(keepends=True)
        new = lines[max(0, known - row + 1) :]
        row += len(lines)
        if new:
            yield row - len(new), b"".join(new)
    if rest and row > known and _is_record(rest):
        yield row, rest


def _lines_read(path: Path, known: int, last: str) -> int:
    """Return how many lines of a file were read before: up to the one with the hash *last*, none of a new file.

    It is the *known*-th unless another file went before under this name; a hash that is not known fits any line.
    """
    with path.open("rb") as file:
        line = next(islice(file, known - 1, None), b"")
        if line and last in ("", _digest(line)):
            return known
        file.seek(0)
        return next((number for number, line in enumerate(file, 1) if _digest(line) == last), 0)


def _digest(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\r\n")).hexdigest()


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
                yield piece
                quiet_since = time.monotonic()  # what the taker spends is no silence
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
