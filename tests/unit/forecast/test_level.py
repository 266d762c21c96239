"""Means set right by verified forecasts: unbiased where days vary, unmoved where models are right."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.forecast.level import BELIEF_DAYS, learn_level, set_level
from omnistaff.forecast.rolling import PastForecasts


def past(times: float, day_sd: float, seed: int = 4) -> PastForecasts:
    """Return 40 origins' forecasts of 28 days of 1,200 contacts, of which *times* as many come, days varying."""
    rng = np.random.default_rng(seed)
    mean = np.full((40, 28, 12), 100.0)
    by_date = times * np.exp(rng.normal(-(day_sd**2) / 2, day_sd, 80))
    date = np.arange(40)[:, None] + np.arange(28)
    actual = rng.poisson(mean * by_date[date][:, :, None]).astype(float)
    return PastForecasts(np.arange(100, 140), mean, actual, np.zeros((40, 28)))


def test_means_that_are_right_stay() -> None:
    assert learn_level(past(1.0, 0.0)) == pytest.approx(1.0, abs=0.005)


def test_means_that_fall_short_are_raised_by_what_the_days_tell() -> None:
    # errors that last are worth the 40 first days, old ones a little less, those with fewer days of 167 as well
    date = np.arange(100, 140)[:, None] + np.arange(28)
    share = np.average((np.arange(100, 140)[:, None] / 167) ** 2 + 0 * date, weights=0.5 ** ((166 - date) / 60))
    assert learn_level(past(1.25, 0.0)) == pytest.approx(1.25 ** (39 * share / (39 * share + BELIEF_DAYS)), rel=0.01)


def test_a_median_is_raised_to_the_mean() -> None:
    made = past(1.0, 0.6)
    median = PastForecasts(made.origins, made.mean * np.exp(-(0.6**2) / 2), made.actual, made.special)
    right = 1 / np.exp(-(0.6**2) / 2)
    assert 1.05 < learn_level(median) < right


def test_one_wild_day_does_not_raise_the_level() -> None:
    made, wild = past(1.0, 0.05), past(1.0, 0.05)
    wild.actual[20, 3] *= 30
    assert learn_level(wild) == pytest.approx(learn_level(made), rel=0.01)


def test_each_origin_is_set_right_by_what_was_known_then() -> None:
    made = past(1.3, 0.05)
    level = set_level(made).mean[:, 0, 0] / 100
    assert level[0] == 1.0  # nothing was verified yet
    assert (np.diff(level)[1:15] > -0.01).all()
    spoilt = PastForecasts(made.origins, made.mean, made.actual.copy(), made.special)
    spoilt.actual[(made.origins[:, None] + np.arange(28)) >= 120] = 1e6
    assert set_level(spoilt).mean[:20, 0, 0] / 100 == pytest.approx(level[:20], rel=1e-9)


def test_special_days_do_not_move_the_level() -> None:
    made = past(1.0, 0.0)
    special = np.ones((40, 28))
    assert learn_level(PastForecasts(made.origins, made.mean / 2, made.actual, special)) == 1.0
