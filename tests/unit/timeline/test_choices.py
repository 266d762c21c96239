"""Who waits for whom, segments worth having, and what it does when matters begin on another channel."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omnistaff import timeline
from omnistaff.errors import ConfigError
from omnistaff.plan import Plan
from omnistaff.timeline.parity import shrink
from omnistaff.timeline.waiting import FOR_CUSTOMER, FOR_US

Make = Callable[..., tuple[Any, Any]]
Plans = Callable[..., Plan]


def built(make: Make, plan: Plan, *contacts: dict[str, Any]) -> tuple[Any, Any]:
    log, identities = make(*contacts)
    return log, timeline.build_timeline(log, identities, plan)


def test_who_waits_since_when_and_how_long(make: Make, plan: Plans) -> None:
    nobody = {"no_answered_at": True, "no_ended_at": True}
    log, history = built(
        make, plan(),
        {"customer": "A", "hour": 0, "channel": "email", "outcome": "open", "queue": "mail", **nobody},
        {"customer": "A", "hour": 5, "channel": "email", "outcome": "open", "queue": "mail", **nobody},
        {"customer": "B", "hour": 1, "channel": "whatsapp", "outcome": "open", "queue": "wa", "no_ended_at": True},
        {"customer": "C", "hour": 2},
        {"customer": "D", "hour": 3, "outcome": "abandoned", "no_answered_at": True},
        {"customer": "E", "hour": 4, "channel": "email", "outcome": "open", "queue": "mail", **nobody},
        {"customer": "E", "hour": 10, "channel": "voice"},
    )  # fmt: skip
    found = timeline.waiting_matters(log, history.timeline).set_index("customer_id")
    assert sorted(found.index) == ["A", "B"]  # C and E were answered, D left
    end = log["ended_at"].max()
    assert found.loc["A", "who_waits"] == FOR_US
    assert found.loc["A", "since_at"] == log["arrived_at"].min()
    assert found.loc["A", "waited_hours"] == pytest.approx(10.1)
    assert found.loc["B", "who_waits"] == FOR_CUSTOMER
    assert found.loc["B", "since_at"] == log.set_index("contact_id").loc["k002", "answered_at"]
    queues = timeline.waiting_by_queue(found.reset_index()).set_index("queue")
    assert queues.loc["mail", "matters"] == 1
    assert queues["longest_hours"].max() == pytest.approx((end - log["arrived_at"].min()).total_seconds() / 3600)


def test_a_card_says_that_the_customer_waits_and_earlier_nothing_waited(make: Make, plan: Plans) -> None:
    row = {"customer": "A", "channel": "email", "outcome": "open", "no_answered_at": True, "no_ended_at": True}
    log, history = built(make, plan(), {**row, "hour": 1}, {"customer": "B", "hour": 30})
    card = timeline.context("A", log, history, plan())
    assert card.waiting["who_waits"].tolist() == [FOR_US]
    assert card.waiting["waited_hours"].tolist() == pytest.approx([29.0])
    before = log["arrived_at"].min() - pd.Timedelta("1h")
    assert timeline.waiting_matters(log, history.timeline, before).empty


def habits(make: Make, plan: Plan, *, steady: bool) -> tuple[Any, Any]:
    """Return 240 customers who come 12, 5 or 1 times in two months, in both halves alike or in each at random."""
    rng = np.random.default_rng(2)
    rows = []
    for half in (0, 1):
        rank = np.arange(240) if steady else rng.permutation(240)
        for k in range(240):
            hours = rng.uniform(0, 60 * 24, 12 if rank[k] < 48 else 5 if rank[k] < 120 else 1) + half * 60 * 24
            rows += [{"customer": f"C{k:03d}", "hour": float(hour), "reason": f"r{k % 5}"} for hour in hours]
    return built(make, plan, *rows)


def test_segments_are_suggested_that_customers_keep_and_that_foretell(make: Make, plan: Plans) -> None:
    log, history = habits(make, plan(), steady=True)
    found = timeline.suggest_segments(log, history.timeline)
    assert len(found.rules) == 3
    assert found.segments["customer_share"].sum() == pytest.approx(1.0)
    assert found.segments["customers"].sum() == 240
    assert found.kept_share > 0.75
    assert found.kept_share > found.chance_share + 0.1
    assert found.foretold_share > 0.6
    assert plan(segments=found.rules).timeline.segments == found.rules  # a plan takes them as they are


def test_segments_that_only_tell_the_past_are_known_for_it(make: Make, plan: Plans) -> None:
    log, history = habits(make, plan(), steady=False)
    found = timeline.suggest_segments(log, history.timeline)
    assert found.foretold_share < 0.1
    with pytest.raises(ConfigError, match="3 or 4"):
        timeline.suggest_segments(log, history.timeline, count=6)


def test_closing_a_channel_spreads_its_matters_as_the_others_have_them_now(make: Make, plan: Plans) -> None:
    rows: list[dict[str, Any]] = []
    for channel, count, effort in (("email", 40, 600.0), ("voice", 90, 300.0), ("web_chat", 30, 900.0)):
        rows += [
            {"customer": f"{channel}{k}", "hour": k, "channel": channel, "effort_s": effort + 3 * (k % 7)}
            for k in range(count)
        ]
    log, history = built(make, plan(), *rows)
    closed = timeline.change_channels(log, history, from_channel="email")
    to = closed.cells.set_index("to_channel")["matters"]
    assert to.to_dict() == pytest.approx({"voice": 30.0, "web_chat": 10.0})
    assert closed.matters == pytest.approx(40)
    assert closed.contacts == pytest.approx(0.0, abs=1e-9)
    assert closed.hours == pytest.approx((30 * -300 + 10 * 300) / 3600, rel=0.02)
    assert closed.hours_low < closed.hours < closed.hours_high
    opened = timeline.change_channels(log, history, to_channel="voice", share=0.5)
    assert opened.matters == pytest.approx(35)
    assert opened.hours < 0
    with pytest.raises(ConfigError, match="nothing tells its cost"):
        timeline.change_channels(log, history, to_channel="sms")
    with pytest.raises(ConfigError, match="name the channel"):
        timeline.change_channels(log, history)
    with pytest.raises(ConfigError, match=r"share 1\.5 of the matters cannot move"):
        timeline.change_channels(log, history, to_channel="voice", share=1.5)
    monthly = opened.monthly().set_index("measure")
    assert monthly.loc["hours", "added"] * opened.days == pytest.approx(opened.hours * 365.25 / 12)
    assert list(monthly.index) == ["contacts", "hours"]


def test_the_interval_of_a_change_covers_what_a_second_draw_brings() -> None:
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(60):
        cost = {"a": rng.gamma(2, 150, 80), "b": rng.gamma(2, 250, 60)}
        matters = pd.DataFrame(
            {
                "reason": "card",
                "channel": np.repeat(["a", "b"], [80, 60]),
                "hours": np.concatenate(list(cost.values())),
            }
        )
        moves = pd.DataFrame({"reason": ["card"], "from_channel": ["a"], "to_channel": ["b"], "matters": [80.0]})
        added, error = timeline.channels._difference(matters, moves, "hours")
        hits += abs(float(added.sum()) - 80 * (500 - 300)) < 1.96 * error
    assert hits >= 52  # 57 expected


def test_few_contacts_are_drawn_to_what_is_usual_and_many_are_not() -> None:
    usual = np.full(4, 0.2)
    likely = shrink(np.array([2, 0, 400, 100]), np.array([2, 2, 1000, 1000]), usual)
    assert 0.2 < likely[0] < 0.6
    assert 0.05 < likely[1] < 0.2
    assert likely[2:] == pytest.approx([0.4, 0.1], abs=0.01)
    assert shrink(np.array([20, 21]), np.array([100, 100]), np.full(2, 0.205)) == pytest.approx(0.205)
