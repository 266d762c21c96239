"""JSON as systems export it: lines, objects back to back, arrays, wrapped lists; and safe picking from records."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from omnistaff.errors import ParseError
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.parsed import MAX_TEXT

Record = dict[str, Any]
Rejected = tuple[str, int, str, str]

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n,"


def read_records(
    files: Sequence[LogFile], encoding: str, *, lists: Sequence[str] = (), prefix: re.Pattern[str] | None = None
) -> tuple[list[tuple[str, int, Record]], list[Rejected]]:
    """Return ([(file, row, record)], rejects) of *files*; rows are line numbers, or places in a list.

    *lists* are keys under which a page of an interface keeps its records; *prefix* is dropped before reading.
    Raises ParseError for a file that is not JSON at all.
    """
    records: list[tuple[str, int, Record]] = []
    rejects: list[Rejected] = []
    with _no_collection():
        _read_into(records, rejects, files, encoding, lists, prefix)
    return records, rejects


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cycle collector away: records hold no cycles, and looking for some takes longer than parsing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_into(
    records: list[tuple[str, int, Record]],
    rejects: list[Rejected],
    files: Sequence[LogFile],
    encoding: str,
    lists: Sequence[str],
    prefix: re.Pattern[str] | None,
) -> None:
    for file in files:
        text = file.read_text(encoding)
        if prefix:
            text = prefix.sub("", text, count=1)
        for row, value in _values(file, text, rejects):
            for place, record in _unwrapped(row, value, lists):
                if isinstance(record, dict):
                    records.append((file.name, place, record))
                else:
                    rejects.append((file.name, place, "not a JSON object", str(record)[:MAX_TEXT]))


def _unwrapped(row: int, value: Any, lists: Sequence[str]) -> Iterator[tuple[int, Any]]:
    if isinstance(value, dict):
        for key in lists:
            if isinstance(value.get(key), list):
                yield from enumerate(value[key], start=1)
                return
    if isinstance(value, list):
        yield from enumerate(value, start=1)
    else:
        yield row, value


def _values(file: LogFile, text: str, rejects: list[Rejected]) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) for each JSON value; a broken line is a reject when the file is written in lines."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if file.content is not None or (first.startswith("{") and _parses(first)):
        yield from _line_values(file, lines, rejects)
        return
    try:
        yield from list(_back_to_back(text))
    except (ValueError, RecursionError) as error:
        if not _is_in_lines(lines):
            raise ParseError(f"{file.name} is not JSON: {error}") from error
        yield from _line_values(file, lines, rejects)


def _back_to_back(text: str) -> Iterator[tuple[int, Any]]:
    place, line, counted, end = 0, 1, 0, len(text)
    while True:
        while place < end and text[place] in _BLANK:
            place += 1
        if place >= end:
            return
        line += text.count("\n", counted, place)
        counted = place
        value, place = _DECODER.raw_decode(text, place)
        yield line, value


def _is_in_lines(lines: Sequence[str]) -> bool:
    """Return whether at least one line holds a whole object and at least half of the lines look like one."""
    filled = [line.strip() for line in lines if line.strip()]
    looks = [line for line in filled if line.startswith("{")]
    if len(looks) * 2 < len(filled):
        return False
    return any(_parses(line) for line in looks)


def _parses(line: str) -> bool:
    try:
        return len(list(_back_to_back(line))) > 0
    except (ValueError, RecursionError):
        return False


def _line_values(file: LogFile, lines: Sequence[str], rejects: list[Rejected]) -> Iterator[tuple[int, Any]]:
    for row, line in enumerate(lines, start=file.first_row):
        if not line.strip():
            continue
        try:
            found = [value for _, value in _back_to_back(line)]
        except (ValueError, RecursionError) as error:
            what = getattr(error, "msg", "nested too deeply")
            rejects.append((file.name, row, f"not JSON: {what}", line[:MAX_TEXT]))
            continue
        for value in found:
            yield row, value


# -- picking ------------------------------------------------------------------------------------------------


def pick(record: Any, *path: str) -> Any:
    """Return the value at *path* in nested objects, None where any of it is missing or of another type.

    In a list of ``{"id": ..., "value": ...}`` objects, such as Zendesk's custom fields, a step is an id.
    """
    for name in path:
        if isinstance(record, list):
            fields = (item for item in record if isinstance(item, dict) and str(item.get("id")) == name)
            record = next(fields, {}).get("value")
        elif isinstance(record, dict):
            record = record.get(name)
        else:
            return None
    return record


def pick_text(record: Any, *path: str) -> str | None:
    """Return the text or number at *path* as text; None for nothing, objects and lists."""
    value = pick(record, *path)
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return None
    return str(value)


def pick_number(record: Any, *path: str) -> float:
    """Return the number at *path*, also when it is written as text; NaN for anything else."""
    value = pick(record, *path)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return float("nan")
    return number if abs(number) < 1e15 else float("nan")


def pick_list(record: Any, *path: str) -> list[Any]:
    """Return the list at *path*, an empty one for anything else."""
    value = pick(record, *path)
    return value if isinstance(value, list) else []


def texts(records: Sequence[Any], *path: str) -> pd.Series[str]:
    """Return ``pick_text`` of every record as a column."""
    found = [
        value if type(value) is str and value.isascii() else pick_text({"": value}, "")
        for value in _at(records, path)
    ]
    return pd.Series(found, dtype="str")


def numbers(records: Sequence[Any], *path: str) -> pd.Series[float]:
    """Return ``pick_number`` of every record as a column."""
    found = [
        float(value) if type(value) is int and -(10**15) < value < 10**15 else pick_number({"": value}, "")
        for value in _at(records, path)
    ]
    return pd.Series(found, dtype="float64")


def _at(records: Sequence[Any], path: Sequence[str]) -> Sequence[Any]:
    """Return ``pick`` of every record, level by level."""
    values = records
    for name in path:
        values = [value.get(name) if isinstance(value, dict) else None for value in values]
    return values


def _clean(text: str) -> str:
    """Return *text* without halves of surrogate pairs, which no table can hold."""
    if text.isascii():
        return text
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")
