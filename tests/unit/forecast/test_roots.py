"""Sums of products of roots: the same from blocks as at once, and blind to what comes."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.forecast.roots import BLOCK_DAYS, HALF_LIFE_DAYS, Roots, make_roots, roots_of, weighted_products

DAYS = 3 * BLOCK_DAYS
ORIGINS = [1, BLOCK_DAYS - 1, BLOCK_DAYS, BLOCK_DAYS + 1, 2 * BLOCK_DAYS + 5, DAYS]


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    rng = np.random.default_rng(5)
    made = rng.poisson(6, (DAYS, 5)).astype(float)
    some = rng.permutation(np.arange(1, DAYS))
    made[some[:40]] = np.nan  # closed
    made[some[40:50], 2] = np.nan  # open, but not known as a whole
    return made


def sums_of(counts: np.ndarray) -> Roots:
    known = ~np.isnan(counts)
    return make_roots(counts, known.all(axis=1), np.cumsum(known.any(axis=1)))


@pytest.mark.parametrize("origin", ORIGINS)
def test_products_of_blocks_are_those_of_all_days_at_once(counts: np.ndarray, origin: int) -> None:
    whole, place = ~np.isnan(counts).any(axis=1), np.cumsum(~np.isnan(counts).all(axis=1))
    rows = np.flatnonzero(whole[:origin])
    weight = 0.5 ** ((place[origin - 1] - place[rows]) / HALF_LIFE_DAYS)
    expected = weighted_products(roots_of(counts[rows]), weight)
    assert sums_of(counts).products(origin) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("origin", ORIGINS)
def test_products_do_not_see_what_comes(counts: np.ndarray, origin: int) -> None:
    spoilt = counts.copy()
    spoilt[origin:] = np.where(np.isnan(counts[origin:]), 1e6, np.nan)  # closed days whole, whole ones closed
    assert sums_of(counts).products(origin).tobytes() == sums_of(spoilt).products(origin).tobytes()


def test_sums_that_origins_share_cannot_be_changed(counts: np.ndarray) -> None:
    with pytest.raises(ValueError, match="read-only"):
        sums_of(counts).products(BLOCK_DAYS)[0] = 0.0
