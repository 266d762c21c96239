"""Rows with named columns (CSV, JSON, Parquet, SQL) to drafts by the plan's column map."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.errors import ConfigError
from omnistaff.ingest.parsed import (
    IDENTIFIER_KINDS,
    MAX_TEXT,
    TIMES,
    Parsed,
    make_drafts,
    make_identifiers,
    make_rejects,
)
from omnistaff.ingest.presets import PREPARATIONS
from omnistaff.ingest.stamps import read_durations, read_numbers, read_stamps
from omnistaff.plan import Source

TEXT_COLUMNS = (
    "channel", "direction", "queue", "reason", "outcome", "agent_id", "site", "language", "thread_id",
)  # fmt: skip
DURATIONS = ("wait_s", "effort_s", "elapsed_s")
MAPPABLE = ("contact_id", *TIMES, *TEXT_COLUMNS, "priority", *DURATIONS, "is_demand")

TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")


def is_identifier_kind(name: str) -> bool:
    """Return whether *name* is a kind of identifier."""
    return name in IDENTIFIER_KINDS or name.startswith("handle:")


def check_map(source: Source, found: Sequence[str], file_name: str) -> None:
    """Raise ConfigError naming every key of the column map that is not ours and every column the file lacks."""
    problems = []
    if len(found) == 1 and source.columns and not any(found[0] in text for text in source.columns.values()):
        shown = source.delimiter or "the separator"
        only = f"{file_name} has one column, {found[0][:60]!r}: is delimiter {shown!r} right?"
        raise ConfigError(f"ingest source {source.label} does not fit {file_name}", [only])
    for ours, expression in source.columns.items():
        if ours not in MAPPABLE and not is_identifier_kind(ours):
            near = difflib.get_close_matches(ours, [*MAPPABLE, *IDENTIFIER_KINDS], n=1)
            hint = f", did you mean {near[0]}?" if near else ", expected a contacts column or an identifier kind"
            problems.append(f"columns.{ours}: unknown{hint}")
        for name in parts_of(expression, found):
            if name not in found:
                near = difflib.get_close_matches(name, list(found), n=1)
                hint = f", did you mean {near[0]!r}?" if near else f", found {', '.join(found)}"
                problems.append(f"columns.{ours}: {file_name} has no column {name!r}{hint}")
    if "arrived_at" not in source.columns:
        problems.append("columns.arrived_at: missing, expected the file's column with the time of arrival")
    if problems:
        raise ConfigError(f"ingest source {source.label} does not fit {file_name}", problems)


def parts_of(expression: str, found: Sequence[str]) -> list[str]:
    """Return the file's columns that *expression* (``a``, ``a + b``, ``a | b``) names."""
    if expression in found:
        return [expression]
    return [part.strip() for choice in expression.split(" | ") for part in choice.split(" + ")]


def evaluate(expression: str, raw: pd.DataFrame) -> pd.Series[str]:
    """Return the text an expression stands for: a column, columns joined by a blank, or the first that is there."""
    if expression in raw:
        return raw[expression]
    result = pd.Series(pd.NA, index=raw.index, dtype="str")
    for choice in expression.split(" | "):
        names = [part.strip() for part in choice.split(" + ")]
        text = raw[names[0]]
        for name in names[1:]:
            text = text + " " + raw[name]
        result = result.fillna(text)
    return result


def rows_to_parsed(raw: pd.DataFrame, place: pd.DataFrame, source: Source) -> Parsed:
    """Return what the column map makes of *raw* (text columns); *place* has file and row of each row."""
    for name, nothing in source.empty.items():
        if name in raw:
            raw = raw.assign(**{name: raw[name].mask(raw[name].isin(nothing))})
    if source.preset in PREPARATIONS:
        raw = PREPARATIONS[source.preset](raw)
    check_map(source, list(raw.columns), str(place["file"].iloc[0]) if len(place) else source.label)
    reading = _Reading(raw, source)
    drafts = make_drafts(reading.columns(place), len(raw))
    drafts["text"] = _row_text(raw, drafts["problem"])
    return Parsed(len(raw), drafts, reading.identifiers(drafts), make_rejects(), Counter(), reading.unknown)


class _Reading:
    """One pass over raw rows: evaluates the map and gathers problems and unknown codes."""

    def __init__(self, raw: pd.DataFrame, source: Source) -> None:
        self.raw, self.source = raw, source
        self.unknown: Counter[tuple[str, str]] = Counter()
        self.problem = pd.Series("", index=raw.index, dtype="str")

    def text(self, ours: str) -> pd.Series[str] | None:
        """Return our column's text after the plan's value map, None when the map does not name it."""
        expression = self.source.columns.get(ours)
        if expression is None:
            return None
        text = evaluate(expression, self.raw).str.strip()
        text = text.mask(text == "")
        table = self.source.values.get(ours)
        if table is None:
            return text
        mapped = text.map({key: value for key, value in table.items() if key != "*"})
        strange = text.notna() & mapped.isna()
        if "*" in table:
            return mapped.fillna(table["*"]).astype("str")
        if ours in ("outcome", "channel", "direction", "is_demand"):
            for code, n in text[strange].value_counts().items():
                self.unknown[ours, str(code)] += int(n)
            return mapped.astype("str")
        return mapped.fillna(text).astype("str")

    def columns(self, place: pd.DataFrame) -> dict[str, pd.Series[Any]]:
        """Return the draft columns that the map gives."""
        result: dict[str, pd.Series[Any]] = {"file": place["file"], "row": place["row"]}
        for name in TEXT_COLUMNS:
            text = self.text(name)
            if text is not None:
                result[name] = text
        for name in TIMES:
            text = self.text(name)
            if text is not None:
                result[name] = self._stamps(name, text)
        for name in (*DURATIONS, "priority"):
            text = self.text(name)
            if text is not None:
                result[name] = self._numbers(name, text)
        demand = self.text("is_demand")
        if demand is not None:
            result["is_demand"] = self._flags(demand)
        ids = self.text("contact_id")
        result["native_id"] = ids if ids is not None else place["file"] + "#" + place["row"].astype("str")
        result["problem"] = self.problem
        return result

    def _stamps(self, name: str, text: pd.Series[str]) -> pd.Series[pd.Timestamp]:
        instants, problems = read_stamps(text, self.source)
        self._complain(problems != "", lambda bad: name + ": " + problems[bad])
        return instants

    def _numbers(self, name: str, text: pd.Series[str]) -> pd.Series[float]:
        reader = read_numbers if name == "priority" else read_durations
        numbers = reader(text, self.source)
        self._complain(text.notna() & numbers.isna(), lambda bad: f"{name}: not a number: " + _start(text[bad]))
        return numbers

    def _flags(self, text: pd.Series[str]) -> pd.Series[bool]:
        lower = text.str.lower()
        unclear = text.notna() & ~lower.isin((*TRUE_WORDS, *FALSE_WORDS))
        self._complain(unclear, lambda bad: "is_demand: expected true or false: " + _start(text[bad]))
        return ~lower.isin(FALSE_WORDS)

    def _complain(self, where: pd.Series[bool], what: Callable[[pd.Series[bool]], pd.Series[str]]) -> None:
        """Note what is wrong with the rows *where* nothing was wrong before; *what* says it of the bad rows."""
        bad = where & (self.problem == "")
        if bad.any():
            self.problem = self.problem.mask(bad, what(bad).reindex(self.problem.index).astype("str"))

    def identifiers(self, drafts: pd.DataFrame) -> pd.DataFrame:
        """Return the identifiers that the map gives."""
        return make_identifiers(drafts, {n: self.text(n) for n in self.source.columns if is_identifier_kind(n)})


def _start(text: pd.Series[str]) -> pd.Series[str]:
    return text.str.slice(0, 40)


def _row_text(raw: pd.DataFrame, problem: pd.Series[str]) -> pd.Series[str]:
    """Return each row as text; only the rows that have a problem are written out."""
    bad = np.flatnonzero((problem != "").to_numpy(dtype=bool))
    if not len(bad):
        return pd.Series("", index=problem.index, dtype="str")
    lines = [";".join("" if pd.isna(cell) else str(cell) for cell in row) for row in raw.iloc[bad].to_numpy()]
    shown = pd.Series([line[:MAX_TEXT] for line in lines], index=bad, dtype="str")
    return shown.reindex(problem.index).fillna("")
