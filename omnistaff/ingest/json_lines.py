"""JSON files to text columns by dotted paths, in blocks: lines are parsed by DuckDB, other layouts as a whole."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.ingest.csv_rows import BLOCK_BYTES, Block, Utf8
from omnistaff.ingest.files import LogFile
from omnistaff.ingest.json_rows import pick, pick_text, read_records
from omnistaff.ingest.parsed import MAX_TEXT, make_rejects

#: Keys under which interfaces wrap a page of records.
LISTS = ("data", "results", "records", "items", "value")

_QUERY = """
SELECT "row", {columns}, is_object, CASE WHEN NOT is_object OR {strange} THEN line END AS line
FROM (
    SELECT "row", line, found, coalesce(found IS NOT NULL AND starts_with(ltrim(line), '{{'), false) AS is_object
    FROM (SELECT "row", line, TRY(json_extract_string(line, $paths)) AS found FROM given)
    WHERE trim(line, ' \t\r') <> ''
)
"""


def read_json_blocks(file: LogFile, encoding: str, paths: Sequence[str]) -> Iterator[Block]:
    """Yield (a text column a path, places: file and row, rejects) of *file*; ParseError when it is not JSON.

    Truth values are the words true and false; objects and lists are no text.
    """
    if file.content is None and not _starts_with_a_line(file, encoding):
        yield _whole(file, encoding, paths)
        return
    parser, row = _Parser(paths), file.first_row
    with io.BufferedReader(Utf8(file.open(), encoding, file.name), 1 << 20) as stream:
        while content := stream.read(BLOCK_BYTES):
            lines = _split(content + stream.readline())
            yield parser.block(file.name, row, lines)
            row += len(lines)


def _split(content: bytes) -> Any:
    """Return the lines in *content* as an Arrow array."""
    import pyarrow as pa
    import pyarrow.compute as pc

    content = content.removesuffix(b"\n")
    offsets = pa.py_buffer(np.array([0, len(content)], dtype="int64"))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(content)])
    return pc.split_pattern(text, "\n").flatten()


class _Parser:
    """Lines of JSON to columns, by one DuckDB connection."""

    def __init__(self, paths: Sequence[str]) -> None:
        import duckdb

        self._paths = list(paths)
        self._connection = duckdb.connect(config={"threads": 1})
        self._steps = [path.split(".") for path in paths]
        names = [f"c{k}" for k in range(len(paths))]
        columns = ", ".join(f"found[{k + 1}] AS {name}" for k, name in enumerate(names))
        self._query = _QUERY.format(columns=columns, strange=" OR ".join(self._strange()))

    def _strange(self) -> Iterator[str]:
        """Yield conditions under which Python must look: boxes in place of text, and steps into a list."""
        yield "false"
        for k, steps in enumerate(self._steps):
            yield f"left(found[{k + 1}], 1) IN ('{{', '[')"
            if len(steps) > 1:
                yield f"(found[{k + 1}] IS NULL AND contains(line, '['))"
            if any(mark in "".join(steps) for mark in '"\\*'):
                yield "true"

    def block(self, name: str, first: int, lines: Any) -> Block:
        """Return the columns, places and rejects of some lines, the first of which is line *first* of the file."""
        import pyarrow as pa

        self._connection.register("given", pa.table({"row": np.arange(first, first + len(lines)), "line": lines}))
        given = ["$" + "".join(f'."{step}"' for step in steps) for steps in self._steps]
        found = self._connection.sql(self._query, params={"paths": given}).to_arrow_table().to_pandas()
        self._connection.unregister("given")
        broken = ~found["is_object"].to_numpy(dtype=bool)
        rejects = [(name, int(row), *_what(line)) for row, line in found.loc[broken, ["row", "line"]].to_numpy()]
        good = found[~broken].reset_index(drop=True) if broken.any() else found
        frame = pd.DataFrame(
            {path: good[f"c{k}"].astype("str") for k, path in enumerate(self._paths)}, index=good.index
        )
        strange = np.flatnonzero(good["line"].notna().to_numpy(dtype=bool))
        if len(strange):
            records = [json.loads(line) for line in good["line"].iloc[strange]]
            for path, steps in zip(self._paths, self._steps, strict=True):
                frame.loc[strange, path] = [_text(record, steps) for record in records]
        return frame, _places(name, good["row"]), make_rejects(rejects)


def _what(line: str) -> tuple[str, str]:
    """Return why a line is no record, and its start."""
    try:
        json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {getattr(error, 'msg', 'nested too deeply')}", line[:MAX_TEXT].strip()
    return "not a JSON object", line[:MAX_TEXT].strip()


def _whole(file: LogFile, encoding: str, paths: Sequence[str]) -> Block:
    """Return the records of a file that is not written in lines."""
    records, rejects = read_records([file], encoding, lists=LISTS)
    rows = pd.Series([row for _, row, _ in records], dtype="int64")
    columns = {
        path: pd.Series([_text(record, path.split(".")) for _, _, record in records], dtype="str") for path in paths
    }
    return pd.DataFrame(columns, index=rows.index), _places(file.name, rows), make_rejects(rejects)


def _places(name: str, rows: pd.Series[int]) -> pd.DataFrame:
    return pd.DataFrame({"file": pd.Series(name, index=rows.index, dtype="str"), "row": rows.astype("int64")})


def _text(record: Any, steps: Sequence[str]) -> str | None:
    value = pick(record, *steps)
    if isinstance(value, bool):
        return "true" if value else "false"
    return pick_text({"": value}, "")


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


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
