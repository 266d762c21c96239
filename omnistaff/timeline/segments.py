"""Segments by the plan's rules, as they were when a contact arrived.

A segment is a function of the history before the contact, never of what came later: a forecast that learnt
from segments known only afterwards would look better in tests than it can be.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.plan import TimelineSettings
from omnistaff.plan.timeline import parse_rule
from omnistaff.timeline.order import Codes, Rows, changes

DAY_US = 86_400_000_000
Terms = dict[str, NDArray[np.float64]]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


def arrival_terms(rows: Rows, case: Codes, effort_s: NDArray[np.float64]) -> Terms:
    """Return the history before each contact; *case* is the row its matter begins with."""
    from omnistaff.timeline.kernels import find_recent

    first_rows = changes(rows.customer)
    first = np.flatnonzero(first_rows)[np.cumsum(first_rows) - 1] if len(case) else np.zeros(0, dtype="int64")
    row = np.arange(len(case), dtype=np.int64)
    opened = np.cumsum(case == row) - (case == row)
    effort = np.nan_to_num(effort_s)
    spent = np.cumsum(effort) - effort
    before = np.where(first_rows, 0, np.diff(rows.at, prepend=rows.at[:1]))
    return {
        "contacts": (row - first).astype("float64"),
        "cases": (opened - opened[first]).astype("float64"),
        "contacts_90d": (row - find_recent(rows.at, first, 90 * DAY_US)).astype("float64"),
        "days_known": (rows.at - rows.at[first]) / DAY_US,
        "days_silent": before / DAY_US,
        "effort_hours": (spent - spent[first]) / 3600,
    }


def final_terms(rows: Rows, case: Codes, effort_s: NDArray[np.float64]) -> Terms:
    """Return the history of each customer up to the last contact of all, one row a customer."""
    first_rows = changes(rows.customer)
    first = np.flatnonzero(first_rows)
    last = np.append(first[1:], len(case))[: len(first)] - 1
    before = {name: values[last] for name, values in arrival_terms(rows, case, effort_s).items()}
    now = rows.at.max(initial=0)
    recent = np.bincount(np.cumsum(first_rows) - 1, weights=rows.at >= now - 90 * DAY_US, minlength=len(first))
    return {
        "contacts": before["contacts"] + 1,
        "cases": before["cases"] + (case[last] == last),
        "contacts_90d": recent[: len(first)],
        "days_known": (now - rows.at[first]) / DAY_US,
        "days_silent": (now - rows.at[last]) / DAY_US,
        "effort_hours": before["effort_hours"] + np.nan_to_num(effort_s)[last] / 3600,
    }


def assign_segments(terms: Terms, settings: TimelineSettings) -> pd.Series[str]:
    """Return the first segment whose rule holds, row by row; missing where none does or there are no rules."""
    size = len(next(iter(terms.values())))
    result = np.full(size, None, dtype=object)
    for name, rule in reversed(settings.segments.items()):
        result[np.broadcast_to(evaluate(parse_rule(rule), terms), size)] = name
    return pd.Series(result, dtype="str")


def evaluate(node: ast.expr, terms: Terms) -> Any:
    """Return what a rule says for each row of *terms*."""
    match node:
        case ast.BoolOp(op=ast.And()):
            return np.logical_and.reduce([evaluate(value, terms) for value in node.values])
        case ast.BoolOp():
            return np.logical_or.reduce([evaluate(value, terms) for value in node.values])
        case ast.UnaryOp():
            return np.logical_not(evaluate(node.operand, terms))
        case ast.Compare():
            sides = [evaluate(side, terms) for side in (node.left, *node.comparators)]
            steps = zip(node.ops, sides, sides[1:], strict=False)
            return np.logical_and.reduce([_COMPARE[type(op)](left, right) for op, left, right in steps])
        case ast.Name():
            return terms[node.id]
        case ast.Constant():
            return np.asarray(node.value)
        case _:  # parse_rule lets nothing else through
            raise AssertionError(ast.dump(node))
