import pytest

from omnistaff.errors import ConfigError
from omnistaff.plan import make_plan


def plan_with(**simulate):
    queues = [
        {"name": "calls"},
        {"name": "mail", "mode": "deferred", "target": {"on_time_share": 0.9, "due_hours": 4}},
    ]
    return make_plan({"name": "plan", "time_zone": "UTC", "queues": queues, "simulate": simulate})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kept_free": {"cards": 1}}, "simulate.kept_free: no queue is called 'cards'"),
        ({"kept_free": {"calls": -1}}, "simulate.kept_free.calls"),
        ({"kept_free": {"mail": 1}}, "simulate.kept_free.mail: its work is deferred"),
        ({"callbacks": {"mail": {"share": 0.1}}}, "simulate.callbacks.mail: its work is deferred"),
        ({"redials": {"cards": {"share": 0.1}}}, "simulate.redials: no queue is called 'cards'"),
        ({"transfers": {"calls": {"cards": 0.1}}}, "simulate.transfers.calls: no queue is called 'cards'"),
        ({"transfers": {"calls": {"mail": 0.7, "calls": 0.4}}}, "passes on more than all"),
        ({"patience_quantiles_s": {"cards": [0, 9]}}, "simulate.patience_quantiles_s: no queue is called 'cards'"),
        ({"handle_times": "empirical", "handle_quantiles_s": {"calls": [0, 9]}}, "want them of mail too"),
        ({"handle_quantiles_s": {"calls": [0, 9]}}, "lognormal handle_times do not read them, write empirical"),
        ({"backlog": {"mail": -5}}, "simulate.backlog.mail"),
        (
            {"first_queues": {"calls|cards": ["calls"]}},
            "simulate.first_queues.calls|cards: no queue is called 'cards'",
        ),
        ({"first_queues": {"calls": ["mail"]}}, "simulate.first_queues.calls: mail is not among the skills"),
    ],
)
def test_what_does_not_fit_the_queues_is_told_with_its_path(settings, words):
    with pytest.raises(ConfigError) as error:
        plan_with(**settings)
    assert words in str(error.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as error:
        plan_with(kept_free={"cards": 1}, transfers={"calls": {"chat": 0.1}})
    assert len(error.value.problems) == 2


def test_what_fits_is_taken():
    plan = plan_with(kept_free={"calls": 2}, backlog={"mail": 5}, first_queues={"mail|calls": ["mail"]})
    assert plan.simulate.kept_free == {"calls": 2}
