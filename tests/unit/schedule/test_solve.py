"""The traps between PuLP and HiGHS."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.schedule.solve import (
    Limits,
    Status,
    add_variables,
    new_problem,
    share_out,
    solve,
    weighted_sum,
)


def _knapsack(count: int = 40) -> object:
    rng = np.random.default_rng(5)
    problem = new_problem("knapsack")
    x = add_variables(problem, count, "x", upper=1, is_integer=True)
    problem.setObjective(weighted_sum(x, -rng.integers(10, 99, count)) + 100)
    for _ in range(8):
        problem += weighted_sum(x, rng.integers(5, 60, count)) <= 300
    return problem


def test_the_bound_has_the_constant_of_the_objective() -> None:
    problem = new_problem("constant")
    x = add_variables(problem, 1, "x", upper=10, is_integer=True)
    problem.setObjective(weighted_sum(x, [2.0]) + 7)
    problem += weighted_sum(x, [1.0]) >= 1.5
    solution = solve(problem)
    assert (solution.status, solution.cost, solution.bound) == (Status.OPTIMAL, 11.0, pytest.approx(11.0))


def test_a_program_that_stops_early_is_not_called_optimal() -> None:
    solution = solve(_knapsack(), Limits(gap_share=0.0, nodes=1))
    assert solution.status is not Status.OPTIMAL
    assert solution.bound <= solution.cost


def test_contradicting_rows_are_infeasible() -> None:
    problem = new_problem("contradiction")
    x = add_variables(problem, 2, "x", upper=1, is_integer=True)
    problem.setObjective(weighted_sum(x, [1.0, 1.0]))
    problem += weighted_sum(x, [1.0, 1.0]) >= 3
    assert solve(problem).status is Status.INFEASIBLE


def test_duals_price_the_rows() -> None:
    problem = new_problem("prices")
    x = add_variables(problem, 2, "x")
    problem.setObjective(weighted_sum(x, [3.0, 5.0]))
    problem += weighted_sum(x, [1.0, 1.0]) >= 4
    solution = solve(problem)
    assert solution.duals == pytest.approx([3.0])
    assert solution.values[[v.index for v in x]] == pytest.approx([4.0, 0.0])


def test_people_are_shared_out_so_that_the_least_is_missing() -> None:
    ready = np.array([[2.0, 1.0], [1.0, 0.0]])
    required = np.array([[1.5, 1.5], [2.0, 0.0]])
    shared = share_out(ready, required, np.array([[1.0, 1.0], [1.0, 0.0]]))
    assert shared.sum(axis=1) == pytest.approx([3.0, 1.0])
    assert shared[0] == pytest.approx([1.5, 1.5])
    assert shared[1] == pytest.approx([1.0, 0.0])


def test_slower_people_serve_less() -> None:
    shared = share_out(np.array([[2.0, 1.0]]), np.array([[2.0, 0.4]]), np.array([[1.0, 0.8], [0.5, 0.0]]))
    # half a head comes from the second; of the first 1.5 are left for the first queue, 0.5 at 0.8 for the other
    assert shared[0] == pytest.approx([2.0, 0.4])
