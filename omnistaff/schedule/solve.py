"""Linear and integer programs: models are written with PuLP and solved by HiGHS. The only module that knows either.

It hides the traps on the way: PuLP's transfer to HiGHS is slow (columns are passed at once here), drops the constant
of the objective from the bound, ignores warm starts, and calls a program that ran out of time optimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from omnistaff.errors import OmnistaffError

Floats = npt.NDArray[np.float64]


class Status(StrEnum):
    """How a program ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"  # stopped early with a solution
    INFEASIBLE = "infeasible"
    UNSOLVED = "unsolved"  # stopped early without one


@dataclass(frozen=True)
class Solution:
    """Values of all variables in the order of the model, and what they prove."""

    status: Status
    values: Floats
    cost: float
    bound: float
    duals: Floats  # of the rows; empty for integer programs
    reduced: Floats  # costs of the columns at the duals; empty for integer programs


@dataclass(frozen=True)
class Limits:
    """When to stop. Work comes first, so that results do not depend on the machine; time is a safety net."""

    gap_share: float = 1e-4
    nodes: int = 10_000
    time_limit_s: float = 600.0


def new_problem(name: str) -> Any:
    """Return an empty program that minimises."""
    import pulp

    return pulp.LpProblem(name, pulp.LpMinimize)


def add_variables(
    problem: Any, count: int, name: str, *, upper: float | None = None, is_integer: bool = False
) -> list[Any]:
    """Return *count* new variables of *problem* from 0 to *upper*."""
    kind = "Integer" if is_integer else "Continuous"
    return [problem.add_variable(f"{name}{k}", 0, upper, cat=kind) for k in range(count)]


def weighted_sum(variables: Sequence[Any], weights: Sequence[float] | Floats) -> Any:
    """Return the sum of weights times variables."""
    import pulp

    return pulp.lpDot(list(variables), [float(weight) for weight in weights])


def solve(problem: Any, limits: Limits | None = None, *, start: Sequence[float] | Floats | None = None) -> Solution:
    """Return the solution of a PuLP *problem* by HiGHS; *start* are values of all variables to begin with."""
    limits = limits or Limits()
    highs, variables = _transfer(problem)
    options = {
        "threads": 1, "random_seed": 0, "mip_rel_gap": limits.gap_share, "mip_max_nodes": limits.nodes,
        "time_limit": limits.time_limit_s,
    }  # fmt: skip
    for name, value in options.items():
        highs.setOptionValue(name, value)
    if start is not None:
        values = np.array(start, dtype=float)
        highs.setSolution(len(values), np.arange(len(values), dtype=np.int32), values)
    highs.run()
    return _read(highs, len(variables), is_integer=any(variable.cat == "Integer" for variable in variables))


def _transfer(problem: Any) -> tuple[Any, list[Any]]:
    """Return a HiGHS instance that holds *problem*, and its variables in order."""
    import highspy

    variables = problem.variables()
    for k, variable in enumerate(variables):
        variable.index = k
    rows = problem.constraints()
    infinite = highspy.kHighsInf
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(variables), len(rows)
    costs = np.zeros(len(variables))
    for variable, cost in problem.objective.items():
        costs[variable.index] = cost
    model.col_cost_, model.offset_ = costs, problem.objective.constant or 0.0
    model.col_lower_ = np.array([-infinite if v.lowBound is None else v.lowBound for v in variables], dtype=float)
    model.col_upper_ = np.array([infinite if v.upBound is None else v.upBound for v in variables], dtype=float)
    kinds = highspy.HighsVarType
    if any(v.cat == "Integer" for v in variables):
        model.integrality_ = [kinds.kInteger if v.cat == "Integer" else kinds.kContinuous for v in variables]
    right = -np.fromiter((row.constant for row in rows), float, len(rows))
    sense = np.fromiter((row.sense for row in rows), int, len(rows))
    model.row_lower_ = np.where(sense >= 0, right, -infinite)
    model.row_upper_ = np.where(sense <= 0, right, infinite)
    sizes = np.fromiter((len(row) for row in rows), np.int32, len(rows))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    model.a_matrix_.index_ = np.fromiter((v.index for row in rows for v in row), np.int32, int(sizes.sum()))
    model.a_matrix_.value_ = np.fromiter(chain.from_iterable(row.values() for row in rows), float, int(sizes.sum()))
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(model)
    return highs, variables


def _read(highs: Any, columns: int, *, is_integer: bool) -> Solution:
    import highspy

    outcome = highs.getModelStatus()
    states = highspy.HighsModelStatus
    if outcome in (states.kModelError, states.kSolveError, states.kPresolveError, states.kPostsolveError):
        raise OmnistaffError(f"the solver failed on a model of {columns} columns: {outcome}")
    info, found = highs.getInfo(), highs.getSolution()
    if outcome in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return Solution(Status.INFEASIBLE, np.empty(0), np.inf, np.inf, np.empty(0), np.empty(0))
    usable = info.primal_solution_status == 2 and abs(info.objective_function_value) < 1e29
    if not usable:
        return Solution(Status.UNSOLVED, np.empty(0), np.inf, -np.inf, np.empty(0), np.empty(0))
    cost = float(info.objective_function_value)
    done = outcome == states.kOptimal
    bound = float(info.mip_dual_bound) if is_integer else cost if done else -np.inf
    status = Status.OPTIMAL if done else Status.FEASIBLE
    duals = np.empty(0) if is_integer else np.array(found.row_dual)
    reduced = np.empty(0) if is_integer else np.array(found.col_dual)
    return Solution(status, np.array(found.col_value), cost, bound, duals, reduced)


SHARES = (0.5, 0.8, 1.0, 1.2, 1.5, 2.0)  # of a queue's need, each worth less than the one before


def share_out(ready: Floats, required: Floats, speeds: Floats) -> Floats:
    """Return heads by [slot, queue] when people *ready* [slot, group] serve queues at *speeds* [group, queue].

    The least is missing, what is missing is spread in proportion to the need, and so is what is over.
    """
    result = np.zeros(required.shape)
    able = [[(int(q), float(row[q])) for q in np.flatnonzero(row)] for row in speeds]
    into: dict[tuple[int, int], list[tuple[Any, float]]] = {}
    problem = new_problem("share_out")
    for t, g in ((int(t), int(g)) for t, g in np.argwhere(ready > 0)):
        parts = add_variables(problem, len(able[g]), f"z{t}_{g}_")
        if parts:
            problem += weighted_sum(parts, np.ones(len(parts))) == float(ready[t, g])
        for (q, speed), part in zip(able[g], parts, strict=True):
            into.setdefault((t, q), []).append((part, speed))
    if not into:
        return result
    into = dict(sorted(into.items()))
    problem.setObjective(_worth_of_serving(problem, into, required))
    solution = solve(problem)
    for pair, parts in into.items():
        served = [float(solution.values[part.index]) * speed for part, speed in parts]
        result[pair] = max(0.0, float(np.sum(served)))
    return result


def _worth_of_serving(problem: Any, into: dict[tuple[int, int], list[tuple[Any, float]]], required: Floats) -> Any:
    """Return the objective: each further share of a need is worth half the one before."""
    levels: list[Any] = []
    for (t, q), parts in into.items():
        steps = np.diff((0.0, *SHARES)) * required[t, q]
        own = [add_variables(problem, 1, f"l{t}_{q}_{k}_", upper=float(step))[0] for k, step in enumerate(steps)]
        signs = np.concatenate([np.ones(len(own)), [-speed for _, speed in parts]])
        problem += weighted_sum([*own, *(part for part, _ in parts)], signs) <= 0
        levels += own
    worth = [-(0.5**k) for k in range(len(SHARES))] * len(into)
    return weighted_sum(levels, worth)
