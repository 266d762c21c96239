import numpy as np
import pytest

from omnistaff.errors import DomainError
from omnistaff.queueing.speeds import measured_speeds, time_at_levels


def test_time_is_counted_by_level_of_each_agent_alone():
    time_s, level = time_at_levels(["a", "a", "a", "b"], [0, 10, 30, 5], [30, 40, 50, 25], levels=2)
    # a: 1 from 0, 2 from 10, 2 from 30 (one ends as one begins), 1 from 40; b is alone
    assert time_s.tolist() == [[10, 20], [0, 30], [10, 10], [20, 0]]
    assert level.tolist() == [1, 2, 2, 1]
    assert time_at_levels([1, 1, 1], [0, 0, 0], [9, 9, 9], levels=2)[0].tolist() == [[0, 9]] * 3


def test_conversations_without_length_count_where_they_begin():
    time_s, level = time_at_levels([1, 1, 1, 2], [10, 10, 10, 7], [10, 10, 60, 7], levels=2)
    assert time_s.tolist() == [[0, 0], [0, 0], [50, 0], [0, 0]]
    assert sorted(level[:3].tolist()) == [1, 2, 2]
    assert level[3] == 1
    assert time_at_levels([1], [5], [5], levels=1)[1].tolist() == [1]


def test_speeds_that_cannot_be_seen_are_refused():
    with pytest.raises(DomainError, match="number 3"):
        measured_speeds(*time_at_levels([1, 1], [0, 10], [50, 60], levels=3))
    with pytest.raises(DomainError, match="1 conversations end before"):
        time_at_levels([1], [10], [0], levels=2)
    noise = np.random.default_rng(1).exponential(100, (8, 2))
    with pytest.raises(DomainError, match="tell their speeds apart"):
        measured_speeds(noise, np.repeat([1, 2], 4))
    with pytest.raises(DomainError, match="tell their speeds apart"):
        measured_speeds(np.array([[0.0, 10.0], [0.0, 20.0]]), np.array([1, 2]))
