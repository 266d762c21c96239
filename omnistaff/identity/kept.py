"""The customers of tens of millions of contacts kept on disk, so that tomorrow's contacts cost what they change.

A folder holds the codes of all values, which rows hold each (an index), and the labels. It is never read whole: a
batch looks up its own values, the customers they touch are followed from row to value to row, and only these are
solved again, with the code of ``bulk``. What ``bulk.resolve_rows`` says of a customer depends on its own values
alone, so the labels are those of one run over all contacts.

Two parts are kept: ``base``, which is not written again, and ``tail``, what came since, which is written whole with
each batch and takes its place in one step. When the tail has grown to an eighth of the base, both become the base.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omnistaff.errors import ConfigError
from omnistaff.identity.bulk import Codes, Layout, Values, judge, label_rows, read_values
from omnistaff.plan import Identity
from omnistaff.tables.files import write_text

FOLD_SHARE = 1 / 8


class Touched(NamedTuple):
    """Rows whose customers a batch has touched, ascending, with the first row of each one's customer."""

    rows: Codes
    labels: Codes


@dataclass
class _Index:
    """Which rows hold each value of a kind: ``rows[starts[k]:starts[k + 1]]`` hold ``codes[k]`` (k if it is None)."""

    starts: Codes
    rows: Codes
    codes: Codes | None = None

    @classmethod
    def make(cls, columns: list[Codes], first_row: int, *, dense: int | None = None) -> _Index:
        """Return the index of the rows from *first_row* on; *dense* is the number of codes where all occur."""
        code = np.concatenate(columns)
        order = np.argsort(code, kind="stable")[np.count_nonzero(code < 0) :]
        rows = (order % max(len(columns[0]), 1) + first_row).astype(np.int32)
        if dense is not None:
            counts = np.bincount(code[code >= 0], minlength=dense)
            return cls(np.concatenate([[0], np.cumsum(counts)]), rows)
        codes, starts = np.unique(code[order], return_index=True)
        return cls(np.append(starts, len(rows)), rows, codes)

    def find(self, wanted: Codes) -> tuple[Codes, Codes]:
        """Return the rows with the *wanted* codes, and for each the place of its code among them."""
        place = np.arange(len(wanted))
        at = wanted
        if self.codes is not None:
            at = np.searchsorted(self.codes, wanted)
            held = at < len(self.codes)
            held[held] = self.codes[at[held]] == wanted[held]
            place, at = place[held], at[held]
        else:
            held = wanted < len(self.starts) - 1
            place, at = place[held], at[held]
        low, high = np.asarray(self.starts[at]), np.asarray(self.starts[at + 1])
        many = high - low
        offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        return np.asarray(self.rows[np.repeat(low, many) + offset]), np.repeat(place, many)


@dataclass
class _Kind:
    """The values of one kind in both parts; codes count on from the base into the tail."""

    base: Values
    index: _Index
    tail: list[Codes]
    keys: NDArray[np.uint64]
    is_shared: NDArray[np.bool_]

    def codes(self, column: int, rows: Codes) -> Codes:
        """Return the code that each row has in a column."""
        found = np.empty(len(rows), dtype=np.int32)
        size = len(self.base.codes[column])
        old = rows < size
        found[old] = self.base.codes[column][rows[old]]
        found[~old] = self.tail[column][rows[~old] - size]
        return found

    def hashes(self, codes: Codes) -> NDArray[np.uint64]:
        """Return the hash of each code."""
        size = len(self.base.keys)
        found = np.empty(len(codes), dtype=np.uint64)
        old = codes < size
        found[old] = self.base.keys[codes[old]]
        found[~old] = self.keys[codes[~old] - size]
        return found

    def take(self, hashes: list[NDArray[np.uint64]]) -> None:
        """Add rows, given as the hashes of their columns, to the tail."""
        from omnistaff.tables.codes import find_codes, index_hashes

        whole = np.concatenate(hashes)
        codes = find_codes(whole, self.base.keys, self.base.slots)
        fresh = (codes < 0) & (whole > 0)
        later, keys, _ = index_hashes(np.concatenate([self.keys, whole[fresh]]))
        codes[fresh] = later[len(self.keys) :] + len(self.base.keys)
        self.is_shared = np.append(self.is_shared, np.zeros(len(keys) - len(self.keys), dtype=bool))
        self.keys = keys
        parts = np.split(codes, len(hashes))
        self.tail = [np.append(old, new) for old, new in zip(self.tail, parts, strict=True)]


class KeptCustomers:
    """The customers in a folder: ``build`` makes it, ``append`` takes a batch, ``labels`` tells them all."""

    def __init__(self, folder: Path, columns: Mapping[str, str], settings: Identity) -> None:
        """Open the folder. Raises ConfigError when it was made with other columns, settings or another DuckDB."""
        self.folder = folder
        self.layout = Layout(dict(columns), settings)
        known = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
        if known["made_with"] != _made_with(self.layout):
            raise ConfigError(
                f"{folder} was made with other columns, identity settings or DuckDB: build the customers again"
            )
        self._open(*known["parts"])

    def _open(self, base: str, tail: str | None) -> None:
        """Map the two parts."""
        self._base, self._tail = self.folder / base, None if tail is None else self.folder / tail
        self._old = _load(self._base, "labels")
        self._again = Touched(_load(self._tail, "rows"), _load(self._tail, "labels"))
        self._kinds = {kind: self._open_kind(kind) for kind in self.layout.kinds}
        self.rows = len(self._old) + len(next(iter(self._kinds.values())).tail[0])

    @classmethod
    def build(
        cls, connection: Any, source: str, columns: Mapping[str, str], settings: Identity, folder: Path
    ) -> KeptCustomers:
        """Resolve *source* as ``bulk.resolve_rows`` does and keep the result in *folder*."""
        layout = Layout(dict(columns), settings)
        values, size = read_values(connection, source, layout)
        judge(values, layout)
        labels = label_rows(values, layout, np.arange(size, dtype=np.int32))
        _write_base(folder, "base-0", values, labels)
        _commit(folder, layout, "base-0", None)
        return cls(folder, columns, settings)

    def labels(self) -> Codes:
        """Return for each row the first row of its customer."""
        whole = np.append(self._old, np.arange(len(self._old), self.rows, dtype=np.int32))
        whole[self._again.rows] = self._again.labels
        return whole

    def append(self, connection: Any, source: str) -> Touched:
        """Take the rows of *source*, numbered from 0 there, as the next ones; return the customers they touch.

        All rows of these customers are told, the old ones too, so what depends on a customer's contacts can be made
        anew from them.
        """
        size = int(connection.execute(f"select count(*) from {source}").fetchall()[0][0])
        hashes = self.layout.fetch(connection, source, size)
        for kind, own in self._kinds.items():
            own.take([hashes[k] for k in self.layout.places(kind)])
        self.rows += size
        index = {kind: _Index.make(own.tail, len(self._old)) for kind, own in self._kinds.items()}
        fresh = np.arange(self.rows - size, self.rows)
        dirty = [fresh, *(self._judge(kind, fresh, index) for kind in self._kinds)]
        touched = self._solve(self._follow(np.concatenate(dirty), index))
        self._keep(touched)
        return touched

    def _open_kind(self, kind: str) -> _Kind:
        base = self._base / kind.replace(":", "-")
        tail = None if self._tail is None else self._tail / kind.replace(":", "-")
        columns = range(len(self.layout.places(kind)))
        shared = np.array(_load(base, "shared"))
        values = Values([_load(base, f"codes-{k}") for k in columns], _load(base, "keys"), shared, shared,
                        _load(base, "slots"))  # fmt: skip
        keys = np.array(_load(tail, "keys", np.uint64))
        is_shared = np.append(shared, np.zeros(len(keys), dtype=bool))
        is_shared[_load(tail, "shared")] = True
        index = _Index(_load(base, "starts"), _load(base, "rows"))
        return _Kind(values, index, [np.array(_load(tail, f"codes-{k}")) for k in columns], keys, is_shared)

    def _find(self, kind: str, codes: Codes, index: dict[str, _Index]) -> tuple[Codes, Codes]:
        """Return the rows with the *codes* of a kind, and for each the place of its code."""
        parts = [part.find(codes) for part in (self._kinds[kind].index, index[kind])]
        rows, place = (np.concatenate(each) for each in zip(*parts, strict=True))
        return rows, place

    def _judge(self, kind: str, fresh: Codes, index: dict[str, _Index]) -> Codes:
        """Judge the values that *fresh* rows hold; return the rows of those that identify nobody from now on."""
        own = self._kinds[kind]
        codes = _held(own, fresh)
        codes = codes[~own.is_shared[codes]]
        rows, place = self._find(kind, codes, index)
        many = np.zeros(len(codes), dtype=bool)
        for other in self.layout.unique:
            if other != kind:
                ids = self._kinds[other].codes(0, rows).astype(np.int64)
                pairs = np.unique((place * 2**32 + ids)[ids >= 0])
                many |= np.bincount(pairs // 2**32, minlength=len(codes)) > self.layout.limit(kind)
        own.is_shared[codes[many]] = True
        return rows[many[place]]

    def _follow(self, rows: Codes, index: dict[str, _Index]) -> Codes:
        """Return the rows that values which identify somebody connect to *rows*, ascending."""
        seen = np.zeros(self.rows, dtype=bool)
        asked = {kind: own.is_shared.copy() for kind, own in self._kinds.items()}
        seen[rows] = True
        front = np.flatnonzero(seen)
        while len(front):
            reached = []
            for kind, own in self._kinds.items():
                codes = _held(own, front)
                codes = codes[~asked[kind][codes]]
                asked[kind][codes] = True
                reached.append(self._find(kind, codes, index)[0])
            found = np.unique(np.concatenate(reached))
            front = found[~seen[found]]
            seen[front] = True
        return np.flatnonzero(seen)

    def _solve(self, rows: Codes) -> Touched:
        """Return the customers of *rows*, which nothing connects to others."""
        values = {}
        for kind, own in self._kinds.items():
            columns = [own.codes(k, rows) for k in range(len(own.tail))]
            found, place = np.unique(np.concatenate([[-1], *columns]), return_inverse=True)
            codes = np.split((place[1:] - 1).astype(np.int32), len(columns))
            shared = own.is_shared[found[1:]]
            values[kind] = Values(
                codes, own.hashes(found[1:]), shared, np.zeros(len(shared), dtype=bool), own.base.slots
            )
        return Touched(rows, rows[label_rows(values, self.layout, rows)])

    def _keep(self, touched: Touched) -> None:
        """Write the tail with the customers that changed, and both parts as a new base when the tail is long."""
        rows = np.concatenate([self._again.rows, touched.rows])
        labels = np.concatenate([self._again.labels, touched.labels])
        last = len(rows) - 1 - np.unique(rows[::-1], return_index=True)[1]  # the latest word on each row
        self._again = Touched(rows[last], labels[last])
        number = int(self._base.name.partition("-")[2])
        earlier = {self._base} | ({self._tail} if self._tail else set())
        if self.rows - len(self._old) > FOLD_SHARE * len(self._old):
            name, tail = f"base-{number + 1}", None
            _write_base(self.folder, name, {kind: _whole(own) for kind, own in self._kinds.items()}, self.labels())
        else:
            name, tail = self._base.name, f"tail-{number}-{self.rows}"
            self._write_tail(self.folder / tail)
        _commit(self.folder, self.layout, name, tail)
        self._open(name, tail)
        for part in earlier - {self._base, self._tail}:
            shutil.rmtree(part)

    def _write_tail(self, target: Path) -> None:
        _save(target, rows=self._again.rows, labels=self._again.labels)
        for kind, own in self._kinds.items():
            before = np.append(own.base.is_shared, np.zeros(len(own.keys), dtype=bool))
            shared = np.flatnonzero(own.is_shared != before)
            codes = {f"codes-{k}": column for k, column in enumerate(own.tail)}
            _save(target / kind.replace(":", "-"), keys=own.keys, shared=shared, **codes)


def _held(own: _Kind, rows: Codes) -> Codes:
    """Return the codes of a kind that *rows* hold, each once."""
    codes = np.unique(np.concatenate([own.codes(k, rows) for k in range(len(own.tail))]))
    return codes[codes >= 0]


def _whole(own: _Kind) -> Values:
    """Return the values of both parts."""
    from omnistaff.tables.codes import index_hashes

    codes = [np.append(old, new) for old, new in zip(own.base.codes, own.tail, strict=True)]
    keys, slots = index_hashes(np.append(own.base.keys, own.keys))[1:]
    return Values(codes, keys, own.is_shared, own.is_shared, slots)


def _write_base(folder: Path, name: str, values: dict[str, Values], labels: Codes) -> None:
    """Write values and labels with the index of rows by value."""
    _save(folder / name, labels=labels)
    for kind, own in values.items():
        index = _Index.make(own.codes, 0, dense=len(own.keys))
        codes = {f"codes-{k}": column for k, column in enumerate(own.codes)}
        _save(
            folder / name / kind.replace(":", "-"), keys=own.keys, slots=own.slots, shared=own.is_shared,
            starts=index.starts, rows=index.rows, **codes,
        )  # fmt: skip


def _save(folder: Path, **arrays: Codes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)


def _load(folder: Path | None, name: str, dtype: type = np.int32) -> Codes:
    """Return an array of a part, mapped and not read; nothing where there is no part."""
    return np.zeros(0, dtype=dtype) if folder is None else np.load(folder / f"{name}.npy", mmap_mode="r")


def _commit(folder: Path, layout: Layout, *parts: str | None) -> None:
    """Say which parts count, in one step."""
    write_text(folder / "parts.json", json.dumps({"parts": parts, "made_with": _made_with(layout)}, indent=2) + "\n")


def _made_with(layout: Layout) -> dict[str, Any]:
    """Return what the codes depend on; DuckDB's hashes are its version's own."""
    import duckdb

    settings = layout.settings.model_dump(include={"unique_ids", "max_unique_ids_per_value", "priority"}, mode="json")
    return {"duckdb": duckdb.__version__, "columns": layout.columns, **settings}
