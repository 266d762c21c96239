import pandas as pd
import pytest

import omnistaff as om
from omnistaff.tables.matching import assign_queues

CONTACTS = pd.DataFrame(
    {
        "channel": ["voice", "voice", "email", "email"],
        "queue": pd.array(["cards", None, "cards", "loans"], dtype="str"),
        "priority": [1.0, 2.0, 2.0, 3.0],
    },
    index=[7, 3, 5, 1],
)


def plan_with(*queues):
    return om.make_plan({"name": "t", "time_zone": "UTC", "queues": list(queues)})


def test_all_columns_must_match_and_the_first_queue_wins():
    plan = plan_with(
        {"name": "cards", "contacts": {"channel": ["voice"], "queue": ["cards"]}},
        {"name": "phone", "contacts": {"channel": ["voice"]}},
        {"name": "second", "contacts": {"priority": ["2"]}},
    )
    found = assign_queues(CONTACTS, plan)
    assert found.fillna("-").to_dict() == {7: "cards", 3: "phone", 5: "second", 1: "-"}
    assert found.dtype == "str"


def test_a_queue_without_filters_takes_everything_that_is_left():
    plan = plan_with({"name": "mail", "contacts": {"channel": ["email"]}}, {"name": "rest"})
    assert assign_queues(CONTACTS, plan).tolist() == ["rest", "rest", "mail", "mail"]


def test_every_unknown_column_is_named_at_once():
    plan = plan_with({"name": "a", "contacts": {"line": ["1"], "kind": ["x"]}})
    with pytest.raises(om.ConfigError) as error:
        assign_queues(CONTACTS, plan)
    assert "'line'" in str(error.value)
    assert "'kind'" in str(error.value)
