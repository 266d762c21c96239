"""A program of whole numbers given to OR-Tools CP-SAT; for ``schedule_peers``, which runs it in another process."""

from __future__ import annotations

import pickle
import sys

Row = tuple[list[tuple[int, int]], int, int]  # terms (variable, factor), constant, sense: <= 0, == 0, >= 0


def solve(
    most: list[int], rows: list[Row], costs: list[tuple[int, int]], seconds: float
) -> tuple[list[int] | None, float]:
    """Return (values, or None without a solution; bound) on one thread; ImportError where OR-Tools is missing."""
    from ortools.sat.python import cp_model

    program = cp_model.CpModel()
    names = [program.new_int_var(0, top, f"v{n}") for n, top in enumerate(most)]
    for terms, constant, sense in rows:
        total = sum(factor * names[n] for n, factor in terms) + constant
        program.add(total == 0 if sense == 0 else total <= 0 if sense < 0 else total >= 0)
    program.minimize(sum(cost * names[n] for n, cost in costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 1
    status = solver.solve(program)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return [solver.value(x) for x in names] if found else None, solver.best_objective_bound


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(solve(*pickle.load(sys.stdin.buffer))))
