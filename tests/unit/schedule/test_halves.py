"""Two threads on one roster: what the halves have in common, and that threads change nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.halves import Both, cut_days, split_days
from omnistaff.schedule.search import Desk
from tests.unit.schedule.test_search import parts

__all__ = ["parts"]


def _shaken(parts: tuple[object, ...], threads: int) -> Desk:
    team, need, groups = parts
    pay = np.zeros((need.levels.shape[1], len(groups.skills)))
    desk = Desk(team, Cover(need, groups), pay, np.random.default_rng(7), threads)
    for index in range(len(desk.is_in)):
        desk.put(index)
    for reach in (0, 1, 4):
        desk.shake(2.0, reach, 3)
        desk.draw([5, 1, 6], 2.0)
    return desk


def test_one_thread_and_two_make_the_same_roster(parts: tuple[object, ...]) -> None:
    one, two = _shaken(parts, 1), _shaken(parts, 2)
    for mine, yours in zip(one.sheet, two.sheet, strict=True):
        assert np.array_equal(mine, yours)
    assert np.array_equal(one.cover.cuts, two.cover.cuts)


def test_the_halves_share_no_slot_even_with_long_nights(parts: tuple[object, ...]) -> None:
    shifts = _shaken(parts, 1).shifts
    for longer in (0, 40, 200):
        wide = shifts._replace(lengths=shifts.lengths + longer)
        end, start = cut_days(wide)
        if not end:
            continue
        assert end < start
        early = np.where(wide.starts >= 0, wide.starts + wide.lengths[:, None, :], 0)[:, :end].max()
        late = np.where(wide.starts >= 0, wide.starts, 10**9)[:, start:].min()
        assert early <= late


def test_a_horizon_that_cannot_be_cut_stays_whole(parts: tuple[object, ...]) -> None:
    shifts = _shaken(parts, 1).shifts
    assert cut_days(shifts._replace(starts=shifts.starts[:, :2])) == (0, 0)
    early, late, between = split_days(np.array([0, 1, 1, 0]), (0, 0))
    assert not len(early)
    assert not len(late)
    assert between.tolist() == [0, 1, 2, 3]


def test_days_are_split_in_their_order() -> None:
    early, late, between = split_days(np.array([5, 0, 3, 1, 2, 4]), (2, 3))
    assert (early.tolist(), late.tolist(), between.tolist()) == ([1, 3], [0, 2, 5], [4])


def test_both_waits_for_the_second_when_the_first_fails() -> None:
    ended, go = threading.Event(), threading.Event()

    def fail() -> None:
        go.set()
        raise KeyboardInterrupt

    def work() -> None:
        go.wait(5)
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        Both(2)(fail, work)
    assert ended.is_set()
