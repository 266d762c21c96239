"""Context card, journeys, parity, channel fit, the next reason and corrected counts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import timeline
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan

Make = Callable[..., tuple[Any, Any]]
Plans = Callable[..., Plan]


def built(make: Make, plan: Plan, *contacts: dict[str, Any]) -> tuple[Any, Any]:
    log, identities = make(*contacts)
    return log, timeline.build_timeline(log, identities, plan)


def test_a_whatsapp_contact_four_days_after_an_email_shows_that_matter(make: Make, plan: Plans) -> None:
    log, history = built(
        make, plan(),
        {"channel": "email", "reason": "complaint", "language": "es", "outcome": "open", "no_answered_at": True},
        {"hour": 1, "customer": "C2"},
        {"hour": 96, "channel": "whatsapp", "reason": "complaint"},
    )  # fmt: skip
    card = timeline.context("C1", log, history, plan())
    assert card.chronology["channel"].tolist() == ["whatsapp", "email"]
    assert card.chronology["is_repeat"].tolist() == [True, False]
    case = card.open_cases.iloc[0]
    assert (case["reason"], case["contacts"], case["last_channel"]) == ("complaint", 2, "whatsapp")
    assert (card.contacts, card.cases, card.language, card.preferred_hour) == (2, 1, "es", 8)


def test_a_matter_is_over_after_a_long_silence_unless_it_is_open(make: Make, plan: Plans) -> None:
    log, history = built(
        make, plan(), {"reason": "a"}, {"reason": "b", "outcome": "open"}, {"hour": 400, "customer": "C2"}
    )
    card = timeline.context("C1", log, history, plan())
    assert card.open_cases["reason"].tolist() == ["b"]
    with pytest.raises(ConfigError, match="C9 is not in the timeline"):
        timeline.context("C9", log, history, plan())


def test_journeys_are_counted_between_channels_and_as_paths(make: Make, plan: Plans) -> None:
    _, history = built(
        make, plan(),
        {"channel": "web_chat"}, {"hour": 1, "channel": "web_chat"}, {"hour": 25, "channel": "voice"},
        {"customer": "C2", "channel": "web_chat"}, {"customer": "C2", "hour": 24, "channel": "voice"},
        {"customer": "C3"},
    )  # fmt: skip
    matrix = timeline.channel_matrix(history.timeline).set_index(["from_channel", "to_channel"])
    assert matrix.loc[("web_chat", "voice"), "contacts"] == 2
    assert matrix.loc[("web_chat", "web_chat"), "share"] == pytest.approx(1 / 3)
    paths = timeline.frequent_paths(history.timeline)
    assert paths["path"].tolist() == ["web_chat > voice", "voice"]
    assert paths["cases"].tolist() == [2, 1]
    assert paths["days"].iloc[0] == pytest.approx((25 + 24) / 2 / 24)


def test_parallel_matters_name_both_channels(make: Make, plan: Plans) -> None:
    late = pd.Timestamp("2026-01-07", tz="UTC")
    _, history = built(make, plan(), {"channel": "email", "answered_at": late}, {"hour": 1}, {"hour": 2})
    assert timeline.parallel_matters(history.timeline).to_dict("records") == [
        {"first_channel": "email", "other_channel": "voice", "cases": 1}
    ]


def test_a_channel_with_harder_matters_is_no_gap_but_slower_answers_are(make: Make, plan: Plans) -> None:
    rng = np.random.default_rng(1)
    contacts = []
    for k in range(1200):
        hard = bool(rng.random() < (0.8 if k % 3 == 0 else 0.2))
        channel = ("voice", "web_chat", "social")[k % 3]
        wait = 100.0 if hard else 10.0
        slow = 3.0 if channel == "social" else 1.0
        contacts.append(
            {"customer": f"C{k}", "hour": k / 10, "channel": channel, "reason": "hard" if hard else "easy",
             "wait_s": wait * slow * rng.uniform(0.9, 1.1)}
        )  # fmt: skip
    log, history = built(make, plan(), *contacts)
    table = timeline.compare_channels(log, history).set_index(["measure", "channel"])
    voice, chat = table.loc[("wait_s", "voice")], table.loc[("wait_s", "web_chat")]
    assert voice["plain"] > 2 * chat["plain"]
    assert voice["value"] == pytest.approx(chat["value"], rel=0.05)
    assert table.loc[("wait_s", "social"), "is_gap"]
    assert table.loc[("wait_s", "social"), "low"] > voice["high"]


def test_a_channel_that_customers_leave_for_the_phone_fails_and_moving_saves(make: Make, plan: Plans) -> None:
    contacts: list[dict[str, Any]] = []
    for k in range(60):
        contacts.append({"customer": f"A{k}", "hour": k, "channel": "web_chat", "effort_s": 100.0})
        contacts.append({"customer": f"A{k}", "hour": k + 1.0, "channel": "voice", "effort_s": 300.0})
        contacts.append({"customer": f"B{k}", "hour": k, "channel": "voice", "effort_s": 300.0})
    log, history = built(make, plan(), *contacts)
    fit = timeline.fit_channels(log, history)
    chat = fit.set_index("channel").loc["web_chat"]
    assert (chat["back_share"], chat["moves_share"], chat["effort_s"], chat["matter_s"]) == (1.0, 1.0, 100.0, 400.0)
    assert chat["fails"]
    assert not fit.set_index("channel").loc["voice", "fails"]
    moved = timeline.change_channels(log, history, from_channel="web_chat", to_channel="voice", share=0.5)
    assert moved.matters == 30
    assert moved.hours == pytest.approx(-30 * 100 / 3600, rel=0.01)
    assert moved.contacts == pytest.approx(-30, rel=0.01)
    assert moved.hours_low <= moved.hours <= moved.hours_high


def test_a_log_without_demand_has_no_cells(make: Make, plan: Plans) -> None:
    log, history = built(make, plan(), {"is_demand": False})
    assert timeline.fit_channels(log, history).empty
    assert timeline.compare_channels(log, history).empty


def test_the_next_reason_is_learnt_and_its_accuracy_measured_on_later_contacts(make: Make, plan: Plans) -> None:
    contacts: list[dict[str, Any]] = []
    for k in range(150):
        first, second = ("card", "pin") if k % 2 else ("loan", "rate")
        contacts += [
            {"customer": f"C{k}", "hour": k, "reason": first},
            {"customer": f"C{k}", "hour": k + 30.0, "reason": second},
        ]  # fmt: skip
    log, history = built(make, plan(), *contacts)
    model = timeline.train_reasons(log, history)
    assert model is not None
    assert model.tested == 30
    assert model.accuracy > 0.95
    assert model.baseline < 0.65
    card = timeline.context("C1", log[log["contact_id"] == "k002"], history._replace(
        timeline=history.timeline[history.timeline["contact_id"] == "k002"]), plan(), reasons=model)  # fmt: skip
    assert card.likely_reasons["reason"].iloc[0] == "pin"
    assert card.likely_reasons["probability"].sum() == pytest.approx(1.0)
    assert timeline.train_reasons(log.iloc[:10], history) is None


def test_the_corrected_count_of_matters_covers_the_truth_where_counting_does_not(make: Make, plan: Plans) -> None:
    rng = np.random.default_rng(5)
    sizes = 1 + (rng.random(3000) < 0.4)
    contacts = [{"customer": f"T{matter}", "hour": k * 5.0} for matter, size in enumerate(sizes) for k in range(size)]
    log, truth = make(*contacts)
    true_matters = truth["customer_id"].nunique()

    def seen(share: float) -> pd.Series:
        known = rng.random(len(truth)) < share
        return pd.Series(np.where(known, truth["customer_id"], "only " + truth["contact_id"]), dtype="str")

    views = pd.DataFrame({"contact_id": truth["contact_id"], "by_unique": seen(0.5), "by_other": seen(0.7)})
    counted = views["by_unique"].where(~views["by_unique"].str.startswith("only"), views["by_other"])
    result = timeline.correct_cases(log, views.assign(customer_id=counted), plan())
    assert result is not None
    assert result.counted > 1.03 * true_matters
    assert result.cases == pytest.approx(true_matters, rel=0.05)
    assert result.cases_low < true_matters < result.cases_high
    assert timeline.correct_cases(log.iloc[:3], views.assign(customer_id=counted), plan()) is None


def test_matters_that_begin_soon_after_another_by_chance_are_told_from_follow_ups(make: Make, plan: Plans) -> None:
    rng = np.random.default_rng(11)
    opened = [
        (who, hour)
        for who, rate in enumerate(rng.gamma(1.0, 4.0, 600))
        for hour in rng.uniform(0, 180 * 24, rng.poisson(rate))
    ]
    again = [(who, hour + rng.exponential(12)) for who, hour in opened if rng.random() < 0.3]
    log, truth = make(*({"customer": f"T{who}", "hour": float(hour)} for who, hour in opened + again))
    codes = pd.factorize(truth["customer_id"])[0]
    views = truth[["contact_id", "customer_id"]].assign(by_unique=codes, by_other=codes)
    result = timeline.correct_cases(log, views, plan(case_gap_hours=168))
    assert result is not None
    assert result.counted < 0.85 * len(opened)
    assert result.cases == pytest.approx(len(opened), rel=0.03)
    assert result.cases_low < len(opened) < result.cases_high
