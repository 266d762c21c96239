"""Small moves: what they keep, and that the books stay right."""

from __future__ import annotations

import numpy as np
import pytest

from omnistaff.schedule.cover import Cover
from omnistaff.schedule.kernel import line_cost
from omnistaff.schedule.search import Desk
from tests.unit.schedule.test_search import _desk, parts

__all__ = ["parts"]


@pytest.fixture
def desk(parts: tuple[object, ...]) -> Desk:
    desk = _desk(parts)
    for index in range(len(desk.is_in)):
        desk.put(index)
    return desk


def _recount(desk: Desk) -> Cover:
    cover = Cover(desk.cover.need, desk.cover.groups)
    for index, member in enumerate(desk.team.members):
        cover.add(member.group, desk.line(index).works)
    return cover


def test_cover_and_wishes_are_those_of_the_moved_shifts(desk: Desk) -> None:
    for reach in (0, 1, 4):
        desk.shake(1.0, reach, 0)
    fresh = _recount(desk)
    assert np.allclose(fresh.cuts, desk.cover.cuts)
    assert np.array_equal(fresh.heads, desk.cover.heads)
    for index, member in enumerate(desk.team.members):
        line, menu = desk.line(index), desk.team.menus[member.menu]
        days = np.flatnonzero(line.chosen >= 0)
        wishes = member.constant - member.base[days, line.chosen[days]].sum()
        wishes += line_cost(line.chosen, menu.kinds, member.walk)
        assert line.wishes == pytest.approx(wishes)


def test_moved_shifts_keep_days_class_rest_and_break_windows(desk: Desk) -> None:
    before = [desk.line(index) for index in range(len(desk.is_in))]
    desk.shake(5.0, 4, 0)
    moved = 0
    for index, member in enumerate(desk.team.members):
        old, new, menu = before[index], desk.line(index), desk.team.menus[member.menu]
        moved += int((old.chosen != new.chosen).sum())
        assert np.array_equal(old.chosen >= 0, new.chosen >= 0)
        days = np.flatnonzero(new.chosen >= 0)
        kind = menu.kinds.groups[menu.kinds.option_group, 0]
        assert np.array_equal(kind[old.chosen[days]], kind[new.chosen[days]])
        starts = menu.offers.starts[days, new.chosen[days]]
        ends = starts + menu.offers.lengths[new.chosen[days]]
        hours = (starts[1:] - ends[:-1]) * 24 / (menu.offers.starts[1, 0] - menu.offers.starts[0, 0])
        assert (hours >= member.contract.min_rest_hours).all()
        for d in days:
            layout = menu.offers.layout[new.chosen[d]]
            for b in range(menu.offers.counts[layout]):
                first, last, _ = menu.offers.windows[layout, b]
                assert first <= new.places[d, b] <= last
    assert moved > 0


def test_cold_moves_never_cost_more(desk: Desk) -> None:
    cost = desk.keep()
    for reach in (0, 2, 4):
        desk.shake(0.0, reach, 0)
        now = desk.keep()
        assert now <= cost + 1e-9
        cost = now
