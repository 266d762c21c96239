"""JSON files in batches: lines are read in blocks of bounded memory, other layouts as one batch."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from omnistaff.ingest.csv_rows import Utf8
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.json_rows import Record, Rejected, read_records
from omnistaff.ingest.parsed import MAX_TEXT

BATCH_ROWS = 200_000
#: Keys under which interfaces wrap a page of records.
LISTS = ("data", "results", "records", "items", "value")

Batch = tuple[list[tuple[int, Record]], list[Rejected]]


def read_batches(file: LogFile, encoding: str) -> Iterator[Batch]:
    """Yield ([(row, record)], rejects) of *file*; ParseError when it is not JSON."""
    if file.content is None and not _starts_with_a_line(file, encoding):
        records, rejects = read_records([file], encoding, lists=LISTS)
        yield [(row, record) for _, row, record in records], rejects
        return
    found: list[tuple[int, Record]] = []
    refused: list[Rejected] = []
    with io.BufferedReader(Utf8(file.open(), encoding, file.name), 1 << 20) as stream:
        for row, line in enumerate(stream, start=file.first_row):
            if line == b"\n" or not line.strip():
                continue
            value = _value(line)
            if isinstance(value, dict):
                found.append((row, value))
            else:
                refused.append(
                    (file.name, row, "not a JSON object", line.decode(errors="replace")[:MAX_TEXT].strip())
                )
            if len(found) >= BATCH_ROWS:
                yield found, refused
                found, refused = [], []
    if found or refused:
        yield found, refused


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _starts_with_a_line(file: LogFile, encoding: str) -> bool:
    """Return whether one of the first lines is a whole object, as in JSON lines."""
    with io.BufferedReader(Utf8(file.open(), encoding, file.name), 1 << 16) as stream:
        for _ in range(20):
            line = stream.readline(1 << 24).strip()
            value = _value(line) if line.startswith(b"{") else None
            if isinstance(value, dict):
                return not any(isinstance(value.get(key), list) for key in LISTS)
            if line and not line.startswith(b"{"):
                return False
    return False
