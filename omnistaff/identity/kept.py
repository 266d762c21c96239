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
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from omnistaff.errors import ConfigError
from omnistaff.identity.bulk import Codes, Layout, Values, judge, label_rows, read_values
from omnistaff.identity.parts import KindParts, RowIndex, commit, join_parts, load, made_with, save, write_base
from omnistaff.plan import Identity
from omnistaff.tables.files import held

FOLD_SHARE = 1 / 8


class Touched(NamedTuple):
    """Rows whose customers a batch has touched, ascending, with the first row of each one's customer."""

    rows: Codes
    labels: Codes


class KeptCustomers:
    """The customers in a folder: ``build`` makes it, ``append`` takes a batch, ``labels`` tells them all."""

    def __init__(self, folder: Path, columns: Mapping[str, str], settings: Identity) -> None:
        """Open the folder.

        Raises ConfigError when nothing is kept there, or made with other columns, settings or another DuckDB.
        """
        self.folder = folder
        self.layout = Layout(dict(columns), settings)
        known = self._known()
        if known["made_with"] != made_with(self.layout):
            raise ConfigError(
                f"{folder} was made with other columns, identity settings or DuckDB: build the customers again"
            )
        self._open(*known["parts"])

    def _known(self) -> dict[str, Any]:
        """Return what the folder says of its parts."""
        try:
            known: dict[str, Any] = json.loads((self.folder / "parts.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"no customers are kept in {self.folder}: build them first") from None
        return known

    def _open(self, base: str, tail: str | None) -> None:
        """Map the two parts."""
        self._base, self._tail = self.folder / base, None if tail is None else self.folder / tail
        self._old = load(self._base, "labels")
        self._again = Touched(load(self._tail, "rows"), load(self._tail, "labels"))
        self._kinds = {kind: self._open_kind(kind) for kind in self.layout.kinds}
        self.rows = len(self._old) + len(next(iter(self._kinds.values())).tail[0])

    @classmethod
    def build(
        cls, connection: Any, source: str, columns: Mapping[str, str], settings: Identity, folder: Path
    ) -> KeptCustomers:
        """Resolve *source* as ``bulk.resolve_rows`` does and keep it in *folder*, in place of what that held."""
        layout = Layout(dict(columns), settings)
        values, size = read_values(connection, source, layout)
        judge(values, layout)
        labels = label_rows(values, layout, np.arange(size, dtype=np.int32))
        name = f"base-{1 + max((_number(part) for part in folder.glob('base-*')), default=-1)}"
        write_base(folder, name, values, labels)
        commit(folder, layout, name, None)
        return cls(folder, columns, settings)

    def labels(self) -> Codes:
        """Return for each row the first row of its customer."""
        whole = np.append(self._old, np.arange(len(self._old), self.rows, dtype=np.int32))
        whole[self._again.rows] = self._again.labels
        return whole

    def append(self, connection: Any, source: str) -> Touched:
        """Take the rows of *source*, numbered from 0 there, as the next ones; return the customers they touch.

        All rows of these customers are told, the old ones too, so what depends on a customer's contacts can be made
        anew from them. Raises ConfigError while another program appends, and after one has.
        """
        with held(self.folder, "wait for it to end, then open the customers again"):
            if self._known()["parts"] != [part and part.name for part in (self._base, self._tail)]:
                raise ConfigError(f"another program has appended to {self.folder}: open the customers again")
            return self._append(connection, source)

    def _append(self, connection: Any, source: str) -> Touched:
        size = int(connection.execute(f"select count(*) from {source}").fetchall()[0][0])
        if not size:
            return Touched(*np.zeros((2, 0), dtype=np.int64))
        hashes = self.layout.fetch(connection, source, size)
        for kind, own in self._kinds.items():
            own.take([hashes[k] for k in self.layout.places(kind)])
        self.rows += size
        index = {kind: RowIndex.make(own.tail, len(self._old)) for kind, own in self._kinds.items()}
        fresh = np.arange(self.rows - size, self.rows)
        dirty = [fresh, *(self._judge(kind, fresh, index) for kind in self._kinds)]
        touched = self._solve(self._follow(np.concatenate(dirty), index))
        self._keep(touched)
        return touched

    def _open_kind(self, kind: str) -> KindParts:
        base = self._base / kind.replace(":", "-")
        tail = None if self._tail is None else self._tail / kind.replace(":", "-")
        columns = range(len(self.layout.places(kind)))
        shared = np.array(load(base, "shared"))
        values = Values([load(base, f"codes-{k}") for k in columns], load(base, "keys"), shared, shared,
                        load(base, "slots"))  # fmt: skip
        keys = np.array(load(tail, "keys", np.uint64))
        is_shared = np.append(shared, np.zeros(len(keys), dtype=bool))
        is_shared[load(tail, "shared")] = True
        index = RowIndex(load(base, "starts"), load(base, "rows"))
        return KindParts(values, index, [np.array(load(tail, f"codes-{k}")) for k in columns], keys, is_shared)

    def _find(self, kind: str, codes: Codes, index: dict[str, RowIndex]) -> tuple[Codes, Codes]:
        """Return the rows with the *codes* of a kind, and for each the place of its code."""
        parts = [part.find(codes) for part in (self._kinds[kind].index, index[kind])]
        rows, place = (np.concatenate(each) for each in zip(*parts, strict=True))
        return rows, place

    def _judge(self, kind: str, fresh: Codes, index: dict[str, RowIndex]) -> Codes:
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

    def _follow(self, rows: Codes, index: dict[str, RowIndex]) -> Codes:
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
        number = _number(self._base)
        if self.rows - len(self._old) > FOLD_SHARE * len(self._old):
            name, tail = f"base-{number + 1}", None
            write_base(self.folder, name, {kind: join_parts(own) for kind, own in self._kinds.items()}, self.labels())
        else:
            name, tail = self._base.name, f"tail-{number}-{self.rows}"
            self._write_tail(self.folder / tail)
        commit(self.folder, self.layout, name, tail)
        self._open(name, tail)

    def _write_tail(self, target: Path) -> None:
        save(target, rows=self._again.rows, labels=self._again.labels)
        for kind, own in self._kinds.items():
            before = np.append(own.base.is_shared, np.zeros(len(own.keys), dtype=bool))
            shared = np.flatnonzero(own.is_shared != before)
            codes = {f"codes-{k}": column for k, column in enumerate(own.tail)}
            save(target / kind.replace(":", "-"), keys=own.keys, shared=shared, **codes)


def _number(base: Path) -> int:
    return int(base.name.partition("-")[2])


def _held(own: KindParts, rows: Codes) -> Codes:
    """Return the codes of a kind that *rows* hold, each once."""
    codes = np.unique(np.concatenate([own.codes(k, rows) for k in range(len(own.tail))]))
    return codes[codes >= 0]
