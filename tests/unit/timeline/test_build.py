"""Order, matters, repeats, switches, duplicates."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import timeline
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.timeline.order import Rows
from omnistaff.timeline.segments import arrival_terms

Make = Callable[..., tuple[Any, Any]]
Plans = Callable[..., Plan]


def rows(history: Any) -> pd.DataFrame:
    return history.timeline.sort_values("contact_id", ignore_index=True)


def test_one_matter_over_three_channels_is_one_case_with_two_switches(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make({"channel": "web_chat"}, {"hour": 5, "channel": "email"}, {"hour": 30}, {"hour": 1, "customer": "C2"}),
        plan(),
    )
    table = rows(history)
    assert table["case_position"].tolist() == [1, 2, 3, 1]
    assert table["is_repeat"].tolist() == [False, True, True, False]
    assert table["is_switch"].tolist() == [False, True, True, False]
    assert table["gap_s"].fillna(-1).tolist() == [-1, 5 * 3600, 25 * 3600, -1]
    case = history.cases.set_index("customer_id").loc["C1"]
    assert (case["contacts"], case["channels"], case["switches"]) == (3, 3, 2)
    assert (case["first_channel"], case["last_channel"]) == ("web_chat", "voice")
    assert not case["resolved_first_contact"]


def test_silence_longer_than_the_gap_or_another_reason_opens_a_case(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make({}, {"hour": 24}, {"hour": 25, "reason": "loan"}, {"hour": 73}), plan(case_gap_hours=48)
    )
    assert rows(history)["case_id"].nunique() == 3
    assert rows(history)["case_position"].tolist() == [1, 2, 1, 1]


def test_reasons_of_one_family_and_unknown_reasons_belong_to_the_case(make: Make, plan: Plans) -> None:
    families = {"cards": ["card", "card lost"]}
    history = timeline.build_timeline(
        *make({}, {"hour": 2, "reason": "card lost"}, {"hour": 3, "reason": None}), plan(reason_families=families)
    )
    assert rows(history)["case_id"].nunique() == 1
    assert history.cases["reason"].tolist() == ["cards"]


def test_a_contact_without_reason_takes_the_one_of_its_thread(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make(
            {"reason": "loan", "thread_id": "t1"}, {"hour": 1, "reason": "card"},
            {"hour": 2, "reason": None, "thread_id": "t1"},
        ),
        plan(),
    )  # fmt: skip
    assert rows(history)["case_position"].tolist() == [1, 1, 2]


def test_a_repeat_after_the_plans_days_is_a_first_contact_of_the_same_matter(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(*make({}, {"hour": 30}, {"hour": 100}), plan(repeat_days=2))
    assert rows(history)["is_repeat"].tolist() == [False, True, False]
    assert rows(history)["case_position"].tolist() == [1, 2, 3]


def test_trying_a_second_channel_before_the_answer_is_a_duplicate(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make(
            {"channel": "email", "answered_at": pd.Timestamp("2026-01-05 20:00", tz="UTC")},
            {"hour": 2, "channel": "voice"}, {"hour": 3, "channel": "email"}, {"hour": 20, "channel": "voice"},
        ),
        plan(),
    )  # fmt: skip
    assert rows(history)["is_duplicate"].tolist() == [False, True, False, False]


def test_a_call_after_giving_up_is_a_repeat_but_no_duplicate(make: Make, plan: Plans) -> None:
    lost = {"outcome": "abandoned", "no_answered_at": True, "no_ended_at": True}
    history = timeline.build_timeline(*make(lost, {"hour": 0.1, "channel": "email"}), plan())
    assert rows(history)["is_repeat"].tolist() == [False, True]
    assert not rows(history)["is_duplicate"].any()


def test_outbound_contacts_are_in_the_chronology_but_repeat_nothing(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make({}, {"hour": 1, "is_demand": False, "channel": "email"}, {"hour": 2}), plan()
    )
    assert rows(history)["case_position"].tolist() == [1, 2, 3]
    assert rows(history)["is_repeat"].tolist() == [False, False, True]
    assert not rows(history)["is_switch"].any()


def test_a_matter_is_resolved_when_one_answered_contact_was_enough(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make(
            {}, {"customer": "C2", "outcome": "abandoned"}, {"customer": "C3"}, {"customer": "C3", "hour": 60},
            {"customer": "C4"}, {"customer": "C4", "hour": 400},
        ),
        plan(case_gap_hours=24),
    )  # fmt: skip
    resolved = history.cases.sort_values(["customer_id", "opened_at"])["resolved_first_contact"].tolist()
    assert resolved == [True, False, False, True, True, True]


def test_customers_are_counted_with_their_usual_channel(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(
        *make(
            {"channel": "email"},
            {"hour": 1},
            {"hour": 2, "reason": "loan", "outcome": "open"},
            {"hour": 3, "channel": "email"},
        ),
        plan(),
    )
    customer = history.customers.iloc[0]
    assert (customer["contacts"], customer["cases"], customer["channels"], customer["open_cases"]) == (4, 2, 2, 1)
    assert customer["preferred_channel"] == "email"


def test_a_segment_is_what_was_known_at_arrival(make: Make, plan: Plans) -> None:
    rules = {"frequent": "contacts_90d >= 2 and not days_known < 1", "known": "contacts >= 1", "new": "True"}
    history = timeline.build_timeline(*make({}, {"hour": 20}, {"hour": 30}, {"hour": 24 * 100}), plan(segments=rules))
    assert rows(history)["segment"].tolist() == ["new", "known", "frequent", "known"]
    assert history.customers["segment"].tolist() == ["known"]


def test_a_rule_that_is_not_understood_is_refused_with_the_terms_there_are(plan: Plans) -> None:
    with pytest.raises(ConfigError, match="speaks of contcts, expected one of contacts, cases"):
        plan(segments={"x": "contcts > 3"})
    with pytest.raises(ConfigError, match="only comparisons"):
        plan(segments={"x": "__import__('os')"})


def test_headline_figures_speak_of_matters_and_repeats(make: Make, plan: Plans) -> None:
    history = timeline.build_timeline(*make({}, {"hour": 1, "channel": "email"}), plan())
    values = {figure.figure: figure.value for figure in timeline.describe(history)}
    assert values == {
        "cases": 1, "repeat_share": 0.5, "switch_share": 0.5, "duplicate_share": 0.0, "first_contact_resolution": 0.0,
    }  # fmt: skip


def test_an_empty_log_has_an_empty_history(make: Make, plan: Plans) -> None:
    contacts, identities = make({})
    history = timeline.build_timeline(contacts.iloc[:0], identities.iloc[:0], plan(segments={"all": "True"}))
    assert [len(table) for table in history] == [0, 0, 0]


def test_more_than_five_segments_draw_a_warning_that_says_why(make: Make, plan: Plans) -> None:
    calls = make(*({"hour": 200.0 * k} for k in range(7)))
    for count, warned in ((5, False), (6, True)):
        rules = {f"after {k}": f"contacts == {k}" for k in range(count - 1)} | {"later": "True"}
        figures = timeline.describe(timeline.build_timeline(*calls, plan(segments=rules)))
        found = [figure for figure in figures if figure.figure == "too_many_segments"]
        assert bool(found) is warned
        assert not found or "thinner" in found[0].text


def test_the_last_90_days_are_those_of_each_of_hundreds_of_thousands_of_customers() -> None:
    size, day = 300_000, 86_400_000_000
    start = np.linspace(0, 350 * day, size).astype("int64")
    at = np.column_stack([start, start + 10 * day, start + 100 * day, start + 100 * day + 1]).ravel()
    customer, none = np.repeat(np.arange(size, dtype=np.int32), 4), np.zeros(4 * size, dtype=np.int32)
    rows = Rows(customer, at, at, none, none, none.astype(bool))
    recent = arrival_terms(rows, np.arange(4 * size), np.zeros(4 * size))["contacts_90d"]
    assert (recent.reshape(size, 4) == [0, 1, 1, 1]).all()
