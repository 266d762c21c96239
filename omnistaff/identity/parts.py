"""The two parts of customers kept on disk: codes of values, which rows hold each, and who is whose customer.

``base`` is not written again, ``tail`` is what came since. Arrays are mapped, so only what is asked for is read.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnistaff.identity.bulk import Codes, Layout, Values
from omnistaff.tables.files import write_text


@dataclass
class RowIndex:
    """Which rows hold each value of a kind: ``rows[starts[k]:starts[k + 1]]`` hold ``codes[k]`` (k if it is None)."""

    starts: Codes
    rows: Codes
    codes: Codes | None = None

    @classmethod
    def make(cls, columns: list[Codes], first_row: int, *, dense: int | None = None) -> RowIndex:
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
class KindParts:
    """The values of one kind in both parts; codes count on from the base into the tail."""

    base: Values
    index: RowIndex
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


def join_parts(own: KindParts) -> Values:
    """Return the values of both parts."""
    from omnistaff.tables.codes import index_hashes

    codes = [np.append(old, new) for old, new in zip(own.base.codes, own.tail, strict=True)]
    keys, slots = index_hashes(np.append(own.base.keys, own.keys))[1:]
    return Values(codes, keys, own.is_shared, own.is_shared, slots)


def write_base(folder: Path, name: str, values: dict[str, Values], labels: Codes) -> None:
    """Write values and labels with the index of rows by value."""
    save(folder / name, labels=labels)
    for kind, own in values.items():
        index = RowIndex.make(own.codes, 0, dense=len(own.keys))
        codes = {f"codes-{k}": column for k, column in enumerate(own.codes)}
        save(
            folder / name / kind.replace(":", "-"), keys=own.keys, slots=own.slots, shared=own.is_shared,
            starts=index.starts, rows=index.rows, **codes,
        )  # fmt: skip


def save(folder: Path, **arrays: Codes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)


def load(folder: Path | None, name: str, dtype: type = np.int32) -> Codes:
    """Return an array of a part, mapped and not read; nothing where there is no part."""
    return np.zeros(0, dtype=dtype) if folder is None else np.load(folder / f"{name}.npy", mmap_mode="r")


def commit(folder: Path, layout: Layout, *parts: str | None) -> None:
    """Say which parts count, in one step, and drop all others, those of a run that was cut short too."""
    write_text(folder / "parts.json", json.dumps({"parts": parts, "made_with": made_with(layout)}, indent=2) + "\n")
    for part in [*folder.glob("base-*"), *folder.glob("tail-*")]:
        if part.name not in parts:
            shutil.rmtree(part)


def made_with(layout: Layout) -> dict[str, Any]:
    """Return what the codes depend on; DuckDB's hashes are its version's own."""
    import duckdb

    settings = layout.settings.model_dump(include={"unique_ids", "max_unique_ids_per_value", "priority"}, mode="json")
    return {"duckdb": duckdb.__version__, "columns": layout.columns, **settings}
