"""Who takes which contact, in cases small enough to work out by hand."""

import numpy as np
import pytest

from omnistaff.simulate.state import (
    WAIT_S,
)

INF = np.inf


def test_an_agent_in_conversation_drains_for_a_waiting_call(day, queue_settings):
    live, _ = queue_settings
    chat = {
        "name": "c", "mode": "messaging", "concurrency": 2, "concurrency_speeds": [1, 1], "patience_s": 1e9,
        "target": {"answered_share": 0.8, "within_s": 60},
    }  # fmt: skip
    result = day(
        [live("v"), chat], {"c": [(0, 100, INF), (20, 100, INF)], "v": [(10, 30, INF)]}, {"c|v": 1}, [(0, 24)]
    )
    counts = result.counts.sum(axis=0)
    assert counts[0][WAIT_S] == 90  # the call starts at 100
    assert counts[1][WAIT_S] == 110  # the second chat after it, at 130


def test_people_take_their_first_queues_before_all_others(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (10, 20, INF)], "b": [(50, 20, INF)]}
    named = {"queues": [live("a"), live("b")], "contacts": contacts, "skills": {"a|b": 1}, "on_duty": [(0, 24)]}
    assert day(**named).counts.sum(axis=0)[:, WAIT_S].tolist() == [90, 70]
    assert day(**named, first_queues={"b|a": ["b"]}).counts.sum(axis=0)[:, WAIT_S].tolist() == [110, 50]


def test_specialists_before_generalists_and_oldest_first(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (30, 10, INF)], "b": [(10, 100, INF), (20, 10, INF)]}
    result = day([live("a"), live("b")], contacts, {"a": 1, "a|b": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)
    # a: first by the specialist; b at 10 by the generalist, who at 110 takes the b of 20; a of 30 at 100
    assert counts[0][WAIT_S] == 70
    assert counts[1][WAIT_S] == 90


def test_higher_priority_is_served_first(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (10, 20, INF)], "b": [(50, 20, INF)]}
    result = day([live("a"), live("b", priority=5)], contacts, {"a|b": 1}, [(0, 24)])
    counts = result.counts.sum(axis=0)
    assert counts[1][WAIT_S] == 50
    assert counts[0][WAIT_S] == 110


def test_the_skill_set_with_most_people_idle_answers(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF), (10, 100, INF), (20, 100, INF)], "b": [(30, 50, INF)]}
    result = day([live("a"), live("b")], contacts, {"a": 1, "a|b": 2}, [(0, 24)])
    # the first a goes to one of two generalists, the second to the specialist, being one of two groups alike, the
    # third to the last generalist; b waits for the first to be free
    assert result.counts.sum(axis=0)[1][WAIT_S] == 70


def test_deferred_skills_keep_nobody_from_a_contact(day, queue_settings):
    live, mail = queue_settings
    contacts = {"a": [(0, 100, INF)], "b": [(10, 50, INF)], "m": []}
    result = day([live("a"), live("b"), mail("m")], contacts, {"a|b": 1, "a|m": 1}, [(0, 24)])
    # both are idle and have two skills; who can serve b too stays free for it
    assert result.counts.sum(axis=0)[1][WAIT_S] == 0


def test_people_who_are_kept_free_for_a_queue_take_no_others(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(20, 50, INF)], "b": [(0, 100, INF), (10, 30, INF)]}
    named = {"queues": [live("a"), live("b")], "contacts": contacts, "skills": {"a|b": 2}, "on_duty": [(0, 24)]}
    assert day(**named).counts.sum(axis=0)[:, WAIT_S].tolist() == [20, 0]
    # the second b waits until 100: the other one is kept for a, has it from 20 to 70, and is kept again
    assert day(**named, kept_free={"a": 1}).counts.sum(axis=0)[:, WAIT_S].tolist() == [0, 90]


def test_who_is_kept_free_is_released_when_somebody_else_is(day, queue_settings):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF)], "b": [(10, 30, INF)]}
    named = {"queues": [live("a"), live("b")], "contacts": contacts, "skills": {"a": 1, "a|b": 1}}
    result = day(**named, on_duty=[(0, 24)], kept_free={"a": 1})
    assert result.counts.sum(axis=0)[:, WAIT_S].tolist() == [0, 90]  # b from 100 on, when the specialist is free


@pytest.mark.parametrize(("rule", "waited"), [("pre_empted", 0), ("finished_first", 190)])
def test_who_would_drop_deferred_work_counts_as_free(day, queue_settings, rule, waited):
    live, mail = queue_settings
    contacts = {"a": [], "b": [(10, 30, INF)], "m": [(0, 200, INF)]}
    named = {"queues": [live("a"), live("b"), mail("m")], "contacts": contacts, "skills": {"a|b": 1, "a|m": 1}}
    result = day(**named, on_duty=[(0, 24)], kept_free={"a": 1}, deferred_work=rule)
    assert result.counts.sum(axis=0)[1][WAIT_S] == waited


def test_a_queue_that_closes_keeps_nobody_from_who_waits(day, queue_settings):
    live, _ = queue_settings
    queues = [live("a", hours={"mon-sun": "00:00-01:00"}), live("b")]
    named = {"queues": queues, "contacts": {"b": [(600, 100, INF)]}, "skills": {"a|b": 1}, "kept_free": {"a": 1}}
    assert day(**named, on_duty=[(0, 24)]).counts.sum(axis=0)[1][WAIT_S] == 3000


@pytest.mark.parametrize(("kept", "waited"), [({"a": 1, "b": 1}, 0), ({"a": 9, "b": 2}, 0), ({"b": 2}, 86_400)])
def test_queues_that_keep_as_many_do_not_hold_each_other_back(day, queue_settings, kept, waited):
    live, _ = queue_settings
    contacts = {"a": [(0, 100, INF)], "b": []}
    result = day([live("a"), live("b")], contacts, {"a|b": 2}, [(0, 25)], kept_free=kept)
    assert result.counts.sum(axis=0)[0][WAIT_S] == waited  # at the end of the day nobody is kept any more


def test_what_waits_is_given_by_rank_when_one_more_is_free(day, queue_settings):
    live, _ = queue_settings
    queues = [live("a"), live("b"), live("c", priority=1)]
    contacts = {"a": [(0, 100, INF)], "b": [(10, 30, INF)], "c": [(20, 50, INF)]}
    named = {"queues": queues, "contacts": contacts, "skills": {"a": 1, "a|b|c": 1}, "on_duty": [(0, 24)]}
    result = day(**named, kept_free={"a": 1})
    assert result.counts.sum(axis=0)[:, WAIT_S].tolist() == [0, 140, 80]


@pytest.mark.parametrize("settings", [{"kept_free": {"a": 1}}, {"reserved_idle": 1}])
def test_deferred_work_begins_as_soon_as_nobody_is_kept_from_it(day, queue_settings, settings):
    live, mail = queue_settings
    contacts = {"a": [(0, 100, INF)], "m": [(10, 30, INF)]}
    named = {"queues": [live("a"), mail("m")], "contacts": contacts, "skills": {"a": 1, "a|m": 1}}
    result = day(**named, on_duty=[(0, 24)], deferred_work="finished_first", **settings)
    assert result.counts.sum(axis=0)[1][WAIT_S] == 90
