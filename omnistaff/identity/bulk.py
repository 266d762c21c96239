"""Exact resolution of tens of millions of contacts on one machine.

DuckDB reads the identifier columns where they are and returns only row numbers: an edge from each contact to the
first one with the same value, for values that identify somebody. Components come from scipy, and the few that
hold two unique ids are solved as in ``resolve``. Values must be normalised; names are not used, so a
shared value joins nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from omnistaff.identity.cluster import Codes, Edges, Tags, cluster, components
from omnistaff.identity.evidence import ranks
from omnistaff.identity.normalise import PLACEHOLDER_RUNS
from omnistaff.plan import Identity


def resolve_rows(connection: Any, source: str, columns: Mapping[str, str], settings: Identity) -> Codes:
    """Return for each row of *source* the first row of its customer, rows counted from 0 in their order.

    *source* is what DuckDB can select from (a table, a query in brackets), with a column ``row`` that numbers its
    rows; *columns* maps each identifier column to its kind; *connection* is an open DuckDB connection, in which
    temporary tables named identity_* are made.
    """
    layout = _Layout(columns, settings)
    connection.execute(f"create or replace temp table identity_base as select {layout.hashes()} from {source}")
    for kind in layout.kinds:
        connection.execute(layout.judge(kind))
    size = int(connection.execute("select count(*) from identity_base").fetchall()[0][0])
    parts = [connection.sql(layout.edges(kind)).to_arrow_table() for kind in layout.kinds]
    left = np.concatenate([part["row"].to_numpy() for part in parts])
    right = np.concatenate([part["first_row"].to_numpy() for part in parts])
    del parts
    labels = components(size, left, right)
    del left, right
    clashing = _clashing_rows(connection, layout, labels)
    return _separate(connection, layout, labels, clashing) if len(clashing) else labels


class _Layout:
    """Which hashed column holds which kind, and the SQL that follows from it."""

    def __init__(self, columns: Mapping[str, str], settings: Identity) -> None:
        self.settings = settings
        self.columns = dict(columns)
        self.kinds = list(dict.fromkeys(columns.values()))
        self.unique = [kind for kind in settings.unique_ids if kind in self.kinds]
        self.code = {column: f"c{k}" for k, column in enumerate(columns)}

    def _ids(self) -> list[str]:
        """Return the hashed column of each unique kind, the first where it has several."""
        return [next(self.code[c] for c, kind in self.columns.items() if kind == each) for each in self.unique]

    def hashes(self) -> str:
        """Return the columns of the base table: each row's number and the hash of each of its values.

        Placeholders are left out of unique ids; of other kinds, judging finds out what joins too much.
        """
        parts = ["row::integer as row"]
        for column, kind in self.columns.items():
            usable = f"{column} is not null"
            if kind in self.unique:
                usable += f" and not regexp_full_match({column}, '{PLACEHOLDER_RUNS}')"
            parts.append(f"case when {usable} then hash({column}) end as {self.code[column]}")
        return ", ".join(parts)

    def values(self, kind: str) -> str:
        """Return the query for row, key and unique ids of every value of a kind."""
        beside = "".join(f", {name} as id{k}" for k, name in enumerate(self._ids()))
        codes = [self.code[column] for column, each in self.columns.items() if each == kind]
        return " union all ".join(
            f"select row, {code} as key{beside} from identity_base where {code} is not null" for code in codes
        )

    def judge(self, kind: str) -> str:
        """Return the SQL that finds the values of a kind in several rows and whether they identify somebody."""
        limit = self.settings.max_unique_ids_per_value + (kind in self.unique)
        tests = [
            f"min(id{k}) is not distinct from max(id{k})" if limit == 1 else f"count(distinct id{k}) <= {limit}"
            for k, other in enumerate(self.unique)
            if other != kind
        ]
        is_ok = " and ".join(tests) or "true"
        return (
            f"create or replace temp table identity_judged_{self.kinds.index(kind)} as select key,"
            f" min(row) as first_row, {is_ok} as is_ok from ({self.values(kind)}) group by key having count(*) > 1"
        )

    def edges(self, kind: str) -> str:
        """Return the query for the edges of a kind: a row and the first row with its value."""
        return f"select row, first_row from {self.joined(kind)} where is_ok and row <> first_row"

    def joined(self, kind: str) -> str:
        """Return the values of a kind beside what they were judged to be."""
        return f"({self.values(kind)}) join identity_judged_{self.kinds.index(kind)} using (key)"


def _clashing_rows(connection: Any, layout: _Layout, labels: Codes) -> Codes:
    """Return the rows of customers that hold two values of a unique kind."""
    found = np.zeros(len(labels), dtype=bool)
    for kind in layout.unique:
        table = connection.sql(f"select row, key from ({layout.values(kind)})").to_arrow_table()
        label, key = labels[table["row"].to_numpy()], table["key"].to_numpy()
        one = np.zeros(len(labels), dtype=np.uint64)
        one[label] = key
        found[label[one[label] != key]] = True  # not all values under the label are the same
    return np.flatnonzero(found[labels])


def _separate(connection: Any, layout: _Layout, labels: Codes, rows: Codes) -> Codes:
    """Return the labels with the customers of *rows* solved edge by edge, best evidence first."""
    connection.register("identity_rows", pd.DataFrame({"row": rows}))
    pieces = [
        connection.sql(
            f"select row, {k} as kind, key, coalesce(is_ok, false) as is_ok from ({layout.values(kind)})"
            f" join identity_rows using (row) left join identity_judged_{k} using (key)"
        ).df()
        for k, kind in enumerate(layout.kinds)
    ]
    connection.unregister("identity_rows")
    found = pd.concat(pieces, ignore_index=True).sort_values(["row", "kind", "key"], ignore_index=True)
    found["member"] = np.searchsorted(rows, found["row"].to_numpy())
    ties = found[found["is_ok"].to_numpy(dtype=bool)]
    node = ties.groupby(["kind", "key"], sort=True).ngroup().to_numpy()
    values = ties[["kind", "key"]].drop_duplicates().sort_values(["kind", "key"], ignore_index=True)
    spread = ties["row"].to_numpy(dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    edges = Edges(
        left=ties["member"].to_numpy(dtype="int64"),
        right=len(rows) + node.astype("int64"),
        rank=ranks(np.array(layout.kinds), layout.settings)[ties["kind"].to_numpy()],
        tie_break=ties["key"].to_numpy(dtype=np.uint64) ^ spread,
        forced=np.zeros(len(ties), dtype=bool),
    )
    unique = [layout.kinds.index(kind) for kind in layout.unique]
    held = found[found["kind"].isin(unique)].drop_duplicates(["row", "kind"])
    own = values.assign(member=len(rows) + np.arange(len(values)))[values["kind"].isin(unique)]
    marks = pd.concat([held, own], ignore_index=True)
    code = pd.factorize(marks["key"])[0].astype("int64")
    tags = Tags(marks["member"].to_numpy(dtype="int64"), marks["kind"].to_numpy(dtype="int64"), code)
    solved, _ = cluster(len(rows) + len(values), edges, tags)
    result = labels.copy()
    result[rows] = rows[solved[: len(rows)]]
    return result
