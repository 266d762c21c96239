import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.errors import DomainError
from omnistaff.simulate.patience import (
    exponential_patience,
    handle_quantiles,
    median_patience,
    patience_quantiles,
    survival,
)
from omnistaff.tables import Contacts, conform


def test_survival_by_hand():
    waits = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    left = np.array([True, True, False, False, True])
    times, kept = survival(waits, left)
    assert times.tolist() == [1, 2, 4]
    assert kept == pytest.approx([4 / 5, 4 / 5 * 3 / 4, 0])
    assert median_patience(waits, left) == 4


def test_patience_is_time_waited_for_each_who_left():
    assert exponential_patience(np.array([10.0, 20, 30]), np.array([True, False, False])) == 60
    assert exponential_patience(np.array([10.0]), np.array([False])) == np.inf


def test_the_median_is_unknown_when_most_would_stay():
    assert np.isnan(median_patience(np.array([1.0, 5.0, 5.0]), np.array([True, False, False])))


def test_quantiles_of_censored_waits_are_those_of_the_patience_behind_them():
    rng = np.random.default_rng(6)
    patience, answer = rng.weibull(0.8, 40_000) * 100, rng.exponential(60, 40_000)
    table = patience_quantiles(np.minimum(patience, answer), patience < answer, points=101)
    true = 100 * (-np.log1p(-np.linspace(0, 0.9, 91))) ** (1 / 0.8)
    np.testing.assert_allclose(table[:91], true, atol=2, rtol=0.08)
    assert (np.diff(table) >= 0).all()
    with pytest.raises(DomainError, match="nobody left"):
        patience_quantiles(answer, np.zeros(len(answer), dtype=bool))


def test_handle_quantiles_are_plain_quantiles():
    assert handle_quantiles(np.array([30.0, 10, 20]), points=3).tolist() == [10, 20, 30]


def logged(waits, outcomes, **more):
    frame = pd.DataFrame(
        {"wait_s": waits, "outcome": outcomes, "contact_id": [f"c{k:05d}" for k in range(len(waits))]}
    )
    frame = frame.assign(
        source="s", channel="voice", direction="inbound", arrived_at="2026-03-02T10:00Z", effort_basis="measured",
        is_demand=True, legs=1, **more,
    )  # fmt: skip
    frame = frame.astype({"is_demand": "bool"})
    return conform(Contacts, frame)


def plan(**more):
    queue = {"name": "voice", "contacts": {"channel": ["voice"]}, **more}
    return om.make_plan({"name": "t", "time_zone": "UTC", "queues": [queue]})


def test_censored_exponential_waits_give_back_their_patience():
    rng = np.random.default_rng(5)
    patience, answer = rng.exponential(120, 20_000), rng.exponential(60, 20_000)
    contacts = logged(np.minimum(patience, answer), np.where(patience < answer, "abandoned", "answered"))
    found = om.estimate_patience(contacts, plan()).iloc[0]
    assert found["patience_s"] == pytest.approx(120, rel=0.05)
    assert found["median_s"] == pytest.approx(120 * np.log(2), rel=0.05)
    assert found["abandoned"] == (patience < answer).sum()
    assert found["waits"] == 20_000


def test_misdials_outbound_and_employees_do_not_count():
    contacts = logged([2.0] * 5 + [30.0] * 10, ["short_abandoned"] * 5 + ["abandoned"] * 10)
    assert om.estimate_patience(contacts, plan()).iloc[0]["patience_s"] == 30
    assert om.estimate_patience(contacts.assign(direction="outbound"), plan()).empty
    assert om.estimate_patience(contacts.assign(is_demand=False), plan()).empty


def test_too_few_who_left_tell_nothing():
    contacts = logged([30.0] * 9 + [5.0] * 100, ["abandoned"] * 9 + ["answered"] * 100)
    assert om.estimate_patience(contacts, plan()).empty
