import numpy as np
import pytest

from omnistaff.simulate.arrivals import Slots, draw_poisson, place_counts
from omnistaff.simulate.streams import name_key, stream_keys

NAMES = np.array([name_key("a"), name_key("b")], dtype=np.uint64)
STARTS = np.array([[0.0, 1800.0, 7200.0], [0.0, 1800.0, 7200.0]])  # closed from 3600 to 7200


def slots(waiting=(0, 0)):
    return Slots(STARTS, 1800.0, 1800.0, 5, np.array(waiting, dtype=np.int64))


def draw(function, expected, replication=0, size=5000, waiting=(0, 0)):
    times, cells = np.zeros(size), np.zeros(size, dtype=np.int64)
    keys = stream_keys(np.uint64(3), replication, NAMES)
    first = function(np.asarray(expected, dtype=float), slots(waiting), keys, times, cells)
    return first, times, cells


def test_counts_are_kept_exactly_and_fall_into_their_intervals():
    first, times, cells = draw(place_counts, [[5, 0, 7], [0, 3, 1]])
    assert first.tolist() == [0, 12, 16]
    assert np.bincount(cells[:12], minlength=5).tolist() == [5, 0, 0, 0, 7]
    assert np.bincount(cells[12:16], minlength=5).tolist() == [0, 3, 0, 0, 1]
    assert (np.diff(times[:12]) > 0).all()
    assert (cells[:16] == times[:16] // 1800).all()


def test_places_within_an_interval_are_uniform():
    pooled = np.concatenate([draw(place_counts, [[40, 0, 0], [0, 0, 0]], r)[1][:40] for r in range(100)]) / 1800
    assert pooled.mean() == pytest.approx(0.5, abs=3 / np.sqrt(12 * 4000))
    assert pooled.var() == pytest.approx(1 / 12, abs=0.005)


def test_fractions_are_rounded_at_random_to_the_right_mean():
    counts = [draw(place_counts, [[2.25, 0, 0], [0, 0, 0]], r)[0][1] for r in range(2000)]
    assert set(counts) == {2, 3}
    assert np.mean(counts) == pytest.approx(2.25, abs=3 * np.sqrt(0.1875 / 2000))


def test_poisson_numbers_have_equal_mean_and_variance_and_skip_closed_time():
    results = [draw(draw_poisson, [[6, 0, 3], [0.5, 0, 0]], r) for r in range(3000)]
    numbers = np.array([first[1] for first, _, _ in results])
    assert numbers.mean() == pytest.approx(9, abs=3 * np.sqrt(9 / 3000))
    assert numbers.var() == pytest.approx(9, rel=0.1)
    assert all(set(cells[: first[1]]) <= {0, 4} for first, _, cells in results)


def test_backlog_is_there_from_the_start():
    first, times, cells = draw(place_counts, [[1, 0, 0], [0, 0, 0]], waiting=(3, 2))
    assert first.tolist() == [0, 4, 6]
    assert times[:3].tolist() == [0, 0, 0]
    assert cells[4:6].tolist() == [0, 0]


@pytest.mark.parametrize("function", [draw_poisson, place_counts])
def test_too_little_room_is_reported(function):
    first, _, _ = draw(function, [[50, 50, 50], [0, 0, 0]], size=20)
    assert first[0] == -1
