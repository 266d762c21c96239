"""The interior point against a simplex method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from omnistaff.schedule.interior import Columns, reach


def _random_columns(rng: np.random.Generator, covers: int, people: int, lines: int) -> Columns:
    """Return shortages, absences and *lines* a person, each at work in some rows at some speed."""
    rows, values = [[k] for k in range(covers + people)], [[1.0] for _ in range(covers + people)]
    for person in np.repeat(np.arange(people), lines).tolist():
        works = np.flatnonzero(rng.random(covers) < 0.4).tolist()
        rows.append([*works, covers + person])
        values.append([*rng.choice([0.5, 1.0, 1.2], len(works)).tolist(), 1.0])
    costs = np.concatenate([rng.choice([20.0, 100.0], covers), np.full(people, 1e6), rng.random(people * lines) * 9])
    starts = np.cumsum([0, *map(len, rows)])
    return Columns(
        starts.astype(np.int32), np.concatenate(rows).astype(np.int32), np.concatenate(values), costs
    )  # fmt: skip


def _matrix(columns: Columns, rows: int) -> np.ndarray:
    dense = np.zeros((rows, len(columns.costs)))
    for k in range(len(columns.costs)):
        entries = slice(columns.starts[k], columns.starts[k + 1])
        dense[columns.rows[entries], k] = columns.values[entries]
    return dense


@pytest.mark.parametrize("seed", range(6))
def test_the_least_cost_and_its_duals_are_those_of_the_simplex_method(seed: int) -> None:
    rng = np.random.default_rng(seed)
    covers, people = 30, 8
    columns = _random_columns(rng, covers, people, lines=3 if seed == 0 else 40)
    right = np.concatenate([rng.integers(0, 6, covers).astype(float), np.ones(people)])
    dense = _matrix(columns, len(right))
    exact = linprog(columns.costs, -dense[:covers], -right[:covers], dense[covers:], right[covers:])
    found = reach(columns, right, covers, 1e-8)
    assert found.cost == pytest.approx(exact.fun, rel=1e-6, abs=1e-5)
    assert found.dual == pytest.approx(exact.fun, rel=1e-6, abs=1e-5)
    assert (found.values > -1e-9).all()
    assert (dense[:covers] @ found.values > right[:covers] - 1e-5).all()
    assert dense[covers:] @ found.values == pytest.approx(1.0, abs=1e-5)
    assert (columns.costs - found.duals @ dense > -1e-4 * (1 + columns.costs)).all()


def test_a_wide_gap_is_kept_and_costs_fewer_steps() -> None:
    rng = np.random.default_rng(1)
    columns = _random_columns(rng, 30, 8, lines=40)
    right = np.concatenate([rng.integers(0, 6, 30).astype(float), np.ones(8)])
    near, vague = reach(columns, right, 30, 1e-8), reach(columns, right, 30, 0.05)
    assert near.cost < vague.cost <= near.cost + 0.06 * (1 + vague.cost)
