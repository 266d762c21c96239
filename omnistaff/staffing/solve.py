"""Linear programs in PuLP, solved by HiGHS: the only module of staffing that knows a solver.

PuLP holds the model; it is handed to HiGHS as one sparse matrix (PuLP's own transfer is four times slower and drops
the constant of the objective). One thread and the simplex method: the same model gives the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from omnistaff.errors import InfeasibleError, OmnistaffError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass
class Program:
    """A linear program: minimise cost x over x >= 0, lower <= A x <= upper; filled block by block."""

    costs: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    rows: list[tuple[Integers, Integers, Floats]] = field(default_factory=list)
    limits: list[tuple[Floats, Floats]] = field(default_factory=list)
    columns: int = 0
    count: int = 0

    def add_columns(self, costs: Floats, upper: float | Floats = np.inf) -> Integers:
        """Add a variable for each cost; return their numbers in the shape of *costs*."""
        numbers = np.arange(self.columns, self.columns + costs.size, dtype=np.int64).reshape(costs.shape)
        self.costs.append(np.asarray(costs, dtype=float).reshape(-1))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), costs.shape).reshape(-1))
        self.columns += costs.size
        return numbers

    def add_rows(self, lower: Floats, upper: Floats) -> Integers:
        """Add rows with these limits, equal or one of them infinite; return their numbers."""
        if ((lower != upper) & np.isfinite(lower) & np.isfinite(upper)).any():
            raise OmnistaffError("a row of a staffing program has one limit or two equal ones: add a row for each")
        numbers = np.arange(self.count, self.count + lower.size, dtype=np.int64).reshape(lower.shape)
        self.limits.append((lower.reshape(-1), upper.reshape(-1)))
        self.count += lower.size
        return numbers

    def put(self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Put coefficients into the matrix; the three broadcast, a pair of row and column comes once."""
        shaped = np.broadcast_arrays(np.asarray(rows), np.asarray(columns), np.asarray(values, dtype=float))
        row, column, value = (part.reshape(-1) for part in shaped)
        self.rows.append((row.astype(np.int64), column.astype(np.int64), value))


@dataclass(frozen=True)
class Solution:
    """The best values, what they cost, and the price of each row."""

    values: Floats
    cost: float
    prices: Floats


class Solver:
    """A program that is solved, changed in its limits, and solved again from where it was: a tenth of the time."""

    def __init__(self, program: Program) -> None:
        self._solver = _transferred(_modelled(program))

    def solve(self) -> Solution:
        """Return the optimum. Raises InfeasibleError when there is none, OmnistaffError when it fails."""
        import highspy

        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise InfeasibleError("the staffing program has no solution: a row contradicts another")
        if status != highspy.HighsModelStatus.kOptimal:
            found = self._solver.modelStatusToString(status)
            raise OmnistaffError(f"the staffing program was not solved: HiGHS says {found}")
        answer = self._solver.getSolution()
        return Solution(
            values=np.maximum(np.asarray(answer.col_value), 0.0),
            cost=float(self._solver.getObjectiveValue()),
            prices=np.asarray(answer.row_dual),
        )

    def limit_rows(self, rows: Integers, lower: Floats, upper: float | Floats = np.inf) -> None:
        """Give *rows* new limits."""
        limits = np.broadcast_to(np.asarray(upper, dtype=float), lower.shape)
        self._solver.changeRowsBounds(len(rows), rows.astype(np.int32), lower.astype(float), limits.copy())

    def limit_columns(self, columns: Integers, upper: Floats) -> None:
        """Give *columns* new upper limits."""
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), np.zeros(len(columns)), upper)


def _modelled(program: Program) -> Any:
    import pulp

    model = pulp.LpProblem("staffing", pulp.LpMinimize)
    costs, upper = np.concatenate(program.costs), np.concatenate(program.upper)
    variables = [pulp.LpVariable(f"x{k}", 0, None if np.isinf(most) else float(most)) for k, most in enumerate(upper)]
    model.setObjective(pulp.LpAffineExpression(list(zip(variables, costs.tolist(), strict=True))))
    lower = np.concatenate([low for low, _ in program.limits])
    most = np.concatenate([high for _, high in program.limits])
    order = np.argsort(np.concatenate([row for row, _, _ in program.rows]), kind="stable")
    row = np.concatenate([row for row, _, _ in program.rows])[order]
    column = np.concatenate([column for _, column, _ in program.rows])[order].tolist()
    value = np.concatenate([value for _, _, value in program.rows])[order].tolist()
    edges = np.searchsorted(row, np.arange(program.count + 1))
    for k in range(program.count):
        left, right = int(edges[k]), int(edges[k + 1])
        terms = [(variables[column[i]], value[i]) for i in range(left, right)]
        if lower[k] == most[k]:
            model += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintEQ, rhs=float(lower[k]))
        elif np.isinf(most[k]):  # no row has two different finite limits: `Program.add_rows` refuses them
            model += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintGE, rhs=float(lower[k]))
        else:
            model += pulp.LpConstraint(pulp.LpAffineExpression(terms), pulp.LpConstraintLE, rhs=float(most[k]))
    return model


def _transferred(model: Any) -> Any:
    """Return HiGHS with the PuLP *model* in it, rows and columns in the order in which they were made."""
    import highspy

    variables = model.variables()
    variables.sort(key=lambda v: int(v.name[1:]))
    place = {id(v): k for k, v in enumerate(variables)}
    rows = list(model._constraints.values())
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(variables), len(rows)
    cost = np.zeros(len(variables))
    for variable, value in model.objective.items():
        cost[place[id(variable)]] = value
    program.col_cost_ = cost
    program.offset_ = model.objective.constant
    program.col_lower_ = np.array([v.lowBound for v in variables], dtype=float)
    program.col_upper_ = np.array([highspy.kHighsInf if v.upBound is None else v.upBound for v in variables])
    level = -np.fromiter((row.constant for row in rows), float, len(rows))
    sense = np.fromiter((row.sense for row in rows), int, len(rows))
    program.row_lower_ = np.where(sense >= 0, level, -highspy.kHighsInf)
    program.row_upper_ = np.where(sense <= 0, level, highspy.kHighsInf)
    lengths = np.fromiter((len(row) for row in rows), np.int32, len(rows))
    size = int(lengths.sum())
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    matrix.index_ = np.fromiter((place[id(v)] for row in rows for v in row), np.int32, size)
    matrix.value_ = np.fromiter(chain.from_iterable(row.values() for row in rows), float, size)
    solver = highspy.Highs()
    # presolve costs these programs more than it saves
    for option, value in (("output_flag", False), ("threads", 1), ("solver", "simplex"), ("presolve", "off")):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
