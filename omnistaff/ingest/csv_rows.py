"""Delimited text to columns of text, in blocks: any encoding, separator found from the header, bad lines rejected."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError, ParseError
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.parsed import MAX_TEXT, make_rejects
from omnistaff.plan import Source

DELIMITERS = (",", ";", "\t", "|")
BLOCK_BYTES = 1 << 25

Block = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


class Utf8(io.RawIOBase):
    """The bytes of a stream in another encoding as UTF-8; bytes that cannot be decoded stay visible as ``\\xNN``."""

    def __init__(self, stream: BinaryIO, encoding: str, name: str) -> None:
        try:
            self._decode = codecs.getincrementaldecoder(encoding)(errors="backslashreplace").decode
        except LookupError as error:
            raise ConfigError(
                f"ingest: encoding {encoding!r} is unknown, expected one such as utf-8 or cp1252"
            ) from error
        self._stream, self._name, self._rest, self._first = stream, name, b"", True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                piece = self._stream.read(max(len(buffer), 1 << 16))
                text = self._decode(piece, not piece)
            except (OSError, EOFError, UnicodeError) as error:
                raise ParseError(f"{self._name} cannot be read: {error}") from error
            if self._first and text:
                text, self._first = text.removeprefix("\ufeff"), False
            self._rest = text.replace("\x00", "").encode("utf-8", errors="backslashreplace")
            if not piece:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def read_blocks(file: LogFile, source: Source) -> Iterator[Block]:
    """Yield (columns as text, places: file and row, rejects) of *file*, a block of lines at a time.

    Rows are numbered as lines of the file, the header being line 1; a quoted field with line breaks counts as one.
    Lines without a single value are no rows.
    Raises ParseError for a file without a header.
    """
    with io.BufferedReader(Utf8(file.open(), source.encoding, file.name), BLOCK_BYTES) as stream:
        yield from _blocks(stream, file, source)


def _blocks(stream: Any, file: LogFile, source: Source) -> Iterator[Block]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names, delimiter, skipped = _header(stream, file, source)
    bad: list[tuple[str, int, str, str]] = []
    blank: list[int] = []

    def refuse(row: Any) -> str:
        if row.text.strip():
            reason = f"expected {row.expected_columns} fields, found {row.actual_columns}"
            bad.append((file.name, row.number, reason, row.text[:MAX_TEXT]))
        else:
            blank.append(row.number)
        return "skip"

    try:
        reader = arrow_csv.open_csv(
            stream,
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )
        yield from _numbered(reader, file, skipped, bad, blank)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise ParseError(f"{file.name} is not delimited text: {error}") from error


def _numbered(
    reader: Any, file: LogFile, skipped: int, bad: list[tuple[str, int, str, str]], blank: list[int]
) -> Iterator[Block]:
    next_row, bad_seen, blank_seen = 1, 0, 0
    for batch in reader:
        frame = batch.to_pandas()
        fresh, bad_seen = bad[bad_seen:], len(bad)
        gone, blank_seen = {row for _, row, _, _ in fresh} | set(blank[blank_seen:]), len(blank)
        candidates = np.arange(next_row, next_row + len(frame) + len(gone))
        rows = candidates[~np.isin(candidates, sorted(gone))] if gone else candidates
        next_row += len(candidates)
        place = pd.DataFrame(
            {"file": pd.Series(file.name, index=frame.index, dtype="str"), "row": rows[: len(frame)] + skipped}
        )
        refused = [(name, row + skipped, reason, text) for name, row, reason, text in fresh]
        blank_rows = frame.isna().all(axis=1).to_numpy(dtype=bool)
        if blank_rows.any():
            frame, place = frame[~blank_rows].reset_index(drop=True), place[~blank_rows].reset_index(drop=True)
        yield frame, place, make_rejects(refused)
    left = [(name, row + skipped, reason, text) for name, row, reason, text in bad[bad_seen:]]
    if left:
        nothing = {name: pd.Series([], dtype="str") for name in reader.schema.names}
        yield pd.DataFrame(nothing), pd.DataFrame({"file": [], "row": []}), make_rejects(left)


def _header(stream: Any, file: LogFile, source: Source) -> tuple[list[str], str, int]:
    """Return (column names, separator, lines read) and leave *stream* after the header."""
    if source.header:
        sample = stream.peek(1 << 16)[: 1 << 16].decode("utf-8", errors="replace").split("\n", 1)[0]
        return source.header, source.delimiter or find_delimiter(sample), 0
    line = stream.readline().decode("utf-8", errors="replace").strip("\r\n")
    if not line.strip():
        raise ParseError(f"{file.name} has no header line, expected column names")
    delimiter = source.delimiter or find_delimiter(line)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error as error:  # a lone carriage return, a field without end
        raise ParseError(f"{file.name} has a header line that is no delimited text: {error}") from error
    unique = [name if names.index(name) == k else f"{name}.{k + 1}" for k, name in enumerate(names)]
    return unique, delimiter, 1


def find_delimiter(line: str) -> str:
    """Return the separator that occurs most in *line*, a comma if none does."""
    return max(DELIMITERS, key=line.count)
