"""Ranges learnt from verified forecasts: variances come back, tails reach, special days get their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from omnistaff.forecast.calibration import (
    NORMAL,
    calibrated_levels,
    calibrated_quantiles,
    learn_reach,
    normal_spread,
    student_reach,
    tally,
)
from omnistaff.forecast.dispersion import SPECIAL_DAY, _slot_sums, learn_dispersion
from omnistaff.forecast.negative_binomial import MOST_ADDED, bounds, distribution, quantiles
from omnistaff.forecast.paths import correlated_normals, draw_paths, drawn_excess, total_variance
from omnistaff.forecast.rolling import PastForecasts
from omnistaff.forecast.verified import verify


def past(day: float, interval: float, special_factor: float = 1.0, seed: int = 3) -> PastForecasts:
    """Return 40 origins' forecasts of 28 days, 12 slots of 100 contacts, off by factors of known variances."""
    rng = np.random.default_rng(seed)
    mean = np.full((40, 28, 12), 100.0)
    date = np.arange(100, 140)[:, None] + np.arange(28)
    special = ((date % 7 == 0) & (special_factor > 1)).astype(float)
    variance = day * np.where(special > 0, special_factor, 1.0)
    common = rng.gamma(1 / variance, variance)[:, :, None]
    own = rng.gamma(1 / interval, interval, mean.shape)
    return PastForecasts(np.arange(100, 140), mean, rng.poisson(mean * common * own).astype(float), special)


def test_the_variances_come_back() -> None:
    found = learn_dispersion(past(0.01, 0.02))
    assert found.day[1:] == pytest.approx(0.01, rel=0.25)
    assert found.interval == pytest.approx(0.02, rel=0.25)
    assert found.slots == pytest.approx(1.0, abs=0.35)
    assert found.interval_reach == pytest.approx(1.05 * NORMAL, rel=0.1)


def test_special_days_get_a_variance_of_their_own() -> None:
    wide, usual = learn_dispersion(past(0.01, 0.01, special_factor=20.0)), learn_dispersion(past(0.01, 0.01))
    assert usual.special[0] == SPECIAL_DAY
    assert 8 < wide.special[0] < 25
    lead, total = np.array([3]), np.array([1200.0])
    assert wide.spread(lead, np.ones(1), total).day[0] > 8 * wide.spread(lead, np.zeros(1), total).day[0]
    few = usual.spread(lead, np.ones(1), total).day_reach[0]
    many = wide.spread(lead, np.ones(1), total).day_reach[0]
    assert few[1] / few[0] > many[1] / many[0] > NORMAL[1] / NORMAL[0]


def test_a_feast_does_not_multiply_the_tails_of_usual_days() -> None:
    rng, mean, one = np.random.default_rng(4), np.full((1, 12), 100.0), np.ones(1)
    usual = learn_dispersion(past(0.01, 0.01))
    wild = replace(usual, day_reach=usual.day_reach * [1.0, 3.0])  # usual days with far tails
    most = []
    for found in (usual, wild):
        spread = found.spread(np.array([3]), one, np.array([1200.0]))
        drawn = draw_paths(mean, spread, normal=rng.standard_normal((4000, 1)), rng=rng).sum(axis=(1, 2)) / 1200
        most.append(np.quantile(drawn, 0.999))
    assert most[1] == pytest.approx(most[0], rel=0.1)
    assert 1.5 < most[0] < 2.5  # of 3.5 times the variance, and a Student t's four degrees of freedom


def test_days_of_one_feast_tell_as_one() -> None:
    seen = verify(past(0.01, 0.01, special_factor=20.0))
    assert seen.feasts(seen.special > 0) == 9
    assert seen.feasts(np.isin(seen.date, [104, 105, 106, 112])) == 2
    assert seen.feasts(seen.date < 0) == 0


def test_noisy_slots_are_told_apart() -> None:
    made = past(0.01, 0.01)
    noise = np.random.default_rng(1).gamma(10, 0.1, made.mean.shape[:2])
    made.actual[:, :, 0] *= noise
    assert learn_dispersion(made).slots[0] > 3 * np.median(learn_dispersion(made).slots)


def days_of_two_sizes(exponent: float) -> PastForecasts:
    """Return forecasts in which two of seven days have a tenth of the contacts, their variance by a power of that."""
    rng = np.random.default_rng(8)
    mean = np.full((40, 28, 12), 200.0)
    small = (np.arange(40)[:, None] + np.arange(28)) % 7 < 2
    mean[small] = 20.0
    variance = 0.01 * np.where(small, 0.1, 1.0) ** -exponent
    common = rng.gamma(1 / variance, variance)[:, :, None]
    return PastForecasts(np.arange(100, 140), mean, rng.poisson(mean * common).astype(float), np.zeros((40, 28)))


def test_small_days_vary_more_where_past_ones_did() -> None:
    grown, plain = learn_dispersion(days_of_two_sizes(0.8)), learn_dispersion(days_of_two_sizes(0.0))
    assert plain.size.exponent < 0.2 < 0.6 < grown.size.exponent < 1.0
    lead, none, totals = np.array([3, 3]), np.zeros(2), np.array([2400.0, 240.0])
    assert grown.spread(lead, none, totals).day == pytest.approx([0.01, 0.01 * 10**0.8], rel=0.35)


def test_days_of_one_size_tell_of_no_size_effect() -> None:
    even = learn_dispersion(past(0.01, 0.02))
    assert even.spread(np.array([3]), np.zeros(1), np.array([1200.0])).day == pytest.approx(even.day[1], rel=0.01)


def reach_of(scores: np.ndarray, days: float) -> np.ndarray:
    """Return the reach learnt from independent *scores*, by a variance learnt from so many *days*."""
    return learn_reach(tally(scores, np.ones(len(scores))) * len(scores), days)


def test_heavy_tails_reach_farther_out_than_in() -> None:
    scores = np.random.default_rng(2).standard_t(3, 5_000) / 1.6
    near, far = reach_of(scores, 5000.0) / NORMAL
    assert far > 1.2 * near
    assert [near, far] == pytest.approx(student_reach(3.0) / 1.6 / NORMAL, rel=0.05)


def test_many_normal_scores_reach_as_far_as_a_normal() -> None:
    scores = np.random.default_rng(2).standard_normal(3_000)
    assert reach_of(scores, 3000.0) == pytest.approx(NORMAL, rel=0.04)
    assert reach_of(1.5 * scores, 3000.0) == pytest.approx(1.5 * NORMAL, rel=0.05)


@pytest.mark.parametrize("days", [6, 15, 60])
def test_a_reach_learnt_from_few_days_holds_what_it_promises(days: int) -> None:
    rng = np.random.default_rng(days)
    reaches = np.array([reach_of(rng.standard_normal(days), float(days)) for _ in range(500)])
    near, far = (2 * ndtr(reaches) - 1).mean(axis=0)
    assert near == pytest.approx(0.80, abs=0.025)
    assert 0.94 < far < 0.98  # rather too far: far tails cannot be ruled out by so few days


def test_without_a_past_ranges_reach_as_far_as_a_guessed_scale_asks_for() -> None:
    near, far = reach_of(np.zeros(0), 0.0)
    assert student_reach(8.0)[0] < near < student_reach(2.0)[0]
    assert student_reach(8.0)[1] < far < student_reach(2.0)[1]


def test_ranges_reach_farther_where_errors_grow() -> None:
    calm, growing = past(0.01, 0.01), past(0.01, 0.01)
    late = np.arange(40) + 100 + np.arange(28)[:, None] >= 125
    growing.actual[:] = np.where(late.T[:, :, None], 3 * growing.actual - 2 * growing.mean, growing.actual)
    growing.actual[:] = np.maximum(growing.actual, 0)
    reach = [learn_dispersion(one.before(145)).day_reach for one in (calm, growing)]
    assert (reach[1][:, 0] > 1.15 * reach[0][:, 0]).all()


def test_levels_and_quantiles_are_inverse() -> None:
    mean, excess = np.array([5.0, 80.0, 900.0]), np.array([0.1, 0.05, 0.02])
    reach = np.broadcast_to(np.array([1.5, 2.6]), (3, 2))
    levels = np.array([0.05, 0.5, 0.9])
    found = calibrated_quantiles(mean, excess, reach, levels)
    for column, level in enumerate(levels):
        upto = calibrated_levels(found[:, column], mean, excess, reach)
        below = calibrated_levels(found[:, column] - 1, mean, excess, reach)
        assert (below - 0.005 < level).all()
        assert (upto + 0.005 > level).all()


def test_a_normals_reach_changes_nothing() -> None:
    mean, excess, levels = np.array([3.0, 60.0]), np.array([0.1, 0.1]), np.array([0.1, 0.5, 0.9])
    plain = quantiles(mean, excess, levels)
    assert (calibrated_quantiles(mean, excess, np.broadcast_to(NORMAL, (2, 2)), levels) == plain).all()


def test_paths_reach_as_far_as_learnt_and_keep_their_mean() -> None:
    rng = np.random.default_rng(5)
    spread = normal_spread(0.02, 1e-6)
    wide = type(spread)(spread.day, spread.interval, student_reach(3.0)[None], spread.interval_reach)
    mean = np.full((1, 10), 5000.0)
    totals = [
        draw_paths(mean, one, normal=rng.standard_normal((8000, 1)), rng=rng).sum(axis=(1, 2))
        for one in (spread, wide)
    ]
    assert [t.mean() for t in totals] == pytest.approx([50_000, 50_000], rel=0.01)
    reach = [np.subtract(*np.quantile(t, [0.975, 0.025])) for t in totals]
    assert reach[1] / reach[0] == pytest.approx(student_reach(3.0)[1] / NORMAL[1], rel=0.1)
    assert ndtri(0.975) == pytest.approx(NORMAL[1])


@pytest.mark.parametrize("reach", [NORMAL, student_reach(3.0), np.array([1.7, 2.8])])
def test_the_variance_of_paths_is_as_told(reach: np.ndarray) -> None:
    rng = np.random.default_rng(8)
    plain = normal_spread(0.05, 0.02)
    spread = type(plain)(plain.day, plain.interval, reach[None], plain.interval_reach)
    normal = rng.standard_normal((40_000, 1))
    lift = rng.gamma(10.0, 0.1, (40_000, 1))
    drawn = draw_paths(np.full((1, 1), 2000.0), spread, normal=normal, rng=rng, lift=lift)[:, 0, 0]
    told = drawn_excess(spread, np.array([0.1]))[0, 0]
    assert (drawn.var() - 2000) / 2000**2 == pytest.approx(told, rel=0.06)
    assert told == pytest.approx((1 + 0.07) * 1.1 - 1, rel=0.01) if reach is NORMAL else told > 0.2


@pytest.mark.parametrize("mean", [80.0, 900.0])
def test_intervals_of_paths_reach_as_far_as_their_quantiles(mean: float) -> None:
    rng = np.random.default_rng(2)
    plain = normal_spread(0.01, 0.04)
    spread = type(plain)(plain.day, plain.interval, plain.day_reach, 1.3 * NORMAL[None])
    cells = np.full((1, 4), mean)
    drawn = draw_paths(cells, spread, normal=rng.standard_normal((20_000, 1)), rng=rng)[:, 0]
    told = calibrated_quantiles(
        cells[0], np.full(4, 0.05), np.repeat(1.3 * NORMAL[None], 4, axis=0), np.array([0.1, 0.9])
    )
    width = np.subtract(*np.quantile(drawn, [0.9, 0.1], axis=0)).mean() / np.subtract(*told.T[::-1]).mean()
    assert 0.85 < width < 1.05


def test_the_variance_of_day_totals_is_that_of_paths() -> None:
    rng = np.random.default_rng(6)
    plain = normal_spread(0.05, 0.2)
    spread = type(plain)(plain.day, plain.interval, np.array([[1.7, 2.8]]), plain.interval_reach)
    mean = np.full((1, 5), 40.0)
    drawn = draw_paths(mean, spread, normal=rng.standard_normal((60_000, 1)), rng=rng).sum(axis=(1, 2))
    assert total_variance(mean, spread)[0] == pytest.approx(drawn.var(), rel=0.04)


def test_missed_levels_last_for_weeks() -> None:
    drawn = correlated_normals(20_000, 15, 0.5, np.random.default_rng(9))
    assert drawn.std(axis=0) == pytest.approx(1.0, rel=0.02)
    found = np.corrcoef(drawn.T)[0]
    assert found[[1, 7, 14]] == pytest.approx(0.5 * 0.95 ** np.array([0, 6, 13]), abs=0.02)


def test_levels_that_reach_very_far_still_have_counts() -> None:
    reach = np.array([[9.0, 20.0]])
    found = calibrated_quantiles(np.array([1000.0]), np.array([0.1]), reach, np.array([0.005, 0.5, 0.995]))
    assert np.isfinite(found).all()
    assert 0 <= found[0, 0] < found[0, 1] < found[0, 2]


def test_slots_are_weighed_by_how_little_of_their_noise_is_chance() -> None:
    """Rows 0 and 2 are asked for: slot 0 shows 2 and 1/2 times its variance, slot 1 100 times, cut off at 25."""
    mean = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 3.0]])
    shape = np.array([[2.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    beyond = np.array([[4.0, 9.0], [9.0, 9.0], [0.5, 100.0]])
    weight, found = _slot_sums(np.array([0, 2]), np.array([0.5, 9.0, 1.0]), mean, shape, beyond)
    assert weight.tolist() == [0.5, 0.25]
    assert found.tolist() == [0.625, 6.25]


@pytest.mark.parametrize("count", [0.0, 1.0, 2.5, MOST_ADDED, MOST_ADDED + 1, 900.0])
def test_bounds_are_the_distribution_s_however_they_are_worked_out(count: float) -> None:
    at, mean, excess = np.full(4, count), np.array([0.3, 12.0, 70.0, 800.0]), np.array([0.001, 0.02, 0.5, 0.1])
    below, upto = bounds(at, mean, excess)
    assert below == pytest.approx(distribution(at - 1, mean, excess), abs=1e-9)
    assert upto == pytest.approx(distribution(at, mean, excess), abs=1e-9)
