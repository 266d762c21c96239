"""Contacts that come back: passed on, dialled again, called back; small cases by hand."""

import numpy as np
import pytest

from omnistaff.simulate.state import (
    ABANDONED,
    ANSWERED,
    CALLED_BACK,
    OFFERED,
    REDIALLED,
    TRANSFERRED,
    WAIT_S,
)

INF = np.inf


def test_a_contact_passed_on_is_offered_again(day, queue_settings):
    live, _ = queue_settings
    result = day(
        [live("a"), live("b")], {"a": [(0, 10, INF), (5, 10, INF)]}, {"a": 1, "b": 1}, [(0, 24)],
        transfers={"a": {"b": 1.0}},
    )  # fmt: skip
    counts = result.counts.sum(axis=0)
    assert counts[0][[OFFERED, ANSWERED, TRANSFERRED]].tolist() == [2, 2, 2]
    assert counts[1][[OFFERED, ANSWERED]].tolist() == [2, 2]


def test_who_left_dials_again_until_served(day, queue_settings):
    live, _ = queue_settings
    contacts = {"v": [(0, 2000, INF), (10, 60, 20)]}
    result = day([live("v")], contacts, {"v": 1}, [(0, 24)], redials={"v": {"share": 1.0, "after_s": 100}})
    counts = result.counts.sum(axis=0)[0]
    # the second leaves at 30; whoever comes back has endless patience here and is served
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [3, 1, 1, 2]


@pytest.mark.parametrize(("hours", "times"), [("00:00-24:00", 1), ("00:00-00:30", 0)])
def test_a_closed_queue_takes_nobody_who_dials_again(day, queue_settings, hours, times):
    live, _ = queue_settings
    queue = {**live("v"), "hours": {"daily": hours}}
    again = {"v": {"share": 1.0, "after_s": 4000}}
    result = day([queue], {"v": [(0, 2000, INF), (10, 60, 20)]}, {"v": 1}, [(0, 24)], redials=again)
    counts = result.counts.sum(axis=0)[0]
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [2 + times, 1, times, 1 + times]


def test_nobody_dials_again_for_ever_when_all_have_gone(day, queue_settings):
    live, _ = queue_settings
    again = {"v": {"share": 1.0, "after_s": 7 * 86_400}}
    counts = day([live("v")], {"v": [(0, 60, 5)]}, {"v": 1}, [(1, 2)], redials=again).counts.sum(axis=0)[0]
    assert counts[[OFFERED, ABANDONED, REDIALLED, ANSWERED]].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(("hours", "times"), [("00:00-24:00", 1), ("12:00-13:00", 0)])
def test_nobody_is_passed_on_to_a_closed_queue(day, queue_settings, hours, times):
    live, deferred = queue_settings
    queues = [live("a"), {**live("b"), "hours": {"daily": hours}}, {**deferred("m"), "hours": {"daily": hours}}]
    named = {"queues": queues, "contacts": {"a": [(0, 10, INF)]}, "skills": {"a": 1, "b": 1, "m": 1}}
    to_a_desk = day(**named, on_duty=[(0, 24)], transfers={"a": {"b": 1.0}}).counts.sum(axis=0)
    assert to_a_desk[0][TRANSFERRED] == to_a_desk[1][OFFERED] == times
    in_writing = day(**named, on_duty=[(0, 24)], transfers={"a": {"m": 1.0}}).counts.sum(axis=0)
    assert in_writing[0][TRANSFERRED] == in_writing[2][OFFERED] == 1


def test_a_callback_keeps_its_place_and_does_not_leave(day, queue_settings):
    live, _ = queue_settings
    contacts = {"v": [(0, 500, INF), (10, 60, 400), (200, 60, 100), (210, 60, 100)]}
    offer = {"v": {"share": 1.0, "from_wait_s": 150}}
    result = day([live("v")], contacts, {"v": 1}, [(0, 24)], callbacks=offer)
    counts = result.counts.sum(axis=0)[0]
    # the second leaves at 410; the two of 200 and 210 are called at 500 and 560
    assert counts[[ANSWERED, ABANDONED, CALLED_BACK]].tolist() == [3, 1, 2]
    assert counts[WAIT_S] == 300 + 350
