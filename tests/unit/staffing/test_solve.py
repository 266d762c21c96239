import numpy as np
import pytest

from omnistaff.errors import OmnistaffError
from omnistaff.staffing.solve import Program, Solver


def test_a_program_is_solved_and_solved_again_with_other_limits():
    program = Program()
    x = program.add_columns(np.array([2.0, 3.0]), np.array([4.0, np.inf]))
    rows = program.add_rows(np.array([10.0]), np.array([np.inf]))
    program.put(rows, x, 1.0)
    solver = Solver(program)
    first = solver.solve()
    assert first.values.tolist() == [4.0, 6.0]
    assert first.cost == pytest.approx(26.0)
    assert first.prices.tolist() == [3.0]
    solver.limit_rows(rows, np.array([3.0]))
    assert solver.solve().cost == pytest.approx(6.0)


def test_a_row_with_two_different_limits_is_refused_and_not_cut_to_one():
    program = Program()
    with pytest.raises(OmnistaffError, match="one limit or two equal ones"):
        program.add_rows(np.array([1.0, 2.0]), np.array([np.inf, 5.0]))
