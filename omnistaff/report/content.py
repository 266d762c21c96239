"""What a report is made of: sections of charts, tables, facts and sentences, all plain data."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from omnistaff.report import filters
from omnistaff.report.spreadsheets import csv_text

if TYPE_CHECKING:
    from omnistaff.report.inputs import Inputs

MIME = "data:text/csv;charset=utf-8;base64,"


def csv_link(frame: pd.DataFrame) -> str:
    """Return *frame* as a data address that a browser saves as CSV; times in UTC, a mark for spreadsheets."""
    text = csv_text(frame, line_end="\r\n")
    return MIME + base64.b64encode(("\ufeff" + text).encode()).decode("ascii")


@dataclass(frozen=True)
class Chart:
    """A picture whose title is its finding, with the numbers behind it."""

    name: str
    finding: str
    unit: str
    svg: str
    alt: str
    data: pd.DataFrame = field(repr=False)
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()  # (colour role, words)
    kind: str = "chart"

    @property
    def csv(self) -> str:
        """The numbers as a data address."""
        return csv_link(self.data)


@dataclass(frozen=True)
class TableView:
    """A table for reading: cells are text already; ``numeric`` columns stand right."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    data: pd.DataFrame = field(repr=False)
    numeric: frozenset[int] = frozenset()
    note: str = ""
    marks: dict[int, str] = field(default_factory=dict)  # row: class (bad, good)
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # day, queue, team or agent: value of each row
    is_folded: bool = False
    kind: str = "table"

    @property
    def csv(self) -> str:
        """The numbers as a data address."""
        return csv_link(self.data)

    @property
    def html(self) -> str:
        """The rows as HTML; the first cell of each is its heading."""
        keys = filters.row_keys(self.filters, len(self.rows))
        return "".join(
            _row(row, self.numeric, self.marks.get(number, ""), keys[number]) for number, row in enumerate(self.rows)
        )

    def form(self, target: str) -> str:
        """Return the form that narrows the rows within the element with id *target*, empty without filters."""
        return filters.form_of(target, f"Filter: {self.title}", self.filters) if len(self.rows) > 1 else ""


def _row(row: tuple[str, ...], numeric: frozenset[int], mark: str, keys: str) -> str:
    cells = "".join(
        f'<td class="n">{escape(cell)}</td>' if number in numeric else f"<td>{escape(cell)}</td>"
        for number, cell in enumerate(row[1:], start=1)
    )
    opening = f'<tr class="{mark}"{keys}>' if mark else f"<tr{keys}>"
    return f'{opening}<th scope="row">{escape(row[0])}</th>{cells}</tr>\n'


@dataclass(frozen=True)
class Tile:
    """One headline number."""

    label: str
    value: str
    note: str = ""
    tone: str = ""  # good, bad or empty


@dataclass(frozen=True)
class Tiles:
    """Headline numbers side by side."""

    tiles: tuple[Tile, ...]
    kind: str = "tiles"


@dataclass(frozen=True)
class Sentences:
    """A list of sentences under a heading."""

    title: str
    lines: tuple[str, ...]
    ordered: bool = False
    kind: str = "sentences"


@dataclass(frozen=True)
class Raw:
    """A block that brings its own HTML, such as the roster with its bars."""

    name: str
    title: str
    html: str
    note: str = ""
    csv: str = ""
    kind: str = "raw"


Block = Chart | TableView | Tiles | Sentences | Raw


@dataclass(frozen=True)
class Part:
    """A block to build where the tables it needs exist."""

    needs: tuple[str, ...]
    build: Callable[[Inputs], Block | None]


@dataclass(frozen=True)
class SectionPlan:
    """A section to build: its name, its heading, and the stages whose headline figures close it."""

    name: str
    title: str
    question: str
    parts: tuple[Part, ...]
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A section as it is printed."""

    name: str
    title: str
    question: str
    facts: tuple[str, ...]
    blocks: tuple[Block, ...]
    missing: tuple[str, ...]
    stages: tuple[str, ...] = ()
