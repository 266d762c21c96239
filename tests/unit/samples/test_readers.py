"""omnistaff's own readers find in the demo logs what the truth says is there."""

import numpy as np
import pandas as pd
import pytest

import omnistaff as om
from omnistaff.samples import write_project


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_project(folder, seed=11, weeks=3, scale=0.15)
    truth = pd.read_parquet(folder / "logs" / "truth" / "contacts.parquet")
    return om.read_contacts(om.load_plan(folder / "plan.yaml")), truth


def test_every_true_contact_is_read_once_and_nothing_else(read):
    log, truth = read
    assert sorted(log.contacts["contact_id"]) == sorted(truth["contact_id"])


def test_broken_lines_are_rejected_with_their_place(read):
    log, _ = read
    assert set(log.rejects["source"]) == {"pbx", "connect", "whatsapp", "zendesk", "branch"}
    assert (log.rejects["row"] > 0).all()
    assert (log.rejects["reason"] != "").all()


def test_waits_outcomes_and_measured_efforts_are_the_true_ones(read):
    log, truth = read
    both = truth.merge(log.contacts, on="contact_id", suffixes=("_true", ""))
    exact = both[both["line"].isin(["cards-voice", "accounts-voice", "branch"])]
    assert (exact["outcome"] == exact["outcome_true"]).mean() > 0.999  # a wait cut to whole seconds may cross 5 s
    answered = exact[exact["outcome_true"] == "answered"]
    np.testing.assert_allclose(answered["wait_s"], answered["wait_s_true"], atol=1.01)
    measured = answered[answered["line"] != "cards-voice"]
    np.testing.assert_allclose(measured["effort_s"], measured["agent_s"], atol=3.1)  # tenths of minutes in the branch
    calls = answered[answered["line"] == "cards-voice"]
    assert calls["effort_s"].mean() == pytest.approx(calls["agent_s"].mean(), rel=0.03)


def test_derived_efforts_of_chats_are_right_on_average(read):
    log, truth = read
    both = truth.merge(log.contacts, on="contact_id", suffixes=("_true", ""))
    for line in ("web-chat", "whatsapp"):
        rows = both[(both["line"] == line) & both["agent_s"].notna()]
        assert rows["effort_s"].mean() == pytest.approx(rows["agent_s"].mean(), rel=0.25)


def test_forms_give_the_account_and_phone_that_customers_typed(read):
    log, truth = read
    forms = truth[truth["line"] == "form"].merge(log.identifiers, on="contact_id")
    shares = forms.groupby("kind")["contact_id"].nunique() / (truth["line"] == "form").sum()
    assert shares["account"] == pytest.approx(0.5, abs=0.15)
    assert shares["phone"] == pytest.approx(0.7, abs=0.15)
    assert shares["national_id"] == pytest.approx(0.35, abs=0.15)
