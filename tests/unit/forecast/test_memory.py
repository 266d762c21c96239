"""How long errors last, against exact Gaussian conditioning and explicit sums."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.forecast.memory import (
    SLOW,
    find_memory,
    independent_share,
    lasting,
    lead_growth,
    level_share,
    without_chance,
)
from omnistaff.forecast.rolling import PastForecasts
from omnistaff.forecast.verified import verify


def correlations(memory: float, days: int) -> np.ndarray:
    """Return how days' errors hang together: memory × SLOW**(k - 1) for days k apart."""
    apart = np.abs(np.arange(days)[:, None] - np.arange(days)[None])
    return np.where(apart == 0, 1.0, memory * SLOW ** np.maximum(apart - 1, 0))


def exact_growth(memory: float, past: int = 300) -> np.ndarray:
    """Return the variance of a day's best linear forecast from *past* days, 1 to 28 days ahead, over its mean."""
    whole = correlations(memory, past + 28)
    seen, both = whole[:past, :past], whole[past:, :past]
    variance = np.diag(whole[past:, past:] - both @ np.linalg.solve(seen, both.T))
    return variance / variance.mean()


@pytest.mark.parametrize("memory", [0.0, 0.2, 0.5, 0.8, 0.93])
def test_errors_grow_with_the_lead_as_those_of_the_best_linear_forecast(memory: float) -> None:
    exact = exact_growth(memory)
    by_lead = [exact[first:last].mean() for first, last in ((0, 1), (1, 7), (7, 14), (14, 28))]
    assert lead_growth(memory) == pytest.approx(np.array(by_lead), rel=1e-3)


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.7, 0.95])
def test_days_whose_errors_last_tell_as_much_as_so_many_independent_ones(memory: float) -> None:
    days = 4000
    squares = correlations(memory, days) ** 2  # the squares of normal errors are correlated by these
    assert independent_share(memory) == pytest.approx(days / squares.sum(), rel=0.02)


def test_first_days_are_worth_what_they_are_however_long_errors_last() -> None:
    made = forecasts(np.random.default_rng(4).gamma(100, 0.01, (40, 28)))
    days = np.ones(40 * 28, dtype=bool)
    fresh, alike = verify(made), verify(made, memory=0.8)
    assert fresh.worth(days) > 60  # 67 different days, the old ones a little less
    assert 30 < alike.worth(days) <= 40
    later = alike.bucket == 3
    assert alike.worth(later) == pytest.approx(independent_share(0.8) * fresh.worth(later))


def test_memory_is_found_in_forecasts_whose_errors_last() -> None:
    rng = np.random.default_rng(8)
    error = np.linalg.cholesky(correlations(0.6, 28)) @ rng.normal(0, 0.05, (28, 60))
    assert find_memory(forecasts(1 + error.T)) == pytest.approx(0.6, abs=0.08)
    assert level_share(0.6) == pytest.approx(0.6 / 0.95)


def forecasts(factor: np.ndarray) -> PastForecasts:
    """Return forecasts of 1,000 contacts a day that were off by *factor*, origins × lead days."""
    shape = (*factor.shape, 1)
    mean = np.full(shape, 1000.0)
    return PastForecasts(np.arange(len(factor)), mean, mean * factor[:, :, None], np.zeros(factor.shape))


def test_noise_of_counts_does_not_hide_that_a_level_lasts() -> None:
    rng = np.random.default_rng(5)
    level, chance = np.zeros(20_000), 0.04
    for day in range(1, len(level)):
        level[day] = SLOW * level[day - 1] + np.sqrt(1 - SLOW**2) * rng.normal()
    factor = 0.2 * (np.sqrt(0.6) * level + np.sqrt(0.4) * rng.normal(size=len(level)))
    error = factor + np.sqrt(chance) * rng.normal(size=len(level))
    seen = float(np.corrcoef(error[1:], error[:-1])[0, 1])
    true = float(np.corrcoef(factor[1:], factor[:-1])[0, 1])
    assert seen < 0.6 * true
    assert without_chance(seen, error, np.full(len(error), chance)) == pytest.approx(true, abs=0.03)
    assert without_chance(0.5, error, error**2) == SLOW


def test_what_lasts_is_the_product_of_neighbouring_errors_of_one_forecast() -> None:
    error, origin = np.array([0.1, 0.2, 0.3, 0.5]), np.array([4, 4, 4, 9])
    found = lasting(error, origin, np.array([5, 6, 8, 10]))
    weight = np.array([1 + SLOW**2, 1 + SLOW, SLOW**2 + SLOW])
    assert found[:3] == pytest.approx(np.array([0.1 * 0.5, 0.2 * 0.4, 0.3 * 0.3]) / weight)
    assert found[3] == 0  # its forecast has no other day


def test_chance_of_thin_days_is_not_taken_for_what_lasts() -> None:
    rng = np.random.default_rng(3)
    level = np.repeat(0.03 * rng.standard_normal(400), 7)
    chance = 0.2 * rng.standard_normal(2800)
    origin, date = np.repeat(np.arange(400), 7), np.tile(np.arange(7), 400) + 1000
    known = lasting(level, origin, date).mean()
    assert lasting(chance, origin, date).mean() == pytest.approx(0.0, abs=0.0005)
    assert lasting(level + chance, origin, date).mean() == pytest.approx(known, abs=0.0007)
