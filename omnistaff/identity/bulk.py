"""Exact resolution of tens of millions of contacts on one machine.

DuckDB reads the identifier columns where they are and returns only hashes; these become codes, values are judged by
the unique ids they were seen with, and rows are joined to the first one with the same value, each in one compiled
pass. The few customers that hold two unique ids are solved as in ``resolve``. Values must be normalised; names are
not used, so a shared value joins nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.identity.cluster import Edges, Tags, cluster
from omnistaff.identity.evidence import ranks
from omnistaff.identity.normalise import PLACEHOLDER_RUNS
from omnistaff.plan import Identity

BATCH = 500_000
Codes = NDArray[Any]  # whole numbers of any width


@dataclass(frozen=True)
class Layout:
    """Which column holds which kind of identifier, and what follows from it."""

    columns: dict[str, str]
    settings: Identity

    @property
    def kinds(self) -> list[str]:
        """Return the kinds, each once."""
        return list(dict.fromkeys(self.columns.values()))

    @property
    def unique(self) -> list[str]:
        """Return the unique kinds among them, in the plan's order."""
        return [kind for kind in self.settings.unique_ids if kind in self.kinds]

    def places(self, kind: str) -> list[int]:
        """Return which columns hold a kind."""
        return [k for k, each in enumerate(self.columns.values()) if each == kind]

    def limit(self, kind: str) -> int:
        """Return with how many unique ids of another kind a value may be seen; unique ones bear one more."""
        return self.settings.max_unique_ids_per_value + (kind in self.unique)

    def fetch(self, connection: Any, source: str, size: int) -> list[NDArray[np.uint64]]:
        """Return for each column the hash of each row's value, 0 where there is none.

        Placeholders are left out of unique ids; of other kinds, judging finds out what joins too much.
        """
        parts = []
        for column, kind in self.columns.items():
            usable = f"{column} is not null"
            if kind in self.unique:
                usable += f" and not regexp_full_match({column}::varchar, '{PLACEHOLDER_RUNS}')"
            parts.append(f"case when {usable} then greatest(hash({column}), 1::ubigint) else 0::ubigint end")
        listed = ", ".join(f"{part} as c{k}" for k, part in enumerate(parts))
        hashes = [np.zeros(size, dtype=np.uint64) for _ in parts]
        for batch in connection.sql(f"select row, {listed} from {source}").to_arrow_reader(BATCH):
            row = batch["row"].to_numpy()
            for k, values in enumerate(hashes):
                values[row] = batch[f"c{k}"].to_numpy()
        return hashes


@dataclass
class Values:
    """The values of one kind as codes: those of each row by column, the hash of each, and what they were judged."""

    codes: list[Codes]
    keys: NDArray[np.uint64]
    is_shared: NDArray[np.bool_]
    several: NDArray[np.bool_]
    slots: Codes


def resolve_rows(connection: Any, source: str, columns: Mapping[str, str], settings: Identity) -> Codes:
    """Return for each row of *source* the first row of its customer, rows counted from 0 in their order.

    *source* is what DuckDB can select from (a table, a query in brackets), with a column ``row`` that numbers its
    rows; *columns* maps each identifier column to its kind; *connection* is an open DuckDB connection.
    """
    layout = Layout(dict(columns), settings)
    values, size = read_values(connection, source, layout)
    judge(values, layout)
    return label_rows(values, layout, np.arange(size, dtype=np.int32))


def read_values(connection: Any, source: str, layout: Layout) -> tuple[dict[str, Values], int]:
    """Return the values in *source* by kind, not judged yet, and the number of rows."""
    from omnistaff.tables.codes import index_hashes

    size = int(connection.execute(f"select count(*) from {source}").fetchall()[0][0])
    hashes = layout.fetch(connection, source, size)
    values = {}
    for kind in layout.kinds:
        own = [hashes[k] for k in layout.places(kind)]
        codes, keys, slots = index_hashes(own[0] if len(own) == 1 else np.concatenate(own))
        del own
        for k in layout.places(kind):
            hashes[k] = np.zeros(0, dtype=np.uint64)  # no longer needed
        none = np.zeros(len(keys), dtype=bool)
        values[kind] = Values(np.split(codes, len(layout.places(kind))), keys, none, none.copy(), slots)
    return values, size


def judge(values: dict[str, Values], layout: Layout) -> None:
    """Mark the values that were seen with too many unique ids to identify anybody."""
    from omnistaff.identity.kernels import judge_values

    for kind, own in values.items():
        for other in layout.unique:
            if other == kind:
                continue
            seen = np.full((len(own.keys), layout.limit(kind)), -1, dtype=np.int32)
            for codes in own.codes:
                judge_values(codes, values[other].codes[0], seen, own.is_shared)


def label_rows(values: dict[str, Values], layout: Layout, rows: Codes) -> Codes:
    """Return for each row the place of the first one of its customer; *rows* are the rows' numbers, ascending."""
    from omnistaff.identity.kernels import flatten, join_rows, mark_clashes

    labels = np.arange(len(rows), dtype=np.int32)
    for own in values.values():
        first = np.full(len(own.keys), -1, dtype=np.int32)
        for codes in own.codes:
            join_rows(labels, codes, first, own.is_shared, own.several)
    flatten(labels)
    clashes = np.zeros(len(labels), dtype=bool)
    for kind in layout.unique:
        every = values[kind].codes
        codes = every[0] if len(every) == 1 else np.concatenate(every)
        mark_clashes(np.tile(labels, len(every)), codes, clashes)
    clashing = np.flatnonzero(clashes[labels])
    if len(clashing):
        labels[clashing] = _separate(values, layout, rows, clashing)
    return labels


def _separate(values: dict[str, Values], layout: Layout, rows: Codes, chosen: Codes) -> Codes:
    """Return the labels of the *chosen* places, whose customers are solved edge by edge, best evidence first."""
    found = _held(values, layout, rows, chosen)
    ties = found[found["is_ok"].to_numpy(dtype=bool)]
    node = ties.groupby(["kind", "key"], sort=True).ngroup().to_numpy()
    own = ties[["kind", "key"]].drop_duplicates().sort_values(["kind", "key"], ignore_index=True)
    spread = ties["row"].to_numpy(dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    edges = Edges(
        left=ties["member"].to_numpy(dtype="int64"),
        right=len(chosen) + node.astype("int64"),
        rank=ranks(np.array(layout.kinds), layout.settings)[ties["kind"].to_numpy()],
        tie_break=ties["key"].to_numpy(dtype=np.uint64) ^ spread,
        forced=np.zeros(len(ties), dtype=bool),
    )
    unique = [layout.kinds.index(kind) for kind in layout.unique]
    held = found[found["kind"].isin(unique)].drop_duplicates(["member", "kind"])
    marks = pd.concat([held, own.assign(member=len(chosen) + np.arange(len(own)))[own["kind"].isin(unique)]])
    code = pd.factorize(marks["key"])[0].astype("int64")
    tags = Tags(marks["member"].to_numpy(dtype="int64"), marks["kind"].to_numpy(dtype="int64"), code)
    solved, _ = cluster(len(chosen) + len(own), edges, tags)
    return chosen[solved[: len(chosen)]]


def _held(values: dict[str, Values], layout: Layout, rows: Codes, chosen: Codes) -> pd.DataFrame:
    """Return what the *chosen* places hold: row, member (which of them), kind, key, and whether it is a tie."""
    pieces = []
    for k, kind in enumerate(layout.kinds):
        own = values[kind]
        for codes in own.codes:
            code = codes[chosen]
            member = np.flatnonzero(code >= 0)
            code = code[member]
            ok = own.several[code] & ~own.is_shared[code]
            pieces.append(
                pd.DataFrame(
                    {"row": rows[chosen[member]], "member": member, "kind": k, "key": own.keys[code], "is_ok": ok}
                )
            )
    return pd.concat(pieces, ignore_index=True).sort_values(["row", "kind", "key"], ignore_index=True)
