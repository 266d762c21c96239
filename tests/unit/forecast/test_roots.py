"""Sums of products of roots: the same from blocks as at once, and blind to what comes."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.forecast.roots import BLOCK_DAYS, HALF_LIFE_DAYS, make_roots, roots_of, weighted_products

DAYS = 3 * BLOCK_DAYS
ORIGINS = [1, BLOCK_DAYS - 1, BLOCK_DAYS, BLOCK_DAYS + 1, 2 * BLOCK_DAYS + 5, DAYS]


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    rng = np.random.default_rng(5)
    made = rng.poisson(6, (DAYS, 5)).astype(float)
    made[rng.permutation(np.arange(1, DAYS))[:40]] = np.nan  # closed
    return made


@pytest.mark.parametrize("origin", ORIGINS)
def test_products_of_blocks_are_those_of_all_days_at_once(counts: np.ndarray, origin: int) -> None:
    whole = ~np.isnan(counts).any(axis=1)
    place = np.cumsum(whole)
    rows = np.flatnonzero(whole[:origin])
    weight = 0.5 ** ((place[origin - 1] - place[rows]) / HALF_LIFE_DAYS)
    expected = weighted_products(roots_of(counts[rows]), weight)
    assert make_roots(counts, whole, place).products(origin) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("origin", ORIGINS)
def test_products_do_not_see_what_comes(counts: np.ndarray, origin: int) -> None:
    whole = ~np.isnan(counts).any(axis=1)
    spoilt = counts.copy()
    spoilt[origin:] = 1e6
    one, two = (make_roots(some, whole, np.cumsum(whole)).products(origin) for some in (counts, spoilt))
    assert one.tobytes() == two.tobytes()
